# not-node: Node's standard output is line buffered on a pipe
"""Standard error is written at once, standard output when its buffer says so; both into one pipe show the order."""
import os
import sys

os.dup2(1, 2)
sys.stdout.write("one, buffered\n")
sys.stderr.write("two, at once\n")
print("three", file=sys.stderr, end="|")
sys.stdout.flush()
print("four", file=sys.stderr)
os.write(2, b"five\n")
print("six", flush=True)
sys.stderr.write("half a line")
print("seven")
