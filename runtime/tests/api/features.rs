//! Types of other crates, each with the feature that is called after its crate.

use jiff::{SignedDuration, civil};
use num_bigint::BigInt;
use pyrun::{DateTime, Error, Interpreter, IntoPython, UtcOffset};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::conversions::{both_ways, gives, refuses};
use super::interpreter;

#[track_caller]
fn stays_out(py: &Interpreter, value: impl IntoPython, words: &str) {
    let error = py.object(value).map(drop).unwrap_err();
    assert!(matches!(error, Error::Convert(_)), "{error:?}");
    assert_eq!(error.to_string(), words);
}

#[test]
fn jiff_has_pythons_dates_and_times() {
    let py = interpreter();
    py.run("from datetime import *").unwrap();
    both_ways(&py, civil::date(2024, 2, 29), "datetime.date(2024, 2, 29)");
    both_ways(&py, civil::time(23, 59, 59, 999_999_000), "datetime.time(23, 59, 59, 999999)");
    both_ways(&py, civil::date(1, 1, 1).at(0, 0, 0, 0), "datetime.datetime(1, 1, 1, 0, 0)");
    both_ways(&py, civil::date(9999, 12, 31).at(1, 2, 3, 4000), "datetime.datetime(9999, 12, 31, 1, 2, 3, 4)");
    both_ways(&py, SignedDuration::from_micros(-1), "datetime.timedelta(days=-1, seconds=86399, microseconds=999999)");
    gives(&py, "timedelta.max", SignedDuration::new(86_400 * 1_000_000_000 - 1, 999_999_000));
    gives(&py, "[date(2024, 1, 2), None]", vec![Some(civil::date(2024, 1, 2)), None]);
    // Python has no nanoseconds.
    assert_eq!(py.object(civil::time(0, 0, 0, 1999)).unwrap().repr().unwrap(), "datetime.time(0, 0, 0, 1)");

    let words = "Python's dates are of the years 1 to 9999";
    for year in [0, -1] {
        stays_out(&py, civil::date(year, 12, 31), words);
        stays_out(&py, civil::date(year, 12, 31).at(0, 0, 0, 0), words);
    }
    refuses::<civil::Date>(&py, "'2024-01-02'", "expected date, found str");
    refuses::<civil::DateTime>(
        &py,
        "datetime(2024, 1, 2, tzinfo=timezone.utc)",
        "expected a naive datetime, found one with an offset",
    );
    let offset = UtcOffset::from_seconds(-3601).unwrap();
    let at = (DateTime::try_from(civil::date(2024, 1, 2).at(3, 4, 5, 0)).unwrap(), offset);
    let at = py.object(at).unwrap().call_method("isoformat", ()).unwrap().extract::<String>().unwrap();
    assert_eq!(at, "2024-01-02T03:04:05-01:00:01");
    assert_eq!(jiff::tz::Offset::from(offset).seconds(), -3601);
}

#[test]
fn num_bigint_has_integers_of_any_size() {
    let py = interpreter();
    for text in ["0", "1", "-1", "4294967296", "-9223372036854775809", "123456789012345678901234567890"] {
        both_ways(&py, text.parse::<BigInt>().unwrap(), text);
    }
    let large: BigInt = BigInt::from(3).pow(5000);
    py.globals().set("large", large.clone()).unwrap();
    assert!(py.eval::<bool>("large == 3 ** 5000").unwrap());
    gives(&py, "large", large);
    refuses::<BigInt>(&py, "1.5", "expected int, found float");
    refuses::<BigInt>(&py, "True", "expected int, found bool");
    refuses::<BigInt>(&py, "'1'", "expected int, found str");
}

#[test]
fn uuid_has_pythons_uuids() {
    let py = interpreter();
    let id = Uuid::from_u128(0x1234_5678_9abc_def0_0fed_cba9_8765_4321);
    both_ways(&py, id, "UUID('12345678-9abc-def0-0fed-cba987654321')");
    gives(&py, "'12345678-9ABC-def0-0fed-cba987654321'", id);
    gives(&py, "import uuid; [uuid.UUID(int=0)]", vec![Uuid::nil()]);
    refuses::<Uuid>(&py, "'none'", "\"none\" is no UUID");
    refuses::<Uuid>(&py, "5", "expected UUID, found int");
    refuses::<Uuid>(&py, "object()", "expected UUID, found object");
}

#[test]
fn serde_json_has_plain_values() {
    let py = interpreter();
    both_ways(&py, json!(null), "None");
    both_ways(&py, json!({"a": [1, 2.5, null, true, "x"], "b": {}}), "{'a': [1, 2.5, None, True, 'x'], 'b': {}}");
    both_ways(&py, json!(u64::MAX), "18446744073709551615");
    both_ways(&py, json!(i64::MIN), "-9223372036854775808");
    gives(&py, "(1, {'x': {2}})", json!([1, {"x": [2]}]));
    gives(&py, "from types import MappingProxyType; MappingProxyType({'k': range(2)})", json!({"k": [0, 1]}));
    let error = py.eval::<Json>("{'a': object()}").unwrap_err().to_string();
    assert!(error.starts_with("at [\"a\"]"), "{error}");
}
