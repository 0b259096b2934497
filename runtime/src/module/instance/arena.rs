//! What was allocated in a module's memory, as the host keeps book of it.

use std::collections::BTreeMap;
use std::ops::Range;

/// Alignment of what is given out: that of the largest number of C's.
pub(super) const ALIGNMENT: u32 = 16;

/// Where room comes from.
#[derive(Debug)]
pub(super) enum Allocator {
    /// The module's own functions; `free` may be missing.
    Module { frees: bool },
    /// Memory that the module does not use.
    Arena(Arena),
}

/// What was given out, and where more comes from.
#[derive(Debug, Default)]
pub(super) struct Allocations {
    pub(super) allocator: Option<Allocator>,
    /// Addresses that the module's `malloc` gave for what had to be aligned further, by what was made of them.
    pub(super) aligned: BTreeMap<u32, u32>,
}

/// Memory that is handed out in blocks. The bookkeeping is the host's: a module that overwrites its own memory cannot damage it.
#[derive(Debug)]
pub(super) struct Arena {
    /// Free blocks that do not touch: start, end.
    free: BTreeMap<u32, u32>,
    /// Blocks that were given out: start, end.
    used: BTreeMap<u32, u32>,
    /// Whether memory is grown when it is full.
    pub(super) grows: bool,
}

impl Arena {
    pub(super) fn new(addresses: Range<u32>, grows: bool) -> Self {
        let mut arena = Self { free: BTreeMap::new(), used: BTreeMap::new(), grows };
        arena.add(addresses);
        arena
    }

    pub(super) fn add(&mut self, addresses: Range<u32>) {
        // Address 0 is C's null pointer.
        let start = addresses.start.max(1).checked_next_multiple_of(ALIGNMENT).unwrap_or(u32::MAX);
        if start >= addresses.end {
            return;
        }
        let (mut start, mut end) = (start, addresses.end);
        if let Some((before, _)) = self.free.range(..start).next_back().filter(|(_, free)| **free == start) {
            start = *before;
        }
        if let Some(after) = self.free.remove(&end) {
            end = after;
        }
        self.free.insert(start, end);
    }

    /// The first free block that is large enough.
    pub(super) fn take(&mut self, bytes: u32) -> Option<u32> {
        let bytes = bytes.max(1).checked_next_multiple_of(ALIGNMENT)?;
        let (start, end) =
            self.free.iter().map(|(start, end)| (*start, *end)).find(|(start, end)| end - start >= bytes)?;
        self.free.remove(&start);
        let rest = start + bytes;
        if rest < end {
            self.free.insert(rest, end);
        }
        self.used.insert(start, rest);
        Some(start)
    }

    pub(super) fn give_back(&mut self, address: u32) -> Option<()> {
        let end = self.used.remove(&address)?;
        self.add(address..end);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;

    #[test]
    fn blocks_are_handed_out_and_joined_again() {
        let mut arena = Arena::new(3..100, false);
        let blocks: Vec<_> = std::iter::from_fn(|| arena.take(17)).collect();
        assert_eq!(blocks, [16, 48], "aligned, and no further than the end");
        assert_eq!(arena.take(16), Some(80));
        assert_eq!(arena.take(1), None, "4 bytes are left, which hold no block");
        for block in [80, 16, 48] {
            assert_eq!(arena.give_back(block), Some(()));
        }
        assert_eq!(arena.give_back(16), None, "twice");
        assert_eq!(arena.free.iter().map(|(start, end)| (*start, *end)).collect::<Vec<_>>(), [(16, 100)]);
        assert_eq!(arena.take(80), Some(16));
    }

    #[test]
    fn nothing_is_null_or_beyond_the_end() {
        assert_eq!(Arena::new(0..16, false).take(1), None);
        assert_eq!(Arena::new(0..32, false).take(1), Some(16));
        assert_eq!(Arena::new(u32::MAX - 3..u32::MAX, false).take(1), None);
        let (start, end) = (5, 3);
        assert_eq!(Arena::new(start..end, false).take(1), None);
        assert_eq!(Arena::new(0..u32::MAX, false).take(u32::MAX), None);
    }
}
