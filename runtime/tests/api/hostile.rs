//! Objects that are made to end or exhaust the host: what it gets for them is an error, and the interpreter goes on.

#![expect(dead_code, reason = "types that objects become, of which nothing is read")]

use std::collections::{BTreeSet, HashMap};

use pyrun::{Bytes, Decimal, Error, FromPython, Interpreter, PyHandle, PyIterator, Python, Recipe, Value};

use super::{engine, interpreter, raised};

#[derive(Debug, FromPython)]
struct Node {
    next: Option<Box<Node>>,
}

#[derive(Debug, FromPython)]
#[pyrun(untagged)]
enum Tree {
    Both { left: Box<Tree>, right: Box<Tree> },
    Left { left: Box<Tree> },
    Right { right: Box<Tree> },
}

#[derive(Debug, FromPython)]
#[pyrun(untagged)]
enum Negated {
    Number(i64),
    Again(Box<Negated>),
}

#[derive(Debug, FromPython)]
struct Rows(Vec<Rows>);

#[derive(Debug, FromPython)]
struct Names(HashMap<String, Names>);

#[derive(Debug, FromPython)]
struct Pair(Box<(Pair, i64)>);

/// Takes anything, and everything in it.
struct Anything;

impl<'de> serde::Deserialize<'de> for Anything {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Anything;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("anything")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Anything, A::Error> {
                while items.next_element::<Anything>()?.is_some() {}
                Ok(Anything)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut entries: A) -> Result<Anything, A::Error> {
                while entries.next_entry::<Anything, Anything>()?.is_some() {}
                Ok(Anything)
            }

            fn visit_str<E>(self, _: &str) -> Result<Anything, E> {
                Ok(Anything)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Anything, E> {
                Ok(Anything)
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

#[track_caller]
fn is_refused<T>(py: &Interpreter, result: pyrun::Result<T>, words: &str) {
    match result.map(drop) {
        Err(Error::Convert(error)) => assert!(error.why.contains(words), "{error}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(py.run_python("1 + 1").unwrap(), Value::Int(2));
}

const CYCLES: &str = "
class Attribute: pass
attribute = Attribute(); attribute.next = attribute; attribute.left = attribute.right = attribute
entry = {}; entry['next'] = entry; entry['left'] = entry['right'] = entry
class Endless:
    def __iter__(self): yield self
class Mapping:
    def keys(self): return ['next', 'left', 'right']
    def __getitem__(self, key): return self
    def items(self): return [('a', self)]
class Pair:
    def __iter__(self): return iter([self, 1])
class Wrapped:
    def __iter__(self):
        nested = [self]
        for _ in range(190): nested = [nested]
        return iter(nested)
";

#[test]
fn what_contains_itself_is_nested_too_deeply() {
    let py = interpreter();
    py.run(CYCLES).unwrap();
    for source in ["attribute", "entry"] {
        is_refused(&py, py.eval::<Node>(source), "contains itself");
        is_refused(&py, py.eval::<Vec<Node>>(&format!("[{source}]")), "contains itself");
        // Not each variant at each level: that would be 3^200 attempts.
        assert!(py.eval::<Tree>(source).unwrap_err().to_string().contains("no variant of Tree"));
    }
    assert!(py.eval::<Negated>("'x'").is_err());
    is_refused(&py, py.eval::<Rows>("Endless()"), "contains itself");
    is_refused(&py, py.eval::<Rows>("Wrapped()"), "deep");
    is_refused(&py, py.eval::<Names>("Mapping()"), "contains itself");
    is_refused(&py, py.eval::<Pair>("Pair()"), "contains itself");
    for source in ["Endless()", "Mapping()", "Wrapped()", "[{'a': Endless()}]"] {
        is_refused(&py, py.run(source).unwrap().deserialize::<Anything>(), "deep");
        is_refused(&py, py.eval::<serde_json::Value>(source), "deep");
    }
}

#[test]
fn what_contains_itself_is_no_argument() {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function("node", |_: Node| 1);
        m.function("json", |_: serde_json::Value| 1);
        m.function_with_python("rows", |_: Python<'_>, (_,): (Rows,)| 1);
    })
    .unwrap();
    py.run(CYCLES).unwrap();
    for call in ["node(entry)", "node(attribute)", "json(Endless())", "rows(Endless())"] {
        let error = raised(py.run_python(&format!("import host; host.{call}")));
        assert_eq!(error.type_name, "TypeError", "{call}");
        assert!(error.message.contains("deep"), "{call}: {}", error.message);
    }
}

#[test]
fn a_long_list_is_still_one() {
    let py = interpreter();
    let mut node: Node = py.eval("d = {'next': None}\nfor _ in range(20): d = {'next': d}\nd").unwrap();
    let mut length = 0;
    while let Some(next) = node.next {
        (node, length) = (*next, length + 1);
    }
    assert_eq!(length, 20);
}

#[test]
fn a_value_deeper_than_the_stack_is_refused() {
    let py = interpreter();
    let deep = || (0..200_000).fold(Value::Int(1), |inner, _| Value::List(vec![inner]));
    is_refused(&py, py.object(deep()), "nested more than");
    is_refused(&py, py.globals().set("x", deep()), "nested more than");
    is_refused(&py, py.run("print").unwrap().call((deep(),)), "nested more than");
    py.register_module("host", move |m| m.function("deep", deep)).unwrap();
    assert_eq!(raised(py.run_python("import host; host.deep()")).type_name, "ValueError");
}

#[test]
fn an_int_of_too_many_bits_is_refused() {
    let py = engine().interpreter().limits(pyrun::Limits::new().host_memory(HOST_MEMORY)).start().unwrap();
    let large: pyrun::BigInt = py.eval("1 << (4 << 20) - 50").unwrap();
    assert_eq!(large.to_string().len(), 1_262_597);
    is_refused(&py, py.run_python("1 << (4 << 20) + 50"), "more than 4194304 bits");
    is_refused(&py, py.eval::<Decimal>("1 << (1 << 26)"), "more than 4194304 bits");
    is_too_large(&py, py.eval::<Vec<Decimal>>("[1 << (1 << 21)] * 1000"));
}

/// It does not fit into the account of host memory, and nothing of it stays there.
#[track_caller]
fn is_too_large<T>(py: &Interpreter, result: pyrun::Result<T>) {
    match result.map(drop) {
        Err(Error::Limit { which: "host-memory", limit, used }) => assert!(used > limit),
        other => panic!("{other:?}"),
    }
    assert_eq!(py.run_python("1 + 1").unwrap(), Value::Int(2));
    let usage = py.interrupt_handle().usage();
    assert!(usage.host_memory < 1 << 20 && usage.host_memory_peak <= HOST_MEMORY, "{usage}");
}

/// What the host may hold for the interpreters of the tests below.
const HOST_MEMORY: u64 = 256 << 20;

#[test]
fn one_object_many_times_is_refused_before_it_is_copied() {
    let builder = || engine().interpreter().limits(pyrun::Limits::new().host_memory(HOST_MEMORY));
    for builder in [builder(), builder().without_snapshot()] {
        let py = builder.start().unwrap();
        py.run("import array; from decimal import Decimal; big = 'x' * (8 << 20); b = bytes(8 << 20)\nclass Many:\n def __init__(s, x): s.x = x\n def __iter__(s):\n  while True: yield s.x")
            .unwrap();
        is_too_large(&py, py.eval::<Vec<String>>("[big] * 100"));
        is_too_large(&py, py.eval::<Vec<Bytes>>("[b] * 100"));
        is_too_large(&py, py.eval::<Vec<Vec<String>>>("[[big]] * 100"));
        is_too_large(&py, py.eval::<HashMap<i64, String>>("dict.fromkeys(range(100), big)"));
        is_too_large(&py, py.eval::<Vec<String>>("Many(big)"));
        is_too_large(&py, py.eval::<Vec<Vec<f64>>>("l = [0.5] * (1 << 20); [l] * 1000"));
        is_too_large(&py, py.eval::<Vec<Vec<u64>>>("a = array.array('Q', [1]) * (1 << 20); [a] * 1000"));
        is_too_large(&py, py.eval::<BTreeSet<Vec<u8>>>("[b'a' * (1 << 20)] * 1000"));
        is_too_large(&py, py.run_python("[big] * 40"));
        is_too_large(&py, py.run_python("x = []\nfor _ in range(100): x = [x] * 10\nx"));
        is_too_large(&py, py.run_python("{i: [(big,)] for i in range(40)}"));
        is_too_large(&py, py.run_python("[1 << (4 << 20) - 50] * 1000"));
        is_too_large(&py, py.run("'\\u20ac' * (100 << 20)").unwrap().text());
        // Overlapping lists, made by hand: each says that it has the items of the same memory.
        is_too_large(
            &py,
            py.run_python(
                "import ctypes
def fake(of, by):
    words = ctypes.cast(id(of), ctypes.POINTER(ctypes.c_uint32))
    words[2], words[3] = len(by), ctypes.cast(id(by), ctypes.POINTER(ctypes.c_uint32))[3]
    return of
row = [None] * 100_000
rows = [fake(list('ab'), row) for _ in range(1000)]
rows",
            ),
        );
        py.run("for list in rows: ctypes.cast(id(list), ctypes.POINTER(ctypes.c_uint32))[2] = 0").unwrap();
        // What fits is as it was.
        assert_eq!(py.eval::<Vec<String>>("[big] * 4").unwrap().len(), 4);
    }
}

/// The arguments of a host function are charged while it runs, and Python is told.
#[test]
fn arguments_that_do_not_fit_are_a_memory_error() {
    let py = engine().interpreter().limits(pyrun::Limits::new().host_memory(HOST_MEMORY)).start().unwrap();
    let usage = py.interrupt_handle();
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let held = seen.clone();
    py.register_module("host", |m| {
        m.function("one", move |text: String, rest: Vec<String>| {
            held.store(usage.usage().host_memory, std::sync::atomic::Ordering::SeqCst);
            text.len() + rest.len()
        });
        m.function("value", |_: Value, _: Value, _: Value| 1)
    })
    .unwrap();
    py.run("import host; big = 'x' * (60 << 20)").unwrap();
    assert_eq!(py.run_python("host.one(big, [big, big])").unwrap(), Value::Int((60 << 20) + 2));
    assert!(seen.load(std::sync::atomic::Ordering::SeqCst) >= 180 << 20);
    for call in ["one(big, [big] * 4)", "one(big, [big, big, big, big])", "value([big] * 2, big, [big] * 2)"] {
        let error = raised(py.run_python(&format!("host.{call}")));
        assert_eq!(error.type_name, "MemoryError", "{call}");
        assert!(error.message.contains("host memory") || error.message.contains("host-memory"), "{}", error.message);
        assert!(py.interrupt_handle().usage().host_memory < 1 << 20, "{call}");
    }
}

#[test]
fn an_element_many_times_is_refused() {
    let builder = engine().interpreter().limits(pyrun::Limits::new().host_memory(HOST_MEMORY));
    let py = builder.packages(["numpy"]).start().unwrap();
    py.run("import numpy as np; one = np.ones(1)").unwrap();
    is_too_large(&py, py.eval::<Vec<f64>>("np.broadcast_to(one, (1 << 28) - 1)"));
    is_too_large(&py, py.eval::<Vec<Vec<f32>>>("[np.broadcast_to(np.float32(1), 1 << 22)] * 100"));
    is_too_large(&py, py.run("np.broadcast_to(one, (1 << 13, 1 << 13))").unwrap().to_vec::<f64>());
    // Fewer are copied, and so is what is not contiguous.
    let rows: Vec<f64> = py.run("np.broadcast_to(one, (1000, 1000))").unwrap().to_vec().unwrap();
    assert!(rows.len() == 1_000_000 && rows.iter().all(|row| *row == 1.0));
    let turned: Vec<i64> =
        py.run("np.arange(6).reshape(2, 3).T[::-1].astype('q', order='K')").unwrap().to_vec().unwrap();
    assert_eq!(turned, [2, 5, 1, 4, 0, 3]);
}

#[test]
fn a_host_function_with_other_parameters_is_refused() {
    let py = interpreter();
    py.register_module("h", |m| m.function("g(a=5)", |a: i64| a)).unwrap();
    py.run("import h").unwrap();
    let snapshot = py.snapshot().unwrap();
    let start = || engine().interpreter().snapshot(&snapshot).start().unwrap();
    let refused = |result: pyrun::Result<()>| {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::BadArgument(_)) && error.to_string().contains("h.g"), "{error}");
    };
    let restored = start();
    refused(restored.register_module("h", |m| m.function("g(a, b, c, d=1)", |a: i64, _: i64, _: i64, _: i64| a)));
    refused(restored.register_module("h", |m| m.function("g(a)", |a: i64| a)));
    refused(restored.register_module("h", |m| m.function("g(a=1, b=2)", |a: i64, b: i64| a + b)));
    restored.register_module("h", |m| m.function("g(b=7)", |b: i64| b + 1)).unwrap();
    assert_eq!(restored.run_python("h.g()").unwrap(), Value::Int(6), "the default is the snapshot's");
    assert_eq!(restored.run_python("h.g(b=1)").unwrap(), Value::Int(2));
    refused(
        engine()
            .interpreter()
            .snapshot(&snapshot)
            .module("h", |m| m.function("g", |a: i64| a))
            .unwrap()
            .start()
            .map(drop),
    );
}

#[test]
fn a_slot_that_fails_without_an_exception_is_a_system_error() {
    let py = interpreter();
    let object = py
        .run(
            "import ctypes
N = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
cb = N(lambda x: None)
class A: pass
t = ctypes.cast(id(A), ctypes.POINTER(ctypes.c_int32))
for i in (11, 17, 18): t[i] = ctypes.cast(cb, ctypes.c_void_p).value
a = A()
a",
        )
        .unwrap();
    for result in [object.repr(), object.text()] {
        assert_eq!(raised(result.map(Value::Str)).type_name, "SystemError");
    }
    assert_eq!(py.run_python("1 + 1").unwrap(), Value::Int(2));
}

#[test]
fn what_is_no_iterator_has_no_next() {
    let py = interpreter();
    for source in ["[1, 2]", "1", "object()", "None", "type('A', (), {'__iter__': lambda s: s})()"] {
        let object = py.run(source).unwrap();
        let error = PyIterator::of(object).next().unwrap().map(|_| Value::None);
        let error = raised(error);
        assert!(error.type_name == "TypeError" && error.message.contains("is not "), "{error}");
    }
    let items: Vec<i64> =
        PyIterator::of(py.run("iter([1, 2])").unwrap()).map(|item| item.unwrap().extract().unwrap()).collect();
    assert_eq!(items, [1, 2]);
}

#[test]
fn only_classes_of_exceptions_are_called_to_raise() {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function("fail", |class: String, text: String| -> pyrun::Result<()> { Err(Error::raise(class, text)) });
    })
    .unwrap();
    for class in ["builtins.exec", "sys.exit", "os.system", "int", "type", "os.path", "builtins.print"] {
        let source = format!("import host, sys, os\nhost.fail({class:?}, 'raise KeyError')");
        let error = raised(py.run_python(&source));
        let said = (error.type_name.as_str(), error.message.as_str());
        assert_eq!(said, ("TypeError", "exceptions must derive from BaseException"), "{class}");
    }
    assert_eq!(raised(py.run_python("host.fail('KeyError', 'x')")).type_name, "KeyError");
}

#[test]
fn nesting_ends_with_the_stack_whatever_the_limit_is() {
    let body = || {
        let py = engine().interpreter().depth_limit(1_000_000).start().unwrap();
        py.register_module("host", |m| {
            m.function_with_python("again", |py: Python<'_>, (f,): (PyHandle,)| -> pyrun::Result<()> {
                py.bind(&f).call((&f,)).map(drop)
            })
        })
        .unwrap();
        let source = "import host, sys\nsys.setrecursionlimit(10**6)\ndef f(g): host.again(g)\nf(f)";
        assert_eq!(raised(py.run_python(source)).type_name, "RecursionError");
        assert_eq!(py.run_python("1 + 1").unwrap(), Value::Int(2));
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(body).unwrap().join().unwrap();
}

#[test]
fn a_panic_in_a_drop_stays_in_the_pool() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "dropped");
        }
    }
    let snapshot = engine().snapshot(&Recipe::new().run("x = 1")).unwrap();
    let pool = engine().pool(&snapshot);
    let bomb = Bomb;
    let py = pool
        .get_with(|builder| {
            builder.module("h", |m| {
                m.function("f", move || {
                    let _ = &bomb;
                })
            })
        })
        .unwrap();
    drop(py);
    assert_eq!(pool.get().unwrap().run_python("x").unwrap(), Value::Int(1));
}
