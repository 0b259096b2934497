"""fetch, Headers, Request and Response."""

import re

import _pyrun_js_loop as queue
from _pyrun_js_core import JsException, JsObject, array, flags, is_js, is_null, js_str, null, option
from _pyrun_js_objects import Iterator, pairs_of, properties
from _pyrun_js_promise import pending, rejected, resolved
from _pyrun_js_streams import ExchangeSource, ReadableStream, Source, read_all
from _pyrun_js_transport import Call, Decoder, TransportError, data_url
from _pyrun_js_params import URLSearchParams
from _pyrun_js_url import URL, Invalid, parse

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def header_name(name):
    name = js_str(name)
    if not TOKEN.fullmatch(name):
        raise JsException("TypeError", f'"{name}" is an invalid header name.')
    return name.lower()


def header_value(value):
    value = js_str(value).strip("\t\n\r ")
    if re.search(r"[\0\r\n]", value) or any(character > "\xff" for character in value):
        raise JsException("TypeError", f'"{value}" is an invalid header value.')
    return value


class Headers(JsObject):
    _js_type_flags = flags("IS_ITERABLE")

    def __init__(self, source=None):
        self._pairs = []
        if is_null(source):
            return
        if is_js(source) and not hasattr(source, "__iter__"):
            source = properties(source).items()
        for name, value in pairs_of(source):
            self.append(name, value)

    def append(self, name, value):
        self._pairs.append((header_name(name), header_value(value)))

    def delete(self, name):
        name = header_name(name)
        self._pairs = [pair for pair in self._pairs if pair[0] != name]

    def set(self, name, value):
        pair = header_name(name), header_value(value)
        self.delete(name)
        self._pairs.append(pair)

    def has(self, name):
        name = header_name(name)
        return any(pair[0] == name for pair in self._pairs)

    def get(self, name):
        return ", ".join(self._values(header_name(name))) if self.has(name) else null()

    def _values(self, name):
        return [value for key, value in self._pairs if key == name]

    def getSetCookie(self):
        return array(self._values("set-cookie"))

    def __iter__(self):
        for name in sorted({name for name, _ in self._pairs}):
            values = self._values(name)
            # Cookies cannot be joined by commas.
            for value in values if name == "set-cookie" else [", ".join(values)]:
                yield array((name, value))

    def entries(self):
        return Iterator.new(self)

    def keys(self):
        return Iterator.new(name for name, _ in self)

    def values(self):
        return Iterator.new(value for _, value in self)

    def forEach(self, function):
        for name, value in list(self):
            function(value, name, self)


def body_of(value):
    """The bytes of a body that a program gives, and their type; None twice for no body."""
    if is_null(value):
        return None, None
    if hasattr(value, "unwrap"):
        value = value.unwrap()
    if isinstance(value, URLSearchParams):
        return value.toString().encode(), "application/x-www-form-urlencoded;charset=UTF-8"
    if isinstance(value, ReadableStream):
        raise JsException("TypeError", "a body that is a stream cannot be sent")
    if not isinstance(value, str):
        try:
            return memoryview(value).tobytes(), None
        except TypeError:
            pass
    return js_str(value).encode("utf-8", "replace"), "text/plain;charset=UTF-8"


class Body(JsObject):
    """What Request and Response share. `_stream` is None for no body."""

    _stream = None

    @property
    def body(self):
        return null() if self._stream is None else self._stream

    @property
    def bodyUsed(self):
        return self._stream is not None and self._stream._is_disturbed

    def _consume(self, make):
        if self._stream is None:
            return resolved(make(b""))
        if self._stream._is_disturbed or self._stream.locked:
            return rejected(JsException("TypeError", "Body is unusable: Body has already been read"))
        return read_all(self._stream).then(make)

    def text(self):
        return self._consume(lambda data: data.decode("utf-8", "replace").removeprefix("\ufeff"))

    def json(self):
        from _pyrun_js_json import JSON

        return self.text().then(JSON.parse)

    def bytes(self):
        from _pyrun_js_buffers import uint8_array

        return self._consume(uint8_array)

    def arrayBuffer(self):
        from _pyrun_js_buffers import array_buffer

        return self._consume(array_buffer)

    def _copied_stream(self):
        if self.bodyUsed or (self._stream is not None and self._stream.locked):
            raise JsException("TypeError", f"{type(self).__name__}.clone: Body has already been consumed.")
        return None if self._stream is None else self._stream._copy()


METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT")


def method_of(value):
    method = js_str(value)
    if not TOKEN.fullmatch(method) or method.upper() in ("CONNECT", "TRACE", "TRACK"):
        raise JsException("TypeError", f"'{method}' HTTP method is unsupported.")
    return method.upper() if method.upper() in METHODS else method


class Request(Body):
    mode, credentials, cache, referrer = "cors", "same-origin", "default", "about:client"
    integrity, keepalive, destination = "", False, ""

    def __init__(self, resource, options=None):
        given = resource if isinstance(resource, Request) else None
        self.url = given.url if given else request_url(resource)
        self.method = method_of(option(options, "method", given.method if given else "GET"))
        self.headers = Headers.new(option(options, "headers", given.headers if given else None))
        self.redirect = option(options, "redirect", given.redirect if given else "follow")
        if self.redirect not in ("follow", "error", "manual"):
            raise JsException("TypeError", f"{js_str(self.redirect)} is not an accepted type for redirect")
        for name in ("mode", "credentials", "cache"):
            setattr(self, name, option(options, name, getattr(given or self, name)))
        self.signal = signal_of(option(options, "signal", given.signal if given else None))
        data, kind = body_of(option(options, "body"))
        if data is None and given is not None and given._data is not None:
            data = given._data
            given._stream._is_disturbed = True
        if data is not None and self.method in ("GET", "HEAD"):
            raise JsException("TypeError", "Request with GET/HEAD method cannot have body.")
        if kind and not self.headers.has("content-type"):
            self.headers.set("content-type", kind)
        self._data = data
        if data is not None:
            self._stream = ReadableStream.new(Source([data] if data else []))

    def clone(self):
        copy = Request.new(self.url, {name: getattr(self, name) for name in ("method", "headers", "redirect", "signal")})
        copy._data, copy._stream = self._data, self._copied_stream()
        return copy


def request_url(resource):
    text = js_str(resource.href if isinstance(resource, URL) else resource)
    try:
        parts = parse(text)
    except Invalid:
        raise JsException("TypeError", f"Failed to parse URL from {text}") from None
    if parts.username or parts.password:
        raise JsException("TypeError", "Request cannot be constructed from a URL that includes credentials")
    return parts.href()


def signal_of(signal):
    from _pyrun_js_events import AbortSignal

    if is_null(signal):
        return AbortSignal.new()
    if not isinstance(signal, AbortSignal):
        raise JsException("TypeError", "the signal of a request must be an AbortSignal")
    return signal


class Response(Body):
    type, url, redirected = "default", "", False

    def __init__(self, body=None, options=None):
        self.status = int(option(options, "status", 200))
        if not 200 <= self.status <= 599:
            raise JsException("RangeError", 'init["status"] must be in the range of 200 to 599, inclusive.')
        self.statusText = js_str(option(options, "statusText", ""))
        self.headers = Headers.new(option(options, "headers"))
        data, kind = body_of(body)
        if data is not None:
            if self.status in (204, 205, 304):
                raise JsException("TypeError", f"Response constructor: Invalid response status code {self.status}")
            self._stream = ReadableStream.new(Source([data] if data else []))
            if kind and not self.headers.has("content-type"):
                self.headers.set("content-type", kind)

    @property
    def ok(self):
        return 200 <= self.status <= 299

    def clone(self):
        copy = Response.new()
        vars(copy).update(vars(self))
        copy.headers, copy._stream = Headers.new(self.headers), self._copied_stream()
        return copy

    @staticmethod
    def json(value, options=None):
        from _pyrun_js_json import JSON

        made = Response.new(JSON.stringify(value), options)
        made.headers.set("content-type", "application/json")
        return made

    @staticmethod
    def error():
        made = Response.new()
        made.status, made.type = 0, "error"
        return made


def received(head, url, source, redirected):
    """The Response of an answer. It always has a stream, also where the answer has no body: what reads it need not ask."""
    status, reason, headers = head
    made = Response.new()
    made.status, made.statusText, made.url, made.redirected, made.type = status, reason, url, redirected, "basic"
    made.headers._pairs = [(name.lower(), value) for name, value in headers]
    made._stream = ReadableStream.new(source)
    return made


def fetch(resource, options=None):
    """A promise of the Response."""
    try:
        request = Request.new(resource, options)
    except JsException as error:
        return rejected(error)
    fetching = Fetching(request)
    if request.signal.aborted:
        fetching.promise._settle("rejected", request.signal.reason)
    else:
        fetching.begin()
    return fetching.promise


class Fetching:
    """One call of fetch, until the answer's head is there."""

    def __init__(self, request):
        self.request, self.promise, self.exchange, self.forget = request, pending(), None, None
        self.call = Call(request.method, request.url, request.headers._pairs, request._data)

    def begin(self):
        if self.request._stream is not None:
            self.request._stream._is_disturbed = True
        self.forget = self.request.signal._on_abort(self.fail)
        try:
            if self.call.url.startswith("data:"):
                kind, data = data_url(self.call.url)
                self.succeed((200, "OK", [("content-type", kind)]), Source([data] if data else []))
            else:
                self.hop()
        except TransportError as error:
            self.fail(JsException("TypeError", str(error)))

    def hop(self):
        self.exchange = self.call.start()
        queue.watch(self.exchange.fileno(), self.step)

    def step(self):
        try:
            head = self.exchange.head(0)
            if head is not None:
                queue.unwatch(self.exchange.fileno())
                self.answered(head)
        except TransportError as error:
            self.fail(JsException("TypeError", str(error)))

    def answered(self, head):
        if self.request.redirect != "manual" and self.call.redirect(head):
            self.exchange.cancel()
            if self.request.redirect == "error":
                raise TransportError("unexpected redirect")
            self.hop()
            return
        source = ExchangeSource(self.exchange, Decoder(head[2]))
        self.leave_signal()
        source.abort_with(self.request.signal)
        self.succeed(head, source)

    def leave_signal(self):
        if self.forget is not None:
            self.forget()
        self.forget = None

    def succeed(self, head, source):
        self.leave_signal()
        self.promise._settle("fulfilled", received(head, self.call.url.partition("#")[0], source, self.call.hops > 0))

    def fail(self, reason):
        self.leave_signal()
        if self.exchange is not None:
            queue.unwatch(self.exchange.fileno())
            self.exchange.cancel()
        self.promise._settle("rejected", reason)
