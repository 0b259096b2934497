"""flock, lockf, fsync, fdatasync, sync, posix_fallocate, posix_fadvise: what works and what is refused."""
import errno
import fcntl
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "f")
file = open(path, "w+b")
other = open(path, "r+b")
for what, call in (
    ("exclusive", lambda: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)),
    ("shared by the same process", lambda: fcntl.lockf(other, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5)),
    ("unlock", lambda: fcntl.flock(file, fcntl.LOCK_UN)),
    ("fsync", lambda: os.fsync(file.fileno())),
    ("fdatasync", lambda: os.fdatasync(file.fileno())),
    ("sync", lambda: os.sync()),
    ("fallocate", lambda: os.posix_fallocate(file.fileno(), 10, 20)),
    ("size", lambda: os.fstat(file.fileno()).st_size),
    ("fallocate smaller", lambda: os.posix_fallocate(file.fileno(), 0, 5)),
    ("size again", lambda: os.fstat(file.fileno()).st_size),
    ("fallocate of nothing", lambda: os.posix_fallocate(file.fileno(), 0, 0)),
    ("fadvise", lambda: os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)),
    ("fsync of a folder", lambda: os.fsync(os.open("/tmp", os.O_RDONLY))),
):
    try:
        print(what, call())
    except (OSError, AttributeError) as error:
        print(what, errno.errorcode.get(getattr(error, "errno", None), error))
