//! Buffers: the guest's memory, lent to the host.
//!
//! A pointer into it stays good until it is released: guest memory is reserved whole when it is made and never moves
//! (`emscripten-shim/src/sys/linear.rs`), Python's buffer protocol holds the object in place, nothing runs in the interpreter
//! meanwhile ([`Pyrun::enter`]; during a host function, the guest waits for it), and it is not freed either
//! (`pyrun_destroy`).

use pyrun::{Element, Error, Memory, PyBuffer, PyHandle, PyObject, Python};

use crate::code::{self, bad, catch};
use crate::handle::{Inner, Pyrun};
use crate::result::{ObjectOut, ResultOut, give, report};
use crate::sys::{In, Out, RawBuffer, SizedOut};

/// `PYRUN_WRITABLE`.
const WRITABLE: u32 = 1;

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

/// A buffer with its place. `flags` are those of `pyrun_buffer_acquire`.
pub(crate) fn locate(lent: &PyBuffer, memory: &mut Memory<'_>, flags: u32) -> Result<RawBuffer, Error> {
    if flags & !WRITABLE != 0 {
        return Err(bad("unknown flags"));
    }
    let mut raw = describe(lent)?;
    let first = match flags {
        WRITABLE => memory.bytes_mut(lent)?.as_mut_ptr(),
        // The header says that nothing is written through it then.
        _ => memory.bytes(lent)?.as_ptr().cast_mut(),
    };
    raw.data = first.wrapping_add(lent.origin());
    Ok(raw)
}

/// All but the place.
fn describe(lent: &PyBuffer) -> Result<RawBuffer, Error> {
    let mut raw = RawBuffer::EMPTY;
    let (shape, strides, format) = (lent.shape(), lent.strides(), lent.format().as_bytes());
    if shape.len() > raw.shape.len() || format.len() >= raw.format.len() {
        return Err(bad("more than 8 axes, or a format of more than 15 characters"));
    }
    let bytes = shape.iter().try_fold(lent.item_size(), |bytes, size| bytes.checked_mul(*size));
    raw.itemsize = lent.item_size() as u32;
    raw.nbytes = bytes.ok_or_else(|| bad("the buffer lies outside the guest's memory"))? as u64;
    raw.ndim = shape.len() as u32;
    raw.flags = if lent.is_read_only() { 0 } else { WRITABLE };
    raw.format.iter_mut().zip(format).for_each(|(place, byte)| *place = *byte);
    raw.shape.iter_mut().zip(shape).for_each(|(place, size)| *place = *size as i64);
    raw.strides.iter_mut().zip(strides).for_each(|(place, stride)| *place = *stride as i64);
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
