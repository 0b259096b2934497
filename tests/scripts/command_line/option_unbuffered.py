# command: -u {script}
"""-u: what is written to standard output is there at once, even when the program is ended without a flush."""
import os
import sys

print(sys.stdout.write_through, type(sys.stdout.buffer).__name__)
sys.stdout.write("no newline, no flush")
os._exit(0)
