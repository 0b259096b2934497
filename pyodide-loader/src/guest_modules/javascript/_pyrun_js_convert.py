"""From Python to JavaScript and back: `to_js`, `to_py`, `create_proxy` and its kin."""

from _pyrun_js_core import JsException, JsFunction, JsObject, array, flags, is_js, is_null
from _pyrun_js_maps import Map, ObjectMap, Set
from _pyrun_js_objects import Array, Object

# What a dict becomes: an Object since 0.29, a LiteralMap before. `complete` sets it.
dict_class = Object

IMMUTABLE = (str, int, float, bool, type(None))


class DoubleProxy(JsFunction):
    """A Python object as JavaScript has it. `once` is for functions that can be called one time."""

    _js_type_flags = flags("IS_DOUBLE_PROXY IS_CALLABLE")

    def __init__(self, value, once=False):
        super().__init__(value, None, getattr(value, "__name__", type(value).__name__))
        self._once, self._is_destroyed = once, False
        if not callable(value):
            self.typeof = "object"

    def __call__(self, /, *arguments, **named):
        function = self.unwrap()
        if self._once:
            self.destroy()
        return function(*arguments, **named)

    def unwrap(self):
        if self._is_destroyed:
            raise JsException("Error", "Object has already been destroyed")
        return self._function

    def destroy(self):
        self._is_destroyed, self._function = True, None

    @property
    def js_id(self):
        return id(self)

    def to_weakref(self):
        from _pyrun_js_maps import WeakRef

        return WeakRef.new(self)

    def toString(self):
        return str(self._function)

    __eq__, __hash__ = object.__eq__, object.__hash__


def create_proxy(obj, /, *, capture_this=False, roundtrip=True):
    return DoubleProxy(obj)


def create_once_callable(obj, /, *, _may_syncify=False):
    return DoubleProxy(obj, once=True)


def destroy_proxies(pyproxies, /):
    for proxy in pyproxies:
        proxy.destroy()


def to_js(
    obj,
    /,
    *,
    depth=-1,
    pyproxies=None,
    create_pyproxies=True,
    dict_converter=None,
    default_converter=None,
    eager_converter=None,
):
    if isinstance(obj, IMMUTABLE) or is_js(obj) or is_null(obj):
        return obj
    made = ToJs(pyproxies, create_pyproxies, dict_converter, default_converter, eager_converter).convert(obj, depth)
    return made if isinstance(made, IMMUTABLE) or is_js(made) or is_null(made) else DoubleProxy(made)


class ToJs:
    """One conversion. What is met twice is converted once."""

    def __init__(self, proxies, may_proxy, dict_converter, default_converter, eager_converter):
        self.proxies, self.may_proxy, self.dict_converter = proxies, may_proxy, dict_converter
        self.default, self.eager, self.made = default_converter, eager_converter, {}

    def convert(self, value, depth):
        if isinstance(value, IMMUTABLE) or is_js(value) or is_null(value):
            return value
        if id(value) in self.made:
            return self.made[id(value)][1]
        if self.eager:
            return self.eager(value, lambda inner: self.standard(inner, depth), self.remember)
        return self.standard(value, depth)

    def remember(self, value, made):
        # The value is kept, so that its id stays its own.
        self.made[id(value)] = (value, made)
        return made

    def standard(self, value, depth):
        if isinstance(value, IMMUTABLE) or is_js(value) or is_null(value):
            return value
        if depth == 0:
            return self.proxy(value)
        if isinstance(value, list | tuple):
            made = self.remember(value, array())
            made._items += [self.convert(item, depth - 1) for item in value]
            return made
        if isinstance(value, dict):
            return self.dictionary(value, depth)
        if isinstance(value, set | frozenset):
            return self.remember(value, Set.new([self.convert(item, depth - 1) for item in value]))
        buffer = buffer_of(value)
        if buffer is not None:
            return self.remember(value, buffer)
        if self.default:
            return self.default(value, lambda inner: self.convert(inner, depth), self.remember)
        return self.proxy(value)

    def dictionary(self, value, depth):
        pairs = (array((self.convert(key, depth - 1), self.convert(item, depth - 1))) for key, item in value.items())
        if self.dict_converter:
            return self.remember(value, self.dict_converter(array(pairs)))
        made = self.remember(value, dict_class.new())
        for key, item in pairs:
            if isinstance(made, Map):
                made[key] = item
            else:
                made._own[key if isinstance(key, str) else str(key)] = item
        return made

    def proxy(self, value):
        if not self.may_proxy:
            raise conversion_error("No conversion known for x.")
        if self.proxies is not None:
            self.proxies.append(DoubleProxy(value))
        # In a container Python gets it back as it is.
        return value


def conversion_error(message):
    from _pyodide import _core_docs

    return _core_docs.ConversionError(message)


# Formats of Python's buffers and the arrays that hold such numbers.
KINDS = {
    "c": "Uint8Array", "?": "Uint8Array", "b": "Int8Array", "B": "Uint8Array", "h": "Int16Array", "H": "Uint16Array",
    "i": "Int32Array", "I": "Uint32Array", "l": "Int32Array", "L": "Uint32Array", "n": "Int32Array", "N": "Uint32Array",
    "q": "BigInt64Array", "Q": "BigUint64Array", "f": "Float32Array", "d": "Float64Array",
}  # fmt: skip


def buffer_of(value):
    """A copy of a Python buffer as a typed array, or as arrays of such for several dimensions; None for what is no buffer."""
    try:
        view = memoryview(value)
    except TypeError:
        return None
    from _pyrun_js_buffers import TYPED, array_buffer

    code = view.format.lstrip("@=<")
    if code not in KINDS:
        return None
    kind, data = TYPED[KINDS[code]], view.tobytes()

    def part(shape, start, size):
        if len(shape) < 2:
            return kind.new(array_buffer(data[start : start + size]))
        step = size // shape[0] if shape[0] else 0
        return array(part(shape[1:], start + place * step, step) for place in range(shape[0]))

    return part(view.shape, 0, len(data))


def to_python(value, depth=-1, default_converter=None):
    """What `to_py` gives."""
    made = {}

    def remember(inner, result):
        made[id(inner)] = result

    def convert(inner, depth):
        if not is_js(inner) or depth == 0:
            return inner
        if id(inner) in made:
            return made[id(inner)]
        if isinstance(inner, ObjectMap):
            inner = inner._target
        result = containers(inner, depth)
        if result is not None:
            return result
        if type(inner).to_py is not JsObject.to_py:
            return inner.to_py(depth=depth, default_converter=default_converter)
        return default_converter(inner, lambda x: convert(x, depth), remember) if default_converter else inner

    def containers(inner, depth):
        if isinstance(inner, Array):
            made[id(inner)] = result = []
            result += [convert(item, depth - 1) for item in inner._items]
        elif isinstance(inner, Set):
            made[id(inner)] = result = {convert(item, depth - 1) for item in inner}
        elif isinstance(inner, Map) or type(inner) is Object:
            made[id(inner)] = result = {}
            for key, item in inner.items() if isinstance(inner, Map) else inner._own.items():
                result[key] = convert(item, depth - 1)
        else:
            return None
        return result

    return convert(value, depth)
