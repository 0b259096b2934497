"""mmap of files and of nothing: shared changes reach the file, private ones do not, find, resize, slices."""
import mmap
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "f")
with open(path, "wb") as file:
    file.write(b"The quick brown fox" + bytes(5000))
with open(path, "r+b") as file:
    with mmap.mmap(file.fileno(), 0) as m:
        print(len(m), m[4:9], m.find(b"fox"), m.rfind(b"o"), m.readline()[:3], m.tell(), m.size())
        m[4:9] = b"QUICK"
        m.flush()
        m.seek(10)
        print(m.read(5), m.read_byte())
        m.move(0, 4, 5)
        print(m[:10])
    with mmap.mmap(file.fileno(), 10, access=mmap.ACCESS_COPY) as m:
        m[0:3] = b"zzz"
        print(m[:5])
    with mmap.mmap(file.fileno(), 19, access=mmap.ACCESS_READ) as m:
        print(m[:10], memoryview(m)[0])
        try:
            m[0] = 1
        except TypeError as error:
            print(error)
print(open(path, "rb").read(19))
with mmap.mmap(-1, 100) as m:
    print(m[:5], m.write(b"abc"), m[:5])
    try:
        m[0:2] = b"wrong length"
    except (IndexError, ValueError) as error:
        print(type(error).__name__)
for length, offset in ((-5, 0), (10, 3), (0, 2**20)):
    with open(path, "r+b") as file:
        try:
            mmap.mmap(file.fileno(), length, offset=offset)
        except Exception as error:
            print(length, offset, type(error).__name__)
