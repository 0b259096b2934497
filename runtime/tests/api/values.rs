//! Values, both ways.

use std::collections::{BTreeMap, HashMap, HashSet};

use pyrun::{Bytes, Date, DateTime, Time, TimeDelta, UtcOffset, Value};

use super::{eval, interpreter, raised, try_eval};

/// There and back is the same, and Python agrees on what it is.
#[track_caller]
fn crosses(source: &str, value: Value) {
    assert_eq!(eval(source), value, "{source}");
    let py = interpreter();
    py.globals().set("value", value.clone()).unwrap();
    assert_eq!(
        py.run_python(&format!("value == ({source}) and type(value) is type({source})")).unwrap(),
        Value::Bool(true),
        "{source}"
    );
    assert_eq!(py.run_python("value").unwrap(), value, "{source}");
}

fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

#[test]
fn plain_values() {
    crosses("None", Value::None);
    crosses("True", Value::Bool(true));
    crosses("-1.5", Value::Float(-1.5));
    crosses("1e308 * 10", Value::Float(f64::INFINITY));
    crosses("complex(1, -2)", Value::Complex(1.0, -2.0));
    crosses("b'\\x00\\xff'", Value::Bytes(vec![0, 255]));
    crosses("b''", Value::Bytes(Vec::new()));
    for source in ["''", "'abc'", "'h\\xe9'", "'\\u20ac'", "'\\U0001f600'", "'a\\0b'", "'x' * 100_000"] {
        let py = interpreter();
        let value = py.run_python(source).unwrap();
        py.globals().set("value", value.clone()).unwrap();
        assert_eq!(py.run_python(&format!("value == {source}")).unwrap(), Value::Bool(true), "{source}");
    }
    assert_eq!(eval("'h\\xe9\\u20ac\\U0001f600'"), text("hé€😀"));
    // A text that is stored apart from its object, as those of subclasses are.
    assert_eq!(eval("class S(str): pass\nS('h\\xe9')"), text("hé"));
    assert_eq!(eval("bytearray(b'ab')"), Value::Bytes(b"ab".to_vec()));
    assert_eq!(eval("bytearray()"), Value::Bytes(Vec::new()));
    assert_eq!(eval("b = bytearray(b'abc'); del b[0]; b"), Value::Bytes(b"bc".to_vec()));
}

#[test]
fn integers_of_any_size() {
    for source in
        ["0", "1", "-1", "-5", "256", "2**29", "2**30", "-(2**30)", "2**59", "2**60", "2**62", "2**63-1", "-(2**63)"]
    {
        let py = interpreter();
        let Value::Int(number) = py.run_python(source).unwrap() else { panic!("{source} is no word") };
        py.globals().set("value", number).unwrap();
        assert_eq!(py.run_python(&format!("value == {source}")).unwrap(), Value::Bool(true), "{source}");
    }
    for source in ["2**63", "-(2**63)-1", "2**64", "2**90", "-(2**119)", "10**4000", "-(7**3000)"] {
        let py = interpreter();
        let value = py.run_python(source).unwrap();
        assert!(matches!(value, Value::BigInt(_)), "{source}");
        py.globals().set("value", value).unwrap();
        assert_eq!(py.run_python(&format!("value == {source}")).unwrap(), Value::Bool(true), "{source}");
    }
    let py = interpreter();
    assert_eq!(py.run("2**64").unwrap().extract::<u128>().unwrap(), 1 << 64);
    let error = py.run("[1, 300]").unwrap().extract::<Vec<u8>>().unwrap_err();
    assert_eq!(error.to_string(), "at [1]: 300 does not fit into u8");
}

#[test]
fn containers() {
    crosses(
        "[1, [2.5, 'x'], ()]",
        Value::List(vec![Value::Int(1), Value::List(vec![Value::Float(2.5), text("x")]), Value::Tuple(Vec::new())]),
    );
    crosses("(None, (1,))", Value::Tuple(vec![Value::None, Value::Tuple(vec![Value::Int(1)])]));
    crosses("{'a': 1, 2: {}}", Value::Dict(vec![(text("a"), Value::Int(1)), (Value::Int(2), Value::Dict(Vec::new()))]));
    crosses("{7}", Value::Set(vec![Value::Int(7)]));
    crosses("frozenset({'x'})", Value::FrozenSet(vec![text("x")]));
    // Subclasses are what they derive from.
    assert_eq!(eval("from collections import *\nOrderedDict(a=1)"), Value::Dict(vec![(text("a"), Value::Int(1))]));
    assert_eq!(eval("namedtuple('P', 'x y')(1, 2)"), Value::Tuple(vec![Value::Int(1), Value::Int(2)]));
    assert_eq!(eval("import enum\nclass E(enum.IntEnum):\n    A = 3\nE.A"), Value::Int(3));
    // The same list twice is no cycle.
    assert_eq!(eval("a = [1]; [a, a]"), Value::List(vec![Value::List(vec![Value::Int(1)]); 2]));
}

#[test]
fn dates_and_times() {
    crosses("__import__('datetime').date(2024, 2, 29)", Value::Date(Date::new(2024, 2, 29).unwrap()));
    crosses("__import__('datetime').time(23, 59, 58, 123456)", Value::Time(Time::new(23, 59, 58, 123_456).unwrap()));
    crosses(
        "__import__('datetime').datetime(1, 1, 1, 0, 0, 0, 1)",
        Value::DateTime(DateTime { date: Date::new(1, 1, 1).unwrap(), time: Time::new(0, 0, 0, 1).unwrap() }, None),
    );
    crosses(
        "(lambda d: d.datetime(2024, 5, 6, 7, tzinfo=d.timezone(d.timedelta(hours=-5, minutes=-30))))(__import__('datetime'))",
        Value::DateTime(
            DateTime { date: Date::new(2024, 5, 6).unwrap(), time: Time::new(7, 0, 0, 0).unwrap() },
            UtcOffset::from_seconds(-19_800),
        ),
    );
    crosses("__import__('datetime').timedelta(days=-1, microseconds=1)", Value::TimeDelta(TimeDelta::new(-1, 0, 1)));
}

#[test]
fn subclasses_of_dates_and_times_are_what_they_derive_from() {
    let of = |source: &str| eval(&format!("from datetime import *\n{source}"));
    assert_eq!(of("class D(date): pass\nclass E(D): pass\nE(2024, 1, 1)"), Value::Date(Date::new(2024, 1, 1).unwrap()));
    assert_eq!(of("class T(time): pass\nT(1, 2, 3, 4)"), Value::Time(Time::new(1, 2, 3, 4).unwrap()));
    assert_eq!(of("class S(timedelta): pass\nS(-1, 1)"), Value::TimeDelta(TimeDelta::new(-1, 1, 0)));
    let stamp = "class S(datetime): pass\nS(2024, 5, 6, 7, 8, 9, 10";
    let at = |y, m, d, time: Time| DateTime { date: Date::new(y, m, d).unwrap(), time };
    let naive = at(2024, 5, 6, Time::new(7, 8, 9, 10).unwrap());
    assert_eq!(of(&format!("{stamp})")), Value::DateTime(naive, None));
    let offset = UtcOffset::from_seconds(3600).unwrap();
    assert_eq!(of(&format!("{stamp}, timezone(timedelta(hours=1)))")), Value::DateTime(naive, Some(offset)));
    // A time with a zone has no value of its own, of a subclass neither.
    assert!(matches!(of("class T(time): pass\nT(1, tzinfo=timezone.utc)"), Value::Object(_)));

    // As pandas has them: nanoseconds, other years than the base class tells, and no time at all.
    let fine = of("class Timestamp(datetime):\n    nanosecond = 7\n    year = 12\nTimestamp(1970, 1, 2, 3, 4, 5, 6)");
    assert_eq!(fine, Value::DateTime(at(12, 1, 2, Time::with_nanosecond(3, 4, 5, 6007).unwrap()), None));
    let span = of("class Timedelta(timedelta):\n    nanoseconds = 7\n    days = 10**6\nTimedelta(0, 1, 2)");
    assert_eq!(span, Value::TimeDelta(TimeDelta::with_nanoseconds(1_000_000, 1, 2007)));
    for odd in ["year = float('nan')", "year = 10**30", "month = 13", "nanosecond = None"] {
        let value = of(&format!("class NaT(datetime):\n    {odd}\nNaT(1, 1, 1)"));
        assert!(matches!(value, Value::Object(_)), "{odd}: {value:?}");
    }
    let failing = "class Bad(datetime):\n    year = property(lambda self: 1 / 0)\nBad(1, 1, 1)";
    assert_eq!(raised(try_eval(&format!("from datetime import *\n{failing}"))).type_name, "ZeroDivisionError");
}

/// The length of an `int` is the guest's word, which `ctypes` changes.
#[test]
fn a_length_that_is_a_lie_takes_no_memory() {
    if !super::is_alone("values::a_length_that_is_a_lie_takes_no_memory") {
        return;
    }
    let py = interpreter();
    for lie in ["2**40, (2**29 - 1) << 3", "(1, 2), 2**30 - 1", "[1, 2], 2**30 - 1"] {
        // It is kept, because nobody can free such an object.
        let source = format!(
            "import ctypes, builtins\ndef lie(value, length):\n    \
             ctypes.c_uint32.from_address(id(value) + 8).value = length\n    return value\n\
             builtins.kept = [getattr(builtins, 'kept', None), lie({lie})]\nbuiltins.kept[1]"
        );
        let before = super::resident();
        let error = py.run_python(&source).unwrap_err().to_string();
        assert!(super::resident() < before + (64 << 20), "{lie}: {error}");
    }
}

#[test]
fn what_cannot_cross_says_where_and_why() {
    for (source, words) in [
        ("a = [1]; a.append(a); a", "at [1]: the container contains itself"),
        ("d = {'x': [{}]}; d['x'][0]['y'] = d; d", "at [\"x\"][0][\"y\"]: the container contains itself"),
        (
            "['ok', {'name': '\\ud800'}]",
            "at [1][\"name\"]: the text has a lone surrogate (U+D800), so it is not valid Unicode",
        ),
        ("{'\\udfff': 1}", "at <key str>: the text has a lone surrogate (U+DFFF), so it is not valid Unicode"),
        ("{(1,): ['\\ud800']}", "at [<tuple>][0]: the text has a lone surrogate (U+D800), so it is not valid Unicode"),
    ] {
        let error = try_eval(source).unwrap_err();
        assert!(matches!(error, pyrun::Error::Convert(_)), "{error:?}");
        assert_eq!(error.to_string(), words, "{source}");
    }
    let deep = try_eval("a = []\nfor _ in range(100_000): a = [a]\na").unwrap_err();
    assert!(deep.to_string().ends_with("containers are nested more than 200 deep"), "{deep}");
    assert_eq!(eval("1"), Value::Int(1), "the interpreter goes on");
}

#[test]
fn too_deep_for_python_is_refused_on_the_way_in_too() {
    let mut value = Value::None;
    for _ in 0..1000 {
        value = Value::List(vec![value]);
    }
    let py = interpreter();
    let error = py.globals().set("x", value).unwrap_err();
    assert!(error.to_string().ends_with("containers are nested more than 200 deep"), "{error}");
    let error = py.globals().set("x", Value::Dict(vec![(Value::List(Vec::new()), Value::None)])).unwrap_err();
    assert!(error.to_string().starts_with("TypeError: "), "{error}");
}

#[test]
fn rust_types() {
    let py = interpreter();
    let globals = py.globals();
    globals.set("n", 3_u8).unwrap();
    globals.set("big", u64::MAX).unwrap();
    globals.set("maybe", None::<i32>).unwrap();
    globals.set("map", HashMap::from([("a", vec![1, 2])])).unwrap();
    globals.set("raw", Bytes(vec![1, 2])).unwrap();
    globals.set("pair", ("x", 1.5_f32)).unwrap();
    let all = py.run("[n, big, maybe, map, raw, pair]").unwrap();
    assert_eq!(all.repr().unwrap(), "[3, 18446744073709551615, None, {'a': [1, 2]}, b'\\x01\\x02', ('x', 1.5)]");
    assert_eq!(globals.get::<u64>("big").unwrap(), Some(u64::MAX));
    assert_eq!(globals.get::<Option<i32>>("maybe").unwrap(), Some(None));
    assert_eq!(globals.get::<i32>("nowhere").unwrap(), None);
    let map: BTreeMap<String, [i8; 2]> = globals.get("map").unwrap().unwrap();
    assert_eq!(map, BTreeMap::from([("a".to_owned(), [1, 2])]));
    let set: HashSet<i32> = py.run("{1, 2, 2}").unwrap().extract().unwrap();
    assert_eq!(set, HashSet::from([1, 2]));
    let error = py.run("(1, 'x', 3)").unwrap().extract::<(i32, i32, i32)>().unwrap_err();
    assert_eq!(error.to_string(), "at [1]: expected int, found str");
    let error = py.run("{'a': {'b': [None]}}").unwrap();
    let error = error.extract::<HashMap<String, HashMap<String, Vec<bool>>>>().unwrap_err();
    assert_eq!(error.to_string(), "at [\"a\"][\"b\"][0]: expected bool, found None");
    assert_eq!(raised(py.run_python("nowhere")).type_name, "NameError");
}

#[test]
fn numbers_that_are_not_pythons_own() {
    let py = engine_with_numpy();
    let get = |source: &str| py.run(source).unwrap();
    py.run_python("import numpy as np").unwrap();
    assert_eq!(get("np.int64(-7)").extract::<i32>().unwrap(), -7);
    assert_eq!(get("np.float32(0.5)").extract::<f64>().unwrap(), 0.5);
    assert_eq!(get("np.float64(0.5)").value().unwrap(), Value::Float(0.5));
    assert!(get("np.True_").extract::<bool>().unwrap());
    for (scalar, value) in [
        ("np.sum(np.arange(5))", Value::Int(10)),
        ("np.uint64(2**64 - 1)", Value::BigInt(u64::MAX.into())),
        ("np.float32(0.5)", Value::Float(0.5)),
        ("np.float16(0.5)", Value::Float(0.5)),
        ("np.complex64(1 - 2j)", Value::Complex(1.0, -2.0)),
        ("np.bool_(True)", Value::Bool(true)),
        ("[np.int8(1), (np.uint16(2),)]", Value::List(vec![1.into(), Value::Tuple(vec![2.into()])])),
    ] {
        assert_eq!(get(scalar).value().unwrap(), value, "{scalar}");
    }
    assert!(matches!(get("np.longdouble(1)").value().unwrap(), Value::Object(_)));
    assert_eq!(get("[np.int8(1), 2]").extract::<Vec<u64>>().unwrap(), [1, 2]);
    let error = get("[1, np.zeros(2)]").extract::<Vec<i64>>().unwrap_err();
    assert_eq!(error.to_string(), "at [1]: expected int, found numpy.ndarray");
}

fn engine_with_numpy() -> pyrun::Interpreter {
    super::engine().interpreter().packages(["numpy"]).start().expect("it starts")
}

#[test]
fn through_serde() {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Unit,
        New(f64),
        Pair(i32, i32),
        Named { x: u8 },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        name: String,
        tags: Vec<Option<i64>>,
        shapes: Vec<Shape>,
        by_number: BTreeMap<i32, char>,
        big: u128,
    }

    let record = Record {
        name: "r".to_owned(),
        tags: vec![Some(1), None],
        shapes: vec![Shape::Unit, Shape::New(0.5), Shape::Pair(1, -1), Shape::Named { x: 9 }],
        by_number: BTreeMap::from([(-1, 'é')]),
        big: u128::MAX,
    };
    let py = interpreter();
    py.globals().set("record", pyrun::to_value(&record).unwrap()).unwrap();
    let back = py.run("record").unwrap();
    assert_eq!(back.deserialize::<Record>().unwrap(), record);
    let wrong = py.run("record['shapes'][3]['Named']['x'] = 'no'; record").unwrap();
    let error = wrong.deserialize::<Record>().unwrap_err().to_string();
    assert!(error.starts_with("at [\"shapes\"][3][\"Named\"][\"x\"]: invalid type"), "{error}");
}
