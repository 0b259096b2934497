# not-node: it forgets that a descriptor is not inheritable
"""dup shares the offset and the flags, a second open does not; dup2 closes what it replaces."""
import errno
import fcntl
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "f")
with open(path, "wb") as file:
    file.write(b"0123456789")
a = os.open(path, os.O_RDWR)
b = os.dup(a)
c = os.open(path, os.O_RDONLY)
print(os.read(a, 3), os.read(b, 3), os.read(c, 2))
os.lseek(b, 1, os.SEEK_SET)
print(os.lseek(a, 0, os.SEEK_CUR), os.lseek(c, 0, os.SEEK_CUR))
print(os.dup2(a, c) == c, os.read(c, 2), os.lseek(a, 0, os.SEEK_CUR))
os.close(a)
print(os.read(b, 2), os.dup2(b, b) == b)
high = fcntl.fcntl(b, fcntl.F_DUPFD, 50)
print(high, os.read(high, 1), fcntl.fcntl(high, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR)
try:
    os.read(a, 1)
except OSError as error:
    print(errno.errorcode[error.errno])
lowest = os.open(path, os.O_RDONLY)
print(lowest == a, os.get_inheritable(lowest))
