"""Pyodide's interface for JavaScript, as far as it has a meaning here: the version, and packages.

Packages appear by themselves when they are imported, so nothing has to be loaded; `loadPackage` is for programs that do it anyway.
"""

import sys

from _pyrun_js import load as _load
from _pyrun_js_core import JsFunction as _JsFunction


def _names(packages):
    return [packages] if isinstance(packages, str) else list(packages)


def _package(name):
    """Makes a package importable. Gives whether it is one."""
    import _pyrun

    load_package = getattr(_pyrun, "load_package", None)
    if load_package is not None:
        return load_package(name)
    module = name.replace("-", "_")
    return module in sys.modules or (_pyrun.load(module) if _pyrun.knows(module) else _is_found(module))


def _is_found(module):
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def loadPackage(names, options=None):
    promise = _load("_pyrun_js_promise")
    core = _load("_pyrun_js_core")
    for name in _names(names):
        if not _package(name):
            return promise.rejected(core.JsException("Error", f"No known package with name '{name}'"))
        _loaded._own[name] = "default channel"
    return promise.resolved(core.array())


def loadPackagesFromImports(code, options=None):
    promise = _load("_pyrun_js_promise")
    return promise.resolved(_load("_pyrun_js_core").array())


def _version():
    import pyodide

    return pyodide.__version__


loadPackage, loadPackagesFromImports = _JsFunction(loadPackage), _JsFunction(loadPackagesFromImports)
_loaded = _load("_pyrun_js_objects").Object.new()


def __getattr__(name):
    if name == "version":
        return _version()
    if name == "loadedPackages":
        return _loaded
    raise AttributeError(name)
