//! Sources and modules.

use pyrun::{Error, RunOptions, Value};

use crate::convert::to_value;
use crate::engine::value;
use crate::handle::Pyrun;
use crate::result::{ObjectOut, ResultOut, give, report};
use crate::sys::{In, Record, bad};

#[unsafe(no_mangle)]
extern "C" fn pyrun_exec(py: Option<&Pyrun>, source: In<u8>, size: usize, error: ResultOut) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            inner.py.run(source.text(size)?, &RunOptions::new())?;
            Ok(())
        })
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_eval(py: Option<&Pyrun>, source: In<u8>, size: usize, result: ResultOut) -> i32 {
    value(py, result, |inner| inner.py.run_python(source.text(size)?))
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_eval_object(
    py: Option<&Pyrun>,
    source: In<u8>,
    size: usize,
    object: ObjectOut,
    error: ResultOut,
) -> i32 {
    give(object, error, || {
        Pyrun::enter(py, |inner| Ok(inner.py.run(source.text(size)?, &RunOptions::new())?.into_handle()))
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_import(py: Option<&Pyrun>, name: In<u8>, size: usize, module: ObjectOut, error: ResultOut) -> i32 {
    give(module, error, || Pyrun::enter(py, |inner| Ok(inner.py.pyimport(name.text(size)?)?.into_handle())))
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_set_global(
    py: Option<&Pyrun>,
    name: In<u8>,
    size: usize,
    value: Option<&Record>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            let value: Result<Value, Error> = match value {
                Some(record) => to_value(&mut inner.py, record),
                None => Err(bad("no value")),
            };
            inner.py.globals().set(name.text(size)?, value?)
        })
    })
}
