//! The part of the C stack that one call or closure uses, laid out when its adapter is generated.
//!
//! The JavaScript glue moves the stack pointer down piece by piece at run time. Here all sizes are known when the code is
//! generated, so a frame has a fixed size and everything in it a fixed offset from its base, which is aligned to
//! at least 16 bytes as Emscripten's ABI asks of the stack pointer.

use super::cif::{CType, CifError};

/// Limit: bytes of the arguments of one call; no C stack is as large. Beyond it [`CifError::TooLarge`].
const MAX_FRAME: u32 = 1 << 26;

/// Where the next piece goes, and what the frame needs so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct StackFrame {
    /// Bytes, a multiple of `align` once it is [`StackFrame::closed`].
    pub(super) size: u32,
    /// Alignment of the base.
    pub(super) align: u32,
}

impl StackFrame {
    pub(super) const fn new() -> Self {
        Self { size: 0, align: 16 }
    }

    /// Reserves `size` bytes and returns their offset. `align` is a power of two.
    pub(super) fn push(&mut self, size: u32, align: u32) -> Result<u32, CifError> {
        let offset = self.size.checked_next_multiple_of(align).ok_or(CifError::TooLarge)?;
        self.size = offset.checked_add(size).filter(|&end| end <= MAX_FRAME).ok_or(CifError::TooLarge)?;
        self.align = self.align.max(align);
        Ok(offset)
    }

    /// Rounds the size up to the alignment.
    pub(super) fn closed(self) -> Self {
        let size = self.size.next_multiple_of(self.align);
        Self { size, ..self }
    }
}

/// Offsets of variadic arguments in the array that the callee walks with `va_arg`, and the size of the array. A struct
/// is there as a pointer.
///
/// This is the ABI's layout: ascending, each argument at its natural alignment. The JavaScript glue fills the array
/// from its end, which leaves a hole where a narrow argument follows a wide one, so that the callee reads the hole; it
/// also takes every argument of a closure to be 4 bytes long. Neither is copied.
pub(super) fn variadic(args: &[CType]) -> Result<(Vec<u32>, u32), CifError> {
    let mut array = StackFrame::new();
    let offsets = args.iter().map(|arg| match arg {
        CType::Struct { .. } => array.push(4, 4),
        other => {
            let (size, align) = other.layout();
            array.push(size, align)
        }
    });
    let offsets = offsets.collect::<Result<_, _>>()?;
    Ok((offsets, array.size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variadic_arguments_ascend_without_holes_that_the_abi_does_not_have() {
        let args = [CType::F64, CType::S32, CType::S64, CType::U8];
        assert_eq!(variadic(&args), Ok((vec![0, 8, 16, 24], 25)));
        let args = [CType::S32, CType::LongDouble];
        assert_eq!(variadic(&args), Ok((vec![0, 8], 24)));
        let args = [CType::Struct { size: 64, align: 32 }, CType::S32];
        assert_eq!(variadic(&args), Ok((vec![0, 4], 8)));
    }

    #[test]
    fn a_frame_keeps_the_largest_alignment() {
        let mut frame = StackFrame::new();
        assert_eq!(frame.push(1, 1), Ok(0));
        assert_eq!(frame.push(40, 32), Ok(32));
        let frame = frame.closed();
        assert_eq!((frame.size, frame.align), (96, 32));
        assert_eq!(StackFrame::new().push(u32::MAX, 1), Err(CifError::TooLarge));
    }
}
