"""sys.exit with a number: status 3, atexit functions run, output is flushed."""
import atexit
import sys

atexit.register(print, "at exit: registered first, run last")


@atexit.register
def bye():
    print("at exit: bye")
    sys.stderr.write("on stderr\n")


try:
    sys.exit(9)
except SystemExit as stop:
    print("caught", stop.code)
try:
    try:
        sys.exit(2)
    finally:
        print("finally runs")
except SystemExit:
    pass
print("no newline at the end", end="")
sys.exit(3)
