# command: - first second
"""A program that is read from standard input: argv, __file__, input() reads what follows, the traceback's name for it."""
import sys

print(sys.argv, __name__, "__file__" in globals(), repr(sys.path[0]))
print(repr(sys.stdin.read(5)))
try:
    input("prompt> ")
except EOFError as error:
    print("EOFError:", error)
raise LookupError("from standard input")
