//! Where the elements of a buffer lie in the host's memory.
//!
//! The address stays good as long as the buffer is held: guest memory is reserved whole when it is made and never moves, and
//! Python's buffer protocol holds the object in place.

use pyrun::{Error, Memory, PyBuffer};

use crate::code::bad;
use crate::sys::RawBuffer;

/// `PYRUN_WRITABLE`.
const WRITABLE: u32 = 1;

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
