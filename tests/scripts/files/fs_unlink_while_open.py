"""A file without a name lives as long as a descriptor of it; its name may be taken by another."""
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "gone")
first = open(path, "w+")
first.write("still here")
first.flush()
inode = os.fstat(first.fileno()).st_ino
os.unlink(path)
print(os.path.exists(path), os.fstat(first.fileno()).st_size)
with open(path, "w+") as second:
    second.write("another")
    second.flush()
    print(os.fstat(second.fileno()).st_ino != inode)
    first.seek(0)
    second.seek(0)
    print(first.read(), "/", second.read())
first.write(" and grows")
first.seek(0)
print(first.read())
copy = os.dup(first.fileno())
first.close()
print(os.pread(copy, 100, 0))
os.close(copy)
print(open(path).read())
