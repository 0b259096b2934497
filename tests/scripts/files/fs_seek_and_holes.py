"""Writing past the end leaves zeros between; seeking past the end alone changes nothing; offsets are 64 bits wide."""
import errno
import io
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "sparse")
fd = os.open(path, os.O_RDWR | os.O_CREAT)
print(os.lseek(fd, 5_000_000_000, os.SEEK_SET), os.fstat(fd).st_size, os.read(fd, 10))
os.lseek(fd, 10, os.SEEK_SET)
os.write(fd, b"x")
print(os.fstat(fd).st_size, os.pread(fd, 100, 0))
for offset, whence in ((-1, os.SEEK_SET), (-20, os.SEEK_END), (-100, os.SEEK_CUR), (0, 77)):
    try:
        print(os.lseek(fd, offset, whence))
    except OSError as error:
        print(offset, whence, errno.errorcode[error.errno])
print(os.lseek(fd, -3, os.SEEK_END), os.lseek(fd, 0, os.SEEK_CUR))
os.ftruncate(fd, 3)
print(os.lseek(fd, 0, os.SEEK_CUR), os.read(fd, 1), os.lseek(fd, 0, os.SEEK_END))
os.ftruncate(fd, 6)
print(os.pread(fd, 10, 0), os.pread(fd, 10, 6), os.pread(fd, 10, 4))
with open(path, "r+b") as file:
    print(file.seek(2, io.SEEK_END), file.write(b"end"), file.seek(0), file.read())
