"""JSON."""

import json

from _pyrun_js_core import JsException, JsObject, array, is_js, is_null, js_float, null, number
from _pyrun_js_objects import Array, Object


def parsed(value):
    """What json.loads made, as JavaScript's objects."""
    if value is None:
        return null()
    if isinstance(value, list):
        return array(map(parsed, value))
    if isinstance(value, dict):
        return Object.fromEntries((key, parsed(item)) for key, item in value.items())
    return number(value)


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


class Writer:
    """Writes one value. `path` holds the objects around the one that is written: an object in itself has no JSON."""

    def __init__(self, replacer, space):
        self.replace = replacer if callable(replacer) else None
        self.wanted = None if replacer is None or self.replace or is_null(replacer) else set(replacer)
        self.space = " " * min(space, 10) if isinstance(space, int) else (space or "")[:10]
        self.path = []

    def write(self, key, value, indent):
        """The text, or None for what JSON leaves out."""
        convert = getattr(value, "toJSON", None) if is_js(value) else None
        value = convert() if convert else value
        if self.replace:
            value = self.replace(key, value)
        if value is None:
            return None
        if is_null(value):
            return "null"
        if isinstance(value, bool | str):
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, int | float):
            text = js_float(float(value)) if isinstance(value, float) else str(value)
            return "null" if text.lstrip("-") in ("NaN", "Infinity") else text
        if callable(value):
            return None
        return self.write_container(value, indent)

    def write_container(self, value, indent):
        if any(value is outer for outer in self.path):
            raise JsException("TypeError", "Converting circular structure to JSON")
        self.path.append(value)
        inner = indent + self.space
        if isinstance(value, Array | list | tuple):
            items = [self.write(str(index), item, inner) or "null" for index, item in enumerate(value)]
            start, end = "[]"
        else:
            colon = ": " if self.space else ":"
            wanted = (pair for pair in members(value) if self.wanted is None or pair[0] in self.wanted)
            pairs = ((key, self.write(key, item, inner)) for key, item in wanted)
            items = [f"{json.dumps(key, ensure_ascii=False)}{colon}{text}" for key, text in pairs if text is not None]
            start, end = "{}"
        self.path.pop()
        if not items or not self.space:
            return start + ",".join(items) + end
        return f"{start}\n{inner}" + f",\n{inner}".join(items) + f"\n{indent}{end}"


def members(value):
    if isinstance(value, dict):
        return [(str(key), item) for key, item in value.items()]
    return list(value._properties().items()) if isinstance(value, JsObject) else []


class JSONObject(JsObject):
    def toString(self):
        return "[object JSON]"

    def parse(self, text):
        try:
            return parsed(json.loads(text, parse_constant=refuse_constant))
        except ValueError as error:
            raise JsException("SyntaxError", f"the text is not JSON: {error}") from None

    def stringify(self, value=None, replacer=None, space=0):
        return Writer(replacer, space).write("", value, "")


JSON = JSONObject.new()
