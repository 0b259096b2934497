"""What JavaScript's objects are made of here: classes, functions, errors, and how they look to Python.

There is no JavaScript. A class of these modules stands for a class of JavaScript's, and its instances for its objects: they have
the names and the behaviour that packages use, and `_js_type_flags`, by which `isinstance(x, JsProxy)` and its kin tell them.
"""

from abc import ABCMeta
from keyword import iskeyword
from types import FunctionType

# The names are those that `_pyodide._core_docs` asks for; the numbers are ours.
FLAGS = {
    name: 1 << bit
    for bit, name in enumerate(
        "IS_OBJECT_MAP IS_PY_JSON_DICT IS_PY_JSON_SEQUENCE IS_DOUBLE_PROXY IS_AWAITABLE IS_BUFFER IS_ITERATOR IS_ASYNC_ITERATOR"
        " IS_ITERABLE IS_ASYNC_ITERABLE IS_GENERATOR IS_ASYNC_GENERATOR IS_CALLABLE IS_ARRAY IS_ARRAY_LIKE IS_NODE_LIST"
        " IS_TYPEDARRAY IS_ERROR HAS_GET HAS_SET HAS_HAS HAS_LENGTH HAS_INCLUDES HAS_DISPOSE".split()
    )
}


def flags(names):
    """The number of some flags."""
    return sum(FLAGS[name] for name in names.split())


def is_js(value):
    """Whether it is an object of JavaScript's."""
    return hasattr(type(value), "_js_type_flags")


def is_null(value):
    """Whether it is null or undefined."""
    return value is None or type(value).__name__ == "JsNull"


def null():
    """null: a value of its own where the release has one, else None."""
    from _pyodide import _core_docs

    return getattr(_core_docs, "jsnull", None)


def attribute(name):
    """A property's name without the underscore that sets it apart from a word of Python's (`finally_`)."""
    return name[:-1] if name.endswith("_") and iskeyword(name[:-1]) else name


class JsException(Exception):
    """An error of JavaScript's."""

    _js_type_flags = FLAGS["IS_ERROR"]
    typeof = "object"
    _class = None

    def __init__(self, name, message="", stack=""):
        super().__init__(name, message, stack)
        self.name, self.message, self.stack = name, message, stack or f"{name}: {message}"

    def __str__(self):
        return f"{self.name}: {self.message}" if self.message != "" else f"{self.name}"

    __repr__ = __str__

    @property
    def js_error(self):
        return self

    @property
    def js_id(self):
        return id(self)

    @property
    def constructor(self):
        return ERRORS.get(self._class or self.name, ERRORS["Error"])

    def to_py(self, *, depth=-1, default_converter=None):
        return self

    def toString(self):
        return str(self)

    @classmethod
    def new(cls, *arguments):
        return cls(*arguments)


JsException.__module__ = "pyodide.ffi"


class JsFunction:
    """A function of JavaScript's. Named arguments become an object, the last argument, as Pyodide does it."""

    _js_type_flags = FLAGS["IS_CALLABLE"]
    typeof = "function"

    def __init__(self, function, this=None, name=None):
        self._function, self._this = function, this
        self.name = name or attribute(getattr(function, "__name__", ""))

    def __call__(self, /, *arguments, **named):
        if named:
            arguments += (from_named(named),)
        if self._this is not None:
            arguments = (self._this, *arguments)
        return self._function(*arguments)

    def bind(self, this=None, *first):
        """JavaScript's: the same with `this` and the first arguments given. A function that has no `this` leaves it out."""
        receiver = this if self._this is not None else None
        if not first:
            return JsFunction(self._function, receiver, f"bound {self.name}")
        bound = JsFunction(self._function, receiver)
        return JsFunction(lambda *rest: bound(*first, *rest), None, f"bound {self.name}")

    def call(self, this=None, *arguments):
        return self.bind(this)(*arguments)

    def apply(self, this=None, arguments=()):
        return self.bind(this)(*arguments)

    @property
    def length(self):
        code = getattr(self._function, "__code__", None)
        return max(0, code.co_argcount - len(self._function.__defaults__ or ()) - (self._this is not None)) if code else 0

    @property
    def js_id(self):
        return hash((self._function, id(self._this)))

    def __eq__(self, other):
        return type(other) is type(self) and (other._function, other._this) == (self._function, self._this)

    def __hash__(self):
        return self.js_id

    def to_py(self, *, depth=-1, default_converter=None):
        return self

    def toString(self):
        return f"function {self.name}() {{ [native code] }}"

    def __repr__(self):
        return self.toString()


def from_named(named):
    """The object that named arguments become."""
    from _pyrun_js_objects import Object

    return Object._make({attribute(name): value for name, value in named.items()})


class Method:
    """A method: an attribute of an instance that is a function of JavaScript's, with `bind` and its like."""

    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        static = owner._static(self.function.__name__) if instance is None else None
        return static or JsFunction(self.function, instance)


def is_method(name, value):
    """Names with an underscore are Python's own: `to_py`, `as_object_map`."""
    return isinstance(value, FunctionType) and "_" not in name.rstrip("_") and not name.startswith("_")


class JsClass(ABCMeta):
    """A class of JavaScript's: a function that only `new` calls."""

    _js_type_flags = FLAGS["IS_CALLABLE"]

    def __new__(mcs, name, bases, body, **keywords):
        # Static functions are the class's own, and no attributes of its instances.
        statics = {key: JsFunction(value.__func__) for key, value in body.items() if isinstance(value, staticmethod)}
        body = {key: Method(value) if is_method(key, value) else value for key, value in body.items() if key not in statics}
        return super().__new__(mcs, name, bases, body | {"_statics": statics}, **keywords)

    def __getattr__(cls, name):
        static = None if name.startswith("_") else cls._static(name)
        if static is None:
            raise AttributeError(name)
        return static

    def _static(cls, name):
        return next((vars(base)["_statics"][name] for base in cls.__mro__ if name in vars(base).get("_statics", ())), None)

    def __call__(cls, /, *arguments, **named):
        raise JsException("TypeError", f"Class constructor {cls.__name__} cannot be invoked without 'new'")

    def new(cls, /, *arguments, **named):
        """What `new` makes of the class."""
        if named:
            arguments += (from_named(named),)
        return cls._make(*arguments)

    def _make(cls, /, *arguments):
        return super().__call__(*arguments)

    @property
    def typeof(cls):
        return "function"

    @property
    def name(cls):
        return cls.__name__

    @property
    def js_id(cls):
        return id(cls)

    def __repr__(cls):
        return f"class {cls.__name__} {{ [native code] }}"


class JsObject(metaclass=JsClass):
    """What every object has."""

    _js_type_flags = 0
    typeof = "object"

    @property
    def js_id(self):
        return id(self)

    @property
    def constructor(self):
        return type(self)

    def toString(self):
        return f"[object {type(self).__name__}]"

    def toLocaleString(self):
        return self.toString()

    def valueOf(self):
        return self

    def hasOwnProperty(self, name):
        return name in self._properties()

    def __repr__(self):
        return self.toString()

    def _properties(self):
        """Its own properties, by name."""
        return {key: value for key, value in vars(self).items() if not key.startswith("_")}

    def object_keys(self):
        return array(self._properties())

    def object_values(self):
        return array(self._properties().values())

    def object_entries(self):
        return array(array(pair) for pair in self._properties().items())

    def as_object_map(self, *, hereditary=False):
        from _pyrun_js_maps import ObjectMap

        return ObjectMap(self, hereditary)

    def as_py_json(self):
        from _pyrun_js_maps import json_view

        return json_view(self)

    def to_py(self, *, depth=-1, default_converter=None):
        from _pyrun_js_convert import to_python

        return to_python(self, depth, default_converter)

    def to_weakref(self):
        from _pyrun_js_maps import WeakRef

        return WeakRef.new(self)

    def bind_class(self, signature):
        return self

    def bind_sig(self, signature):
        return self


def array(items=()):
    """An Array of them."""
    from _pyrun_js_objects import Array

    return Array.of(*items)


class ErrorClass(JsFunction):
    """The class of an error. What it makes are JsExceptions."""

    def __init__(self, name):
        super().__init__(self.new, None, name)

    def new(self, message="", options=None, **named):
        options = options or named
        error = JsException(self.name, "" if is_null(message) else js_str(message))
        cause = option(options, "cause")
        if cause is not None:
            error.cause = cause
        return error


class DOMExceptionClass(ErrorClass):
    def new(self, message="", name="Error"):
        error = JsException(option(name, "name", "Error") if is_js(name) else name, js_str(message))
        error._class = self.name
        return error


def dom_error(name, message):
    """A DOMException of such a name."""
    return ERRORS["DOMException"].new(message, name)


NAMES = "Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError"
ERRORS = {name: ErrorClass(name) for name in NAMES.split()}
ERRORS["DOMException"] = DOMExceptionClass("DOMException")


def option(options, name, default=None):
    """A property of an object that may be JavaScript's, a dict, or nothing; the default when it is undefined."""
    if options is None or is_null(options):
        return default
    value = options.get(name) if isinstance(options, dict) else getattr(options, name, None)
    return default if value is None else value


def js_str(value):
    """What String(value) gives."""
    if isinstance(value, str):
        return value
    if value is None:
        return "undefined"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return js_float(value)
    if type(value).__name__ == "JsNull":
        return "null"
    return str(value)


def js_float(value):
    """A number as JavaScript writes it."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, part = mantissa.lstrip("-").partition(".")
    part = part if part != "0" else ""
    # The digits, and how many of them stand before the point.
    digits = (whole + part).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + part) - len(digits))
    sign = "-" if value < 0 else ""
    if not digits:
        return "0"
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    digits = digits.rstrip("0")
    return f"{sign}{digits[0]}{'.' * (len(digits) > 1)}{digits[1:]}e{point - 1:+d}"


def number(value):
    """A number as Pyodide gives it to Python: an int when it is one that JavaScript's numbers hold exactly."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
