# not-node: Node has JavaScript, and shows it
# What is not there without JavaScript, and what is told of it: never a traceback about js.
import sys

import js
import pyodide_js
from pyodide.code import run_js
from pyodide.ffi import JsException, JsProxy, register_js_module, run_sync, to_js

print("asyncio" in sys.modules, isinstance(js, JsProxy), isinstance(js.fetch, JsProxy))
absent = "window document self globalThis process navigator location Worker Blob SharedArrayBuffer Atomics eval Function require importScripts"
print([name for name in absent.split() if hasattr(js, name) or name in dir(js)])
try:
    from js import document
except ImportError as error:
    print(str(error).partition(" (")[0])
try:
    import js.document
except ModuleNotFoundError as error:
    print(error.name)

for code in ("1 + 1", "globalThis", 3):
    try:
        run_js(code)
    except (JsException, TypeError) as error:
        print(type(error).__name__, error)

import webbrowser

print(webbrowser.open("https://example.org"), webbrowser.open_new("https://example.org"), webbrowser.open_new_tab("https://example.org"))
try:
    webbrowser.get()
except webbrowser.Error as error:
    print(error)
import antigravity

print(antigravity.__name__)

import pyodide

print(pyodide_js.version == pyodide.__version__, list(pyodide_js.loadedPackages.object_keys()))
try:
    run_sync(pyodide_js.loadPackage("no-such-package"))
except JsException as error:
    print(error)
try:
    from pyodide_js._api import _nodeSock
except ImportError:
    print("no sockets of Node's")

register_js_module("mine", to_js({"a": 1, "inner": {"b": [2]}}, dict_converter=js.Object.fromEntries))
import mine
import mine.inner
from mine.inner import b

print(mine.a, list(b), isinstance(mine, JsProxy))
