"""What cannot be flushed at the end makes the exit status 120."""
import os
import sys

sys.stdout.write("kept in the buffer")
os.close(1)
