"""The global scope of JavaScript, as far as there is one without JavaScript."""

import sys

import _pyrun_js

sys.modules[__name__].__class__ = _pyrun_js.Scope


def __getattr__(name):
    value = globals()[name] = _pyrun_js.lookup(name)
    return value


def __dir__():
    return sorted({*globals(), *_pyrun_js.NAMES} - {"_pyrun_js", "sys"})
