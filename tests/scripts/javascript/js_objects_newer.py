# Objects of JavaScript as Python sees them, since 0.29.
import js
from pyodide.ffi import *  # noqa: F403


def tell(expression):
    try:
        value = eval(expression)
    except Exception as error:
        value = f"{type(error).__name__}: {error}"
    print(expression, "->", value if isinstance(value, str) else repr(value))


for expression in r"""
to_js({"a":{"b":1}}).as_py_json()["a"]["b"]
to_js([1,(2,3)], eager_converter=lambda v,c,k: "T" if isinstance(v,tuple) else c(v))
to_js({"keys":1}).keys
to_js({"a":1}).hasOwnProperty("a")
js.structuredClone(to_js({"a":[1]})).to_py()
""".strip().splitlines():
    tell(expression)
