# not-node: Emscripten refuses to remove the working folder, which POSIX allows
"""The working folder is removed under the program: getcwd, relative names, and the way back."""
import errno
import os
import tempfile

root = tempfile.mkdtemp()
inner = os.path.join(root, "inner")
os.mkdir(inner)
os.chdir(inner)
for what, call in (("rmdir", lambda: os.rmdir(inner)), ("getcwd", os.getcwd), ("listdir", lambda: os.listdir(".")), ("create", lambda: open("f", "w")), ("stat", lambda: os.stat(".").st_nlink), ("chdir ..", lambda: os.chdir("..")), ("chdir", lambda: os.chdir(root)), ("again", lambda: os.listdir("."))):
    try:
        print(what, call())
    except OSError as error:
        print(what, errno.errorcode[error.errno])
for wrong in ("missing", os.devnull, ""):
    try:
        os.chdir(wrong)
    except OSError as error:
        print(repr(wrong), errno.errorcode[error.errno])
fd = os.open("/", os.O_RDONLY)
os.fchdir(fd)
print(os.getcwd())
