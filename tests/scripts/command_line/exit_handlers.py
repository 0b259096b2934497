"""atexit handlers run last in, first out; one that raises is told of and the others still run; exit in one of them."""
import atexit
import sys


def fails():
    raise ValueError("in a handler")


def told(argument):
    print("hook:", argument.exc_type.__name__, argument.exc_value, argument.err_msg.split(":")[0][:30])


sys.unraisablehook = told
atexit.register(print, "registered first, runs last")
atexit.register(fails)
atexit.register(print, "once")
gone = atexit.register(lambda: print("unregistered"))
atexit.unregister(gone)


@atexit.register
def writes():
    print("stdout still works", flush=True)
    atexit.register(print, "registered while ending")


print("main ends")
sys.exit(4)
