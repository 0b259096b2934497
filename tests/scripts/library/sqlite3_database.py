"""sqlite3: schema, transactions, functions, collations, window queries, full text, blobs, backup, files, errors."""
import os
import sqlite3
import tempfile

print(sqlite3.sqlite_version_info[0], sqlite3.threadsafety, sqlite3.paramstyle)
db = sqlite3.connect(":memory:")
db.row_factory = sqlite3.Row
db.executescript("""
CREATE TABLE city(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, people REAL CHECK(people >= 0));
CREATE TABLE trip(a INT REFERENCES city(id) ON DELETE CASCADE, b INT REFERENCES city(id), km REAL);
CREATE INDEX trip_a ON trip(a);
PRAGMA foreign_keys = ON;""")
db.executemany("INSERT INTO city(name, people) VALUES (?, ?)", [("Łódź", 0.66), ("Oslo", 0.7), ("Lima", 10.0)])
db.executemany("INSERT INTO trip VALUES (:a, :b, :km)", [{"a": 1, "b": 2, "km": 1200.5}, {"a": 2, "b": 3, "km": 11000}, {"a": 1, "b": 3, "km": 12000}])
db.commit()
for row in db.execute("SELECT c.name, count(*) AS trips, sum(km) AS km FROM city c JOIN trip t ON t.a = c.id GROUP BY c.id ORDER BY km DESC"):
    print(dict(row), row.keys(), row["NAME"])
print([tuple(r) for r in db.execute("SELECT name, rank() OVER (ORDER BY people DESC), sum(people) OVER (ORDER BY id) FROM city")])
print([tuple(r) for r in db.execute("WITH RECURSIVE f(a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM f LIMIT 12) SELECT a FROM f")])
print(tuple(db.execute("SELECT json_extract('{\"a\": [1, {\"b\": 2}]}', '$.a[1].b'), upper('ł'), length('🐍'), date('2024-02-28', '+2 days'), 7/2, typeof(x'00')").fetchone()))

print("-- Python in SQL")


class Median:
    def __init__(self):
        self.values = []

    def step(self, value):
        self.values.append(value)

    def finalize(self):
        return sorted(self.values)[len(self.values) // 2]


db.create_function("reverse", 1, lambda s: s[::-1], deterministic=True)
db.create_aggregate("median", 1, Median)
db.create_collation("by_length", lambda a, b: (len(a) > len(b)) - (len(a) < len(b)))
db.create_function("fail", 0, lambda: 1 / 0)
print([r[0] for r in db.execute("SELECT reverse(name) FROM city ORDER BY name COLLATE by_length, id")], db.execute("SELECT median(km) FROM trip").fetchone()[0])
db.set_trace_callback(lambda s: print("trace:", s))
db.execute("SELECT 1")
db.set_trace_callback(None)
db.set_authorizer(lambda action, *rest: sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_DROP_TABLE else sqlite3.SQLITE_OK)

print("-- transactions and errors")
for sql in ("INSERT INTO city(name) VALUES ('Oslo')", "INSERT INTO city VALUES (9, 'x', -1)", "INSERT INTO trip VALUES (77, 1, 1)", "SELEC 1", "SELECT * FROM nowhere",
            "SELECT fail()", "DROP TABLE trip", "SELECT ?"):
    try:
        with db:
            db.execute(sql)
    except sqlite3.Error as error:
        print(type(error).__name__, "|", error, "|", getattr(error, "sqlite_errorname", None))
with db:
    db.execute("SAVEPOINT s")
    db.execute("DELETE FROM city WHERE id = 1")
    print(db.execute("SELECT count(*) FROM trip").fetchone()[0], db.in_transaction, db.total_changes)
    db.execute("ROLLBACK TO s")
print(db.execute("SELECT count(*) FROM trip").fetchone()[0])

print("-- full text, blobs, files, backup")
db.execute("CREATE VIRTUAL TABLE doc USING fts5(body)") if db.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0] else print("no fts5")
db.execute("CREATE TABLE b(data BLOB)")
db.execute("INSERT INTO b VALUES (zeroblob(10))")
with db.blobopen("b", "data", 1) as blob:
    blob.write(b"abc")
    blob[5:7] = b"XY"
print(db.execute("SELECT data FROM b").fetchone()[0])
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "file.db")
    copy = sqlite3.connect(path)
    db.commit()
    db.backup(copy)
    print(copy.execute("PRAGMA journal_mode").fetchone(), copy.execute("PRAGMA integrity_check").fetchone(), os.path.getsize(path) % 4096)
    copy.execute("UPDATE city SET people = 1 WHERE id = 2")
    print(sorted(os.listdir(folder)))
    copy.commit()
    copy.execute("VACUUM")
    copy.close()
    again = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    print(again.execute("SELECT people FROM city WHERE id = 2").fetchone(), sorted(os.listdir(folder)), len(list(again.iterdump())))
    try:
        again.execute("DELETE FROM city")
    except sqlite3.OperationalError as error:
        print(error)
    again.close()
