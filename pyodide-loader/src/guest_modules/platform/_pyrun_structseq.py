"""What CPython's modules in C make of a record of the C library's: a tuple whose items have names (a structseq), and the arguments
that those modules take."""

import sys

from _collections import _tuplegetter
from _operator import index


def structseq(module, name, doc, fields):
    """The class `module.name`, whose `fields` are pairs of a name and what it is."""
    names = tuple(field for field, _ in fields)
    full = f"{module}.{name}"

    def new(cls, sequence, dict={}):
        try:
            items = tuple(sequence)
        except TypeError:
            raise TypeError("constructor requires a sequence") from None
        if not isinstance(dict, DICT):
            raise TypeError(f"{full}() takes a dict as second arg, if any")
        if len(items) != len(names):
            raise TypeError(f"{full}() takes a {len(names)}-sequence ({len(items)}-sequence given)")
        if dict:
            raise TypeError(f"{full}() got duplicate or unexpected field name(s)")
        return tuple.__new__(cls, items)

    def represent(self):
        return f"{full}({', '.join(f'{name}={value!r}' for name, value in zip(names, self))})"

    def reduce(self):
        return type(self), (tuple(self), {})

    def replace(self, /, *arguments, **changes):
        if arguments:
            raise TypeError("__replace__() takes no positional arguments")
        items = [changes.pop(name, value) for name, value in zip(names, self)]
        if changes:
            raise TypeError(f"Got unexpected field name(s): {list(changes)}")
        return type(self)(items)

    def no_subclass(cls, **_):
        raise TypeError(f"type '{full}' is not an acceptable base type")

    members = {
        "__doc__": doc,
        "__init_subclass__": no_subclass,
        "__match_args__": names,
        "__module__": module,
        "__new__": new,
        "__reduce__": reduce,
        "__replace__": replace,
        "__repr__": represent,
        "__slots__": (),
        "n_fields": len(names),
        "n_sequence_fields": len(names),
        "n_unnamed_fields": 0,
    }
    for place, (field, meaning) in enumerate(fields):
        members[field] = _tuplegetter(place, sys.intern(meaning))
    if sys.version_info < (3, 13):
        del members["__replace__"]
    for function, own in ((new, "__new__"), (represent, "__repr__"), (reduce, "__reduce__"), (replace, "__replace__")):
        function.__name__, function.__qualname__, function.__module__ = own, f"{name}.{own}", module
    return type(name, (tuple,), members)


DICT = dict


def c_int(number, *, what="C int"):
    """A number that C's `int` holds."""
    number = index(number)
    if not -(1 << 31) <= number < 1 << 31:
        raise OverflowError(f"Python int too large to convert to {what}")
    return number


def text(value, where, *, nul="byte", errors="strict"):
    """A string for C, as bytes in UTF-8. A zero in it is an error that calls it what `nul` says."""
    if not isinstance(value, str):
        given = "None" if value is None else type(value).__name__
        raise TypeError(f"{where} must be str, not {given}")
    encoded = value.encode("utf-8", errors)
    if nul is not None and b"\0" in encoded:
        raise ValueError(f"embedded null {nul}")
    return encoded
