"""sys.excepthook, unraisablehook and displayhook of one's own; what ends the program when the hook itself fails."""
import sys


class Noisy:
    def __del__(self):
        raise ValueError("in __del__")


def unraisable(argument):
    print("unraisable:", argument.exc_type.__name__, argument.exc_value, argument.err_msg.split(" <")[0])


sys.unraisablehook = unraisable
noisy = Noisy()
del noisy


def excepthook(kind, value, tb):
    print("hook:", kind.__name__, value, tb.tb_lineno > 10)
    sys.stdout.flush()
    raise RuntimeError("the hook fails too")


sys.excepthook = excepthook
sys.displayhook(None)
sys.displayhook("shown")
print(__import__("builtins")._)
raise LookupError("uncaught")
