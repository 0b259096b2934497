"""os._exit ends at once: nothing buffered is written, no handler runs, the status is kept."""
import atexit
import os
import sys

atexit.register(print, "never printed")
print("flushed", flush=True)
sys.stdout.write("lost in the buffer")
try:
    os._exit(7)
finally:
    print("nor this", flush=True)
