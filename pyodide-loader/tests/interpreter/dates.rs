//! Dates and times into the guest and out of it.

use pyrun_pyodide_loader::object::{Date, DateTime, Time, TimeDelta, UtcOffset, Value};

use super::support::{Testing as _, with_python};

fn date(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

fn time(hour: u8, minute: u8, second: u8, microsecond: u32) -> Time {
    Time::new(hour, minute, second, microsecond).unwrap()
}

fn at(date: Date, time: Time, offset: Option<i32>) -> Value {
    Value::DateTime(DateTime { date, time }, offset.map(|seconds| UtcOffset::from_seconds(seconds).unwrap()))
}

#[test]
fn they_cross_as_python_has_them() {
    with_python(|python| {
        python.eval("import datetime");
        let (day, noon) = (date(2024, 2, 29), time(12, 34, 56, 789_012));
        for (source, value) in [
            ("datetime.date(2024, 2, 29)", Value::Date(day)),
            ("datetime.date(1, 1, 1)", Value::Date(date(1, 1, 1))),
            ("datetime.date(9999, 12, 31)", Value::Date(date(9999, 12, 31))),
            ("datetime.time(12, 34, 56, 789012)", Value::Time(noon)),
            ("datetime.time(0, 0)", Value::Time(time(0, 0, 0, 0))),
            ("datetime.time(0, 0, 7)", Value::Time(time(0, 0, 7, 0))),
            ("datetime.time(0, 0, 0, 7)", Value::Time(time(0, 0, 0, 7))),
            ("datetime.datetime(2024, 2, 29, 12, 34, 56, 789012)", at(day, noon, None)),
            ("datetime.datetime(2024, 2, 29, 0, 0, tzinfo=datetime.timezone.utc)", at(day, time(0, 0, 0, 0), Some(0))),
            (
                "datetime.datetime(2024, 2, 29, 12, 34, 56, 789012, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=66600)))",
                at(day, noon, Some(-19_800)),
            ),
            (
                "datetime.datetime(2024, 2, 29, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=86399)))",
                at(day, time(0, 0, 0, 0), Some(86_399)),
            ),
            ("datetime.timedelta(0)", Value::TimeDelta(TimeDelta::default())),
            ("datetime.timedelta(days=-3, seconds=7, microseconds=9)", Value::TimeDelta(TimeDelta::new(-3, 7, 9))),
            ("datetime.timedelta(days=999999999)", Value::TimeDelta(TimeDelta::new(999_999_999, 0, 0))),
            ("datetime.timedelta(microseconds=1)", Value::TimeDelta(TimeDelta::new(0, 0, 1))),
        ] {
            assert_eq!(python.value(source), value, "{source}");
            let mut api = python.api();
            let written = api.object(&value).unwrap();
            assert_eq!(api.repr(&written).unwrap(), source);
            assert_eq!(value.to_string(), source);
        }
    });
}

#[test]
fn python_has_no_nanoseconds() {
    with_python(|python| {
        let mut api = python.api();
        for (value, shown) in [
            (Value::Time(Time::with_nanosecond(1, 2, 3, 4_999).unwrap()), "01:02:03.000004"),
            (Value::TimeDelta(TimeDelta::with_nanoseconds(1, 2, 3_999)), "1 day, 0:00:02.000003"),
        ] {
            let object = api.object(&value).unwrap();
            assert_eq!(api.str(&object).unwrap(), shown);
        }
        let error = api.object(&Value::TimeDelta(TimeDelta::new(1_000_000_000, 0, 0))).unwrap_err();
        assert!(api.told(error).starts_with("OverflowError: days=1000000000"));
    });
}

/// A subclass may keep more than its memory says, so its attributes are asked for.
#[test]
fn subclasses_are_asked() {
    with_python(|python| {
        python.eval(
            "import datetime\n\
             class Day(datetime.date):\n    year = 1999\n\
             class Clock(datetime.time):\n    nanosecond = 7\n\
             class Moment(datetime.datetime):\n    minute = 59\n    nanosecond = 8\n\
             class Span(datetime.timedelta):\n    days = 5\n    nanoseconds = 9\n\
             class Plain(datetime.datetime): pass\n\
             class Far(datetime.date):\n    year = 12345\n\
             class Text(datetime.date):\n    year = '1'\n\
             class Late(datetime.time):\n    hour = 25\n\
             class Long(datetime.timedelta):\n    days = 1 << 70\n\
             class Broken(datetime.date):\n    year = property(lambda self: 1 / 0)\n\
             class Unsure(datetime.datetime):\n    nanosecond = property(lambda self: 1 / 0)\n\
             class Interrupted(datetime.time):\n    @property\n    def nanosecond(self): raise KeyboardInterrupt\n\
             utc = datetime.timezone.utc",
        );
        let nanos = |hour, minute, second, nanosecond| Time::with_nanosecond(hour, minute, second, nanosecond).unwrap();
        let day = date(2024, 5, 6);
        for (source, value) in [
            ("Day(2024, 5, 6)", Value::Date(date(1999, 5, 6))),
            ("Clock(1, 2, 3, 4)", Value::Time(nanos(1, 2, 3, 4_007))),
            ("Moment(2024, 5, 6, 1, 2, 3, 4)", at(day, nanos(1, 59, 3, 4_008), None)),
            ("Moment(2024, 5, 6, 1, 2, 3, 4, utc)", at(day, nanos(1, 59, 3, 4_008), Some(0))),
            ("Span(1, 2, 3)", Value::TimeDelta(TimeDelta::with_nanoseconds(5, 2, 3_009))),
            ("Plain(2024, 5, 6, 1)", at(day, time(1, 0, 0, 0), None)),
            ("Unsure(2024, 5, 6, 1, 0, 0, 2)", at(day, time(1, 0, 0, 2), None)),
        ] {
            assert_eq!(python.value(source), value, "{source}");
        }
        for source in ["Far(1, 1, 1)", "Text(1, 1, 1)", "Late(1)", "Long(1)", "Clock(1, tzinfo=utc)"] {
            assert!(matches!(python.value(source), Value::Object(_)), "{source}");
        }
        assert_eq!(python.try_value("Broken(1, 1, 1)"), Err("ZeroDivisionError: division by zero".to_owned()));
        assert_eq!(python.try_value("Interrupted(1)"), Err("KeyboardInterrupt".to_owned()));
    });
}

#[test]
fn what_rust_has_no_type_for_stays_in_the_guest() {
    with_python(|python| {
        python.eval(
            "import datetime\n\
             class Zone(datetime.tzinfo):\n    def __init__(self, offset): self.offset = offset\n    def utcoffset(self, at): return self.offset\n\
             def with_offset(offset): return datetime.datetime(2024, 1, 1, tzinfo=Zone(offset))\n\
             def delta(**parts): return with_offset(datetime.timedelta(**parts))",
        );
        for source in [
            "datetime.time(1, tzinfo=datetime.timezone.utc)",
            "delta(seconds=1, microseconds=1)",
            "with_offset(None)",
            "datetime.timezone.utc",
            "datetime.tzinfo()",
        ] {
            assert!(matches!(python.value(source), Value::Object(_)), "{source}");
        }
        let day = date(2024, 1, 1);
        assert_eq!(python.value("delta(hours=1, seconds=1)"), at(day, time(0, 0, 0, 0), Some(3_601)));
        assert_eq!(python.value("delta(hours=-1)"), at(day, time(0, 0, 0, 0), Some(-3_600)));
        let error = python.try_value("with_offset(7)").unwrap_err();
        assert!(error.starts_with("TypeError: "), "{error}");
    });
}
