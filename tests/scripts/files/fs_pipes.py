"""Pipes: order, partial reads, buffered ends, a full pipe, what stat says."""
import errno
import os
import stat

r, w = os.pipe()
print(os.write(w, b"hello"), os.read(r, 2), os.write(w, b" world"), os.read(r, 100))
print(stat.S_ISFIFO(os.fstat(r).st_mode), os.isatty(r))
for what, call in (("seek", lambda: os.lseek(r, 0, os.SEEK_CUR)), ("read of the writing end", lambda: os.read(w, 1)), ("write to the reading end", lambda: os.write(r, b"x")), ("truncate", lambda: os.ftruncate(w, 0))):
    try:
        print(what, call())
    except OSError as error:
        print(what, errno.errorcode[error.errno])
with open(w, "w", encoding="utf-8") as writer, open(r, encoding="utf-8") as reader:
    print(reader.seekable(), writer.seekable(), reader.readable(), writer.writable())
    writer.write("zażółć\nsecond line\n")
    writer.flush()
    print(reader.readline(), reader.readline(), sep="", end="")
r, w = os.pipe()
block = bytes(1000)
print(sum(os.write(w, block) for _ in range(60)), len(os.read(r, 100_000)))
