# packages: pandas, pytz
"""pandas and time: zones, gaps and folds, resampling, offsets, periods, rolling windows, what cannot be parsed."""
import pandas as pd
import pytz

WARSAW = pytz.timezone("Europe/Warsaw")

s = pd.Series(range(6), index=pd.date_range("2024-03-30 22:00", periods=6, freq="h", tz=WARSAW))
print(s, s.tz_convert(pytz.timezone("America/New_York")).index[0], s.resample("D").sum(), sep="\n")
for call in (lambda: pd.Timestamp("2024-03-31 02:30", tz=WARSAW), lambda: pd.DatetimeIndex(["2024-10-27 02:30"]).tz_localize(WARSAW), lambda: pd.DatetimeIndex(["2024-10-27 02:30"]).tz_localize(WARSAW, ambiguous=[True]), lambda: pd.Timestamp("2300-01-01").as_unit("ns"), lambda: pd.to_datetime("no date"), lambda: pd.to_datetime(["1/2/24", "31/12/24"], dayfirst=True, format="mixed"), lambda: pd.Timestamp.max, lambda: pd.to_datetime("x", errors="coerce"), lambda: pd.Timestamp(0, unit="s", tz="Nowhere/City"), lambda: pd.date_range("2024", periods=-1)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:70])
d = pd.date_range("2024-01-31", periods=4, freq="ME")
print(d + pd.DateOffset(months=1), pd.bdate_range("2024-12-24", "2024-12-31"), d.to_period("Q"), pd.Period("2024Q1").end_time, pd.Timedelta("1 days 02:03:04.5"), pd.Timestamp("2024-02-29") + pd.offsets.YearEnd(), sep="\n")
r = pd.Series([1.0, None, 3, 4], index=pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-04", "2024-01-09"]))
print(r.rolling("3D").sum().tolist(), r.ewm(span=2).mean().round(6).tolist(), r.interpolate("time").tolist(), r.asfreq("2D").tolist(), r.shift(1, freq="D").index[0], r.index.strftime("%a %d").tolist(), r.index.isocalendar().week.tolist(), r.index.inferred_freq, pd.infer_freq(d))
