# packages: pandas
"""pandas: groups, joins of every kind, pivots, categories, multi-indices, missing values, text methods, copy on write."""
import pandas as pd

df = pd.DataFrame({"k": ["b", "a", "b", None], "x": [1, 2, 3, 4], "y": [0.1, None, 0.3, 0.4]})
other = pd.DataFrame({"k": ["a", "b", "c"], "z": [10, 20, 30]})
for how in ("inner", "left", "right", "outer", "cross"):
    print(how, df.merge(other, how=how, on=None if how == "cross" else "k").fillna(-1).values.tolist()[:4])
print(df.groupby("k", dropna=False).agg(n=("x", "size"), m=("y", "mean")), df.groupby("k").x.transform("sum").tolist(), df.groupby("k").apply(lambda g: g.x.max()).to_dict(), sep="\n")
print(df.pivot_table(index="k", columns="x", values="y", aggfunc="sum", fill_value=0), pd.crosstab(df.k, df.x > 1), df.melt("k").shape, pd.get_dummies(df.k).sum().to_dict(), sep="\n")
c = pd.Categorical(["lo", "hi", "lo"], ["lo", "hi"], ordered=True)
print(c.max(), c.codes, pd.cut([1, 5, 9], 3).categories[0], pd.qcut(range(8), 4, labels=False).tolist(), pd.Series(c).value_counts().to_dict())
m = df.assign(j=[1, 1, 2, 2]).set_index(["k", "j"]).sort_index()
print(m, m.loc["b"].index.tolist(), m.unstack().shape, m.xs(1, level="j").x.tolist(), sep="\n")
s = pd.Series(["Żółw", None, "a1b22"])
print(s.str.upper().tolist(), s.str.extract(r"(\d+)")[0].tolist(), s.str.len().tolist(), s.dtype, s.str.contains("ó").tolist(), pd.Series([1, None], dtype="Int64").sum(), pd.array([True, None], dtype="boolean") | True, pd.NA == 1)
view = df["x"]
view.iloc[0] = 100
print(df.x.tolist(), view.tolist(), df.describe().loc["std", "x"].round(6), df.memory_usage(deep=False).x, df.query("x > 2 and y < 0.4").index.tolist(), df.eval("x * 2").tolist())
for call in (lambda: df["nothing"], lambda: df.loc[10], lambda: df.merge(other, validate="one_to_one"), lambda: pd.concat([]), lambda: df.x.astype("category").cat.nothing, lambda: df.groupby("q"), lambda: pd.DataFrame({"a": [1], "b": [1, 2]}), lambda: pd.Series(["x"]).astype(int)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
