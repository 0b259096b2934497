"""Descriptors: open flags, seeking, sparse growth, truncation, dup, append, unlinked files, positions, pipes."""
import errno
import fcntl
import io
import os
import tempfile

folder = tempfile.mkdtemp()
os.chdir(folder)


def attempt(what, call):
    try:
        print(what, "->", call())
    except (OSError, ValueError) as error:
        print(what, "raises", type(error).__name__, errno.errorcode.get(getattr(error, "errno", None)), getattr(error, "strerror", error))


fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
print(os.write(fd, b"0123456789"), os.lseek(fd, 3, os.SEEK_SET), os.read(fd, 4), os.lseek(fd, -2, os.SEEK_END), os.read(fd, 100), os.read(fd, 1))
attempt("before the start", lambda: os.lseek(fd, -1, os.SEEK_SET))
attempt("pread", lambda: (os.pread(fd, 3, 5), os.lseek(fd, 0, os.SEEK_CUR)))
attempt("pwrite", lambda: (os.pwrite(fd, b"ab", 12), os.fstat(fd).st_size, os.pread(fd, 20, 0)))
attempt("readv", lambda: (os.lseek(fd, 0, 0), os.readv(fd, [a := bytearray(2), b := bytearray(3)]), a, b))
attempt("writev", lambda: (os.writev(fd, [b"X", b"YZ"]), os.pread(fd, 9, 0)))

print("-- sparse and truncated")
os.lseek(fd, 1_000_000, os.SEEK_SET)
os.write(fd, b"end")
print(os.fstat(fd).st_size, os.pread(fd, 4, 500_000), os.pread(fd, 9, 999_999))
os.ftruncate(fd, 4)
print(os.fstat(fd).st_size, os.pread(fd, 10, 0), os.lseek(fd, 0, os.SEEK_CUR))
os.ftruncate(fd, 8)
print(os.pread(fd, 10, 0))
attempt("truncate below zero", lambda: os.ftruncate(fd, -1))
attempt("truncate by name", lambda: os.truncate("f", 2) or os.stat("f").st_size)

print("-- descriptions are shared by dup, not by open")
os.lseek(fd, 0, 0), os.write(fd, b"abcdef"), os.lseek(fd, 0, 0)
twin, other = os.dup(fd), os.open("f", os.O_RDONLY)
print(os.read(fd, 2), os.read(twin, 2), os.read(other, 2), twin > fd)
os.close(fd)
attempt("closed", lambda: os.read(fd, 1))
attempt("the twin lives", lambda: os.read(twin, 1))
attempt("read-only", lambda: os.write(other, b"x"))
attempt("dup2", lambda: os.dup2(other, 50))
attempt("from dup2", lambda: os.read(50, 2))
attempt("close twice", lambda: (os.close(50), os.close(50)))
attempt("dup of nothing", lambda: os.dup(99))
log = os.open("f", os.O_WRONLY | os.O_APPEND)
os.lseek(log, 0, 0)
os.write(log, b"+")
attempt("append", lambda: (os.stat("f").st_size, os.lseek(log, 0, os.SEEK_CUR), oct(fcntl.fcntl(log, fcntl.F_GETFL) & os.O_APPEND)))
attempt("write-only", lambda: os.read(log, 1))

print("-- unlinked while open")
with open("gone", "w+") as file:
    file.write("still here")
    file.flush()
    os.unlink("gone")
    file.seek(0)
    print(os.path.exists("gone"), file.read(), os.fstat(file.fileno()).st_size)
    with open("gone", "w") as new:
        new.write("new")
    file.seek(0)
    print(file.read(), open("gone").read())

print("-- pipes and devices")
r, w = os.pipe()
print(os.write(w, b"through the pipe"), os.read(r, 7), os.read(r, 100))
attempt("seek in a pipe", lambda: os.lseek(r, 0, 0))
os.set_blocking(r, False)
attempt("empty", lambda: os.read(r, 1))
os.close(w)
for device in ("/dev/null", "/dev/urandom"):
    attempt(device, lambda: len(os.read(os.open(device, os.O_RDONLY), 8)))
attempt("null swallows", lambda: os.write(os.open("/dev/null", os.O_WRONLY), b"abc"))
attempt("isatty", lambda: [os.isatty(n) for n in (twin, r)])
attempt("directory flag", lambda: os.open("f", os.O_RDONLY | os.O_DIRECTORY))
attempt("memory stream", lambda: io.open(os.dup(other), "rb").read())
attempt("fsync", lambda: os.fsync(log))
attempt("closed file", lambda: file.read())
attempt("mode", lambda: open("f", "rw"))
