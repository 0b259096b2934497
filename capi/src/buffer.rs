//! Buffers: the guest's memory, lent to the host.
//!
//! A pointer into it stays good until it is released: guest memory is reserved whole when it is made and never moves
//! (`emscripten-shim/src/sys/linear.rs`), Python's buffer protocol holds the object in place, nothing runs in the interpreter
//! meanwhile ([`Pyrun::enter`]), and it is not freed either (`pyrun_destroy`).

use pyrun::{Error, PyBuffer, PyHandle};

use crate::handle::{Inner, Pyrun};
use crate::result::{ObjectOut, ResultOut, code, give, report};
use crate::sys::{In, Out, RawBuffer, bad};

/// `PYRUN_WRITABLE`.
const WRITABLE: u32 = 1;

#[unsafe(no_mangle)]
extern "C" fn pyrun_buffer_acquire(
    py: Option<&Pyrun>,
    object: Option<&PyHandle>,
    flags: u32,
    mut buffer: Out<RawBuffer>,
    error: ResultOut,
) -> i32 {
    buffer.put(RawBuffer::EMPTY);
    report(error, || {
        // Not by `enter`: several may be lent at once. The guest runs for a moment then, while the host waits in this call.
        let mut inner = Pyrun::lock(py)?;
        if inner.started {
            return Err(Error::Busy);
        }
        if flags & !WRITABLE != 0 {
            return Err(bad("unknown flags"));
        }
        if buffer.is_null() {
            return Err(bad("no place for the buffer"));
        }
        let object = object.ok_or_else(|| bad("no object"))?;
        buffer.put(acquire(&mut inner, object, flags & WRITABLE != 0)?);
        Ok(())
    })
}

fn acquire(inner: &mut Inner, object: &PyHandle, writable: bool) -> Result<RawBuffer, Error> {
    let lent = inner.py.python().bind(object).buffer()?;
    let mut raw = describe(&lent)?;
    let memory = inner.py.memory();
    let first = match writable {
        true => memory?.bytes_mut(&lent)?.as_mut_ptr(),
        // The header says that nothing is written through it then.
        false => memory?.bytes(&lent)?.as_ptr().cast_mut(),
    };
    raw.data = first.wrapping_add(lent.origin());
    raw.id = inner.next_lent;
    inner.next_lent += 1;
    inner.lent.insert(raw.id, lent);
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

#[unsafe(no_mangle)]
extern "C" fn pyrun_buffer_release(py: Option<&Pyrun>, mut buffer: Out<RawBuffer>) -> i32 {
    let Some(id) = buffer.read().map(|buffer| buffer.id) else { return code::BAD_ARGUMENT };
    let released = crate::result::catch(|| {
        let mut inner = Pyrun::lock(py)?;
        inner.lent.remove(&id).map(drop).ok_or_else(|| bad("no buffer that is lent"))
    });
    match released {
        Ok(()) => {
            buffer.put(RawBuffer::EMPTY);
            code::OK
        }
        Err(error) => crate::result::code_of(&error),
    }
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_array_new(
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
        Pyrun::enter(py, |inner| {
            let py = inner.py.python();
            let array = match char::from_u32(format) {
                Some('b') => py.array_new::<i8>(&shape),
                Some('B') => py.array_new::<u8>(&shape),
                Some('h') => py.array_new::<i16>(&shape),
                Some('H') => py.array_new::<u16>(&shape),
                Some('i') => py.array_new::<i32>(&shape),
                Some('I') => py.array_new::<u32>(&shape),
                Some('q') => py.array_new::<i64>(&shape),
                Some('Q') => py.array_new::<u64>(&shape),
                Some('f') => py.array_new::<f32>(&shape),
                Some('d') => py.array_new::<f64>(&shape),
                _ => Err(bad("the format of an array is one of b B h H i I q Q f d")),
            };
            Ok(array?.into_handle())
        })
    })
}
