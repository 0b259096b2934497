//! Sources and modules.

use pyrun::{Error, Value};

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
