# packages: pandas
"""pandas over sqlite3, text to numbers and back: packages that meet in one program."""
import sqlite3

import numpy as np
import pandas as pd

db = sqlite3.connect(":memory:")
df = pd.DataFrame({"n": [1, 2, None], "t": pd.to_datetime(["2024-01-01", "2024-02-29", None]), "s": ["ż", None, "x"]})
df.to_sql("t", db, index=False)
back = pd.read_sql("select * from t order by n desc", db, parse_dates=["t"])
print(back, back.dtypes, [type(v).__name__ for v in db.execute("select * from t").fetchone()], sep="\n")
try:
    df.to_sql("t", db)
except ValueError as error:
    print(error)
print(pd.read_sql("select count(*) c, sum(n) s from t where n > ?", db, params=[1]).iloc[0].to_dict(), pd.to_numeric(["1", "x", "2.5"], errors="coerce"), pd.Series([1.123456789, 1e10]).to_string(), pd.Series(np.arange(3, dtype="f4")).sum())
