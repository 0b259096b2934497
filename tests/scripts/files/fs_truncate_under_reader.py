"""A file that shrinks and grows under a reader with a buffer of its own, and one that is opened with O_TRUNC meanwhile."""
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "f")
with open(path, "wb") as file:
    file.write(bytes(range(100)))
reader = open(path, "rb", buffering=0)
print(reader.read(10)[-1], reader.tell())
os.truncate(path, 5)
print(reader.read(10), reader.tell())
os.truncate(path, 15)
print(reader.read(10))
writer = open(path, "wb")
print(os.path.getsize(path), reader.read())
writer.write(b"new content, longer than before")
print(os.path.getsize(path))
writer.flush()
print(os.path.getsize(path), reader.read())
reader.seek(0)
print(reader.read(11), reader.readall())
buffered = open(path, "rb")
buffered.read(1)
os.truncate(path, 0)
print(len(buffered.read()), os.stat(path).st_size)
