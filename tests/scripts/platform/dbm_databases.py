# not-node: its Python has no dbm
"""Databases of keys and values: the two formats that Python has by itself, what tells them apart, shelves."""
import dbm
import dbm.dumb
import dbm.sqlite3
import os
import pickle
import re
import shelve
import tempfile

os.chdir(tempfile.mkdtemp())


def attempt(text):
    try:
        print(text, "->", re.sub("0x[0-9a-f]+", "0x", repr(eval(text))))
    except Exception as error:
        print(text, "!!", type(error).__module__, type(error).__name__, re.sub(r"^\[Errno \d+\] ", "", str(error)))


def files():
    return sorted(name for name in os.listdir(".") if not name.endswith(("-shm", "-wal")))


print(dbm.error, dbm.dumb.error, dbm.sqlite3.error.__mro__, dbm.__all__)
for module in (dbm, dbm.dumb, dbm.sqlite3):
    print(module.__name__)
    for flag in ("r", "w", "z", "", 5):
        attempt(f"{module.__name__}.open('none', {flag!r})")
    for name in ("'no/where'", "5"):
        attempt(f"{module.__name__}.open({name}, 'c')")
attempt("open('text', 'w').write('hello' * 10), dbm.whichdb('text'), dbm.whichdb('none'), dbm.whichdb('.')")
attempt("dbm.open('text')")
attempt("dbm.sqlite3.open('text', 'c')")

for module in (dbm.dumb, dbm.sqlite3):
    print(module.__name__)
    db = module.open("db", "c")
    print(files(), type(db))
    for text in (
        "db['a']", "db[1]", "db.__setitem__('a', 1)", "db.__setitem__(1, b'')", "db.__setitem__('a', None)", "db.__setitem__('\\xfc', '\\xe4')",
        "db.__setitem__(b'\\xff\\'\"\\n', b'\\0')", "db.__delitem__('zz')", "db.__delitem__(5)", "sorted(db.keys())", "sorted(db.items())",
        "'\\xfc' in db, b'zz' in db, 5 in db", "db.get('zz', 3), db.pop('zz', 4)", "db.pop('zz')", "db.setdefault('z', b'v')",
        "db.update(a='1', b=b'2' * 512)", "db.update(a='1' * 600, b=b'2' * 513)", "db.update(a='1' * 6)", "sorted((k, len(v)) for k, v in db.items())",
        "len(db), sorted(db), db.values()", "db.__delitem__('b')", "db.close()", "db.close()", "db['a']", "len(db)", "list(db)", "db.keys()",
        "'a' in db", "db.__setitem__('a', 'b')", "db.__delitem__('a')",
    ):
        attempt(text)
    print(files(), dbm.whichdb("db"))
    db = dbm.open("db")
    for text in ("db.__setitem__('a', 'b')", "db.__delitem__('a')", "sorted(db)", "db.close()"):
        attempt(text)
    with module.open("db", "n", 0o600) as db:
        db["only"] = "x"
    with dbm.open("db", "w") as db:
        print(list(db))
    if module is dbm.dumb:
        print(open("db.dir").read(), open("db.dat", "rb").read(), oct(os.stat("db.dat").st_mode))
    else:
        print(oct(os.stat("db").st_mode), open("db", "rb").read(16))
    for name in files():
        os.remove(name)

for text in ("foo bar", "'a', (0, 1)\n", "\"b'\", (0, 1)\n", "5, (1, 2)\n", "\n", ""):
    open("bad.dir", "w").write(text)
    open("bad.dat", "w").close()
    attempt("dbm.whichdb('bad')")
    try:
        print(dbm.dumb.open("bad", "r").keys())
    except (SyntaxError, AttributeError) as error:
        print(type(error).__name__)
for start in (b"\xce\x9a\x57\x13", b"\xce\x9a\x57", b"SQLite format 3\0", b"SQLite format 3", b""):
    open("file", "wb").write(start)
    print(start, dbm.whichdb("file"))
open("old.pag", "w").close()
open("old.dir", "w").close()
print(dbm.whichdb("old"), dbm.whichdb(b"old"))

with shelve.open("shelf") as shelf:
    shelf["list"] = [1, {2}]
    shelf["none"] = None
with shelve.open("shelf", writeback=True) as shelf:
    shelf["list"].append("more")
with shelve.open("shelf", "r") as shelf:
    print(sorted(shelf), shelf["list"], dbm.whichdb("shelf"))
with dbm.open("shelf") as db:
    print(pickle.loads(db["list"]))
