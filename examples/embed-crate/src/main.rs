//! What a program that embeds Python does: values, host functions, arrays, snapshots, limits, errors.
//!
//!     cargo run --release

use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
use pyrun::{Config, Engine, Error, FromPython, Interpreter, IntoPython, Limits, Recipe};

/// Crosses as a `dict`.
#[derive(Debug, PartialEq, FromPython, IntoPython)]
struct Order {
    item: String,
    pieces: u32,
}

fn main() -> pyrun::Result<()> {
    let engine = Engine::new(Config::new())?;
    let mut py = engine.interpreter().start()?;
    values(&py)?;
    host_functions(&py)?;
    arrays(&mut py)?;
    snapshots(&engine)?;
    limits(&engine)?;
    errors(&py);
    println!("all as expected");
    Ok(())
}

fn values(py: &Interpreter) -> pyrun::Result<()> {
    assert_eq!(py.eval::<Vec<i64>>("[n * n for n in range(5)]")?, [0, 1, 4, 9, 16]);
    py.globals().set("order", Order { item: "tea".to_owned(), pieces: 2 })?;
    let more: Order = py.eval("order['pieces'] += 1; order")?;
    assert_eq!(more, Order { item: "tea".to_owned(), pieces: 3 });
    let root: f64 = py.pyimport("math")?.call_method("sqrt", (2.25,))?.extract()?;
    assert_eq!(root, 1.5);
    Ok(())
}

fn host_functions(py: &Interpreter) -> pyrun::Result<()> {
    py.register_module("shop", |m| {
        m.function("price(item, pieces=1)", |item: String, pieces: u32| match item.as_str() {
            "tea" => Ok(f64::from(pieces) * 2.5),
            _ => Err(Error::raise("KeyError", item)),
        })
    })?;
    assert_eq!(py.eval::<f64>("import shop; shop.price('tea', pieces=4)")?, 10.0);
    assert_eq!(py.run("shop.price('gold')").map(drop).unwrap_err().to_string(), "KeyError: 'gold'");
    Ok(())
}

/// The guest's memory, lent: written and read where it lies.
fn arrays(py: &mut Interpreter) -> pyrun::Result<()> {
    let buffer = py.run("import array; samples = array.array('d', [1, 2, 3]); samples")?.buffer()?;
    let mut memory = py.memory()?;
    let mut view = memory.view_mut::<f64>(&buffer)?;
    view.as_mut_slice().unwrap_or_default().iter_mut().for_each(|sample| *sample *= 10.0);
    assert_eq!(py.eval::<f64>("sum(samples)")?, 60.0);
    assert_eq!(py.run("samples")?.to_vec::<f64>()?, [10.0, 20.0, 30.0]);
    Ok(())
}

fn snapshots(engine: &Engine) -> pyrun::Result<()> {
    let snapshot = engine.snapshot(&Recipe::new().run("import json\ntable = {n: n * n for n in range(100)}"))?;
    let pool = engine.pool_builder(&snapshot).at_most(2).build();
    for _ in 0..3 {
        let py = pool.get()?;
        assert_eq!(py.eval::<i64>("table.pop(12)")?, 144);
    }
    let output = OutputBuffer::new(1 << 10, OnFull::Fail);
    pool.get_with(|builder| Ok(builder.stdio(Stdio::discard().stdout(output.clone()))))?
        .run("print(json.dumps([1]))")?;
    assert_eq!(output.take(), b"[1]\n");
    Ok(())
}

fn limits(engine: &Engine) -> pyrun::Result<()> {
    let limits = Limits::new().memory(128 << 20).file_bytes(1 << 20);
    let py = engine.interpreter().limits(limits).file("/in/text", "given").start()?;
    assert_eq!(py.eval::<String>("open('/in/text').read()")?, "given");
    for (source, class) in
        [("bytearray(1 << 30)", "MemoryError"), ("open('/tmp/x', 'wb').write(bytes(2 << 20))", "OSError")]
    {
        match py.run(source).map(drop) {
            Err(Error::Python(error)) => assert_eq!(error.type_name, class),
            other => panic!("{source}: {other:?}"),
        }
    }
    Ok(())
}

fn errors(py: &Interpreter) {
    let wrong = py.eval::<Vec<u8>>("[1, 'two']").unwrap_err();
    assert_eq!(wrong.to_string(), "at [1]: expected int, found str");
    assert!(matches!(py.run("import sys; sys.exit(3)").map(drop), Err(Error::SystemExit { status: 3, .. })));
    assert!(
        matches!(py.run("import no_such_module").map(drop), Err(Error::Python(error)) if error.type_name == "ModuleNotFoundError")
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
