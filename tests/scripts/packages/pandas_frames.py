# packages: pandas
"""pandas: frames, grouping, joining, reshaping, dates, text, categories, missing values, CSV and JSON."""
import io

import numpy as np
import pandas as pd
import pytz

print(pd.__version__)
sales = pd.DataFrame({
    "day": pd.date_range("2024-01-29", periods=8, freq="D"),
    "city": ["Oslo", "Lima", "Oslo", "Rome", "Lima", "Rome", "Oslo", "Lima"],
    "units": [3, 5, 2, 8, 1, 4, 7, 6],
    "price": [9.5, 3.25, 9.5, np.nan, 3.0, 6.75, 10.0, 3.5],
})
print(sales, sales.dtypes, sep="\n")
print(sales.describe().round(3))
print(sales.groupby("city").agg(units=("units", "sum"), mean=("price", "mean"), days=("day", "count")))
print(sales.groupby("city", sort=False)["units"].transform("cumsum").tolist())
print(sales.set_index("day").resample("W")["units"].sum())
print(sales.pivot_table(index="city", columns=sales["day"].dt.month, values="units", aggfunc="sum", fill_value=0))
print(sales["price"].interpolate().round(2).tolist(), sales["price"].fillna(0).sum(), sales.isna().sum().to_dict())

print("-- joins and reshaping")
info = pd.DataFrame({"city": ["Oslo", "Lima", "Bern"], "people": [0.7, 10.0, 0.13]})
print(sales[["city", "units"]].merge(info, on="city", how="outer", indicator=True).sort_values(["city", "units"]).to_string(index=False))
wide = pd.DataFrame({"id": [1, 2], "a": [5, 6], "b": [7, 8]})
print(wide.melt(id_vars="id").set_index(["id", "variable"]).unstack())
print(pd.concat([wide, wide.assign(id=3)], keys=["x", "y"]).loc["y"], pd.crosstab(sales["city"], sales["units"] > 4))

print("-- time, windows, text, categories")
s = pd.Series(range(6), index=pd.date_range("2024-03-30 22:00", periods=6, freq="h", tz="UTC"))
print(s.tz_convert(pytz.timezone("Europe/Paris")).index[[0, 3]].astype(str).tolist(), s.rolling("3h").sum().tolist(), s.ewm(span=3).mean().round(4).tolist())
print(pd.Timestamp("2024-02-29") + pd.DateOffset(years=1), pd.Period("2024Q1").end_time, pd.Timedelta("1 days 02:03:04.5"))
print(pd.to_datetime(["2024-01-05", "nonsense"], errors="coerce"))
t = pd.Series(["alpha-1", "Beta-22", None])
print(t.str.extract(r"(?P<word>[A-Za-z]+)-(?P<n>\d+)"), t.str.upper().tolist(), t.dtype)
c = pd.Categorical(["lo", "hi", "lo"], categories=["lo", "hi"], ordered=True)
print(c.codes, c.max(), pd.cut([1, 5, 9], bins=[0, 3, 6, 10], labels=list("abc")).tolist())
print(pd.Series([1, None, 3], dtype="Int64").sum(), pd.array([True, None]).dtype)

print("-- text formats and errors")
text = sales.head(3).to_csv(index=False)
print(text, pd.read_csv(io.StringIO(text), parse_dates=["day"]).equals(sales.head(3)))
print(info.to_json(orient="records"), pd.read_json(io.StringIO(info.to_json())).shape)
print(sales.query("units > 4 and city != 'Rome'")["units"].tolist(), sales.eval("units * price").round(2).tolist())
for bad in (lambda: sales["nope"], lambda: sales.loc[99], lambda: pd.to_datetime("x y z"), lambda: pd.read_csv(io.StringIO("a,b\n1,2,3\n4,5,6,7"))):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, str(error).splitlines()[0])
print(sales.corr(numeric_only=True).round(4).to_dict(), sales.nlargest(2, "units").index.tolist())
