# not-node: dup goes beyond the limit of descriptors there
"""As many open files as there may be: the error that says so, and that closing one makes room."""
import errno
import os

opened = []
try:
    while len(opened) < 10_000:
        opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    print(errno.errorcode[error.errno])
print(len(opened) > 1000, opened[-1] - opened[0] == len(opened) - 1)
for call in (lambda: os.dup(1), lambda: os.pipe(), lambda: open("/dev/null"), lambda: os.listdir("/") and None, lambda: __import__("tempfile").TemporaryFile()):
    try:
        print(call())
    except OSError as error:
        print(type(error).__name__, errno.errorcode[error.errno])
os.close(opened.pop(5))
print(os.dup(1) == opened[0] + 5)
for fd in opened[:500]:
    os.close(fd)
with open("/tmp/works", "w") as file:
    print(file.write("again"))
