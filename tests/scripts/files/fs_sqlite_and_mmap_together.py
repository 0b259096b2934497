"""One file seen through descriptors, a mapping, a buffered object and os.stat at once, after each of them writes."""
import mmap
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "f")
with open(path, "wb") as file:
    file.write(b"." * 64)
fd = os.open(path, os.O_RDWR)
mapping = mmap.mmap(fd, 64)
buffered = open(path, "r+b", buffering=16)


def views():
    return [os.pread(fd, 8, 0), bytes(mapping[:8]), open(path, "rb").read(8), os.stat(path).st_size]


mapping[0:2] = b"MM"
mapping.flush()
print(views())
buffered.seek(4)
buffered.write(b"BB")
buffered.flush()
print(views()[0], views()[2])
os.pwrite(fd, b"DD", 6)
print(views()[0], views()[2])
mapping.close()
os.ftruncate(fd, 5)
print(os.pread(fd, 100, 0), buffered.seek(0), buffered.read())
os.rename(path, path + "2")
buffered.write(b"tail")
buffered.close()
print(open(path + "2", "rb").read(), os.fstat(fd).st_size)
