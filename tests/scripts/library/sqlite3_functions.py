"""sqlite3 with Python functions: scalars, aggregates, windows, collations, authorizer, progress, errors in each."""
import sqlite3

db = sqlite3.connect(":memory:")
db.create_function("twice", 1, lambda x: x * 2 if x is not None else None, deterministic=True)
db.create_function("fails", 0, lambda: 1 / 0)
db.create_collation("backwards", lambda a, b: (a < b) - (a > b))


class Product:
    def __init__(self):
        self.value = 1

    def step(self, x):
        self.value *= x

    def inverse(self, x):
        self.value //= x

    value_ = property(lambda self: self.value)

    def finalize(self):
        return self.value


class Window(Product):
    def value_of(self):
        return self.total

    def __init__(self):
        self.total = 0

    def step(self, x):
        self.total += x

    def inverse(self, x):
        self.total -= x

    def value(self):
        return self.total

    def finalize(self):
        return self.total


db.create_aggregate("product", 1, Product)
db.create_window_function("running", 1, Window)
db.executescript("create table t(n, s); insert into t values(1,'a'),(2,'C'),(3,'b'),(4,null);")
for sql in ("select twice(n), twice(s), twice(2.5), twice(x'0102') from t limit 1", "select product(n) from t", "select n, running(n) over (order by n rows between 1 preceding and current row) from t", "select s from t order by s collate backwards", "select fails()", "select nothing(1)", "select product(s) from t", "selec", "select * from missing"):
    try:
        print(db.execute(sql).fetchall())
    except sqlite3.Error as error:
        print(type(error).__name__, error)
seen = []
db.set_authorizer(lambda action, *rest: seen.append(rest[0]) or (sqlite3.SQLITE_DENY if rest[:2] == ("t", "s") else sqlite3.SQLITE_OK))
try:
    db.execute("select s from t")
except sqlite3.DatabaseError as error:
    print(error, "t" in seen)
db.set_authorizer(None)
db.set_progress_handler(lambda: 1, 10)
try:
    db.execute("with recursive c(x) as (select 1 union all select x+1 from c) select max(x) from c limit 1").fetchall()
except sqlite3.OperationalError as error:
    print(error)
