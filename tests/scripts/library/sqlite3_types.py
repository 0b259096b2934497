"""sqlite3's types: numbers at their limits, text with NULs and surrogates, blobs, adapters, converters, rows, blobs opened."""
import datetime
import decimal
import sqlite3

sqlite3.register_adapter(decimal.Decimal, str)
sqlite3.register_converter("dec", lambda b: decimal.Decimal(b.decode()))
sqlite3.register_adapter(datetime.date, datetime.date.isoformat)
db = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
db.row_factory = sqlite3.Row
db.execute("create table t(i integer, r real, s text, b blob, d dec)")
db.execute("insert into t values(?,?,?,?,?)", (2**63 - 1, 0.1, "żółw\0tail", b"\0\xff", decimal.Decimal("1.10")))
row = db.execute("select *, typeof(i) as k, length(s), i*1.0, 1/3.0, 9e999 as inf from t").fetchone()
print(tuple(row), row.keys()[:6], row["d"], row["K"], len(row), isinstance(row, tuple))
for value in (2**63, "\ud800", object(), float("nan"), b"", 10**30, True, datetime.date(2024, 1, 2), bytearray(b"x"), memoryview(b"y")):
    try:
        print(tuple(db.execute("select ?, typeof(?)", (value, value)).fetchone()))
    except Exception as error:
        print(type(value).__name__, type(error).__name__, error)
db.execute("create table blobs(b)")
db.execute("insert into blobs values(zeroblob(10))")
with db.blobopen("blobs", "b", 1) as blob:
    blob.write(b"abc")
    blob[5] = 255
    print(blob.tell(), len(blob), blob[:6])
print(bytes(db.execute("select b from blobs").fetchone()[0]), db.total_changes, sqlite3.sqlite_version.split(".")[0], sqlite3.threadsafety)
for sql in ("select json_extract('{\"a\":[1,2]}', '$.a[1]')", "select 5 / 2, 5 % -3, -7 / 2, 1 << 62, ~0", "select printf('%.3f|%05d', 2.0005, 42), round(2.5), abs(-9223372036854775807)", "select strftime('%Y-%m-%d', 1e9, 'unixepoch'), date('2024-01-31', '+1 month')", "select upper('ż'), 'A' like 'a', 'ż' like 'Ż', hex('é')", "select sqrt(2), ln(10), pow(2, 0.5)", "select cast('12abc' as integer), '10' + 5, 1e1000"):
    try:
        print(tuple(db.execute(sql).fetchone()))
    except sqlite3.Error as error:
        print(error)
