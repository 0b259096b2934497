//! Objects.

use pyrun::{Error, PyHandle, PyIterator, PyObject, Python, Value};

use crate::code::{bad, drop_caught};
use crate::convert::{to_value, to_values};
use crate::handle::{Inner, Pyrun};
use crate::result::{ObjectOut, ResultOut, give, give_number, give_some, report};
use crate::sys::{In, Out, Record};

/// An object, in the interpreter that C code names beside it.
fn bound<'py>(inner: &'py Inner, object: Option<&PyHandle>) -> Result<PyObject<'py>, Error> {
    let object = object.ok_or_else(|| bad("a null pointer to an object"))?;
    Ok(inner.py.python().bind(object))
}

fn given(inner: &Inner, record: Option<&Record>) -> Result<Value, Error> {
    to_value(inner.py.python(), record.ok_or_else(|| bad("a null pointer to a value"))?)
}

pub(crate) fn new(py: Option<&Pyrun>, value: Option<&Record>, object: ObjectOut, error: ResultOut) -> i32 {
    give(object, error, || {
        Pyrun::enter(py, |inner| {
            let value = given(inner, value)?;
            Ok(inner.py.python().object(value)?.into_handle())
        })
    })
}

pub(crate) fn value(py: Option<&Pyrun>, object: Option<&PyHandle>, result: ResultOut) -> i32 {
    Pyrun::value(py, result, |inner| bound(inner, object)?.value())
}

pub(crate) fn int(py: Option<&Pyrun>, object: Option<&PyHandle>, number: Out<i64>, error: ResultOut) -> i32 {
    give_number(number, error, || Pyrun::enter(py, |inner| bound(inner, object)?.extract()))
}

pub(crate) fn float(py: Option<&Pyrun>, object: Option<&PyHandle>, number: Out<f64>, error: ResultOut) -> i32 {
    give_number(number, error, || Pyrun::enter(py, |inner| bound(inner, object)?.extract()))
}

pub(crate) fn truth(py: Option<&Pyrun>, object: Option<&PyHandle>, truth: Out<i32>, error: ResultOut) -> i32 {
    give_number(truth, error, || Pyrun::enter(py, |inner| bound(inner, object)?.is_true().map(i32::from)))
}

pub(crate) fn length(py: Option<&Pyrun>, object: Option<&PyHandle>, length: Out<u64>, error: ResultOut) -> i32 {
    give_number(length, error, || Pyrun::enter(py, |inner| bound(inner, object)?.len().map(|length| length as u64)))
}

pub(crate) fn text(py: Option<&Pyrun>, object: Option<&PyHandle>, what: i32, result: ResultOut) -> i32 {
    Pyrun::value(py, result, |inner| {
        let object = bound(inner, object)?;
        match what {
            0 => object.text(),
            1 => object.repr(),
            2 => object.type_name(),
            other => Err(bad(format!("there is no text {other} of an object"))),
        }
        .map(Value::Str)
    })
}

pub(crate) fn clone(object: Option<&PyHandle>) -> Option<Box<PyHandle>> {
    crate::code::catch(|| Ok(object.map(|object| Box::new(object.clone())))).unwrap_or(None)
}

pub(crate) fn free(object: Option<Box<PyHandle>>) {
    drop_caught(object);
}

pub(crate) fn getattr(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    name: In<u8>,
    size: usize,
    attribute: ObjectOut,
    error: ResultOut,
) -> i32 {
    give(attribute, error, || Pyrun::enter(py, |inner| Ok(bound(inner, object)?.attr(name.text(size)?)?.into_handle())))
}

pub(crate) fn hasattr(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    name: In<u8>,
    size: usize,
    has: Out<i32>,
    error: ResultOut,
) -> i32 {
    give_number(has, error, || {
        Pyrun::enter(py, |inner| match bound(inner, object)?.attr(name.text(size)?) {
            Ok(_) => Ok(1),
            Err(Error::Python(raised)) if raised.type_name == "AttributeError" => Ok(0),
            Err(error) => Err(error),
        })
    })
}

pub(crate) fn setattr(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    name: In<u8>,
    size: usize,
    value: Option<&Record>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            let value = given(inner, value)?;
            bound(inner, object)?.set_attr(name.text(size)?, value)
        })
    })
}

pub(crate) fn getitem(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    key: Option<&Record>,
    item: ObjectOut,
    error: ResultOut,
) -> i32 {
    give(item, error, || {
        Pyrun::enter(py, |inner| {
            let key = given(inner, key)?;
            Ok(bound(inner, object)?.item(key)?.into_handle())
        })
    })
}

pub(crate) fn setitem(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    key: Option<&Record>,
    value: Option<&Record>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            let (key, value) = (given(inner, key)?, given(inner, value)?);
            bound(inner, object)?.set_item(key, value)
        })
    })
}

pub(crate) fn delitem(py: Option<&Pyrun>, object: Option<&PyHandle>, key: Option<&Record>, error: ResultOut) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            let key = given(inner, key)?;
            bound(inner, object)?.del_item(key)
        })
    })
}

pub(crate) fn iter(py: Option<&Pyrun>, object: Option<&PyHandle>, iterator: ObjectOut, error: ResultOut) -> i32 {
    give(iterator, error, || Pyrun::enter(py, |inner| Ok(bound(inner, object)?.iterate()?.into_handle())))
}

pub(crate) fn next(py: Option<&Pyrun>, iterator: Option<&PyHandle>, item: ObjectOut, error: ResultOut) -> i32 {
    give_some(item, error, || {
        Pyrun::enter(py, |inner| {
            let item = PyIterator::of(bound(inner, iterator)?).next();
            item.map(|item| item.map(PyObject::into_handle)).transpose()
        })
    })
}

pub(crate) fn call(
    py: Option<&Pyrun>,
    callee: Option<&PyHandle>,
    arguments: In<Record>,
    count: usize,
    named: Option<&Record>,
    result: ResultOut,
) -> i32 {
    Pyrun::value(py, result, |inner| {
        let Arguments { positional, named } = Arguments::read(inner.py.python(), &arguments, count, named)?;
        bound(inner, callee)?.call_with(positional, named)?.value()
    })
}

pub(crate) fn call_object(
    py: Option<&Pyrun>,
    callee: Option<&PyHandle>,
    arguments: In<Record>,
    count: usize,
    named: Option<&Record>,
    object: ObjectOut,
    error: ResultOut,
) -> i32 {
    give(object, error, || {
        Pyrun::enter(py, |inner| {
            let Arguments { positional, named } = Arguments::read(inner.py.python(), &arguments, count, named)?;
            Ok(bound(inner, callee)?.call_with(positional, named)?.into_handle())
        })
    })
}

#[expect(clippy::too_many_arguments, reason = "as the header has it")]
pub(crate) fn call_method(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    name: In<u8>,
    size: usize,
    arguments: In<Record>,
    count: usize,
    named: Option<&Record>,
    result: ResultOut,
) -> i32 {
    Pyrun::value(py, result, |inner| {
        let Arguments { positional, named } = Arguments::read(inner.py.python(), &arguments, count, named)?;
        bound(inner, object)?.call_method_with(name.text(size)?, positional, named)?.value()
    })
}

/// The arguments of a call.
struct Arguments {
    positional: Vec<Value>,
    named: Vec<(String, Value)>,
}

impl Arguments {
    fn read(py: Python<'_>, positional: &In<Record>, count: usize, named: Option<&Record>) -> Result<Self, Error> {
        let positional = to_values(py, positional.slice(count)?)?;
        let named = match named.map(|named| to_value(py, named)).transpose()? {
            None | Some(Value::None) => Vec::new(),
            Some(Value::Dict(entries)) => entries,
            Some(_) => return Err(bad("named arguments are a PYRUN_DICT, or PYRUN_NONE, or null")),
        };
        let name = |(name, value): (Value, Value)| match name {
            Value::Str(name) => Ok((name, value)),
            _ => Err(bad("the name of an argument is a PYRUN_STR")),
        };
        Ok(Self { positional, named: named.into_iter().map(name).collect::<Result<_, _>>()? })
    }
}
