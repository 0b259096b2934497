//! Sources and modules.

use std::time::Duration;

use pyrun::{Error, RunOptions, Value};

use crate::code::bad;
use crate::convert::to_value;
use crate::handle::Pyrun;
use crate::result::{ObjectOut, ResultOut, give, report};
use crate::sys::{In, Record};

pub(crate) fn exec(py: Option<&Pyrun>, source: In<u8>, size: usize, error: ResultOut) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            inner.py.run(source.text(size)?)?;
            Ok(())
        })
    })
}

pub(crate) fn eval(py: Option<&Pyrun>, source: In<u8>, size: usize, result: ResultOut) -> i32 {
    Pyrun::value(py, result, |inner| inner.py.run_python(source.text(size)?))
}

pub(crate) fn run(
    py: Option<&Pyrun>,
    source: In<u8>,
    size: usize,
    options: In<u8>,
    options_size: usize,
    result: ResultOut,
) -> i32 {
    Pyrun::value(py, result, |inner| {
        let options = run_options(options.slice(options_size)?)?;
        inner.py.run_with(source.text(size)?, &options)?.value()
    })
}

/// `pyrun_run_options`: words, of which a later header may have more.
fn run_options(bytes: &[u8]) -> Result<RunOptions, Error> {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut words = words.iter().map(|word| u64::from_ne_bytes(*word));
    let mut next = || words.next().filter(|millis| *millis != 0).map(Duration::from_millis);
    let [wall, cpu, grace] = [next(), next(), next()];
    if !rest.is_empty() || words.any(|word| word != 0) {
        return Err(bad("pyrun_run_options of another size, or with a field that this library does not know"));
    }
    let options = wall.into_iter().fold(RunOptions::new(), RunOptions::timeout);
    let options = cpu.into_iter().fold(options, RunOptions::cpu_time);
    Ok(grace.into_iter().fold(options, RunOptions::grace))
}

pub(crate) fn eval_object(py: Option<&Pyrun>, source: In<u8>, size: usize, object: ObjectOut, error: ResultOut) -> i32 {
    give(object, error, || Pyrun::enter(py, |inner| Ok(inner.py.run(source.text(size)?)?.into_handle())))
}

pub(crate) fn import(py: Option<&Pyrun>, name: In<u8>, size: usize, module: ObjectOut, error: ResultOut) -> i32 {
    give(module, error, || Pyrun::enter(py, |inner| Ok(inner.py.pyimport(name.text(size)?)?.into_handle())))
}

pub(crate) fn set_global(
    py: Option<&Pyrun>,
    name: In<u8>,
    size: usize,
    value: Option<&Record>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            let value: Result<Value, Error> = match value {
                Some(record) => to_value(inner.py.python(), record),
                None => Err(bad("a null pointer to a value")),
            };
            inner.py.globals().set(name.text(size)?, value?)
        })
    })
}
