//! Buffers: the guest's memory, lent to the host.
//!
//! A pointer into it stays good until it is released ([`crate::view`]): nothing runs in the interpreter meanwhile
//! ([`Pyrun::enter`]), and it is not freed either (`pyrun_destroy`).

use pyrun::{Element, Error, PyHandle, PyObject, Python};

use crate::code::{self, bad, catch};
use crate::handle::{Inner, Pyrun};
use crate::result::{ObjectOut, ResultOut, give, report};
use crate::sys::{In, Out, RawBuffer, SizedOut};
use crate::view::locate;

pub(crate) fn acquire(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    flags: u32,
    mut buffer: SizedOut<RawBuffer>,
    size: usize,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let mut buffer = buffer.of_size(size)?;
        buffer.put(RawBuffer::EMPTY);
        // Not by `enter`: several may be lent at once. The guest runs for a moment then, while the host waits in this call.
        let mut inner = Pyrun::lock(py)?;
        if inner.started {
            return Err(Error::Busy);
        }
        let object = object.ok_or_else(|| bad("a null pointer to an object"))?;
        buffer.put(lend(&mut inner, object, flags)?);
        Ok(())
    })
}

fn lend(inner: &mut Inner, object: &PyHandle, flags: u32) -> Result<RawBuffer, Error> {
    let lent = inner.py.python().bind(object).buffer()?;
    let mut raw = locate(&lent, &mut inner.py.memory()?, flags)?;
    raw.id = inner.next_lent;
    inner.next_lent += 1;
    inner.lent.insert(raw.id, lent);
    Ok(raw)
}

pub(crate) fn release(py: Option<&Pyrun>, mut buffer: Out<RawBuffer>) -> i32 {
    let Some(id) = buffer.read().map(|buffer| buffer.id) else { return code::BAD_ARGUMENT };
    let released = catch(|| {
        let mut inner = Pyrun::lock(py)?;
        inner.lent.remove(&id).map(drop).ok_or_else(|| bad("no buffer that is lent"))
    });
    match released {
        Ok(()) => {
            buffer.put(RawBuffer::EMPTY);
            code::OK
        }
        Err(error) => code::of(&error),
    }
}

pub(crate) fn array_new(
    py: Option<&Pyrun>,
    format: u32,
    ndim: u32,
    shape: In<i64>,
    array: ObjectOut,
    error: ResultOut,
) -> i32 {
    give(array, error, || {
        let shape = shape.slice(ndim as usize)?.iter().map(|size| usize::try_from(*size));
        let shape: Vec<usize> = shape.collect::<Result<_, _>>().map_err(|_| bad("a negative size"))?;
        let make = maker(format)?;
        Pyrun::enter(py, |inner| Ok(make(inner.py.python(), &shape)?.into_handle()))
    })
}

/// Makes an array of one element type.
type Make = for<'py> fn(Python<'py>, &[usize]) -> Result<PyObject<'py>, Error>;

fn maker(format: u32) -> Result<Make, Error> {
    fn of<'py, T: Element>(py: Python<'py>, shape: &[usize]) -> Result<PyObject<'py>, Error> {
        py.array_new::<T>(shape)
    }
    Ok(match char::from_u32(format) {
        Some('b') => of::<i8>,
        Some('B') => of::<u8>,
        Some('h') => of::<i16>,
        Some('H') => of::<u16>,
        Some('i') => of::<i32>,
        Some('I') => of::<u32>,
        Some('q') => of::<i64>,
        Some('Q') => of::<u64>,
        Some('f') => of::<f32>,
        Some('d') => of::<f64>,
        _ => return Err(bad("the format of an array is one of b B h H i I q Q f d")),
    })
}
