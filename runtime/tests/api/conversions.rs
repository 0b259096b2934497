//! Straight to Rust types and back: each kind of type, what else becomes one, and what is said of what does not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pyrun::{BigInt, Bytes, Date, DateTime, Decimal, Error, FromPython, Interpreter, IntoPython, TimeDelta, Value};

use super::{engine, eval, interpreter};

fn with(packages: &[&str]) -> Interpreter {
    engine().interpreter().packages(packages).start().expect("it starts")
}

/// Becomes what Python shows in this way, and comes back as it was.
#[track_caller]
pub(super) fn both_ways<T: IntoPython + FromPython + Clone + PartialEq + std::fmt::Debug>(
    py: &Interpreter,
    value: T,
    repr: &str,
) {
    let object = py.object(value.clone()).unwrap();
    assert_eq!(object.repr().unwrap(), repr);
    assert_eq!(object.extract::<T>().unwrap(), value, "{repr}");
    // The same through a copied value.
    assert_eq!(T::from_value(object.value().unwrap(), py.python()).unwrap(), value, "{repr}");
}

#[track_caller]
pub(super) fn gives<T: FromPython + PartialEq + std::fmt::Debug>(py: &Interpreter, source: &str, value: T) {
    match py.eval::<T>(source) {
        Ok(found) => assert_eq!(found, value, "{source}"),
        Err(error) => panic!("{source}: {error}"),
    }
}

#[track_caller]
pub(super) fn refuses<T: FromPython + std::fmt::Debug>(py: &Interpreter, source: &str, words: &str) {
    let error = py.eval::<T>(source).unwrap_err();
    assert!(matches!(error, Error::Convert(_)), "{source}: {error:?}");
    assert_eq!(error.to_string(), words, "{source}");
}

#[test]
fn each_type_there_and_back() {
    let py = interpreter();
    both_ways(&py, (), "None");
    both_ways(&py, true, "True");
    both_ways(&py, -7_i8, "-7");
    both_ways(&py, u128::MAX, "340282366920938463463374607431768211455");
    both_ways(&py, i128::MIN, "-170141183460469231731687303715884105728");
    both_ways(&py, BigInt::from(1_u128 << 100), "1267650600228229401496703205376");
    both_ways(&py, 0.1_f64, "0.1");
    both_ways(&py, 0.5_f32, "0.5");
    both_ways(&py, 'é', "'é'");
    both_ways(&py, "text".to_owned(), "'text'");
    both_ways(&py, Box::<str>::from("text"), "'text'");
    both_ways(&py, Cow::<'static, str>::Borrowed("text"), "'text'");
    both_ways(&py, Cow::<'static, [u8]>::Borrowed(b"ab"), "b'ab'");
    both_ways(&py, Bytes(vec![0, 255]), "b'\\x00\\xff'");
    both_ways(&py, PathBuf::from("/a/b"), "'/a/b'");
    both_ways(&py, Some(1_u8), "1");
    both_ways(&py, None::<u8>, "None");
    both_ways(&py, Box::new(2_u8), "2");
    both_ways(&py, [1_i16, 2], "[1, 2]");
    both_ways(&py, vec![vec![1.5_f64], Vec::new()], "[[1.5], []]");
    both_ways(&py, (1_i64, "b".to_owned(), Some(false)), "(1, 'b', False)");
    both_ways(&py, BTreeMap::from([("a".to_owned(), vec![1_u8])]), "{'a': [1]}");
    both_ways(&py, BTreeSet::from([3_u32]), "{3}");
    both_ways(&py, Date::new(2024, 2, 29).unwrap(), "datetime.date(2024, 2, 29)");
    both_ways(&py, Duration::from_millis(1500), "datetime.timedelta(seconds=1, microseconds=500000)");
    both_ways(&py, TimeDelta::new(-1, 0, 0), "datetime.timedelta(days=-1)");
    both_ways(&py, Decimal("1.10".to_owned()), "Decimal('1.10')");
    assert_eq!(py.object(Path::new("/x")).unwrap().repr().unwrap(), "'/x'");
}

#[test]
fn lists_are_made_of_whatever_has_items() {
    let py = interpreter();
    gives(&py, "range(3)", vec![0_u8, 1, 2]);
    gives(&py, "from collections import deque; deque([1, 2])", vec![1_i64, 2]);
    gives(&py, "(n / 2 for n in range(3))", vec![0.0, 0.5, 1.0]);
    gives(&py, "{'a': 1}.keys()", vec!["a".to_owned()]);
    gives(&py, "map(str, [1, 2])", vec!["1".to_owned(), "2".to_owned()]);
    gives(&py, "import array; array.array('f', [1, 2.5])", vec![1.0_f64, 2.5]);
    gives(&py, "array.array('B', [1, 255])", vec![1_i64, 255]);
    gives(&py, "b'ab'", vec![97_u8, 98]);
    gives(&py, "memoryview(b'abcd')[::-2]", vec![100_i32, 98]);
    gives(&py, "[1, 2.5]", vec![1.0, 2.5]);
    gives(&py, "(1, 2)", [1_u8, 2]);
    gives(&py, "zip('ab', [1, 2])", vec![("a".to_owned(), 1), ("b".to_owned(), 2)]);
    gives(&py, "iter([None, 3])", vec![None, Some(3_u16)]);
    gives(&py, "frozenset({5})", vec![5_u8]);

    refuses::<Vec<i64>>(&py, "'abc'", "expected list, found str");
    refuses::<Vec<i64>>(&py, "{'a': 1}", "expected list, found dict");
    refuses::<Vec<i64>>(&py, "5", "expected list, found int");
    refuses::<Vec<i64>>(&py, "object()", "expected list, found object");
    refuses::<Vec<u8>>(&py, "(n for n in (1, 300))", "at [1]: 300 does not fit into u8");
    refuses::<Vec<i64>>(&py, "array.array('d', [1])", "at [0]: an element of float64 is no i64");
    refuses::<[u8; 2]>(&py, "[1]", "expected 2 items, found 1");
    refuses::<(u8, u8)>(&py, "range(3)", "expected 2 items, found 3");
    refuses::<(u8, u8)>(&py, "iter(range(3))", "expected 2 items, found more");
    refuses::<Vec<(u8, u8)>>(&py, "[(1, 2), (1, 'x')]", "at [1][1]: expected int, found str");
}

#[test]
fn arrays_of_numpy_are_lists_of_numbers() {
    let py = with(&["numpy"]);
    py.run_python("import numpy as np").unwrap();
    gives(&py, "np.arange(3) / 2", vec![0.0, 0.5, 1.0]);
    gives(&py, "np.arange(6, dtype='uint16')[::-2]", vec![5_i64, 3, 1]);
    gives(&py, "np.array([1, 2], dtype='>i4')", vec![1_u8, 2]);
    gives(&py, "np.array(['a', 'b'])", vec!["a".to_owned(), "b".to_owned()]);
    gives(&py, "np.array([2**63], dtype='uint64')", vec![1_u64 << 63]);
    gives(&py, "np.eye(2)", vec![vec![1.0, 0.0], vec![0.0, 1.0]]);
    gives(&py, "np.array([True, False])", vec![true, false]);
    gives(&py, "np.float32(0.5)", 0.5_f64);
    gives(&py, "np.int8(-3)", -3_i128);
    gives(&py, "[np.int64(1), np.float64(2.5)]", vec![1.0, 2.5]);
    gives(&py, "{'a': np.arange(2)}", BTreeMap::from([("a".to_owned(), vec![0_u8, 1])]));

    refuses::<i64>(&py, "np.zeros(2)", "expected int, found numpy.ndarray");
    refuses::<String>(&py, "np.zeros(2)", "expected str, found numpy.ndarray");
    refuses::<Vec<f64>>(&py, "np.zeros((2, 2))", "expected an array of one axis, found one of shape [2, 2]");
    refuses::<BTreeMap<String, u8>>(&py, "np.zeros(2)", "expected dict, found numpy.ndarray");
    refuses::<i64>(&py, "np.float64(1.5)", "expected int, found float");
}

#[test]
fn serde_takes_what_extract_takes() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Row {
        id: u8,
        weight: f32,
        done: bool,
        values: Vec<f64>,
    }

    let py = with(&["numpy"]);
    let source = "import numpy as np\nfrom types import SimpleNamespace\n\
                  d = dict(id=np.uint8(7), weight=np.float32(0.5), done=np.bool_(True), values=np.arange(2))";
    py.run_python(source).unwrap();
    let row = || Row { id: 7, weight: 0.5, done: true, values: vec![0.0, 1.0] };
    for source in
        ["d", "SimpleNamespace(**d)", "d | {'values': (float(n) for n in range(2))}", "d | {'values': range(2)}"]
    {
        assert_eq!(py.run(source).unwrap().deserialize::<Row>().unwrap(), row(), "{source}");
    }
    assert_eq!(py.run("np.arange(3)").unwrap().deserialize::<Vec<u8>>().unwrap(), [0, 1, 2]);
    assert_eq!(py.run("np.int16(3)").unwrap().deserialize::<i64>().unwrap(), 3);
    assert_eq!(py.run("from decimal import Decimal; Decimal('1.5')").unwrap().deserialize::<String>().unwrap(), "1.5");
    let error = py.run("d | {'id': np.zeros(2)}").unwrap().deserialize::<Row>().unwrap_err();
    assert_eq!(error.to_string(), "at [\"id\"]: expected int, found numpy.ndarray");
}

#[test]
fn pandas_is_taken_as_what_it_holds() {
    let py = with(&["pandas"]);
    py.run_python("import pandas as pd").unwrap();
    let at = DateTime { date: Date::new(2024, 5, 6).unwrap(), time: pyrun::Time::new(7, 8, 9, 10).unwrap() };
    gives(&py, "pd.Timestamp('2024-05-06T07:08:09.000010')", at);
    gives(&py, "pd.Series([1.5, 2.0])", vec![1.5, 2.0]);
    gives(&py, "pd.Series(['a', 'b'], index=[5, 6])", vec!["a".to_owned(), "b".to_owned()]);
    gives(&py, "pd.to_datetime(pd.Series(['2024-05-06T07:08:09.000010']))", vec![at]);
    gives(&py, "pd.Timedelta('1.5s')", Duration::from_millis(1500));
    assert_eq!(py.eval::<Value>("pd.Timestamp('2024-05-06T07:08:09.000010')").unwrap(), Value::DateTime(at, None));
    refuses::<DateTime>(&py, "pd.NaT", "expected datetime, found pandas.api.typing.NaTType");
}

#[test]
fn floats_of_integers_are_pythons_own() {
    let py = interpreter();
    for source in ["2**70", "-(2**64) - 1", "10**300 + 7", "2**53 + 1", "2**63 - 1", "3**100"] {
        gives(&py, source, py.eval::<f64>(&format!("float({source})")).unwrap());
        gives(&py, &format!("[{source}, 1]"), vec![py.eval::<f64>(&format!("float({source})")).unwrap(), 1.0]);
    }
    let error = super::raised(py.eval::<f64>("10**400").map(Value::Float));
    assert_eq!(error.to_string(), "OverflowError: int too large to convert to float");
    let error = py.eval::<Vec<f64>>("[1, 10**400]").unwrap_err();
    assert!(error.to_string().contains("int too large to convert to float"), "{error}");
    refuses::<f64>(&py, "'1'", "expected float, found str");
    refuses::<f64>(&py, "True", "expected float, found bool");
}

#[test]
fn other_modules_types() {
    let py = interpreter();
    py.run_python("import decimal, pathlib, uuid, datetime").unwrap();
    gives(&py, "decimal.Decimal('1e-7')", Decimal("1E-7".to_owned()));
    gives(&py, "2**70", Decimal("1180591620717411303424".to_owned()));
    gives(&py, "pathlib.PurePosixPath('/a') / 'b'", PathBuf::from("/a/b"));
    gives(&py, "memoryview(b'xyz')[1:]", Bytes(b"yz".to_vec()));
    gives(&py, "bytearray(b'q')", Bytes(b"q".to_vec()));
    refuses::<Decimal>(&py, "1.5", "expected Decimal, found float");
    refuses::<PathBuf>(&py, "object()", "expected a path, found object");
    refuses::<PathBuf>(&py, "5", "expected a path, found int");
    refuses::<Bytes>(&py, "'text'", "expected bytes, found str");
    refuses::<Bytes>(&py, "object()", "expected bytes, found object");
    refuses::<char>(&py, "'ab'", "expected one character, found 2");
    refuses::<Duration>(&py, "datetime.timedelta(-1)", "a Duration cannot be negative");
    let zone = "datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)";
    refuses::<DateTime>(&py, zone, "expected a naive datetime, found one with an offset");
}

#[test]
fn values_are_shown_as_python_shows_them() {
    for source in [
        "None, True, False",
        "0, -1, 2**63 - 1, -(2**80)",
        "0.0, -0.0, 1.0, 0.1, 1e15, 1e16, 123456789012345680.0, 1e22, 1.5e300, 1e-4, 1e-5, 5e-324, 2/3",
        "float('inf'), -float('inf'), float('nan')",
        "1j, -2j, complex(-0.0, 1), complex(1.5, -2), complex(1e20, 1), complex(0, float('inf'))",
        "'', 'a', \"it's\", 'say \"x\"', '''it's \"x\"''', 'a\\\\b', 'tab\\t\\n\\r\\0\\x1b\\x7f'",
        "'h\\xe9\\u20ac\\U0001f600', '\\xa0\\xad\\u200b\\u2028\\ufeff\\ue000\\U000e0001', 'e\\u0301'",
        "b'', b'a\\x00\\xff\\t\\n', b\"it's\", b'\"', b'''it's \"'''",
        "[], [1, [2]], (), (1,), (1, 2), {}, {'a': 1, 2: [None]}",
        "{1}, frozenset({'x'}), set(), frozenset()",
        "d.date(1, 2, 3), d.time(1, 2), d.time(1, 2, 3), d.time(1, 2, 0, 4)",
        "d.datetime(2024, 1, 2), d.datetime(2024, 1, 2, 3, 4, 5, 6), d.datetime(2024, 1, 2, tzinfo=d.timezone.utc)",
        "d.datetime(2024, 1, 2, tzinfo=d.timezone(d.timedelta(hours=-5, minutes=-30)))",
        "d.timedelta(), d.timedelta(-1, 5), d.timedelta(3, 0, 7), d.timedelta(seconds=90)",
    ] {
        let shown = eval(&format!("import datetime as d; repr(({source}))"));
        let value = eval(&format!("import datetime as d; ({source})"));
        assert_eq!(Value::Str(value.to_string()), shown, "{source}");
    }
    assert_eq!(eval("object()").to_string(), "<object>");
}
