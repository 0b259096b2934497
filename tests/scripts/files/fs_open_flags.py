"""O_EXCL, O_TRUNC, O_DIRECTORY, O_NOFOLLOW, O_WRONLY and Python's modes: what each refuses."""
import errno
import os
import tempfile

os.chdir(tempfile.mkdtemp())
os.mkdir("d")
with open("f", "w") as file:
    file.write("content")


def attempt(what, call):
    try:
        result = call()
        print(what, type(result).__name__)
        return result
    except (OSError, ValueError) as error:
        print(what, type(error).__name__, errno.errorcode.get(getattr(error, "errno", None), error))


attempt("excl on existing", lambda: os.open("f", os.O_CREAT | os.O_EXCL))
attempt("excl on new", lambda: os.open("g", os.O_CREAT | os.O_EXCL))
attempt("directory flag on a file", lambda: os.open("f", os.O_RDONLY | os.O_DIRECTORY))
attempt("directory for writing", lambda: os.open("d", os.O_WRONLY))
attempt("directory with creat", lambda: os.open("d", os.O_RDONLY | os.O_CREAT))
attempt("write through a reader", lambda: os.write(os.open("f", os.O_RDONLY), b"x"))
attempt("read through a writer", lambda: os.read(os.open("f", os.O_WRONLY), 1))
fd = os.open("f", os.O_RDWR | os.O_TRUNC)
print(os.fstat(fd).st_size)
for mode in ("x", "r", "w", "a", "rw", "br+", "U", "", "wb+x", "rt", "xb"):
    attempt(f"mode {mode!r}", lambda: open("f", mode).close())
attempt("open a folder", lambda: open("d"))
attempt("missing parent", lambda: open("no/such/file", "w"))
attempt("creat in a removed folder", lambda: open("f/x", "w"))
attempt("unbuffered text", lambda: open("f", "w", buffering=0))
attempt("opener", lambda: open("anything", opener=lambda path, flags: os.open("f", flags)))
