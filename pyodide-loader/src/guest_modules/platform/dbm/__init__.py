"""Databases of keys and values, both bytes, that several libraries have: one interface, `open`, for all that are there.

    import dbm
    with dbm.open("table", "c") as table:      # r (the default): to read; w: to write; c: to write, made if need be; n: made anew
        table["key"] = "value"
        assert table[b"key"] == b"value"

`whichdb` says whose a file is. A new database is the first's of those in the list below that can be imported."""

import io
import os
import struct
import sys

__all__ = ["open", "whichdb", "error"]


class error(Exception):
    """What `open` has against a file."""


# The others raise an OSError, or a class of it.
error = (error, OSError)

_names = ["dbm.sqlite3", "dbm.gnu", "dbm.ndbm", "dbm.dumb"]
_defaultmod = None
_modules = {}

# Python 3.12 cannot read what dbm.sqlite3 would make.
if sys.version_info < (3, 13):
    _names.append(_names.pop(0))

_SQLITE = b"SQLite format 3\0"
_GDBM = (0x13579ACD, 0x13579ACE, 0x13579ACF)


def _find_modules():
    global _defaultmod
    for name in _names:
        try:
            _modules[name] = __import__(name, fromlist=["open"])
        except ImportError:
            continue
        _defaultmod = _defaultmod or _modules[name]
    if _defaultmod is None:
        raise ImportError(f"no dbm clone found; tried {_names}")


def open(file, flag="r", mode=0o666):
    """Opens a database, or makes one, and returns it. `mode` is a new one's permissions."""
    if _defaultmod is None:
        _find_modules()
    kind = None if "n" in flag else whichdb(file)
    if kind == "":
        raise error[0]("db type could not be determined")
    if kind is not None:
        if kind not in _modules:
            raise error[0](f"db type is {kind}, but the module is not available")
        return _modules[kind].open(file, flag, mode)
    if "c" not in flag and "n" not in flag:
        raise error[0]("db file doesn't exist; use 'c' or 'n' flag to create a new db")
    return _defaultmod.open(file, flag, mode)


def whichdb(filename):
    """The name of the module that opens it; "" if none is known to, None if it is not there or cannot be read."""
    name = os.fsencode(filename)
    if _can_be_read(name + b".pag") and _can_be_read(name + b".dir"):
        return "dbm.ndbm"
    if _is_dumb(name):
        return "dbm.dumb"
    try:
        start = _start(name, len(_SQLITE))
    except OSError:
        return None
    if start == _SQLITE:
        return "dbm.sqlite3"
    is_gdbm = len(start) >= 4 and struct.unpack("=L", start[:4])[0] in _GDBM
    return "dbm.gnu" if is_gdbm else ""


def _start(name, count):
    with io.open(name, "rb") as file:
        return file.read(count)


def _can_be_read(name):
    try:
        _start(name, 0)
    except OSError:
        return False
    return True


def _is_dumb(name):
    """Whether there are its two files, of which the index is empty or begins with a string."""
    try:
        os.stat(name + b".dat")
        return _start(name + b".dir", 1) in (b"", b"'", b'"')
    except OSError:
        return False

