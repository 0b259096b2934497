"""One buffered object that reads, writes and seeks in turn; peek, readinto, detach, a line buffer."""
import io
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "f")
with open(path, "w+b", buffering=8) as file:
    file.write(b"0123456789abcdef")
    file.seek(4)
    print(file.read(2), file.write(b"WW"), file.read(2), file.tell())
    file.seek(-3, os.SEEK_END)
    print(file.peek(1)[:3], file.read1(100), file.read1(5))
    file.seek(0)
    target = bytearray(5)
    print(file.readinto(target), target, file.readinto1(memoryview(target)[1:3]), target)
    file.truncate(10)
    print(file.tell(), file.seek(0), file.read())
with open(path, "w", buffering=1) as file:
    file.write("no end")
    size = os.path.getsize(path)
    file.write(" now\nand more")
    print(size, os.path.getsize(path))
raw = open(path, "rb", buffering=0)
buffered = io.BufferedReader(raw, 4)
print(buffered.read(1), raw.tell(), buffered.detach() is raw, raw.read(3))
try:
    buffered.read(1)
except ValueError as error:
    print(error)
pair = io.BufferedRWPair(open(path, "rb", 0), open(path, "ab", 0))
print(pair.read(4), pair.write(b"appended"), pair.flush(), os.path.getsize(path))
file = open(path, "rb")
file.close()
for call in (file.read, file.tell, file.fileno, lambda: next(file), file.close, lambda: file.closed):
    try:
        print(call())
    except ValueError as error:
        print(error)
