"""Standard input that the program closes: input() and what is opened next, which may get its number."""
import os
import sys

sys.stdin.close()
for call in (input, lambda: sys.stdin.read(), lambda: sys.stdin.fileno(), lambda: os.read(0, 1)):
    try:
        print(call())
    except (ValueError, RuntimeError, OSError) as error:
        print(type(error).__name__, error)
print(os.open("/dev/null", os.O_RDONLY))
sys.stdin = None
try:
    input()
except RuntimeError as error:
    print(error)
