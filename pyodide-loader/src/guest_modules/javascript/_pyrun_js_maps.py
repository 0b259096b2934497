"""Map, Set, WeakRef, and objects seen as mappings (`as_object_map`, `as_py_json`)."""

import weakref
from collections.abc import MutableMapping, MutableSet

from _pyrun_js_core import JsObject, array, attribute, flags, is_null
from _pyrun_js_objects import Array, Iterator, Object, arguments_of, pairs_of


class ObjectMap(MutableMapping):
    """An object as a mapping of its properties."""

    _js_type_flags = flags("IS_OBJECT_MAP IS_PY_JSON_DICT")
    typeof = "object"
    __eq__, __hash__ = object.__eq__, object.__hash__

    def __init__(self, target, hereditary=False, view=None):
        self._target, self._view = target, view or (plain_view if hereditary else None)

    def __getitem__(self, key):
        value = self._target._properties()[key]
        return self._view(value) if self._view else value

    def __setitem__(self, key, value):
        setattr(self._target, key, value)

    def __delitem__(self, key):
        if key not in self._target._properties():
            raise KeyError(key)
        delattr(self._target, key)

    def __iter__(self):
        return iter(tuple(self._target._properties()))

    def __len__(self):
        return len(self._target._properties())

    def __repr__(self):
        return repr(self._target)

    def to_py(self, *, depth=-1, default_converter=None):
        return self._target.to_py(depth=depth, default_converter=default_converter)


def plain_view(value):
    """A plain object as a mapping, and so on inside; everything else as it is."""
    return ObjectMap(value, True) if type(value) is Object else value


def json_view(value):
    """Objects as dicts, and arrays as they are, and so on inside."""
    if type(value) is Array:
        return JsonArray._make(value._items)
    return ObjectMap(value, view=json_view) if type(value) is Object else value


class JsonArray(Array):
    """An array whose objects are seen as dicts."""

    def __init__(self, items):
        self._items = items

    @property
    def constructor(self):
        return Array

    def __getitem__(self, index):
        return json_view(super().__getitem__(index))

    def __iter__(self):
        return map(json_view, self._items)


class Map(JsObject, MutableMapping):
    _js_type_flags = flags("HAS_GET HAS_SET HAS_HAS HAS_LENGTH IS_ITERABLE")
    __eq__, __hash__ = object.__eq__, object.__hash__

    def __init__(self, entries=None):
        self._items = {} if is_null(entries) else {key: value for key, value in pairs_of(entries)}

    def __getitem__(self, key):
        return self._items[key]

    def __setitem__(self, key, value):
        self._items[key] = value

    def __delitem__(self, key):
        del self._items[key]

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)

    @property
    def size(self):
        return len(self._items)

    def has(self, key):
        return key in self._items

    def set(self, key, value):
        self._items[key] = value
        return self

    def delete(self, key):
        return self._items.pop(key, self) is not self

    def entries(self):
        return Iterator.new(array(pair) for pair in tuple(self._items.items()))

    def forEach(self, function):
        for key, value in tuple(self._items.items()):
            arguments_of(function, value, key, self)


class LiteralMap(Map):
    """What a dict becomes before 0.29: a Map whose texts are properties, too."""

    @property
    def constructor(self):
        return Map

    def toString(self):
        return "[object Map]"

    def _properties(self):
        return {key: value for key, value in self._items.items() if isinstance(key, str)}

    def __getattr__(self, name):
        try:
            return self._properties()[attribute(name)]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            self._items[attribute(name)] = value


class Set(JsObject, MutableSet):
    _js_type_flags = flags("HAS_HAS HAS_LENGTH IS_ITERABLE")
    __eq__, __hash__ = object.__eq__, object.__hash__

    def __init__(self, items=None):
        self._items = dict.fromkeys(() if is_null(items) else items)

    def __contains__(self, item):
        return item in self._items

    def __iter__(self):
        return iter(tuple(self._items))

    def __len__(self):
        return len(self._items)

    @property
    def size(self):
        return len(self._items)

    def add(self, item):
        self._items[item] = None
        return self

    def discard(self, item):
        self._items.pop(item, None)

    def has(self, item):
        return item in self._items

    def delete(self, item):
        return self._items.pop(item, self) is not self

    def values(self):
        return Iterator.new(self)


class WeakRef(JsObject):
    def __init__(self, target):
        self._target = weakref.ref(target)

    def deref(self):
        return self._target()
