"""What a folder or file without a permission refuses: opening, creating, removing, listing, renaming."""
import errno
import os
import tempfile

if os.getuid() == 0:
    pass
os.chdir(tempfile.mkdtemp())
os.mkdir("d")
with open("d/f", "w") as file:
    file.write("x")


def attempt(what, call):
    try:
        print(what, call())
    except OSError as error:
        print(what, errno.errorcode[error.errno])


for mode in (0o777, 0o555, 0o333, 0o111, 0o000):
    os.chmod("d", mode)
    print(oct(mode))
    attempt("  list", lambda: os.listdir("d"))
    attempt("  create", lambda: open("d/new", "w").close())
    attempt("  remove", lambda: os.unlink("d/new"))
    attempt("  read inside", lambda: open("d/f").read())
    attempt("  mkdir", lambda: os.mkdir("d/sub"))
    attempt("  rmdir", lambda: os.rmdir("d/sub"))
    attempt("  access", lambda: [os.access("d", bits) for bits in (os.R_OK, os.W_OK, os.X_OK)])
os.chmod("d", 0o777)
for mode in (0o444, 0o222, 0o000):
    os.chmod("d/f", mode)
    print(oct(mode))
    attempt("  read", lambda: open("d/f").read())
    attempt("  write", lambda: open("d/f", "a").write("y"))
    attempt("  truncate", lambda: os.truncate("d/f", 1))
    attempt("  rename", lambda: os.rename("d/f", "d/g") or os.rename("d/g", "d/f"))
attempt("unlink", lambda: os.unlink("d/f"))
