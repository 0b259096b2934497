"""What Pyodide's own modules get where they would take it from JavaScript: see `_pyrun_js.complete`."""

import sys

import _pyrun_js_convert as convert
from _pyrun_js import lookup
from _pyrun_js_core import FLAGS, JsException

NO_JAVASCRIPT = "no JavaScript here: pyrun runs Python alone, and nothing in it can run this code"


def core(namespace):
    """`_pyodide._core_docs`, from which `pyodide.ffi` takes its names."""
    import _pyrun_js_promise as promise

    # Before 0.29 a dict became a Map, and the documentation says which.
    if "js.Map.new`` -- similar to the default" in (namespace["to_js"].__doc__ or ""):
        from _pyrun_js_maps import LiteralMap

        convert.dict_class = LiteralMap
    namespace["_js_flags"].update(FLAGS)
    namespace["JsException"] = JsException
    for module, names in {
        convert: "to_js create_proxy create_once_callable destroy_proxies",
        promise: "run_sync can_run_sync",
    }.items():
        for name in names.split():
            dress(getattr(module, name), namespace[name])
            namespace[name] = getattr(module, name)


def dress(function, original):
    """Gives a function the documentation and the module of what it stands for."""
    function.__doc__, function.__module__ = original.__doc__, original.__module__


def names(*wanted, **more):
    """Completes a module by names of the global scope."""

    def into(namespace):
        namespace.update((name, lookup(name)) for name in wanted)
        namespace.update(more)

    return into


def http(namespace):
    """`pyodide.http`, up to 0.28 a module of its own, later a package."""
    if namespace["FetchResponse"].__module__ == "pyodide.http":
        fetching(namespace)
    namespace["XMLHttpRequest"] = lookup("XMLHttpRequest")


def fetching(namespace):
    from pyodide_js._api import abortSignalAny

    names("AbortController", "AbortSignal", "Object", "Request")(namespace)
    namespace["_jsfetch"] = lookup("fetch")
    namespace["abortSignalAny"] = abortSignalAny


def pyxhr(namespace):
    names("XMLHttpRequest")(namespace)
    for name in ("IN_PYODIDE", "IN_BROWSER"):
        # It asks by this name whether there is an XMLHttpRequest; `pyodide.ffi` keeps its own answer.
        if name in namespace:
            namespace[name] = True
    namespace["JsException"] = JsException


def webloop(namespace):
    from pyodide_js._api import scheduleCallback

    namespace["scheduleCallback"] = scheduleCallback


def run_js(code, /):
    """There is no JavaScript: raises JsException."""
    if not isinstance(code, str):
        raise TypeError(f"argument should have type 'string' not type '{type(code).__name__}'")
    raise JsException("Error", NO_JAVASCRIPT)


def code(namespace):
    run_js.__module__ = "pyodide.code"
    namespace["run_js"] = run_js


def import_hook(namespace):
    """Modules that a program registers can be imported: the finder is put into its place when there is one."""
    finder = namespace["jsfinder"]

    def register_js_module(name, jsproxy):
        finder.register_js_module(name, jsproxy)
        if finder not in sys.meta_path:
            sys.meta_path.append(finder)

    dress(register_js_module, finder.register_js_module)
    namespace["register_js_module"] = register_js_module


def browser(namespace):
    """`webbrowser` of the release opens a window of JavaScript's. Here is no browser, and it says what CPython's says then."""

    def open(url, new=0, autoraise=True):
        """Display url using the default browser. No browser is there, so this is False."""
        sys.audit("webbrowser.open", url)
        return False

    namespace["open"] = open
    for name, new in (("open_new", 1), ("open_new_tab", 2)):
        namespace[name] = lambda url, new=new: open(url, new)
        namespace[name].__name__ = namespace[name].__qualname__ = name
    if "_browsers" in namespace:
        namespace["_browsers"].clear()

    # Older releases lack these two.
    error = namespace.setdefault("Error", type("Error", (Exception,), {"__module__": "webbrowser"}))

    def get(using=None):
        """There is no browser."""
        raise error("could not locate runnable browser")

    namespace["get"] = get


COMPLETED = {
    "_pyodide._core_docs": core,
    "_pyodide._importhook": import_hook,
    "pyodide.code": code,
    "pyodide._run_js": code,
    "pyodide.http": http,
    "pyodide.http._pyfetch": fetching,
    "pyodide.http.pyxhr": pyxhr,
    "pyodide.ffi.wrappers": names("clearInterval", "clearTimeout", "setInterval", "setTimeout"),
    "pyodide.webloop": webloop,
    "webbrowser": browser,
}
