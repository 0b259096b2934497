"""A database of keys and values in a file of SQLite's, which CPython's `dbm.sqlite3` reads and writes, too: a table Dict."""

import os
import sqlite3
from collections.abc import MutableMapping
from contextlib import closing, suppress
from pathlib import Path

_CREATE = "CREATE TABLE IF NOT EXISTS Dict (key BLOB UNIQUE NOT NULL, value BLOB NOT NULL)"
_COUNT = "SELECT COUNT(key) FROM Dict"
_FIND = "SELECT value FROM Dict WHERE key = CAST(? AS BLOB)"
_SET = "REPLACE INTO Dict (key, value) VALUES (CAST(? AS BLOB), CAST(? AS BLOB))"
_REMOVE = "DELETE FROM Dict WHERE key = CAST(? AS BLOB)"
_KEYS = "SELECT key FROM Dict"

# How SQLite opens a file for each flag.
_MODES = {"r": "ro", "w": "rw", "c": "rwc", "n": "rwc"}


class error(OSError):
    pass


def _normalize_uri(path):
    address = Path(path).absolute().as_uri()
    while "//" in address:
        address = address.replace("//", "/")
    return address


class _Database(MutableMapping):
    def __init__(self, path, /, *, flag, mode):
        if hasattr(self, "_connection"):
            raise error("DBM object does not support reinitialization")
        path = os.fsdecode(path)
        if flag not in _MODES:
            raise ValueError(f"Flag must be one of 'r', 'w', 'c', or 'n', not {flag!r}")
        if flag == "n":
            Path(path).unlink(missing_ok=True)
        if flag in ("c", "n"):
            Path(path).touch(mode=mode, exist_ok=True)
        try:
            self._connection = sqlite3.connect(f"{_normalize_uri(path)}?mode={_MODES[flag]}", autocommit=True, uri=True)
        except sqlite3.Error as reason:
            raise error(str(reason))
        if flag != "r":
            # CPython turns SQLite's write-ahead log on, whose index lies in memory that programs share. Here it is this program's own, and
            # what two of them write at once would be lost.
            with suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA journal_mode = delete")
        if flag in ("c", "n"):
            self._execute(_CREATE).close()

    def _execute(self, statement, *values):
        if not self._connection:
            raise error("DBM object has already been closed")
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as reason:
            raise error(str(reason))

    def __len__(self):
        with closing(self._execute(_COUNT)) as cursor:
            return cursor.fetchone()[0]

    def __getitem__(self, key):
        with closing(self._execute(_FIND, key)) as cursor:
            row = cursor.fetchone()
        if row is None:
            raise KeyError(key)
        return row[0]

    def __setitem__(self, key, value):
        self._execute(_SET, key, value).close()

    def __delitem__(self, key):
        with closing(self._execute(_REMOVE, key)) as cursor:
            if not cursor.rowcount:
                raise KeyError(key)

    def __iter__(self):
        try:
            with closing(self._execute(_KEYS)) as cursor:
                for (key,) in cursor:
                    yield key
        except sqlite3.Error as reason:
            raise error(str(reason))

    def keys(self):
        return list(super().keys())

    def close(self):
        """A closed database can be closed again."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


def open(filename, /, flag="r", mode=0o666):
    """Opens a database and returns it: `r` to read; `w` to write; `c` to write, made if need be; `n` made anew. `mode` is the permissions
    of a new file."""
    return _Database(filename, flag=flag, mode=mode)
