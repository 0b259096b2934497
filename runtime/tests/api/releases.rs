//! The same interface over a release of each older era.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use pyrun::{Config, Engine, Error, Interpreter, Recipe, SnapshotError, Value};

use super::raised;

/// Exceptions by way of JavaScript, then memory and tags that are imported.
const OLDER: [&str; 2] = ["0.27.2", "0.28.3"];

fn engine(release: &str) -> &'static Engine {
    static ENGINES: OnceLock<Vec<Engine>> = OnceLock::new();
    let start = |release: &&str| Engine::new(Config::new().release(release)).expect("the release is installed");
    let engines = ENGINES.get_or_init(|| OLDER.iter().map(start).collect());
    engines.iter().find(|engine| engine.release() == release).expect("one of them")
}

fn each(test: impl Fn(&Engine, &Interpreter)) {
    for release in OLDER {
        let engine = engine(release);
        test(engine, &engine.interpreter().start().expect("it starts"));
    }
}

#[test]
fn values_cross_both_ways() {
    each(|_, py| {
        let big = py.run_python("-7 << 100").unwrap();
        assert!(matches!(big, Value::BigInt(_)));
        let dict = vec![(Value::Str("k".into()), Value::Bytes(vec![0, 255]))];
        let tuple = Value::Tuple(vec![Value::Int(i64::MIN), Value::Str("zażółć 🐍".into()), Value::Dict(dict)]);
        let value = Value::List(vec![big, tuple, Value::Float(0.1), Value::Set(vec![Value::Int(3)]), Value::None]);
        py.globals().set("given", value.clone()).unwrap();
        assert_eq!(py.run_python("given").unwrap(), value);
        let same = "given == [-7 << 100, (-2**63, 'zażółć 🐍', {'k': b'\\0\\xff'}), 0.1, {3}, None]";
        assert_eq!(py.run_python(same).unwrap(), Value::Bool(true));
    });
}

#[test]
fn exceptions_say_what_they_are() {
    each(|_, py| {
        let error = raised(py.run_python("class Odd(ValueError):\n    pass\nraise Odd('so')"));
        assert_eq!((error.type_name.as_str(), error.message.as_str()), ("Odd", "so"));
        assert_eq!(raised(py.run_python("{}['a']")).type_name, "KeyError");
        py.run_python("print('another source')").unwrap();
        let traceback = raised(py.run_python("x = {}\nx['a']")).traceback;
        assert!(traceback.contains("line 2, in <module>\n    x['a']\n"), "{traceback}");
        assert_eq!(py.run_python("sum(x for x in range(4))").unwrap(), Value::Int(6), "the interpreter goes on");
    });
}

#[test]
fn host_functions_are_called() {
    each(|_, py| {
        let count = Arc::new(AtomicI64::new(0));
        let counted = count.clone();
        py.register_module("host", |m| {
            m.function("add(a, *, b=1)", move |a: i64, b: i64| {
                counted.fetch_add(1, Ordering::Relaxed);
                a + b
            })
            .function("fail", || -> pyrun::Result<()> { Err(Error::raise("LookupError", "from Rust")) })
        })
        .unwrap();
        assert_eq!(py.run_python("import host; [host.add(1), host.add(2, b=5)]").unwrap(), {
            Value::List(vec![Value::Int(2), Value::Int(7)])
        });
        assert_eq!(count.load(Ordering::Relaxed), 2);
        assert_eq!(raised(py.run_python("host.fail()")).type_name, "LookupError");
    });
}

#[test]
fn snapshots_hold_numpy_and_give_instances() {
    each(|engine, py| {
        py.run_python("import numpy, ctypes; kept = numpy.arange(5); total = 0").unwrap();
        let snapshot = py.snapshot().unwrap();
        let pool = engine.pool(&snapshot);
        for _ in 0..2 {
            let instance = pool.get().unwrap();
            assert_eq!(instance.run_python("total += int(kept.sum()); total").unwrap(), Value::Int(10));
        }
    });
}

/// The parser is told the minor version of the release's Python: no syntax of that version is refused.
#[test]
fn the_newest_syntax_of_each_release_is_read() {
    let newest =
        [("0.27.2", "type Pair[T] = tuple[T, T]\nf'{f\"{1}\"}'"), ("0.28.3", "type Pair[T = int] = tuple[T, T]\n'1'")];
    for (release, source) in newest {
        let py = engine(release).interpreter().start().expect("it starts");
        assert_eq!(py.run_python(source).unwrap(), Value::Str("1".into()), "{release}");
    }
    let source = "try:\n    1/0\nexcept ValueError, ZeroDivisionError:\n    text = t'{1}'\ntext.values[0]";
    assert_eq!(super::interpreter().run_python(source).unwrap(), Value::Int(1), "the default release");
}

#[test]
fn a_snapshot_of_another_release_is_refused() {
    let snapshot = engine(OLDER[0]).snapshot(&Recipe::new().run("x = 1")).unwrap();
    let other = engine(OLDER[1]);
    let refused = |error: Error| {
        assert!(matches!(error, Error::Snapshot(SnapshotError::OtherRelease { .. })), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(OLDER[0]) && text.contains(OLDER[1]), "{text}");
    };
    refused(other.interpreter().snapshot(&snapshot).start().unwrap_err());
    refused(other.program().args(["-c", "1"]).snapshot(&snapshot).run().unwrap_err());
    // An interpreter is reset by its own engine, whichever one the options came from; to a snapshot of another release by none.
    let mut py = engine(OLDER[0]).interpreter().snapshot(&snapshot).start().unwrap();
    other.interpreter().snapshot(&snapshot).reset(&mut py).unwrap();
    assert_eq!(py.run_python("x").unwrap(), Value::Int(1));
    let of_other = other.snapshot(&Recipe::new().run("x = 2")).unwrap();
    let error = other.interpreter().snapshot(&of_other).reset(&mut py).unwrap_err();
    assert!(matches!(error, Error::BadArgument(_)), "{error:?}");
}
