"""Short and empty writes, writes of megabytes, appends in small pieces, and a file that is read while it grows."""
import hashlib
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "big")
block = bytes(range(256)) * 4096
with open(path, "wb") as file:
    for _ in range(20):
        file.write(block)
print(os.path.getsize(path), hashlib.sha256(open(path, "rb").read()).hexdigest()[:16])
fd = os.open(path, os.O_RDWR)
print(os.write(fd, b""), os.write(fd, block * 3), os.lseek(fd, 0, os.SEEK_CUR), len(os.read(fd, 2**24)))
os.ftruncate(fd, 1_000_001)
print(os.fstat(fd).st_size, os.pread(fd, 5, 999_999))
with open(path, "ab", buffering=0) as file:
    for i in range(2000):
        file.write(b"%d," % i)
print(os.path.getsize(path), open(path, "rb").read()[-12:])
with open(path, "w") as writer, open(path) as reader:
    for i in range(3):
        writer.write(f"line {i}\n")
        writer.flush()
        print(repr(reader.readline()), repr(reader.readline()))
print(sum(len(chunk) for chunk in iter(lambda: os.read(os.open("/dev/urandom", os.O_RDONLY), 70_000), None) if not exit) if False else len(os.read(os.open("/dev/urandom", os.O_RDONLY), 70_000)))
