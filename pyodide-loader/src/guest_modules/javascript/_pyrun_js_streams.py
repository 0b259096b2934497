"""Bodies: where their bytes come from, and ReadableStream, by which they are read."""

from collections import deque
from weakref import WeakMethod, WeakSet

import _pyrun_js_loop as queue
from _pyrun_js_core import JsException, JsObject, array, flags
from _pyrun_js_objects import Object
from _pyrun_js_promise import pending, rejected, resolved
from _pyrun_js_transport import TransportError


class Source:
    """The bytes of one body, for as many streams as read it. This one has them already."""

    def __init__(self, chunks=()):
        # Streams that nobody has are gone, unless somebody waits for what they read.
        self.streams, self.waiting = WeakSet(), set()
        self.is_ended, self.error, self.chunks = False, None, chunks

    def pull(self):
        """Some stream waits."""
        for chunk in self.chunks:
            self.push(chunk)
        self.end()

    def push(self, chunk):
        for stream in list(self.streams):
            stream._chunks.append(chunk)
            stream._serve()

    def end(self, error=None):
        if not self.is_ended:
            self.is_ended, self.error = True, error
            for stream in list(self.streams):
                stream._serve()

    def leave(self, stream):
        """A stream reads no more."""
        self.streams.discard(stream)
        if not self.streams and not self.is_ended:
            self.close()

    def close(self):
        self.is_ended = True


class ExchangeSource(Source):
    """The bytes of an exchange, read as somebody waits for them."""

    def __init__(self, exchange, decoder):
        super().__init__()
        self.exchange, self.decoder, self.forget = exchange, decoder, None
        self.pieces, self.is_last = None, False

    def pull(self):
        # What is decoded already comes first, a piece at a time: a few bytes can be the compression of very many.
        if self.pieces is None:
            queue.watch(self.exchange.fileno(), self.step)
        else:
            queue.unwatch(self.exchange.fileno())
            queue.microtask(self.step)

    def step(self):
        if self.is_ended:
            return
        try:
            piece = self.next_piece()
        except TransportError as error:
            self.abort(JsException("TypeError", str(error)))
            return
        if piece is not None:
            self.push(piece)
        if self.pieces is None and self.is_last:
            self.close()
        elif self.waiting:
            self.pull()
        else:
            queue.unwatch(self.exchange.fileno())

    def next_piece(self):
        """The next bytes, or None when there are none now."""
        if self.pieces is None:
            data = self.exchange.chunk(0)
            if data is None:
                return None
            self.pieces, self.is_last = self.decoder.decode(data), not data
        piece = next(self.pieces, None)
        if piece is None:
            self.pieces = None
        return piece

    def abort(self, reason):
        """Ends it with an error."""
        if not self.is_ended:
            self.let_go()
            for stream in self.streams:
                stream._chunks.clear()
            self.end(reason)

    def close(self):
        self.let_go()
        self.end()

    def abort_with(self, signal):
        """Has the signal end it. The signal does not keep it."""
        abort = WeakMethod(self.abort)
        self.forget = signal._on_abort(lambda reason: abort() and abort()(reason))

    def __del__(self):
        # An answer whose body nobody reads lets go of its connection.
        if not self.is_ended:
            self.let_go()

    def let_go(self):
        queue.unwatch(self.exchange.fileno())
        self.exchange.cancel()
        if self.forget:
            self.forget()


class ReadableStream(JsObject):
    _js_type_flags = flags("IS_ASYNC_ITERABLE")

    def __init__(self, source=None):
        if not isinstance(source, Source):
            raise JsException("TypeError", "a ReadableStream of the program's own is not supported")
        self._source, self._chunks, self._waiting = source, deque(), deque()
        self._is_disturbed = self.locked = False
        source.streams.add(self)

    def _serve(self):
        """Gives what has come to those who wait."""
        from _pyrun_js_buffers import chunk_array

        source = self._source
        while self._waiting and (self._chunks or source.is_ended):
            promise = self._waiting.popleft()
            if self._chunks:
                promise._settle("fulfilled", Object.new(value=chunk_array(self._chunks.popleft()), done=False))
            elif source.error is not None:
                promise._settle("rejected", source.error)
            else:
                promise._settle("fulfilled", Object.new(value=None, done=True))
        if not self._waiting:
            source.waiting.discard(self)

    def _read(self):
        self._is_disturbed = True
        promise = pending()
        self._waiting.append(promise)
        self._serve()
        if self._waiting:
            self._source.waiting.add(self)
            self._source.pull()
        return promise

    def _cancel(self):
        self._is_disturbed = True
        self._chunks.clear()
        self._source.leave(self)
        self._source = Source()
        self._source.is_ended = True
        self._serve()
        return resolved(None)

    def getReader(self, options=None):
        self._check_unlocked()
        return ReadableStreamDefaultReader.new(self)

    def cancel(self, reason=None):
        return locked_error() if self.locked else self._cancel()

    def tee(self):
        self._check_unlocked()
        copies = [self._copy(), self._copy()]
        self._source.leave(self)
        self.locked = True
        return array(copies)

    def _copy(self):
        copy = ReadableStream.new(self._source)
        copy._chunks.extend(self._chunks)
        return copy

    def _check_unlocked(self):
        if self.locked:
            raise JsException("TypeError", "Invalid state: ReadableStream is locked")

    def __aiter__(self):
        return self.getReader()


def locked_error():
    return rejected(JsException("TypeError", "Invalid state: ReadableStream is locked"))


class ReadableStreamDefaultReader(JsObject):
    _js_type_flags = flags("IS_ASYNC_ITERATOR")

    def __init__(self, stream):
        self._stream = stream
        stream.locked = True

    def read(self):
        return self._stream._read() if self._stream else locked_error()

    def cancel(self, reason=None):
        return self._stream._cancel() if self._stream else locked_error()

    def releaseLock(self):
        if self._stream is not None:
            self._stream.locked = False
            self._stream = None

    async def __anext__(self):
        result = await self.read()
        if result.done:
            raise StopAsyncIteration
        return result.value


def read_all(stream):
    """A promise of all bytes of a stream."""
    chunks = []
    promise = pending()

    def more(result):
        if result.done:
            promise._settle("fulfilled", b"".join(chunks))
        else:
            chunks.append(result.value._bytes.tobytes())
            stream._read().then(more, lambda error: promise._settle("rejected", error))

    stream._read().then(more, lambda error: promise._settle("rejected", error))
    return promise
