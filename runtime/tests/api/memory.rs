//! What is taken, and given back.

use pyrun::{Interpreter, Value};

use super::{engine, interpreter, is_alone, raised, resident};

const MIB: u64 = 1 << 20;

#[test]
fn the_guest_has_a_memory_limit() {
    let py = engine().interpreter().memory_limit(64 * MIB).start().unwrap();
    let error = raised(py.run_python("x = bytearray(100 << 20)"));
    assert_eq!(error.type_name, "MemoryError");
    assert_eq!(py.run_python("len(bytearray(10 << 20))").unwrap(), Value::Int(10 << 20));
    let error = py.globals().set("x", pyrun::Bytes(vec![0; 100 << 20])).unwrap_err();
    assert!(error.to_string().starts_with("MemoryError"), "{error}");
    let error = py.globals().set("x", "y".repeat(100 << 20)).unwrap_err();
    assert!(error.to_string().starts_with("MemoryError"), "{error}");
    assert_eq!(py.run_python("1").unwrap(), Value::Int(1));
}

/// The modules that pyrun makes for callbacks of `ctypes` have memories, too, and the limit is that of all together.
#[test]
fn all_memories_of_a_guest_share_its_limit() {
    let py = engine().interpreter().memory_limit(64 * MIB).start().unwrap();
    py.run("import ctypes\ncallback = ctypes.CFUNCTYPE(ctypes.c_int)(int)\ncallback()").unwrap();
    py.run("kept = []\ntry:\n    while True: kept.append(bytearray(1 << 16))\nexcept MemoryError: kept.clear()")
        .unwrap();
    let usage = py.interrupt_handle().usage();
    assert!(usage.memory_peak > 60 * MIB && usage.memory_peak <= 64 * MIB, "{usage}");
}

/// `PYRUN_API_STARTS` says how many interpreters are started.
#[test]
fn an_interpreter_that_is_dropped_gives_its_memory_back() {
    if !is_alone("memory::an_interpreter_that_is_dropped_gives_its_memory_back") {
        return;
    }
    let starts = std::env::var("PYRUN_API_STARTS").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
    let start = || {
        let py = interpreter();
        py.register_module("host", |m| m.function("one", || 1)).unwrap();
        assert_eq!(py.run_python("import host; host.one()").unwrap(), Value::Int(1));
        drop(py.run("object()").unwrap().into_handle());
    };
    for _ in 0..10 {
        start();
    }
    let before = resident();
    for _ in 0..starts {
        start();
    }
    let grown = resident().saturating_sub(before);
    println!("{starts} interpreters: {} KiB more resident than before", grown >> 10);
    // One of them takes 30 MiB; a fraction of a page of each may be noise.
    assert!(grown < 4 * MIB, "{} KiB", grown >> 10);
}

/// The end of the guest's heap: it has no `pymalloc`, so this is what its memory in use amounts to, once it has settled.
fn guest_heap(py: &Interpreter) -> i64 {
    match py.run_python("import ctypes, gc; gc.collect(); ctypes.CDLL(None).sbrk(0)").unwrap() {
        Value::Int(end) => end,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_million_values_across_leave_nothing() {
    if !is_alone("memory::a_million_values_across_leave_nothing") {
        return;
    }
    let py = interpreter();
    py.register_module("host", |m| m.function("same", |x: Value| x)).unwrap();
    py.run_python("import host\ndef echo(values):\n    for v in values: host.same(v)").unwrap();
    let handle = py.run("lambda x: x").unwrap().into_handle();
    let mixed = || -> Vec<Value> {
        let one = |n: i64| match n % 8 {
            0 => Value::Int(n << 40),
            1 => Value::Float(n as f64),
            2 => Value::Str(format!("text {n}")),
            3 => Value::Bytes(vec![n as u8; 9]),
            4 => Value::List(vec![Value::Int(n)]),
            5 => Value::Dict(vec![(Value::Str("k".to_owned()), Value::Float(n as f64))]),
            6 => Value::Complex(1.0, n as f64),
            _ => Value::Set(vec![Value::Int(n)]),
        };
        (0..10_000).map(one).collect()
    };
    let round = || {
        // In and out at once, and one by one through a host function, and as objects.
        let values = py.python().bind(&handle).call((Value::List(mixed()),)).unwrap();
        assert_eq!(values.value().unwrap(), Value::List(mixed()));
        py.pyimport("__main__").unwrap().attr("echo").unwrap().call((&values.handle().clone(),)).unwrap();
        for item in values.iterate().unwrap().take(100) {
            item.unwrap().repr().unwrap();
        }
        let error = py.run_python("1 / 0").unwrap_err();
        drop(error);
    };
    for _ in 0..5 {
        round();
    }
    let (heap, host) = (guest_heap(&py), resident());
    for _ in 0..50 {
        round();
    }
    let (more, more_host) = (guest_heap(&py) - heap, resident().saturating_sub(host));
    println!("1,500,000 values: {} KiB more in the guest, {} KiB more in the host", more >> 10, more_host >> 10);
    assert!(more < 256 << 10, "{} KiB of the guest's", more >> 10);
    assert!(more_host < 4 * MIB, "{} KiB of the host's", more_host >> 10);
}
