"""OSError by number: which class each becomes, its text, its parts, and the classes' tree."""
import errno
import os

for name in ("ENOENT", "EEXIST", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "EAGAIN", "EPIPE", "EINTR", "ESRCH", "ECHILD", "ETIMEDOUT", "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ESHUTDOWN", "EINVAL", "ENOSPC", "ENOTEMPTY", "EXDEV", "EMFILE", "ENOSYS", "ENOTSUP", "EOVERFLOW", "ELOOP", "ENAMETOOLONG"):
    number = getattr(errno, name)
    error = OSError(number, os.strerror(number), "file")
    print(name, number, type(error).__name__, error)
print(OSError("only text").errno, OSError(1, 2, 3, 4, 5).filename2, OSError().args, IOError is OSError, OSError(2, "x") == OSError(2, "x"), repr(FileNotFoundError(2, "x", "f")))
print(len(errno.errorcode), errno.EWOULDBLOCK == errno.EAGAIN, os.strerror(0), os.strerror(12345), BlockingIOError(11, "x", 5).characters_written)
