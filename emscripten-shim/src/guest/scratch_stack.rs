//! Which bytes of a guest thread's scratch area are in use; `scratch` gives blocks of it.

/// Bytes that a thread of the guest keeps for blocks.
pub(crate) const AREA: u32 = 128 << 10;
/// Where blocks begin: at multiples of what the widest argument of a C function asks for.
const ALIGNMENT: u32 = 8;

/// The blocks of one thread of the guest that are in use.
#[derive(Debug, Default)]
pub(crate) struct ScratchStack {
    /// Where the guest has allocated [`AREA`] bytes; 0 until the first block.
    pub(crate) area: u32,
    /// Bytes of the area that are in use.
    pub(crate) used: u32,
}

impl ScratchStack {
    /// The address of a block; `None` when the area has no room for it.
    pub(crate) fn push(&mut self, bytes: u32) -> Option<u32> {
        let used = self.used.checked_add(bytes)?.checked_next_multiple_of(ALIGNMENT)?;
        if self.area == 0 || used > AREA {
            return None;
        }
        let addr = self.area + self.used;
        self.used = used;
        Some(addr)
    }
}

#[cfg(test)]
mod tests {
    use super::{AREA, ScratchStack};

    #[test]
    fn blocks_lie_side_by_side_until_the_area_is_full() {
        let mut stack = ScratchStack::default();
        assert_eq!(stack.push(1), None, "there is no area yet");
        stack.area = 4096;
        assert_eq!(stack.push(1), Some(4096));
        assert_eq!(stack.push(9), Some(4104));
        assert_eq!(stack.push(0), Some(4120));
        assert_eq!(stack.push(AREA), None);
        assert_eq!(stack.push(u32::MAX), None);
        assert_eq!(stack.push(AREA - 24), Some(4120), "the last byte is used too");
        assert_eq!(stack.push(1), None);
        assert_eq!(stack.used, AREA, "what is refused takes nothing");
    }
}
