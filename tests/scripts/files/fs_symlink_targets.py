"""Dangling links, links to folders, absolute and relative ones, and what each call does to the link or its target."""
import errno
import os
import tempfile

root = tempfile.mkdtemp()
os.chdir(root)
os.mkdir("d")
with open("d/f", "w") as file:
    file.write("content")
os.symlink("f", "d/relative")
os.symlink(os.path.join(root, "d"), "absolute")
os.symlink("nowhere/at/all", "dangling")
os.symlink("d/new", "creates")
print(open("d/relative").read(), open("absolute/relative").read(), os.readlink("dangling"))
print(os.path.exists("dangling"), os.path.lexists("dangling"), os.lstat("dangling").st_size)
with open("creates", "w") as file:
    file.write("made through a link")
print(sorted(os.listdir("d")), os.path.islink("creates"), open("d/new").read())
for what, call in (
    ("open dangling", lambda: open("dangling", "w")),
    ("exclusive", lambda: os.open("creates", os.O_CREAT | os.O_EXCL | os.O_WRONLY)),
    ("mkdir", lambda: os.mkdir("dangling")),
    ("rmdir of a link", lambda: os.rmdir("absolute")),
    ("unlink", lambda: os.unlink("absolute")),
    ("symlink over", lambda: os.symlink("x", "dangling")),
    ("readlink of a file", lambda: os.readlink("d/f")),
    ("empty target", lambda: os.symlink("", "empty")),
    ("through a file", lambda: os.stat("d/f/x")),
):
    try:
        print(what, call())
    except OSError as error:
        print(what, errno.errorcode[error.errno])
print(sorted(os.listdir(".")))
os.truncate("creates", 4)
print(open("d/new").read(), os.path.relpath(os.path.realpath("creates"), os.path.realpath(".")))
