//! The size of MicroPython's heap: how it is written, and whether there is room for it.

use pyrun_emscripten_shim::{Caller, em};

use crate::error::Error;
use crate::module::emscripten::ended;
use crate::module::error::ModuleError;

/// Bytes of Python's own stack, of which the port's JavaScript asks for as many.
pub(super) const PYTHON_STACK: u32 = 2 * 1024;
/// Bytes that MicroPython takes besides its heap, and what the allocator does.
const BESIDES: u32 = PYTHON_STACK * 4 + (64 << 10);
/// How exactly the largest size is looked for.
const STEP: u32 = 64 << 10;

/// A size with a suffix: `64k`, `1m`.
pub(super) fn size(text: &str) -> Option<u32> {
    let (digits, factor) = match text.as_bytes().last()? {
        b'k' | b'K' => (text.get(..text.len() - 1)?, 1 << 10),
        b'm' | b'M' => (text.get(..text.len() - 1)?, 1 << 20),
        _ => (text, 1),
    };
    digits.parse::<u32>().ok()?.checked_mul(factor)
}

/// Whether a heap of this size finds room: MicroPython itself does not look.
///
/// # Errors
/// [`Error::Module`] with the largest size that does.
pub(super) fn check(caller: &mut Caller<'_>, bytes: u32) -> Result<(), Error> {
    if fits(caller, bytes)? {
        return Ok(());
    }
    let (mut largest, mut too_large) = (0, bytes);
    while too_large - largest > STEP {
        let middle = largest + (too_large - largest) / 2;
        match fits(caller, middle)? {
            true => largest = middle,
            false => too_large = middle,
        }
    }
    Err(ModuleError::MicroPythonHeap { bytes, largest: largest / STEP * STEP }.into())
}

fn fits(caller: &mut Caller<'_>, bytes: u32) -> Result<bool, Error> {
    let Some(all) = bytes.checked_add(BESIDES) else { return Ok(false) };
    match em::malloc(caller, all).map_err(ended)? {
        Some(address) => em::free(caller, address).map_err(ended).map(|()| true),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_suffixes() {
        for (text, bytes) in
            [("65536", Some(65536)), ("64k", Some(65536)), ("2M", Some(2 << 20)), ("", None), ("k", None)]
        {
            assert_eq!(size(text), bytes, "{text}");
        }
        assert_eq!(size("4097m"), None, "more than there is");
    }
}
