"""URLSearchParams, and the text of forms."""

import re
from collections.abc import MutableMapping

from _pyrun_js_core import JsObject, array, flags, is_null, js_str, null
from _pyrun_js_objects import Iterator, pairs_of, properties


def unpercent(text):
    data = text.encode("utf-8", "replace")
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), data)


def escaped(character):
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def form_pairs(text):
    """The pairs of a form's text."""
    halves = (piece.partition("=")[::2] for piece in text.split("&") if piece)
    return [(form_plain(name), form_plain(value)) for name, value in halves]


def form_plain(text):
    return unpercent(text.replace("+", " ")).decode("utf-8", "replace")


def form_text(text):
    plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._"
    return "".join(c if c in plain else "+" if c == " " else escaped(c) for c in text)


class URLSearchParams(JsObject, MutableMapping):
    """To Python a mapping, in which a name has its first value."""

    _js_type_flags = flags("HAS_GET HAS_SET HAS_HAS HAS_LENGTH IS_ITERABLE")
    __eq__, __hash__ = object.__eq__, object.__hash__
    _url = None

    def __init__(self, source=""):
        if isinstance(source, str) or is_null(source):
            self._pairs = form_pairs("" if is_null(source) else source.removeprefix("?"))
        else:
            pairs = pairs_of(source) if hasattr(source, "__iter__") else properties(source).items()
            self._pairs = [(js_str(name), js_str(value)) for name, value in pairs]

    def __iter__(self):
        return iter([name for name, _ in self._pairs])

    def __len__(self):
        return len(self._pairs)

    def __getitem__(self, name):
        if not self.has(name):
            raise KeyError(name)
        return self.get(name)

    def __setitem__(self, name, value):
        self.set(name, value)

    def __delitem__(self, name):
        if not self.has(name):
            raise KeyError(name)
        self.delete(name)

    def _changed(self):
        if self._url is not None:
            self._url._parts.query = self.toString() or None

    @property
    def size(self):
        return len(self._pairs)

    def get(self, name):
        return next((value for key, value in self._pairs if key == name), None) if self.has(name) else null()

    def getAll(self, name):
        return array(value for key, value in self._pairs if key == name)

    def has(self, name, value=None):
        return any(key == name and (value is None or item == value) for key, item in self._pairs)

    def append(self, name, value):
        self._pairs.append((js_str(name), js_str(value)))
        self._changed()

    def set(self, name, value):
        place = next((place for place, pair in enumerate(self._pairs) if pair[0] == name), len(self._pairs))
        before = self._pairs[:place]
        self._pairs = [*before, (js_str(name), js_str(value)), *(pair for pair in self._pairs[place + 1 :] if pair[0] != name)]
        self._changed()

    def delete(self, name, value=None):
        self._pairs = [pair for pair in self._pairs if pair[0] != name or (value is not None and pair[1] != value)]
        self._changed()

    def sort(self):
        self._pairs.sort(key=lambda pair: pair[0].encode("utf-16-be", "replace"))
        self._changed()

    def forEach(self, function):
        for name, value in list(self._pairs):
            function(value, name, self)

    def entries(self):
        return Iterator.new([array(pair) for pair in self._pairs])

    def toString(self):
        return "&".join(f"{form_text(name)}={form_text(value)}" for name, value in self._pairs)
