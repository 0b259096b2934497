//! Python inside a Rust program: values, a host function, an array that both sides use in place.
//!
//!     cargo run --release -p pyrun --example embed

use pyrun::{Config, Engine, Value};

pub(crate) fn main() -> pyrun::Result<()> {
    let engine = Engine::new(Config::new())?;
    let mut py = engine.interpreter().packages(["numpy"]).memory_limit(256 << 20).start()?;

    // The value of the last expression, as a Rust type.
    let squares: Vec<i64> = py.run("import numpy as np\n(np.arange(5) ** 2).tolist()")?.extract()?;
    assert_eq!(squares, [0, 1, 4, 9, 16]);

    // Objects: attributes, calls, items.
    let np = py.pyimport("numpy")?;
    let mean: f64 = np.call_method("mean", (vec![1.0, 2.0, 6.0],))?.extract()?;
    assert_eq!(mean, 3.0);

    // A Rust function that Python calls; its error is an exception there.
    py.register_module("host", |m| {
        m.function("lookup(key, default=None)", |key: String, default: Option<i64>| match key.as_str() {
            "answer" => Ok(42),
            _ => default.ok_or_else(|| pyrun::Error::raise("KeyError", key)),
        })
    })?;
    py.globals().set("scale", 10)?;
    let value = py.run_python("from host import lookup\nscale * lookup('answer') + lookup('x', default=1)")?;
    assert_eq!(value, Value::Int(421));
    let error = py.run_python("lookup('x')").unwrap_err();
    assert_eq!(error.to_string(), "KeyError: 'x'");

    // A NumPy array that Rust fills where it lies, and then reads where it lies: nothing is copied.
    let array = py.python().array_new::<f64>(&[2, 3])?;
    let (buffer, array) = (array.buffer()?, array.into_handle());
    let mut memory = py.memory()?;
    let mut view = memory.view_mut::<f64>(&buffer)?;
    (0..).zip(view.as_mut_slice().unwrap_or_default()).for_each(|(n, x)| *x = f64::from(n));
    py.globals().set("a", &array)?;
    let sums = py.run("a.sum(axis=0)")?.buffer()?;
    assert_eq!(py.memory()?.view::<f64>(&sums)?.as_slice(), Some(&[3.0, 5.0, 7.0][..]));

    println!("all as expected");
    Ok(())
}
