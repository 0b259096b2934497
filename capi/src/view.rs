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
    if !is_consistent(lent.format(), lent.item_size(), shape) {
        return Err(bad("the buffer's format and the size of its elements contradict each other"));
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

/// Whether elements are as large as their format says. A guest may forge a view, and C code goes by either.
fn is_consistent(format: &str, item_size: usize, shape: &[usize]) -> bool {
    let sizes: &[usize] = match format.strip_prefix(['@', '=', '<', '>', '!', '|', '^']).unwrap_or(format) {
        "b" | "B" | "c" | "?" | "x" => &[1],
        "h" | "H" | "e" => &[2],
        "i" | "I" | "f" | "n" | "N" | "P" | "O" | "w" => &[4],
        // That of C here, or the standard one of the `struct` module.
        "l" | "L" => &[4, 8],
        "q" | "Q" | "d" | "Zf" => &[8],
        "u" => &[2, 4],
        "g" => &[8, 12, 16],
        "Zd" => &[16],
        "Zg" => &[16, 24, 32],
        // A struct, or a format of somebody's own, which says nothing but that elements take room.
        _ => return item_size > 0 || shape.contains(&0),
    };
    sizes.contains(&item_size)
}

#[cfg(test)]
mod tests {
    use super::is_consistent;

    #[test]
    fn elements_are_as_large_as_their_format_says() {
        for (format, size, fits) in [
            ("d", 8, true),
            ("d", 0, false),
            ("d", 1, false),
            ("<d", 8, true),
            (">d", 4, false),
            ("l", 4, true),
            ("l", 8, true),
            ("l", 2, false),
            ("T{<i:a:}", 4, true),
            ("T{<i:a:}", 0, false),
            ("\u{fffd}\u{fffd}", 0, false),
            ("Zd", 16, true),
            ("Zd", 8, false),
            ("", 1, true),
        ] {
            assert_eq!(is_consistent(format, size, &[2]), fits, "{format} {size}");
        }
        assert!(is_consistent("0s", 0, &[0]) && !is_consistent("d", 0, &[0]));
    }
}
