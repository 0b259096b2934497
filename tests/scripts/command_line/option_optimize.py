# command: -OO {script}
"""-OO takes asserts and docstrings away; __debug__, flags, the names of compiled files."""
import importlib.util
import sys


def f():
    "documented"
    assert False, "never checked"
    return __debug__


print(f(), f.__doc__, __doc__, sys.flags.optimize, importlib.util.cache_from_source("x.py"))
print(compile("assert 0\nx = 1", "c", "exec", optimize=0).co_consts[:1], eval(compile("__debug__", "c", "eval", optimize=0)))
