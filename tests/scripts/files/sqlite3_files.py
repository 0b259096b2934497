"""sqlite3 on files: journal modes, two connections, locks, attach, vacuum, backup, a damaged file, sizes."""
import os
import sqlite3
import tempfile

os.chdir(tempfile.mkdtemp())
a = sqlite3.connect("db", isolation_level=None)
print([a.execute(f"pragma journal_mode={mode}").fetchone()[0] for mode in ("delete", "truncate", "persist", "memory", "wal", "off", "delete")])
a.execute("create table t(x integer primary key, y text)")
a.executemany("insert into t(y) values(?)", [(f"row {i}" * 20,) for i in range(2000)])
b = sqlite3.connect("db", timeout=0)
print(b.execute("select count(*), max(x) from t").fetchone(), os.listdir("."), a.execute("pragma page_size").fetchone(), os.path.getsize("db") > 100_000)
a.execute("begin immediate")
a.execute("delete from t where x > 5")
print(os.path.exists("db-journal"))
for sql in ("select count(*) from t", "insert into t(y) values('x')"):
    try:
        print(b.execute(sql).fetchone())
    except sqlite3.OperationalError as error:
        print(error)
a.execute("rollback")
print(a.execute("select count(*) from t").fetchone(), os.path.exists("db-journal"))
a.execute("delete from t")
a.execute("vacuum")
print(os.path.getsize("db"))
a.execute("attach 'second' as s")
a.execute("create table s.u as select 1 as one")
print(sorted(os.listdir(".")), a.execute("select * from s.u").fetchall())
copy = sqlite3.connect(":memory:")
a.backup(copy)
print(copy.execute("select name from sqlite_master").fetchall(), a.serialize()[:15])
with open("bad", "wb") as file:
    file.write(b"this is no database, and longer than a header " * 40)
for path in ("bad", "/no/such/folder/db", "/tmp"):
    try:
        sqlite3.connect(path).execute("select * from sqlite_master")
    except sqlite3.Error as error:
        print(type(error).__name__, error, error.sqlite_errorname)
try:
    sqlite3.connect("file:db?mode=ro", uri=True).execute("create table z(x)")
except sqlite3.Error as error:
    print(error, error.sqlite_errorcode)
