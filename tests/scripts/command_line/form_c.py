# command: -c {text} one -2 --three
"""A program given with -c: argv, __file__, the path's first entry, its name, source lines in tracebacks."""
import sys

print(sys.argv, __name__, "__file__" in globals(), repr(sys.path[0]), __spec__, sys.orig_argv[1])
print(__doc__.split(":")[0], sys.flags.ignore_environment)


def fails():
    return {}["a key"]


fails()
