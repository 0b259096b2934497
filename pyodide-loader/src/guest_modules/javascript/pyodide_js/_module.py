"""What packages ask of Emscripten's module: which libraries are loaded."""

import os
import sys

from _pyrun_js_objects import Object


def loaded_libraries():
    """The paths of the shared libraries that are loaded.

    The linker knows them, and tells where the host lets it (`_pyrun.loaded_libraries`). Without that they are the files of
    extension modules and what these name as needed, which leaves out what a program loads itself (`ctypes.CDLL`).
    """
    import _pyrun

    linker = getattr(_pyrun, "loaded_libraries", None)
    if linker is not None:
        return list(linker())
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    found = dict.fromkeys(file for file in files if isinstance(file, str) and file.endswith(".so"))
    left = list(found)
    while left:
        for path in needed(left.pop()):
            if path not in found:
                found[path] = None
                left.append(path)
    return list(found)


def needed(file):
    """The libraries that a library names in its section `dylink.0`, as far as they are found by its search path."""
    try:
        with open(file, "rb") as stream:
            head = Reader(stream.read(1 << 16))
        return list(head.libraries(os.path.dirname(file)))
    except (OSError, IndexError, UnicodeDecodeError):
        return []


class Reader:
    """Reads the start of a WebAssembly module."""

    NEEDED, SEARCH_PATH = 2, 5

    def __init__(self, data):
        self.data, self.place = data, 8

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.place]
            self.place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text(self):
        size = self.number()
        self.place += size
        return self.data[self.place - size : self.place].decode()

    def texts(self):
        return [self.text() for _ in range(self.number())]

    def libraries(self, origin):
        if not self.data.startswith(b"\0asm\1\0\0\0\0"):
            return
        self.place += 1
        end = self.number() + self.place
        names, folders = [], []
        if self.text() != "dylink.0":
            return
        while self.place < end:
            kind, size = self.number(), self.number()
            after = self.place + size
            if kind == self.NEEDED:
                names = self.texts()
            elif kind == self.SEARCH_PATH:
                folders = [folder.replace("$ORIGIN", origin) for folder in self.texts()]
            self.place = after
        for name in names:
            paths = (os.path.normpath(os.path.join(folder, name)) for folder in (*folders, origin, "/usr/lib"))
            yield from [path for path in paths if os.path.exists(path)][:1]


class Libraries:
    """Emscripten's table of them, as it is now."""

    _js_type_flags = 0
    typeof = "object"

    @property
    def loadedLibsByName(self):
        return Object.fromEntries((path, Object.new(name=path)) for path in loaded_libraries())


LDSO = Libraries()
