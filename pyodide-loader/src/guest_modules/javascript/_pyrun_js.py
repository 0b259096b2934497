"""The names of JavaScript for packages that ask Pyodide for them, in plain Python: what `js` has, and `complete`.

pyrun runs Pyodide's CPython without JavaScript, so `js`, `pyodide_js` and what `pyodide.ffi` takes from them are written anew.
Nothing of the host's is behind them. What would say "this is a browser" or "this is Node" is absent on purpose (`window`,
`document`, `self`, `globalThis`, `process`, `navigator`, `Worker`, `Blob`), and so is what would run code (`eval`, `Function`).
"""

import sys

# The modules, and the names of the global scope that each has.
HOMES = {
    "_pyrun_js_objects": "Array Object",
    "_pyrun_js_maps": "Map Set WeakRef",
    "_pyrun_js_json": "JSON",
    "_pyrun_js_buffers": "ArrayBuffer TextDecoder TextEncoder atob btoa crypto",
    "_pyrun_js_promise": "Promise",
    "_pyrun_js_params": "URLSearchParams",
    "_pyrun_js_url": "URL",
    "_pyrun_js_events": "AbortController AbortSignal Event EventTarget clearImmediate clearInterval clearTimeout performance"
    " queueMicrotask setImmediate setInterval setTimeout",
    "_pyrun_js_fetch": "Headers Request Response fetch",
    "_pyrun_js_streams": "ReadableStream",
    "_pyrun_js_xhr": "XMLHttpRequest",
    "_pyrun_js_global": "BigInt Boolean Date Math Number String console decodeURI decodeURIComponent encodeURI encodeURIComponent"
    " isFinite isNaN parseFloat parseInt structuredClone",
}
HOME = {name: home for home, names in HOMES.items() for name in names.split()}
ERRORS = "Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError DOMException".split()
ARRAYS = (
    "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array"
    " BigUint64Array"
).split()
CONSTANTS = {"undefined": None, "NaN": float("nan"), "Infinity": float("inf")}
NAMES = sorted([*HOME, *ERRORS, *ARRAYS, *CONSTANTS])


class Scope(type(sys)):
    """The module `js`: an object of JavaScript's, to who asks."""

    _js_type_flags = 0
    typeof = "object"


def lookup(name):
    """What stands in the global scope under the name. Raises AttributeError, as Pyodide does."""
    if name in HOME:
        value = getattr(load(HOME[name]), name)
    elif name in ERRORS:
        value = load("_pyrun_js_core").ERRORS[name]
    elif name in ARRAYS:
        value = load("_pyrun_js_buffers").TYPED[name]
    elif name in CONSTANTS:
        return CONSTANTS[name]
    else:
        raise AttributeError(name)
    return load("_pyrun_js_core").JsFunction(value) if type(value).__name__ == "function" else value


def load(module):
    return sys.modules.get(module) or __import__(module)


def complete(namespace):
    """Called at the end of each module of `COMPLETED`, with its globals: puts what works here in place of what needs JavaScript."""
    load("_pyrun_js_complete").COMPLETED[namespace["__name__"]](namespace)
