"""Links that point at themselves or each other end as ELOOP for what follows, and can be seen and removed."""
import errno
import os
import tempfile

os.chdir(tempfile.mkdtemp())
os.symlink("self", "self")
os.symlink("b", "a")
os.symlink("a", "b")
os.mkdir("d")
os.symlink("../d/up", "d/up")


def attempt(what, call):
    try:
        print(what, call())
    except OSError as error:
        print(what, errno.errorcode[error.errno])


for name in ("self", "a", "d/up", "self/inside"):
    attempt(f"stat {name}", lambda: os.stat(name))
    attempt(f"open {name}", lambda: open(name))
    attempt(f"create {name}", lambda: open(name, "w"))
    attempt(f"lstat {name}", lambda: os.path.islink(name))
    attempt(f"listdir {name}", lambda: os.listdir(name))
    attempt(f"exists {name}", lambda: (os.path.exists(name), os.path.lexists(name)))
attempt("realpath", lambda: os.path.basename(os.path.realpath("a")))
attempt("strict", lambda: os.path.realpath("a", strict=True))
attempt("chmod", lambda: os.chmod("a", 0o600))
attempt("mkdir", lambda: os.mkdir("a"))
attempt("rename", lambda: os.rename("a", "c"))
attempt("unlink", lambda: os.unlink("c"))
print(sorted(os.listdir(".")))
