"""A program reads itself: its file, its size, its folder, inspect and linecache on it."""
import inspect
import linecache
import os
import sys


def here():
    """Documented."""
    return inspect.currentframe().f_lineno


with open(__file__, encoding="utf-8") as file:
    text = file.read()
print(os.path.basename(__file__), os.path.isabs(__file__), text.splitlines()[0], os.path.getsize(__file__) == len(text.encode()), text.count("\r"))
print(inspect.getsource(here), linecache.getline(__file__, 2), inspect.getsourcelines(here)[1], here(), inspect.getfile(here) == __file__, inspect.getdoc(here))
print(sys.argv[0] == __file__, sys.path[0] == os.path.dirname(__file__), __spec__, __package__, __builtins__.__name__, sys.modules["__main__"].__file__ == __file__, os.access(__file__, os.R_OK), __cached__ if "__cached__" in globals() else "not cached")
import __main__

print(__main__.here is here, __main__.__dict__ is globals())
