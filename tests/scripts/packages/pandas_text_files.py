# packages: pandas
"""pandas reads and writes text: CSV with quotes, encodings, dates and missing values, JSON, fixed widths, compressed, in pieces."""
import io
import os
import tempfile

import pandas as pd

os.chdir(tempfile.mkdtemp())
text = 'id;name;when;value\n1;"Żółw; ""x""";2024-02-29 12:00;1,5\n2;;NaT;NA\n3;Ω;2024-03-01;1.000,25\n'
df = pd.read_csv(io.StringIO(text), sep=";", decimal=",", thousands=".", parse_dates=["when"], index_col="id")
print(df, df.dtypes, df.isna().sum().to_dict(), sep="\n")
df.to_csv("a.csv.gz", encoding="utf-16", sep="\t", float_format="%.3f", na_rep="-")
print(pd.read_csv("a.csv.gz", encoding="utf-16", sep="\t", na_values="-"))
for chunk in pd.read_csv(io.StringIO("a,b\n" + "\n".join(f"{i},{i / 3}" for i in range(25))), chunksize=10):
    print(chunk.shape, round(chunk.b.sum(), 10), chunk.index[0])
print(df.reset_index().to_json(orient="records", date_format="iso", force_ascii=False), pd.read_json(io.StringIO('{"x":{"0":1,"1":null}}')), sep="\n")
print(pd.read_fwf(io.StringIO("ab  12\ncd 345\n"), widths=[2, 4], header=None), pd.read_csv(io.StringIO("1 # c\n\n2"), comment="#", header=None)[0].tolist(), df.to_string(max_colwidth=5), df.to_markdown() if False else df.to_html(max_rows=1).count("<tr"), sep="\n")
for call in (lambda: pd.read_csv(io.StringIO("a,b\n1,2,3\n1")), lambda: pd.read_csv(io.StringIO("")), lambda: pd.read_csv("missing.csv"), lambda: pd.read_csv(io.BytesIO(b"a\n\xff")), lambda: pd.read_csv(io.StringIO('a\n"x'), engine="python"), lambda: pd.read_json(io.StringIO("{")), lambda: pd.read_parquet("x"), lambda: pd.read_excel("x.xlsx")):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error).splitlines()[0][:70])
df.to_pickle("p.zip")
print(pd.read_pickle("p.zip").equals(df), pd.DataFrame({"a": [1]}).to_csv(lineterminator="\r\n").encode())
