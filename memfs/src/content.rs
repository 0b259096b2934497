//! The bytes of a regular file in memory.
//!
//! Sparse: the file is cut into chunks of 64 KiB and a chunk exists only once something was written into it, and is only
//! as long as what was written. A 1 TB `truncate` costs nothing. [`Budget`] counts what the host holds, over all files: for a
//! chunk its room, a sixteenth more than its bytes at most, and [`CHUNK_OVERHEAD`].
//!
//! A chunk may be shared with an image and the other file systems made from it; it is copied when it is written. Each file
//! system counts it in full, so that what may be written never depends on who else shares it.
//!
//! Invariants: no chunk is empty or longer than [`CHUNK`]; no chunk holds bytes at or beyond `size`; the budget holds the
//! sum of the chunks' [`cost`]s; no chunk has more room than its cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::budget::Budget;
use crate::errno::{Errno, Result};

/// Bytes per chunk.
pub(crate) const CHUNK: u64 = 64 * 1024;
/// What a chunk takes besides its room: its place among the others, its count of holders, and what the allocator adds to each of its
/// three allocations. 113 were measured.
const CHUNK_OVERHEAD: u64 = 128;
/// Limit: bytes of a file, what a signed 64-bit offset can say. Beyond it `EFBIG`.
pub(crate) const MAX_SIZE: u64 = i64::MAX as u64;

/// A sparse array of bytes. A clone shares the chunks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    size: u64,
    /// The bytes of all chunks.
    allocated: u64,
    /// What the host holds for them.
    held: u64,
    chunks: BTreeMap<u64, Arc<Vec<u8>>>,
}

/// The room of a chunk of `length` bytes: a little more, so that one which grows byte by byte is not moved each time.
fn room(length: usize) -> usize {
    let grain = (length.next_power_of_two() / 16).max(16);
    length.next_multiple_of(grain).min(CHUNK as usize)
}

/// What the host holds for a chunk of `length` bytes.
fn cost(length: usize) -> u64 {
    if length == 0 { 0 } else { room(length) as u64 + CHUNK_OVERHEAD }
}

/// Makes a chunk at least so long, with zeros.
fn lengthen(chunk: &mut Vec<u8>, length: usize) {
    chunk.reserve_exact(room(length).saturating_sub(chunk.len()));
    chunk.resize(length.max(chunk.len()), 0);
}

impl Content {
    /// A content of these chunks; `None` when they break the invariants.
    pub(crate) fn from_chunks(size: u64, chunks: Vec<(u64, Arc<Vec<u8>>)>) -> Option<Self> {
        let count = chunks.len();
        let mut content = Self { size, ..Self::default() };
        for (index, chunk) in chunks {
            let length = chunk.len() as u64;
            let end = index.checked_mul(CHUNK)?.checked_add(length)?;
            if length == 0 || length > CHUNK || end > size {
                return None;
            }
            content.allocated += length;
            content.held += cost(chunk.len());
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

    /// Bytes that exist.
    pub(crate) fn allocated(&self) -> u64 {
        self.allocated
    }

    /// What the host holds for them, which is what counts against the budget.
    pub(crate) fn held(&self) -> u64 {
        self.held
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
            let part = rest.get(..rest.len().min(CHUNK as usize - within)).unwrap_or_default();
            // After a write that was cut short nothing more fits, which the next one finds.
            match self.write_chunk(position / CHUNK, within, part, budget) {
                Ok(written) => {
                    position += written as u64;
                    rest = rest.get(written..).unwrap_or_default();
                }
                Err(errno) if position == offset => return Err(errno),
                Err(_) => break,
            }
        }
        self.size = self.size.max(position);
        Ok((position - offset) as usize)
    }

    /// Writes into one chunk, as much as the budget allows.
    fn write_chunk(&mut self, index: u64, within: usize, part: &[u8], budget: &Budget) -> Result<usize> {
        let present = self.chunks.get(&index).map_or(0, |chunk| chunk.len());
        let part = part.get(..fits(within, part.len(), present, budget)).unwrap_or_default();
        if part.is_empty() {
            return Err(Errno::NoSpc);
        }
        let end = within + part.len();
        let more = cost(end.max(present)) - cost(present);
        budget.take(more)?;
        self.held += more;
        self.allocated += end.saturating_sub(present) as u64;
        let chunk = Arc::make_mut(self.chunks.entry(index).or_default());
        lengthen(chunk, end);
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
        // Of a file that grows nothing goes.
        let gone = self.chunks.split_off(&size.div_ceil(CHUNK));
        let mut freed: u64 = gone.values().map(|chunk| chunk.len() as u64).sum();
        let mut held: u64 = gone.values().map(|chunk| cost(chunk.len())).sum();
        let within = (size % CHUNK) as usize;
        if let Some(last) = self.chunks.get_mut(&(size / CHUNK))
            && last.len() > within
        {
            freed += (last.len() - within) as u64;
            held += cost(last.len()) - cost(within);
            *last = Arc::new(last.get(..within).unwrap_or_default().to_vec());
        }
        self.allocated = self.allocated.saturating_sub(freed);
        self.held = self.held.saturating_sub(held);
        budget.give_back(held);
        self.size = size;
        Ok(())
    }

    /// Makes every byte of the range exist (`fallocate`), and the file at least as long.
    ///
    /// Takes all of it or nothing: `NoSpc`, `FBig`.
    pub(crate) fn allocate(&mut self, offset: u64, len: u64, budget: &Budget) -> Result<()> {
        let end = offset.checked_add(len).filter(|end| *end <= MAX_SIZE).ok_or(Errno::FBig)?;
        // What never fits is not counted chunk by chunk.
        if len.saturating_add(CHUNK_OVERHEAD) > budget.limit() {
            return Err(Errno::NoSpc);
        }
        let span = |index: u64| (end - (index * CHUNK).min(end)).min(CHUNK) as usize;
        let present = |index: u64| self.chunks.get(&index).map_or(0, |chunk| chunk.len());
        let indices = offset / CHUNK..end.div_ceil(CHUNK);
        let (mut missing, mut more) = (0_u64, 0_u64);
        for index in indices.clone() {
            missing += span(index).saturating_sub(present(index)) as u64;
            more += cost(span(index)).saturating_sub(cost(present(index)));
        }
        budget.take(more)?;
        self.allocated += missing;
        self.held += more;
        for index in indices {
            let chunk = self.chunks.entry(index).or_default();
            if chunk.len() < span(index) {
                lengthen(Arc::make_mut(chunk), span(index));
            }
        }
        self.size = self.size.max(end);
        Ok(())
    }

    /// Lets everything go.
    pub(crate) fn clear(&mut self, budget: &Budget) {
        budget.give_back(self.held);
        *self = Self::default();
    }
}

/// How many of `length` bytes the budget lets be written into a chunk of `present` bytes, at `within`.
fn fits(within: usize, length: usize, present: usize, budget: &Budget) -> usize {
    let more = |count: usize| cost((within + count).max(present)) - cost(present);
    let shortage = budget.shortage(more(length));
    if shortage == 0 {
        return length;
    }
    // The cost grows with the count, so what fits is found by halving.
    let (mut fits, mut too_many, free) = (0, length, budget.free());
    while too_many - fits > 1 {
        let middle = fits.midpoint(too_many);
        if more(middle) <= free { fits = middle } else { too_many = middle }
    }
    fits
}

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests {
    use super::{Budget, CHUNK, CHUNK_OVERHEAD, Content, MAX_SIZE, cost, room};
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
    fn the_largest_file_and_one_byte_more() {
        let budget = Budget::new(2 * CHUNK);
        let mut content = Content::default();
        assert_eq!((content.set_size(MAX_SIZE, &budget), content.size()), (Ok(()), MAX_SIZE));
        assert_eq!((content.set_size(MAX_SIZE + 1, &budget), content.size()), (Err(Errno::FBig), MAX_SIZE));
        assert_eq!(content.allocate(MAX_SIZE - 1, 1, &budget), Ok(()));
        assert_eq!(content.allocate(MAX_SIZE - 1, 2, &budget), Err(Errno::FBig));
        assert!(Content::from_chunks(MAX_SIZE, Vec::new()).is_some());
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
        let budget = Budget::new(CHUNK_OVERHEAD + 16);
        let mut content = Content::default();
        assert_eq!(content.write_at(10, b"12345678", &budget), Ok(6));
        assert_eq!((content.size(), budget.free()), (16, 0));
        assert_eq!(content.write_at(16, b"9", &budget), Err(Errno::NoSpc));
        assert_eq!(content.write_at(0, b"abcd", &budget), Ok(4), "what exists can be overwritten");
        assert_eq!(content.write_at(MAX_SIZE, b"x", &budget), Err(Errno::FBig));
        // It ends with a chunk: of the next one not a byte is written, and those before are told.
        let budget = Budget::new(CHUNK + CHUNK_OVERHEAD);
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
        let budget = Budget::new(3 * (CHUNK + CHUNK_OVERHEAD));
        let mut content = Content::default();
        assert_eq!(content.allocate(0, 4 * CHUNK, &budget), Err(Errno::NoSpc));
        assert_eq!(content.allocate(CHUNK + 1, CHUNK, &budget), Ok(()));
        assert_eq!((content.size(), content.allocated()), (2 * CHUNK + 1, CHUNK + 1));
        assert_eq!(budget.used(), cost(1) + cost(CHUNK as usize));
        assert_eq!(content.allocate(0, 3 * CHUNK, &budget), Ok(()));
        assert_eq!((budget.free(), content.allocated()), (0, 3 * CHUNK), "what is there is not counted again");
        assert_eq!(content.write_at(3 * CHUNK, b"x", &budget), Err(Errno::NoSpc));
        assert_eq!(content.allocate(MAX_SIZE, 1, &budget), Err(Errno::FBig));
    }

    #[test]
    fn a_byte_in_each_chunk_costs_what_the_host_holds() {
        let budget = Budget::new(1 << 20);
        let mut content = Content::default();
        let written = (0..).take_while(|index| content.write_at(index * CHUNK, b"x", &budget).is_ok()).count() as u64;
        assert_eq!(written, (1 << 20) / cost(1));
        assert!(cost(1) >= 113 && content.allocated() == written && content.held() == budget.used());
        content.set_size(CHUNK / 2, &budget).unwrap();
        assert_eq!((content.held(), budget.used()), (cost(1), cost(1)));
        content.clear(&budget);
        assert_eq!((content.held(), budget.used()), (0, 0));
    }

    #[test]
    fn no_chunk_has_more_room_than_it_costs() {
        for length in (0..=CHUNK as usize).step_by(7).chain([CHUNK as usize]) {
            assert!(room(length) >= length && room(length) <= length + length / 8 + 16, "{length}");
            assert!(cost(length) <= cost(length + 1), "{length}");
        }
        let budget = Budget::new(u64::MAX);
        for step in [1, 13, 4096, 10_000] {
            let mut content = Content::default();
            while content.size() < CHUNK + 100 {
                content.write_at(content.size(), &vec![1; step], &budget).unwrap();
                for (_, chunk) in content.chunks() {
                    assert!(chunk.capacity() as u64 + CHUNK_OVERHEAD <= cost(chunk.len()), "{step}: {}", chunk.len());
                }
            }
            content.clear(&budget);
        }
    }
}
