//! Objects.

use pyrun::{Error, PyHandle, Value};

use crate::convert::{to_value, to_values};
use crate::engine::value;
use crate::handle::{Inner, Pyrun};
use crate::result::{ObjectOut, ResultOut, catch, give, report};
use crate::sys::{In, Record, bad};

fn there(object: Option<&PyHandle>) -> Result<&PyHandle, Error> {
    object.ok_or_else(|| bad("no object"))
}

fn given(inner: &mut Inner, record: Option<&Record>) -> Result<Value, Error> {
    to_value(&mut inner.py, record.ok_or_else(|| bad("no value"))?)
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_object_new(py: Option<&Pyrun>, value: Option<&Record>, object: ObjectOut, error: ResultOut) -> i32 {
    give(object, error, || {
        Pyrun::enter(py, |inner| {
            let value = given(inner, value)?;
            Ok(inner.py.python().object(value)?.into_handle())
        })
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_object_value(py: Option<&Pyrun>, object: Option<&PyHandle>, result: ResultOut) -> i32 {
    value(py, result, |inner| inner.py.python().bind(there(object)?).value())
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_object_text(py: Option<&Pyrun>, object: Option<&PyHandle>, what: i32, result: ResultOut) -> i32 {
    value(py, result, |inner| {
        let object = inner.py.python().bind(there(object)?);
        match what {
            0 => object.text(),
            1 => object.repr(),
            2 => object.type_name(),
            _ => Err(bad("a text of an unknown kind")),
        }
        .map(Value::Str)
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_object_clone(object: Option<&PyHandle>) -> Option<Box<PyHandle>> {
    catch(|| Ok(object.map(|object| Box::new(object.clone())))).unwrap_or(None)
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_object_free(object: Option<Box<PyHandle>>) {
    let _ = catch(|| {
        drop(object);
        Ok(())
    });
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_getattr(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    name: In<u8>,
    size: usize,
    attribute: ObjectOut,
    error: ResultOut,
) -> i32 {
    give(attribute, error, || {
        Pyrun::enter(py, |inner| Ok(inner.py.python().bind(there(object)?).attr(name.text(size)?)?.into_handle()))
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_setattr(
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
            inner.py.python().bind(there(object)?).set_attr(name.text(size)?, value)
        })
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_getitem(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    key: Option<&Record>,
    item: ObjectOut,
    error: ResultOut,
) -> i32 {
    give(item, error, || {
        Pyrun::enter(py, |inner| {
            let key = given(inner, key)?;
            Ok(inner.py.python().bind(there(object)?).item(key)?.into_handle())
        })
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_setitem(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    key: Option<&Record>,
    value: Option<&Record>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            let (key, value) = (given(inner, key)?, given(inner, value)?);
            inner.py.python().bind(there(object)?).set_item(key, value)
        })
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_call(
    py: Option<&Pyrun>,
    callee: Option<&PyHandle>,
    arguments: In<Record>,
    count: usize,
    named: Option<&Record>,
    result: ResultOut,
) -> i32 {
    value(py, result, |inner| {
        let called = call(inner, callee, &arguments, count, named)?;
        inner.py.python().bind(&called).value()
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_call_object(
    py: Option<&Pyrun>,
    callee: Option<&PyHandle>,
    arguments: In<Record>,
    count: usize,
    object: ObjectOut,
    error: ResultOut,
) -> i32 {
    give(object, error, || Pyrun::enter(py, |inner| call(inner, callee, &arguments, count, None)))
}

fn call(
    inner: &mut Inner,
    callee: Option<&PyHandle>,
    arguments: &In<Record>,
    count: usize,
    named: Option<&Record>,
) -> Result<PyHandle, Error> {
    let callee = there(callee)?;
    let arguments = to_values(&mut inner.py, arguments.slice(count)?)?;
    let named = match named.map(|named| to_value(&mut inner.py, named)).transpose()? {
        None | Some(Value::None) => Vec::new(),
        Some(Value::Dict(entries)) => entries,
        Some(_) => return Err(bad("named arguments are a PYRUN_DICT, or PYRUN_NONE, or null")),
    };
    let name = |(name, value): (Value, Value)| match name {
        Value::Str(name) => Ok((name, value)),
        _ => Err(bad("the name of an argument is a PYRUN_STR")),
    };
    let named = named.into_iter().map(name).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<_> = named.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    Ok(inner.py.python().bind(callee).call_with(arguments, &named)?.into_handle())
}
