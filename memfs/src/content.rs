//! The bytes of a regular file in memory.
//!
//! Sparse: the file is cut into chunks of 64 KiB and a chunk exists only once something was written into it, and is only
//! as long as what was written. A 1 TB `truncate` costs nothing, a file of ten bytes costs ten. [`Budget`] counts the
//! bytes that exist, over all files.
//!
//! A chunk may be shared with an image and the other file systems made from it; it is copied when it is written. Each file
//! system counts it in full, so that what may be written never depends on who else shares it.
//!
//! Invariants: no chunk is empty or longer than [`CHUNK`]; no chunk holds bytes at or beyond `size`; the budget holds the
//! sum of the chunks' lengths.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::budget::Budget;
use crate::errno::{Errno, Result};

/// Bytes per chunk.
pub(crate) const CHUNK: u64 = 64 * 1024;
/// Limit: bytes of a file, what a signed 64-bit offset can say. Beyond it `EFBIG`.
pub(crate) const MAX_SIZE: u64 = i64::MAX as u64;

/// A sparse array of bytes. A clone shares the chunks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    size: u64,
    allocated: u64,
    chunks: BTreeMap<u64, Arc<Vec<u8>>>,
}

impl Content {
    /// A content of these chunks; `None` when they break the invariants.
    pub(crate) fn from_chunks(size: u64, chunks: Vec<(u64, Arc<Vec<u8>>)>) -> Option<Self> {
        let count = chunks.len();
        let mut content = Self { size, allocated: 0, chunks: BTreeMap::new() };
        for (index, chunk) in chunks {
            let length = chunk.len() as u64;
            let end = index.checked_mul(CHUNK)?.checked_add(length)?;
            if length == 0 || length > CHUNK || end > size {
                return None;
            }
            content.allocated += length;
            content.chunks.insert(index, chunk);
        }
        (size <= MAX_SIZE && content.chunks.len() == count).then_some(content)
    }

    /// The chunks that exist, with their indices.
    pub(crate) fn chunks(&self) -> impl ExactSizeIterator<Item = (u64, &Arc<Vec<u8>>)> {
        self.chunks.iter().map(|(index, chunk)| (*index, chunk))
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that exist, which is what counts against the budget.
    pub(crate) fn allocated(&self) -> u64 {
        self.allocated
    }

    /// Reads from `offset`; what was never written is zero.
    pub(crate) fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize {
        let count = self.size.saturating_sub(offset).min(buf.len() as u64) as usize;
        let mut rest = buf.get_mut(..count).unwrap_or_default();
        let mut position = offset;
        while !rest.is_empty() {
            let within = position % CHUNK;
            let step = (CHUNK - within).min(rest.len() as u64) as usize;
            let (part, after) = rest.split_at_mut(step);
            let chunk = self.chunks.get(&(position / CHUNK)).map(|chunk| chunk.as_slice()).unwrap_or_default();
            let copied = crate::layer::copy_from(chunk, within, part);
            if let Some(hole) = part.get_mut(copied..) {
                hole.fill(0);
            }
            position += step as u64;
            rest = after;
        }
        count
    }

    /// Writes `bytes` at `offset`: as many as the budget and [`MAX_SIZE`] allow.
    ///
    /// Errors when not one byte fits: `FBig` for the size, `NoSpc` for the budget.
    pub(crate) fn write_at(&mut self, offset: u64, bytes: &[u8], budget: &Budget) -> Result<usize> {
        let room = MAX_SIZE.saturating_sub(offset);
        if bytes.is_empty() {
            return Ok(0);
        }
        if room == 0 {
            return Err(Errno::FBig);
        }
        let mut rest = bytes.get(..bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX))).unwrap_or_default();
        let mut position = offset;
        while !rest.is_empty() {
            let within = (position % CHUNK) as usize;
            let (part, after) = rest.split_at(rest.len().min(CHUNK as usize - within));
            let written = match self.write_chunk(position / CHUNK, within, part, budget) {
                Ok(written) => written,
                Err(errno) if position == offset => return Err(errno),
                Err(_) => break,
            };
            position += written as u64;
            if written < part.len() {
                break;
            }
            rest = after;
        }
        self.size = self.size.max(position);
        Ok((position - offset) as usize)
    }

    /// Writes into one chunk, as much as the budget allows.
    fn write_chunk(&mut self, index: u64, within: usize, part: &[u8], budget: &Budget) -> Result<usize> {
        let present = self.chunks.get(&index).map_or(0, |chunk| chunk.len());
        let grown = (within + part.len()).saturating_sub(present) as u64;
        let shortage = budget.shortage(grown) as usize;
        let part = match part.len().checked_sub(shortage) {
            None | Some(0) => return Err(Errno::NoSpc),
            Some(fits) => part.get(..fits).unwrap_or_default(),
        };
        let end = within + part.len();
        let grown = end.saturating_sub(present) as u64;
        budget.take(grown)?;
        self.allocated += grown;
        let chunk = Arc::make_mut(self.chunks.entry(index).or_default());
        if within == chunk.len() {
            chunk.extend_from_slice(part);
            return Ok(part.len());
        }
        if end > chunk.len() {
            chunk.resize(end, 0);
        }
        if let Some(target) = chunk.get_mut(within..end) {
            target.copy_from_slice(part);
        }
        Ok(part.len())
    }

    /// Cuts, or grows with zeros that take no room.
    pub(crate) fn set_size(&mut self, size: u64, budget: &Budget) -> Result<()> {
        if size > MAX_SIZE {
            return Err(Errno::FBig);
        }
        if size < self.size {
            let first_gone = size.div_ceil(CHUNK);
            let gone = self.chunks.split_off(&first_gone);
            let mut freed: u64 = gone.values().map(|chunk| chunk.len() as u64).sum();
            let within = (size % CHUNK) as usize;
            if within != 0
                && let Some(last) = self.chunks.get_mut(&(size / CHUNK))
                && last.len() > within
            {
                freed += (last.len() - within) as u64;
                *last = Arc::new(last.get(..within).unwrap_or_default().to_vec());
            }
            self.allocated = self.allocated.saturating_sub(freed);
            budget.give_back(freed);
        }
        self.size = size;
        Ok(())
    }

    /// Makes every byte of the range exist (`fallocate`), and the file at least as long.
    ///
    /// Takes all of it or nothing: `NoSpc`, `FBig`.
    pub(crate) fn allocate(&mut self, offset: u64, len: u64, budget: &Budget) -> Result<()> {
        let end = offset.checked_add(len).filter(|end| *end <= MAX_SIZE).ok_or(Errno::FBig)?;
        if len > budget.limit() {
            return Err(Errno::NoSpc);
        }
        let span = |index: u64| (end - (index * CHUNK).min(end)).min(CHUNK) as usize;
        let present = |index: u64| self.chunks.get(&index).map_or(0, |chunk| chunk.len());
        let indices = offset / CHUNK..end.div_ceil(CHUNK);
        let missing: u64 = indices.clone().map(|index| span(index).saturating_sub(present(index)) as u64).sum();
        budget.take(missing)?;
        self.allocated += missing;
        for index in indices {
            let chunk = self.chunks.entry(index).or_default();
            if chunk.len() < span(index) {
                Arc::make_mut(chunk).resize(span(index), 0);
            }
        }
        self.size = self.size.max(end);
        Ok(())
    }

    /// Lets everything go.
    pub(crate) fn clear(&mut self, budget: &Budget) {
        budget.give_back(self.allocated);
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, CHUNK, Content, MAX_SIZE};
    use crate::errno::Errno;

    #[test]
    fn a_terabyte_of_nothing_is_free() {
        let budget = Budget::new(100);
        let mut content = Content::default();
        content.set_size(1 << 40, &budget).unwrap();
        assert_eq!((content.size(), content.allocated(), budget.free()), (1 << 40, 0, 100));
        let mut buf = [7; 16];
        assert_eq!(content.read_at((1 << 40) - 4, &mut buf), 4);
        assert_eq!(&buf[..5], &[0, 0, 0, 0, 7]);
    }

    #[test]
    fn writes_across_chunks_and_cuts_them() {
        let budget = Budget::new(1 << 20);
        let mut content = Content::default();
        let bytes: Vec<u8> = (0..3 * CHUNK).map(|i| (i % 251) as u8).collect();
        assert_eq!(content.write_at(10, &bytes, &budget), Ok(bytes.len()));
        let mut back = vec![0; bytes.len()];
        assert_eq!(content.read_at(10, &mut back), bytes.len());
        assert_eq!(back, bytes);
        content.set_size(CHUNK + 5, &budget).unwrap();
        assert_eq!(content.allocated(), CHUNK + 5);
        content.set_size(2 * CHUNK, &budget).unwrap();
        let mut tail = [9; 4];
        content.read_at(CHUNK + 3, &mut tail);
        assert_eq!(tail, [bytes[CHUNK as usize - 7], bytes[CHUNK as usize - 6], 0, 0]);
        content.clear(&budget);
        assert_eq!(budget.free(), 1 << 20);
    }

    #[test]
    fn the_budget_cuts_a_write_short() {
        let budget = Budget::new(10);
        let mut content = Content::default();
        assert_eq!(content.write_at(4, b"12345678", &budget), Ok(6));
        assert_eq!(content.size(), 10);
        assert_eq!(content.write_at(10, b"9", &budget), Err(Errno::NoSpc));
        assert_eq!(content.write_at(0, b"abcd", &budget), Ok(4), "what exists can be overwritten");
        assert_eq!(content.write_at(MAX_SIZE, b"x", &budget), Err(Errno::FBig));
        // It ends with a chunk: of the next one not a byte is written, and those before are told.
        let budget = Budget::new(CHUNK);
        let mut content = Content::default();
        let bytes = vec![1; CHUNK as usize + 7];
        assert_eq!(content.write_at(0, &bytes, &budget), Ok(CHUNK as usize));
        assert_eq!((content.size(), budget.free()), (CHUNK, 0));
        // The largest file is cut short as well.
        let mut content = Content::default();
        assert_eq!(content.write_at(MAX_SIZE - 3, b"12345", &Budget::new(2 * CHUNK)), Ok(3));
        assert_eq!(content.size(), MAX_SIZE);
    }

    #[test]
    fn chunks_that_break_the_invariants_are_no_content() {
        let chunk = |length: u64| std::sync::Arc::new(vec![1; length as usize]);
        let good = Content::from_chunks(3 * CHUNK, vec![(0, chunk(CHUNK)), (2, chunk(5))]).unwrap();
        assert_eq!((good.allocated(), good.chunks().len()), (CHUNK + 5, 2));
        for (size, chunks) in [
            (4, vec![(0, chunk(5))]),
            (2 * CHUNK, vec![(0, chunk(CHUNK + 1))]),
            (CHUNK, vec![(0, chunk(0))]),
            (MAX_SIZE, vec![(u64::MAX / CHUNK + 1, chunk(1))]),
            (CHUNK, vec![(0, chunk(1)), (0, chunk(2))]),
            (MAX_SIZE + 1, vec![]),
        ] {
            assert!(Content::from_chunks(size, chunks).is_none(), "{size}");
        }
    }

    #[test]
    fn allocates_all_or_nothing() {
        let budget = Budget::new(3 * CHUNK);
        let mut content = Content::default();
        assert_eq!(content.allocate(0, 4 * CHUNK, &budget), Err(Errno::NoSpc));
        assert_eq!(content.allocate(CHUNK + 1, CHUNK, &budget), Ok(()));
        assert_eq!((content.size(), content.allocated()), (2 * CHUNK + 1, CHUNK + 1));
        assert_eq!((budget.used(), content.allocate(0, 3 * CHUNK, &budget)), (CHUNK + 1, Ok(())));
        assert_eq!((budget.free(), content.allocated()), (0, 3 * CHUNK), "what is there is not counted again");
        assert_eq!(content.write_at(3 * CHUNK, b"x", &budget), Err(Errno::NoSpc));
        assert_eq!(content.allocate(MAX_SIZE, 1, &budget), Err(Errno::FBig));
    }
}
