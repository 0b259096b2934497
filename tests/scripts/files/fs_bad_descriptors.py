"""Every call on a closed descriptor, a number that was never one, and a folder's descriptor."""
import errno
import fcntl
import os

folder = os.open("/", os.O_RDONLY)
closed = os.dup(1)
os.close(closed)



def attempt(what, call):
    try:
        return call()
    except (OSError, OverflowError, ValueError) as error:
        return errno.errorcode.get(getattr(error, "errno", None), type(error).__name__)


for name, call in (
    ("read", lambda fd: os.read(fd, 1)), ("write", lambda fd: os.write(fd, b"x")), ("lseek", lambda fd: os.lseek(fd, 0, 1)),
    ("ftruncate", lambda fd: os.ftruncate(fd, 0)), ("fsync", lambda fd: os.fsync(fd)), ("fstat", lambda fd: type(os.fstat(fd)).__name__), ("isatty", os.isatty),
    ("fchmod", lambda fd: os.fchmod(fd, 0o755)), ("dup", lambda fd: type(os.dup(fd)).__name__), ("fchdir", os.fchdir), ("getfl", lambda fd: fcntl.fcntl(fd, fcntl.F_GETFL) & 3),
    ("listdir", lambda fd: type(os.listdir(fd)).__name__), ("open", lambda fd: type(open(fd, closefd=False)).__name__), ("fdopen", lambda fd: type(os.fdopen(fd, "w", closefd=False)).__name__),
    ("pread", lambda fd: os.pread(fd, 1, 0)), ("ttyname", os.ttyname), ("fpathconf", lambda fd: os.fpathconf(fd, "PC_NAME_MAX")), ("close", os.close),
):
    print(name, [attempt(name, lambda: call(fd)) for fd in (closed, 9999, -1, folder)])
for fd in (2**31, -2**40):
    print(fd, attempt("big", lambda: os.read(fd, 1)), attempt("big", lambda: os.close(fd)))
