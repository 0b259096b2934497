"""O_APPEND: every write goes to the end, wherever the offset was, and whoever wrote in between."""
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "log")
a = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
b = os.open(path, os.O_RDWR)
os.write(a, b"first|")
os.write(b, b"FI")
os.lseek(a, 0, os.SEEK_SET)
print(os.read(a, 3), os.lseek(a, 0, os.SEEK_CUR))
os.write(a, b"second|")
print(os.lseek(a, 0, os.SEEK_CUR), os.lseek(b, 0, os.SEEK_CUR))
os.ftruncate(b, 4)
os.write(a, b"third")
print(os.pread(b, 100, 0))
with open(path, "a+") as file:
    print(file.tell())
    file.seek(2)
    file.write("!")
    file.seek(0)
    print(file.read())
