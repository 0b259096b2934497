"""What rename replaces and what it refuses: files, folders, full folders, itself, its own inside."""
import errno
import os
import tempfile

os.chdir(tempfile.mkdtemp())


def fill(path, text):
    with open(path, "w") as file:
        file.write(text)


def attempt(source, target):
    try:
        os.rename(source, target)
        print(f"{source} -> {target}", sorted(os.listdir(".")))
    except OSError as error:
        print(f"{source} -> {target}", errno.errorcode[error.errno])


fill("a", "A")
fill("b", "B")
os.mkdir("empty")
os.mkdir("full")
fill("full/x", "X")
attempt("a", "b")
print(open("b").read())
attempt("b", "b")
attempt("b", "empty")
attempt("empty", "b")
attempt("empty", "full")
attempt("full", "full/inside")
attempt("full", "empty")
print(os.listdir("empty"))
attempt("empty", "empty")
attempt("missing", "b")
attempt("b", "no/such/place")
attempt("b", "empty/b")
attempt("empty/b", "empty/x")
print(open("empty/x").read())
attempt("empty/x", "empty/../empty/./y")
