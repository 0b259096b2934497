"""A database of keys and values in two files, by Python alone: slow, and its files are those of CPython's `dbm.dumb`.

NAME.dat holds the values, each at a multiple of 512 bytes; where a value was that has gone or has grown is not used again. NAME.dir
is the index, a line for each key: its text (of Latin-1), position and length, as Python writes them. A new key's line is added at
once; the others are written when the database is closed, and NAME.bak is the index before that."""

import ast
import collections.abc
import io as _io
import os as _os

__all__ = ["error", "open"]

_BLOCKSIZE = 512

error = OSError


def _bytes(value, name):
    if isinstance(value, str):
        return value.encode("utf-8")
    if not isinstance(value, (bytes, bytearray)):
        raise TypeError(f"{name} must be bytes or strings")
    return value


def _aligned(size):
    """The next multiple of a block."""
    return -(-size // _BLOCKSIZE) * _BLOCKSIZE


class _Database(collections.abc.MutableMapping):
    # For whoever is left at the end of the interpreter, when modules have gone.
    _os, _io = _os, _io
    _index, _modified = None, False

    def __init__(self, filebasename, mode, flag="c"):
        name = self._os.fsencode(filebasename)
        self._mode, self._readonly = mode, flag == "r"
        self._dirfile, self._datfile, self._bakfile = name + b".dir", name + b".dat", name + b".bak"
        if flag == "n":
            for file in (self._datfile, self._bakfile, self._dirfile):
                try:
                    self._os.remove(file)
                except OSError:
                    pass
        self._make_values(flag in ("c", "n"))
        self._read_index(flag in ("c", "n"))

    def _make_values(self, may_make):
        try:
            self._io.open(self._datfile, "rb").close()
        except OSError:
            if not may_make:
                raise
            with self._io.open(self._datfile, "wb"):
                self._chmod(self._datfile)

    def _read_index(self, may_make):
        try:
            file = self._io.open(self._dirfile, "r", encoding="Latin-1")
        except OSError:
            if not may_make:
                raise
            with self._io.open(self._dirfile, "w", encoding="Latin-1"):
                self._chmod(self._dirfile)
            self._index = {}
            return
        index = {}
        with file:
            for line in file:
                key, place = ast.literal_eval(line.rstrip())
                index[key.encode("Latin-1")] = place
        self._index = index

    def _chmod(self, file):
        self._os.chmod(file, self._mode)

    def _verify_open(self):
        if self._index is None:
            raise error("DBM object has already been closed")

    def _opened(self):
        self._verify_open()
        return self._index

    def _verify_writable(self):
        if self._readonly:
            raise error("The database is opened for reading only")

    def sync(self):
        """Writes the index, if it has changed."""
        if self._index is None or not self._modified:
            return
        try:
            self._os.unlink(self._bakfile)
        except OSError:
            pass
        try:
            self._os.rename(self._dirfile, self._bakfile)
        except OSError:
            pass
        with self._io.open(self._dirfile, "w", encoding="Latin-1") as file:
            self._chmod(self._dirfile)
            file.writelines(self._line(key, place) for key, place in self._index.items())
        self._modified = False

    @staticmethod
    def _line(key, place):
        return f"{key.decode('Latin-1')!r}, {place!r}\n"

    def __getitem__(self, key):
        position, size = self._find(key)
        with self._io.open(self._datfile, "rb") as file:
            file.seek(position)
            return file.read(size)

    def _find(self, key):
        if isinstance(key, str):
            key = key.encode("utf-8")
        return self._opened()[key]

    def _write(self, position, value):
        """Writes a value where there is room for it, else (None) behind all others."""
        with self._io.open(self._datfile, "rb+") as file:
            if position is None:
                end = file.seek(0, 2)
                position = _aligned(end)
                file.write(b"\0" * (position - end))
            else:
                file.seek(position)
            file.write(value)
        return position, len(value)

    def __setitem__(self, key, value):
        self._verify_writable()
        key, value = _bytes(key, "keys"), _bytes(value, "values")
        index = self._opened()
        self._modified = True
        if key in index:
            position, size = index[key]
            index[key] = self._write(position if _aligned(len(value)) <= _aligned(size) else None, value)
            return
        index[key] = self._write(None, value)
        with self._io.open(self._dirfile, "a", encoding="Latin-1") as file:
            self._chmod(self._dirfile)
            file.write(self._line(key, index[key]))

    def __delitem__(self, key):
        self._verify_writable()
        if isinstance(key, str):
            key = key.encode("utf-8")
        index = self._opened()
        self._modified = True
        del index[key]
        self.sync()

    def keys(self):
        return list(self._opened())

    def items(self):
        return [(key, self[key]) for key in self._opened()]

    def __contains__(self, key):
        if isinstance(key, str):
            key = key.encode("utf-8")
        return key in self._opened()

    def __iter__(self):
        return iter(self._opened())

    iterkeys = __iter__

    def __len__(self):
        return len(self._opened())

    def close(self):
        """Writes what has to be written. A closed database can be closed again."""
        try:
            self.sync()
        finally:
            self._index = self._datfile = self._dirfile = self._bakfile = None

    __del__ = close

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


def open(file, flag="c", mode=0o666):
    """Opens the database of this name, without its suffixes, and returns it: `r` to read; `w` to write; `c` to write, made if need be;
    `n` made anew. `mode` is the permissions of new files, from which the umask is taken."""
    if flag not in ("r", "w", "c", "n"):
        raise ValueError("Flag must be one of 'r', 'w', 'c', or 'n'")
    umask = _os.umask(0)
    _os.umask(umask)
    return _Database(file, mode & ~umask, flag=flag)
