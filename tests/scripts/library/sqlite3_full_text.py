"""sqlite3's extensions: full text search, r-trees, generated columns, upsert, returning, CTEs, savepoints, dumps."""
import sqlite3

db = sqlite3.connect(":memory:")
options = {row[0].split("=")[0] for row in db.execute("pragma compile_options")}
print(sorted(o for o in options if o.startswith(("ENABLE", "THREADSAFE", "OMIT")))[:12])
for sql in (
    "create virtual table f using fts5(body)",
    "insert into f values('the quick brown fox'),('lazy dogs sleep'),('quick dogs')",
    "select body from f where f match 'quick' order by rank",
    "select highlight(f, 0, '<', '>') from f where f match 'dogs NOT quick'",
    "create virtual table r using rtree(id, x0, x1)",
    "create table g(a int, b int generated always as (a * 2) stored, unique(a))",
    "insert into g(a) values(1),(2) returning a, b",
    "insert into g(a) values(2) on conflict(a) do update set a = 20 returning b",
    "with recursive c(n) as (select 1 union all select n * 2 from c where n < 50) select group_concat(n) from c",
    "savepoint s",
    "delete from g",
    "rollback to s",
    "select count(*) from g",
    "insert into g(a) values(1)",
    "select sum(a) filter (where a > 1), rank() over (order by a) from g",
    "explain query plan select * from g where a = 3",
):
    try:
        print(db.execute(sql).fetchall())
    except sqlite3.Error as error:
        print(sql[:40], type(error).__name__, error)
print([line for line in db.iterdump() if "g" in line][:4], db.in_transaction)
