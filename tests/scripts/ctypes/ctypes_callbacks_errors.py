"""Python functions called from C: one that raises, one called by another, many alive at once, recursion through C."""
import ctypes as c
import sys

libc = c.CDLL(None)
caught = []
sys.unraisablehook = lambda argument: caught.append((type(argument.exc_value).__name__, str(argument.exc_value), (argument.err_msg or "")[:40]))
compare = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_int), c.POINTER(c.c_int))
numbers = (c.c_int * 5)(3, 1, 2, 5, 4)


@compare
def fails(a, b):
    raise KeyError("from the callback")


libc.qsort(numbers, 5, 4, fails)
print(sorted(numbers), caught[0], len(caught) >= 4)
depth = c.CFUNCTYPE(c.c_int, c.c_int)


@depth
def nested(n):
    return 0 if n == 0 else 1 + c.cast(nested, depth)(n - 1)


print(nested(40))
functions = [depth(lambda n, k=k: n * k) for k in range(300)]
print(sum(f(2) for f in functions), len({c.cast(f, c.c_void_p).value for f in functions}) == 300)
del functions
print([depth(lambda n, k=k: n + k)(1) for k in range(5)])
for kind, value in ((c.c_int8, 200), (c.c_uint16, 70000), (c.c_int64, -2**63), (c.c_float, 0.1), (c.c_double, 0.1), (c.c_bool, 5), (c.c_char, b"x"), (c.c_wchar, "ż"), (c.c_char_p, b"text"), (c.c_void_p, 12)):
    print(kind.__name__, c.CFUNCTYPE(kind, kind)(lambda x: x)(kind(value)))


@c.CFUNCTYPE(c.c_int)
def wrong_type():
    return "not a number"


print(wrong_type(), caught[-1][0])
@c.CFUNCTYPE(None)
def exits():
    raise SystemExit(3)


exits()
print(caught[-1])
