"""datetime at its limits: smallest and largest, leap seconds, folds, ISO forms, arithmetic that overflows, pickles."""
import datetime as d
import pickle

print(d.datetime.min, d.datetime.max, d.timedelta.max, d.timedelta.min, d.date.max - d.date.min, d.timedelta.resolution)
for what, call in (("over", lambda: d.datetime.max + d.timedelta(microseconds=1)), ("stamp", lambda: d.datetime.fromtimestamp(-62135596801)), ("far stamp", lambda: d.datetime.fromtimestamp(1e12)), ("utc", lambda: d.datetime.fromtimestamp(-0.000001, d.UTC)), ("round", lambda: d.datetime.fromtimestamp(1.4999995, d.UTC)), ("naive", lambda: d.datetime.now() < d.datetime.now(d.UTC)), ("iso", lambda: d.datetime.fromisoformat("2024-W06-5T03:04:05,678Z")), ("iso 24", lambda: d.datetime.fromisoformat("2024-02-09T24:00")), ("bad", lambda: d.datetime.fromisoformat("2024-02-30")), ("offset", lambda: d.timezone(d.timedelta(hours=24))), ("leap", lambda: d.date(2023, 2, 29)), ("timestamp", lambda: d.datetime(1, 1, 1).timestamp()), ("timetuple", lambda: d.datetime.max.timetuple()[:]), ("utc old", lambda: d.datetime.fromtimestamp(-62135596800, d.UTC))):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__, error)
x = d.datetime(2024, 11, 3, 1, 30, 0, 5, d.timezone(d.timedelta(hours=-5, minutes=-30, seconds=-7), "odd"), fold=1)
print(x, x.tzname(), repr(x), pickle.loads(pickle.dumps(x)) == x, x.utctimetuple()[:6], x.isoformat(timespec="milliseconds"), hash(x) == hash(x.replace(fold=0)))
print(d.timedelta(days=-1, seconds=1), divmod(d.timedelta(hours=7), d.timedelta(minutes=45)), d.timedelta(1.5) / 3, d.timedelta(microseconds=2.5), d.date(2020, 12, 31).isocalendar(), d.date.fromisocalendar(2020, 53, 7))
