//! What a call across costs: pyrun beside native CPython through PyO3.
//!
//!     PYO3_PYTHON=python3.11 cargo run --release --manifest-path tests/bench/calls/Cargo.toml [TEXT]
//!
//! With a text, the lines alone that contain it, such as `host` (the last three rounds need 2 GiB).
//!
//! Each figure is the fastest of seven rounds, the two sides in turn, so that what else the machine does falls on both.
//! The array rounds move 1 GiB: "in" is the host writing every element, "out" reading every one, where they lie.

use std::hint::black_box;
use std::time::{Duration, Instant};

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};
use pyrun::{Config, Engine, Interpreter, Value};

const ROUNDS: usize = 7;
/// Elements of the array: 1 GiB of `f64`.
const ELEMENTS: usize = 1 << 27;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new(Config::new())?;
    let mut py = engine.interpreter().start()?;
    py.register_module("host", |m| m.function("add", |a: i64, b: i64| a + b))?;
    println!("{:<42} {:>12} {:>12} {:>8}", "", "pyrun", "PyO3", "ratio");
    Python::attach(|native| -> Result<(), Box<dyn std::error::Error>> {
        calls(&py, native)?;
        values(&py, native)?;
        arrays(&mut py, native)
    })
}

/// One line: the time of one operation on either side.
fn line(what: &str, count: u32, mut ours: impl FnMut(u32), mut theirs: impl FnMut(u32)) {
    if std::env::args().nth(1).is_some_and(|wanted| !what.contains(&wanted)) {
        return;
    }
    let time = |body: &mut dyn FnMut(u32)| {
        let start = Instant::now();
        body(count);
        start.elapsed()
    };
    let (mut best_ours, mut best_theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        best_ours = best_ours.min(time(&mut ours));
        best_theirs = best_theirs.min(time(&mut theirs));
    }
    let each = |total: Duration| total.as_nanos() as f64 / f64::from(count);
    let (ours, theirs) = (each(best_ours), each(best_theirs));
    println!("{what:<42} {:>12} {:>12} {:>7.2}×", show(ours), show(theirs), ours / theirs);
}

fn show(nanos: f64) -> String {
    match nanos {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} µs", n / 1e3),
        n => format!("{:.1} ms", n / 1e6),
    }
}

fn calls(py: &Interpreter, native: Python<'_>) -> Result<(), Box<dyn std::error::Error>> {
    let globals = PyDict::new(native);
    line(
        "run_python(\"1\")",
        20_000,
        |count| (0..count).for_each(|_| drop(black_box(py.run_python("1").unwrap()))),
        |count| {
            for _ in 0..count {
                black_box(native.eval(c"1", Some(&globals), None).unwrap().extract::<i64>().unwrap());
            }
        },
    );

    let add = PyCFunction::new_closure(native, None, None, |args, _| -> PyResult<i64> {
        let (a, b): (i64, i64) = args.extract()?;
        Ok(a + b)
    })?;
    let loop_source = "def run(n):\n    for _ in range(n): add(1, 2)";
    py.run_python(&format!("from host import add\n{loop_source}"))?;
    let our_loop = py.pyimport("__main__")?.attr("run")?;
    globals.set_item("add", add)?;
    native.run(&std::ffi::CString::new(loop_source)?, Some(&globals), None)?;
    let their_loop = globals.get_item("run")?.ok_or("no run")?;
    line(
        "a host function of two ints",
        200_000,
        |count| drop(our_loop.call((count,)).unwrap()),
        |count| drop(their_loop.call1((count,)).unwrap()),
    );

    let ours = py.run("[1, 2, 3]")?;
    let theirs = native.eval(c"[1, 2, 3]", None, None)?;
    line(
        "object.count(2), the result as an i64",
        100_000,
        |count| {
            for _ in 0..count {
                black_box(ours.call_method("count", (2,)).unwrap().extract::<i64>().unwrap());
            }
        },
        |count| {
            for _ in 0..count {
                black_box(theirs.call_method1("count", (2,)).unwrap().extract::<i64>().unwrap());
            }
        },
    );
    Ok(())
}

fn values(py: &Interpreter, native: Python<'_>) -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<i64> = (0..1_000_000).collect();
    let ours = py.python().object(&numbers)?;
    let theirs = numbers.clone().into_pyobject(native)?;
    line(
        "a list of 1,000,000 ints in",
        1,
        |_| drop(py.python().object(&numbers).unwrap()),
        |_| drop(numbers.as_slice().into_pyobject(native).unwrap()),
    );
    line(
        "a list of 1,000,000 ints out",
        1,
        |_| drop(ours.extract::<Vec<i64>>().unwrap()),
        |_| drop(theirs.extract::<Vec<i64>>().unwrap()),
    );
    let text = "x".repeat(1 << 20);
    let same = py.run("lambda x: x")?;
    let native_same = native.eval(c"lambda x: x", None, None)?;
    line(
        "a text of 1 MiB there and back",
        20,
        |count| (0..count).for_each(|_| drop(same.call((text.as_str(),)).unwrap().value().unwrap())),
        |count| {
            for _ in 0..count {
                drop(native_same.call1((text.as_str(),)).unwrap().extract::<String>().unwrap());
            }
        },
    );
    assert_eq!(same.call((1,))?.value()?, Value::Int(1));
    Ok(())
}

fn arrays(py: &mut Interpreter, native: Python<'_>) -> Result<(), Box<dyn std::error::Error>> {
    let source = format!("memoryview(bytearray({})).cast('d')", ELEMENTS * 8);
    let ours = py.run(&source)?.buffer()?;
    let theirs = PyBuffer::<f64>::get(&native.eval(&std::ffi::CString::new(source)?, None, None)?)?;
    let native_cells = theirs.as_mut_slice(native).ok_or("not contiguous")?;
    let memory = std::cell::RefCell::new(py.memory()?);
    line(
        "1 GiB of f64 in: lend, write every element",
        1,
        |_| {
            let mut memory = memory.borrow_mut();
            let mut view = memory.view_mut::<f64>(&ours).unwrap();
            view.as_mut_slice().unwrap().iter_mut().enumerate().for_each(|(n, x)| *x = n as f64);
        },
        |_| native_cells.iter().enumerate().for_each(|(n, x)| x.set(n as f64)),
    );
    line(
        "1 GiB of f64 out: lend, sum every element",
        1,
        |_| {
            let memory = memory.borrow();
            black_box(sum(memory.view::<f64>(&ours).unwrap().as_slice().unwrap().iter().copied()));
        },
        |_| _ = black_box(sum(native_cells.iter().map(std::cell::Cell::get))),
    );
    line(
        "the lending alone",
        1_000,
        |count| {
            let memory = memory.borrow();
            (0..count).for_each(|_| drop(black_box(memory.view::<f64>(&ours).unwrap())));
        },
        |count| (0..count).for_each(|_| _ = black_box(theirs.as_slice(native))),
    );
    Ok(())
}

/// Eight sums at once, so that memory and not the latency of an addition is measured.
fn sum(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sums = [0.0; 8];
    numbers.enumerate().for_each(|(n, x)| sums[n % 8] += x);
    sums.iter().sum()
}
