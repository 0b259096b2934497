"""Exceptions where nobody can catch them: finalisers, atexit functions, callbacks, a broken repr, hooks; status stays 0."""
import atexit
import contextlib
import gc
import sys
import weakref


class Bad:
    def __del__(self):
        raise ValueError("in a finaliser")

    def __repr__(self):
        raise TypeError("in repr")


def hook(unraisable):
    print("unraisable:", type(unraisable.exc_value).__name__, unraisable.exc_value, "|", unraisable.err_msg and unraisable.err_msg.split(" <")[0])


sys.unraisablehook = hook
Bad()


def closing():
    try:
        yield 1
    finally:
        raise KeyError("in close")


g = closing()
next(g)
del g
target = set()
weak = weakref.ref(target, lambda r: 1 / 0) if False else None
gc.callbacks.append(lambda phase, info: {}["missing"] if phase == "start" else None)
gc.collect()
gc.callbacks.clear()
try:
    raise RuntimeError(Bad)
except RuntimeError as error:
    print(type(error).__name__)
try:
    repr([Bad()])
except TypeError as error:
    print(error)
sys.unraisablehook = sys.__unraisablehook__
with contextlib.suppress(Exception):
    print(f"{Bad()!r}")


def failing():
    print("at exit, before the failure")
    raise OSError("in atexit")


atexit.register(print, "registered first, so run last, though the other fails")
atexit.register(failing)
old = sys.displayhook
sys.displayhook = lambda value: print("displayed", value)
exec(compile("6 * 7", "<text>", "single"))
sys.displayhook = old
sys.excepthook = lambda kind, value, tb: print("hooked:", kind.__name__, value)
sys.excepthook(ValueError, ValueError("by hand"), None)
sys.audit("test.event", 1)
print("end")
