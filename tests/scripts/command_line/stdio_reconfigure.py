"""The standard streams changed on the way: errors, newline, line buffering, write_through; a second wrapper on the same one."""
import io
import os
import sys

sys.stdout.reconfigure(errors="backslashreplace", encoding="ascii", newline="\r\n")
print("ż\N{SNAKE}", sys.stdout.encoding)
sys.stdout.reconfigure(encoding="utf-8", newline="\n", line_buffering=False)
print("ż", sys.stdout.errors, sys.stdout.line_buffering, sys.stdout.write_through)
sys.stdout.flush()
os.write(1, b"straight to the descriptor\n")
sys.stdout.buffer.write(b"by the buffer\n")
print("by the text")
other = io.TextIOWrapper(os.fdopen(os.dup(1), "wb"), encoding="utf-16-le", write_through=True)
sys.stdout.flush()
other.write("ab\n")
other.close()
saved = os.dup(1)
with open("/tmp/captured", "w") as file:
    os.dup2(file.fileno(), 1)
print("into the file", flush=True)
os.dup2(saved, 1)
print("back", repr(open("/tmp/captured").read()))
try:
    print("\ud800")
except UnicodeEncodeError as error:
    print(error.reason, error.start)
