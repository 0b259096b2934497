"""Object, Array and iterators. An Array is a sequence to Python."""

from collections.abc import MutableMapping, MutableSequence
from functools import cmp_to_key

from _pyrun_js_core import JsException, JsObject, array, attribute, flags, is_js, is_null, js_str


class Object(JsObject):
    """A plain object."""

    def __init__(self, value=None):
        object.__setattr__(self, "_own", {})
        if is_js(value):
            self._own.update(value._properties())
        elif isinstance(value, dict):
            self._own.update(value)

    def _properties(self):
        return self._own

    def __getattr__(self, name):
        try:
            return self._own[attribute(name)]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        # What the import system sets is Python's.
        if name.startswith("__"):
            object.__setattr__(self, name, value)
        else:
            self._own[attribute(name)] = value

    def __delattr__(self, name):
        if name.startswith("__"):
            object.__delattr__(self, name)
        elif self._own.pop(attribute(name), self) is self:
            raise AttributeError(name)

    def __dir__(self):
        return sorted({*object.__dir__(self), *map(str, self._own)} - {"_own"})

    @staticmethod
    def fromEntries(entries):
        made = Object.new()
        for key, value in pairs_of(entries):
            made._own[property_name(key)] = value
        return made

    @staticmethod
    def keys(value):
        return array(properties(value))

    @staticmethod
    def values(value):
        return array(properties(value).values())

    @staticmethod
    def entries(value):
        return array(array(pair) for pair in properties(value).items())

    @staticmethod
    def assign(target, *sources):
        for source in sources:
            for name, value in properties(source).items():
                setattr(target, name, value)
        return target

    @staticmethod
    def is_(left, right):
        return left is right or (type(left) is type(right) and not is_js(left) and left == right)

    @staticmethod
    def freeze(value):
        return value

    @staticmethod
    def hasOwn(value, name):
        return name in properties(value)


def pairs_of(value):
    """The pairs that JavaScript goes through: of a mapping, and of a Map, Python would give the keys."""
    if isinstance(value, MutableMapping):
        return value.entries() if is_js(value) else value.items()
    return value


def property_name(key):
    return key if isinstance(key, str) else js_str(key)


def properties(value):
    """The properties of an object, also of one of Python's."""
    if is_null(value):
        raise JsException("TypeError", "Cannot convert undefined or null to object")
    if is_js(value):
        return value._properties() if hasattr(value, "_properties") else {}
    if isinstance(value, dict):
        return {property_name(key): item for key, item in value.items()}
    return {str(index): item for index, item in enumerate(value)} if isinstance(value, str | list | tuple) else {}


class Iterator(JsObject):
    """An iterator, for Python and by `next()`."""

    _js_type_flags = flags("IS_ITERATOR IS_ITERABLE")

    def __init__(self, items):
        self._items = iter(items)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._items)

    def next(self, *_):
        try:
            return Object.new(value=next(self._items), done=False)
        except StopIteration:
            return Object.new(value=None, done=True)


def arguments_of(function, *values):
    """Calls a callback with as many of the values as it takes: functions of JavaScript's take what they want, Python's do not."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & 4:
        return function(*values)
    count = code.co_argcount - (getattr(function, "__self__", None) is not None)
    return function(*values[:count])


class Array(JsObject, MutableSequence):
    _js_type_flags = flags("IS_ARRAY IS_ARRAY_LIKE IS_ITERABLE HAS_LENGTH IS_PY_JSON_SEQUENCE")
    __eq__, __hash__ = object.__eq__, object.__hash__

    def __init__(self, *items):
        self._items = [None] * items[0] if len(items) == 1 and isinstance(items[0], int) else list(items)

    def _properties(self):
        return {str(index): item for index, item in enumerate(self._items)}

    def __getitem__(self, index):
        if isinstance(index, slice):
            return array(self._items[index])
        try:
            return self._items[index]
        except IndexError:
            raise IndexError(index) from None

    def __setitem__(self, index, value):
        self._items[index] = value

    def __delitem__(self, index):
        del self._items[index]

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self._items)

    def __add__(self, other):
        return array([*self._items, *other])

    def insert(self, index, value):
        self._items.insert(index, value)

    @property
    def length(self):
        return len(self._items)

    def toString(self):
        return self.join(",")

    def join(self, separator=","):
        return separator.join("" if is_null(item) else js_str(item) for item in self._items)

    def push(self, *items):
        self._items += items
        return len(self._items)

    def shift(self):
        return self._items.pop(0) if self._items else None

    def unshift(self, *items):
        self._items[:0] = items
        return len(self._items)

    def slice(self, start=None, end=None):
        return array(self._items[start:end])

    def splice(self, start, count=None, *items):
        start = range(len(self._items) + 1)[start] if start < 0 else min(start, len(self._items))
        end = len(self._items) if count is None else start + count
        removed = self._items[start:end]
        self._items[start:end] = items
        return array(removed)

    def concat(self, *others):
        parts = (other if isinstance(other, Array | list | tuple) else [other] for other in others)
        return array(item for part in (self._items, *parts) for item in part)

    def indexOf(self, value):
        return next((index for index, item in enumerate(self._items) if Object.is_(item, value)), -1)

    def includes(self, value):
        return self.indexOf(value) >= 0

    def at(self, index):
        return self._items[index] if -len(self._items) <= index < len(self._items) else None

    def map(self, function):
        return array(arguments_of(function, item, index, self) for index, item in enumerate(self._items))

    def filter(self, function):
        return array(item for index, item in enumerate(self._items) if arguments_of(function, item, index, self))

    def forEach(self, function):
        self.map(function)

    def find(self, function):
        return next(iter(self.filter(function)), None)

    def some(self, function):
        return any(arguments_of(function, item, index, self) for index, item in enumerate(self._items))

    def every(self, function):
        return all(arguments_of(function, item, index, self) for index, item in enumerate(self._items))

    def reduce(self, function, *initial):
        items = iter([*initial, *self._items])
        total = next(items)
        for index, item in enumerate(items):
            total = arguments_of(function, total, item, index, self)
        return total

    def sort(self, compare=None):
        self._items.sort(key=cmp_to_key(compare) if compare else js_str)
        return self

    def flat(self, depth=1):
        return array(
            inner for item in self._items for inner in (item.flat(depth - 1) if isinstance(item, Array) and depth > 0 else [item])
        )

    def fill(self, value):
        self._items[:] = [value] * len(self._items)
        return self

    def keys(self):
        return Iterator.new(range(len(self._items)))

    def values(self):
        return Iterator.new(self._items)

    def entries(self):
        return Iterator.new(array(pair) for pair in enumerate(self._items))

    @staticmethod
    def of(*items):
        made = Array._make()
        made._items = list(items)
        return made

    @staticmethod
    def from_(items, function=None):
        values = [None] * items.length if is_js(items) and not hasattr(items, "__iter__") else items
        made = array(values)
        return made.map(function) if function else made

    @staticmethod
    def isArray(value):
        return isinstance(value, Array)
