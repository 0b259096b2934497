"""ArrayBuffer and the typed arrays, which are buffers to Python too, and what turns text into them and back."""

import codecs

from _pyrun_js_core import JsClass, JsException, JsObject, array, dom_error, flags, is_null, js_float, js_str, number, option
from _pyrun_js_objects import Iterator


class Buffer(JsObject):
    """What ArrayBuffer and the typed arrays share: `_bytes` is a memoryview of theirs."""

    _is_chunk = False

    @property
    def byteLength(self):
        return self._bytes.nbytes

    def __buffer__(self, flags):
        return self.to_memoryview()

    def to_memoryview(self):
        return self._bytes[:]

    def to_bytes(self):
        return self._bytes.tobytes()

    def to_string(self, encoding=None):
        return text_of(self.to_bytes(), encoding or "utf-8", fatal=True)

    def to_py(self, *, depth=-1, default_converter=None):
        if self._is_chunk:
            return Chunk(self.to_bytes())
        return memoryview(bytearray(self._bytes.cast("B"))).cast(self._bytes.format)

    def assign(self, rhs):
        self._bytes.cast("B")[:] = memoryview(rhs).cast("B")

    def assign_to(self, to):
        memoryview(to).cast("B")[:] = self._bytes.cast("B")

    def to_file(self, file):
        file.write(self.to_bytes())

    def from_file(self, file):
        self.assign(file.read(self.byteLength))

    def _into_file(self, file):
        # Pyodide's own callers may have opened the file for text, and open it again by its name.
        file = getattr(file, "buffer", file)
        file.write(self.to_bytes())
        file.flush()


class ArrayBuffer(Buffer):
    _js_type_flags = flags("IS_BUFFER")

    def __init__(self, length=0):
        self._bytes = memoryview(bytearray(index(length)))

    def slice(self, start=0, end=None):
        return array_buffer(self._bytes[start:end])

    @staticmethod
    def isView(value):
        return isinstance(value, TypedArray)


def array_buffer(data):
    """An ArrayBuffer with a copy of the bytes."""
    made = ArrayBuffer.new()
    made._bytes = memoryview(bytearray(data))
    return made


def index(length):
    if length < 0:
        raise JsException("RangeError", f"Invalid array length: {js_str(length)}")
    return int(length)


class TypedArrayClass(JsClass):
    @property
    def BYTES_PER_ELEMENT(cls):
        return memoryview(bytes(8)).cast(cls._format).itemsize

    def from_(cls, items):
        return cls.new(array(items))

    def of(cls, *items):
        return cls.new(array(items))


class TypedArray(Buffer, metaclass=TypedArrayClass):
    _js_type_flags = flags("IS_TYPEDARRAY IS_BUFFER IS_ARRAY_LIKE IS_ITERABLE HAS_LENGTH")
    _format, _clamped = "B", False

    def __init__(self, source=0, offset=0, length=None):
        if isinstance(source, ArrayBuffer):
            self._over(source, offset, length)
            return
        values = None if isinstance(source, int | float) else self._values(source)
        size = BYTES[self._format] * (index(source) if values is None else len(values))
        self._over(ArrayBuffer.new(size))
        if values is not None:
            self._bytes[:] = memoryview(values).cast("B").cast(self._format) if isinstance(values, bytes) else self._fitting(values)

    def _over(self, buffer, offset=0, length=None):
        size = BYTES[self._format]
        end = buffer.byteLength if length is None else offset + length * size
        if offset % size or (end - offset) % size or end > buffer.byteLength:
            raise JsException("RangeError", f"the offset or the length does not fit {self.name_of()}")
        self.buffer, self.byteOffset = buffer, offset
        self._bytes = buffer._bytes[offset:end].cast(self._format)

    def _values(self, source):
        if self._format == "B" and isinstance(source, bytes | bytearray | memoryview):
            return bytes(source)
        return [] if is_null(source) else list(source)

    def _fitting(self, values):
        from array import array as packed

        return memoryview(packed(self._format, map(self._fit, values)))

    def _fit(self, value):
        if self._format in "fd":
            return float(value)
        value = int(value) if value == value and value not in (float("inf"), float("-inf")) else 0
        if self._clamped:
            return min(max(value, 0), 255)
        bits = 8 * BYTES[self._format]
        value &= (1 << bits) - 1
        return value - (1 << bits) if self._format.islower() and value >> (bits - 1) else value

    def name_of(self):
        return type(self).__name__

    @property
    def BYTES_PER_ELEMENT(self):
        return BYTES[self._format]

    @property
    def length(self):
        return len(self._bytes)

    def __len__(self):
        return len(self._bytes)

    def __getitem__(self, key):
        if isinstance(key, slice):
            return type(self).new(array(self._bytes[key]))
        try:
            return number(self._bytes[key])
        except IndexError:
            raise IndexError(key) from None

    def __setitem__(self, key, value):
        self._bytes[key] = self._fitting(value) if isinstance(key, slice) else self._fit(value)

    def __iter__(self):
        return map(number, self._bytes)

    def _properties(self):
        return {str(key): value for key, value in enumerate(self)}

    def subarray(self, start=0, end=None):
        start, end, _ = slice(start, end).indices(len(self))
        size = BYTES[self._format]
        return type(self).new(self.buffer, self.byteOffset + start * size, max(0, end - start))

    def slice(self, start=0, end=None):
        return type(self).new(array(self._bytes[start:end]))

    def set(self, source, offset=0):
        values = self._fitting(source)
        if offset < 0 or offset + len(values) > len(self):
            raise JsException("RangeError", "offset is out of bounds")
        self._bytes[offset : offset + len(values)] = values

    def fill(self, value, start=0, end=None):
        for key in range(*slice(start, end).indices(len(self))):
            self[key] = value
        return self

    def at(self, position):
        return self[position] if -len(self) <= position < len(self) else None

    def join(self, separator=","):
        return separator.join(js_float(item) if isinstance(item, float) else str(item) for item in self)

    def toString(self):
        return self.join(",")

    def values(self):
        return Iterator.new(self)


FORMATS = {
    "Int8Array": "b", "Uint8Array": "B", "Int16Array": "h", "Uint16Array": "H", "Int32Array": "i", "Uint32Array": "I",
    "Float32Array": "f", "Float64Array": "d", "BigInt64Array": "q", "BigUint64Array": "Q",
}  # fmt: skip
BYTES = {code: memoryview(bytes(8)).cast(code).itemsize for code in FORMATS.values()}
TYPED = {name: TypedArrayClass(name, (TypedArray,), {"_format": code}) for name, code in FORMATS.items()}
TYPED["Uint8ClampedArray"] = TypedArrayClass("Uint8ClampedArray", (TypedArray,), {"_clamped": True})
Uint8Array = TYPED["Uint8Array"]


def uint8_array(data):
    """A Uint8Array with a copy of the bytes."""
    return Uint8Array.new(array_buffer(data))


class Chunk(bytes):
    """A piece of a body as Python has it: a memoryview under Pyodide, but who reads bodies wants bytes."""

    nbytes = property(len)

    def tobytes(self):
        return bytes(self)


def chunk_array(data):
    """A Uint8Array of a piece of a body."""
    made = uint8_array(data)
    made._is_chunk = True
    return made


def bytes_of(value):
    """The bytes of a buffer, JavaScript's or Python's."""
    try:
        return memoryview(value).tobytes()
    except TypeError:
        raise JsException("TypeError", "the argument must be an ArrayBuffer or an ArrayBufferView") from None


# What the Encoding standard calls the encodings of a web page, where Python's names differ.
LABELS = dict.fromkeys(("latin1", "iso-8859-1", "ascii", "us-ascii"), "windows-1252") | {"unicode-1-1-utf-8": "utf-8"}


def codec_of(label):
    label = label.strip().lower()
    try:
        return codecs.lookup(LABELS.get(label, label)).name
    except LookupError:
        raise JsException("RangeError", f'The "{label}" encoding is not supported') from None


def text_of(data, encoding, fatal=False, keep_mark=False):
    text = data.decode(codec_of(encoding), "strict" if fatal else "replace")
    return text if keep_mark else text.removeprefix("\ufeff")


class TextDecoder(JsObject):
    def __init__(self, label="utf-8", options=None):
        self._codec = codec_of(label)
        self.encoding = {"utf-8": "utf-8", "cp1252": "windows-1252", "utf-16-le": "utf-16le"}.get(self._codec, self._codec)
        self.fatal, self.ignoreBOM = bool(option(options, "fatal", False)), bool(option(options, "ignoreBOM", False))
        self._decoder = None

    def decode(self, data=None, options=None):
        is_first = self._decoder is None
        if is_first:
            self._decoder = codecs.getincrementaldecoder(self._codec)("strict" if self.fatal else "replace")
        more = bool(option(options, "stream", False))
        try:
            text = self._decoder.decode(b"" if data is None else bytes_of(data), not more)
        except UnicodeDecodeError:
            self._decoder = None
            raise JsException("TypeError", f"The encoded data was not valid for encoding {self.encoding}") from None
        if not more:
            self._decoder = None
        return text.removeprefix("\ufeff") if is_first and not self.ignoreBOM else text


class TextEncoder(JsObject):
    encoding = "utf-8"

    def encode(self, text=""):
        return uint8_array(js_str(text).encode("utf-8", "replace"))

    def encodeInto(self, text, target):
        from _pyrun_js_objects import Object

        read = written = 0
        for character in text:
            data = character.encode("utf-8", "replace")
            if written + len(data) > len(target):
                break
            target.set(data, written)
            read += 1 + (ord(character) > 0xFFFF)
            written += len(data)
        return Object.new(read=read, written=written)


def atob(text):
    """The bytes of a base64 text, as characters."""
    import base64

    text = "".join(js_str(text).split())
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("latin-1")
    except ValueError:
        raise dom_error("InvalidCharacterError", "The string to be decoded is not correctly encoded.") from None


def btoa(text):
    """The base64 text of characters that are bytes."""
    import base64

    try:
        return base64.b64encode(js_str(text).encode("latin-1")).decode()
    except UnicodeEncodeError:
        raise dom_error("InvalidCharacterError", "Invalid character") from None


class Crypto(JsObject):
    def getRandomValues(self, target):
        import os

        if not isinstance(target, TypedArray) or target._format in "fd":
            raise dom_error("TypeMismatchError", "The data argument must be an integer-type TypedArray")
        if target.byteLength > 65536:
            raise dom_error("QuotaExceededError", "The requested length exceeds 65,536 bytes")
        target.assign(os.urandom(target.byteLength))
        return target

    def randomUUID(self):
        import uuid

        return str(uuid.uuid4())


crypto = Crypto.new()
