"""os._exit leaves at once: no atexit functions, no finally; unflushed text is lost, flushed text is not."""
import atexit
import os
import sys

atexit.register(print, "never")
print("flushed", flush=True)
try:
    os._exit(42)
finally:
    print("never")
    sys.exit(1)
