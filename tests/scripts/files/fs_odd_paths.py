# not-node: Emscripten's memory file system takes names of any length
"""Empty paths, NUL bytes, lone surrogates, bytes, PathLike objects, numbers as paths, very long ones."""
import errno
import os
import pathlib
import tempfile

os.chdir(tempfile.mkdtemp())


class Path:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


open(Path("by_protocol"), "w").close()
open(b"bytes", "w").close()
print(sorted(os.listdir(".")), os.fspath(Path(b"x")), os.fsencode("ż"), os.fsdecode(b"\xc5\xbc\xff").encode("utf-8", "surrogateescape"))
for what, path in (("empty", ""), ("nul", "a\0b"), ("nul bytes", b"\0"), ("number", 3.5), ("none", None), ("wrong protocol", Path(3)), ("surrogate", "\ud800"), ("name", "n" * 300), ("path", "p/" * 3000), ("slashes", "/" * 50)):
    for name, call in (("stat", os.stat), ("open", lambda p: os.open(p, os.O_RDONLY)), ("exists", os.path.exists), ("listdir", lambda p: len(os.listdir(p)) > 0)):
        try:
            print(what, name, type(call(path)).__name__)
        except (OSError, ValueError, TypeError) as error:
            print(what, name, type(error).__name__, errno.errorcode.get(getattr(error, "errno", None)))
print(pathlib.PurePath("/a//b/./c/..").parts, os.path.join("a", "/b", "c"), os.path.join("", ""), repr(os.path.dirname("")))
