"""Reads and writes at a place leave the offset alone; vectors; short and empty ones."""
import errno
import os
import tempfile

fd = os.open(os.path.join(tempfile.mkdtemp(), "f"), os.O_RDWR | os.O_CREAT)
print(os.write(fd, b"abcdefghij"), os.pwrite(fd, b"XY", 3), os.lseek(fd, 0, os.SEEK_CUR))
print(os.pread(fd, 4, 2), os.pread(fd, 4, 8), os.pread(fd, 4, 100), os.pread(fd, 0, 0))
print(os.pwrite(fd, b"far", 20), os.fstat(fd).st_size, os.pread(fd, 13, 9))
os.lseek(fd, 0, os.SEEK_SET)
one, two, three = bytearray(2), bytearray(0), bytearray(5)
print(os.readv(fd, [one, two, three]), one, two, three, os.lseek(fd, 0, os.SEEK_CUR))
print(os.writev(fd, [b"<", b"", b">>"]), os.pread(fd, 30, 0))
print(os.pwrite(fd, b"pq", 0), os.pread(fd, 3, 0))
for what, call in (("negative", lambda: os.pread(fd, 1, -1)), ("closed", lambda: os.pread(99, 1, 0)), ("pipe", lambda: os.pread(os.pipe()[0], 1, 0)), ("to a reader", lambda: os.pwrite(os.open("/dev/null", os.O_RDONLY), b"", 0))):
    try:
        print(what, call())
    except OSError as error:
        print(what, errno.errorcode[error.errno])
