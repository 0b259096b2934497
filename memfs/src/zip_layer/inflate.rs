//! Inflating entries, and keeping what was inflated.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use crate::errno::{Errno, Result};

/// Limit: bytes that deflate can make of one byte. An entry that says more is damaged: `EIO`.
const MAX_RATIO: u64 = 1032;

/// Inflates an entry and checks its length and CRC. `Io` when something is wrong, or when it is larger than `limit`.
pub(super) fn inflate(raw: &[u8], size: u64, crc: u32, limit: u64) -> Result<Vec<u8>> {
    if !can_be(size, raw.len(), limit) {
        return Err(Errno::Io);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).map_err(|_| Errno::Io)?);
    let decoder = flate2::bufread::DeflateDecoder::new(raw);
    decoder.take(size.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| Errno::Io)?;
    let mut sum = flate2::Crc::new();
    sum.update(&bytes);
    if bytes.len() as u64 == size && sum.sum() == crc { Ok(bytes) } else { Err(Errno::Io) }
}

/// Whether so many bytes may come of `raw` bytes. The size is only a claim: nothing is allocated for what these bytes cannot give.
fn can_be(size: u64, raw: usize, limit: u64) -> bool {
    size <= limit && size <= (raw as u64).saturating_mul(MAX_RATIO)
}

/// What was inflated, up to a number of bytes; what was not used for longest goes first.
#[derive(Debug)]
pub(super) struct InflateCache {
    kept: HashMap<u32, (u64, Arc<[u8]>)>,
    bytes: u64,
    limit: u64,
    clock: u64,
}

impl InflateCache {
    pub(super) fn new(limit: u64) -> Self {
        Self { kept: HashMap::new(), bytes: 0, limit, clock: 0 }
    }

    pub(super) fn get(&mut self, entry: u32) -> Option<Arc<[u8]>> {
        self.clock += 1;
        let (used, bytes) = self.kept.get_mut(&entry)?;
        *used = self.clock;
        Some(bytes.clone())
    }

    pub(super) fn put(&mut self, entry: u32, bytes: Arc<[u8]>) {
        self.clock += 1;
        self.bytes += bytes.len() as u64;
        if let Some((_, former)) = self.kept.insert(entry, (self.clock, bytes)) {
            self.bytes -= former.len() as u64;
        }
        while self.bytes > self.limit && self.kept.len() > 1 {
            let oldest = self.kept.iter().min_by_key(|(_, (used, _))| *used).map(|(entry, _)| *entry);
            let Some((_, gone)) = oldest.and_then(|entry| self.kept.remove(&entry)) else {
                return;
            };
            self.bytes -= gone.len() as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Errno, InflateCache, MAX_RATIO, can_be, inflate};

    #[test]
    fn a_size_is_possible_or_not() {
        for (size, raw, limit, expected) in [
            (0, 0, 0, true),
            (1, 0, 100, false),
            (100, 100, 100, true),
            (101, 100, 100, false),
            (MAX_RATIO, 1, u64::MAX, true),
            (MAX_RATIO + 1, 1, u64::MAX, false),
            (3 * MAX_RATIO, 3, 3 * MAX_RATIO, true),
        ] {
            assert_eq!(can_be(size, raw, limit), expected, "{size} {raw} {limit}");
        }
    }

    #[test]
    fn what_is_inflated_is_what_was_meant() {
        let text = b"some text that deflates, deflates, deflates".repeat(9);
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&text).unwrap();
        let raw = encoder.finish().unwrap();
        let crc = |bytes: &[u8]| {
            let mut sum = flate2::Crc::new();
            sum.update(bytes);
            sum.sum()
        };
        let size = text.len() as u64;
        assert_eq!(inflate(&raw, size, crc(&text), size), Ok(text.clone()));
        for (size, crc, limit) in [
            (size, crc(&text) ^ 1, size),
            (size, crc(&text), size - 1),
            (size + 1, crc(&text), size + 1),
            // Too small, with the sum of as much as is read of it, and of as much as it says.
            (10, crc(&text[..11]), size),
            (10, crc(&text[..10]), size),
        ] {
            assert_eq!(inflate(&raw, size, crc, limit), Err(Errno::Io), "{size}");
        }
        assert_eq!(inflate(&raw[..raw.len() / 2], size, crc(&text), size), Err(Errno::Io));
    }

    /// Entries of 1 to 5 bytes in a cache of 12, and what a list in the order of use says is kept.
    #[test]
    fn keeps_what_was_used_last() {
        let mut cache = InflateCache::new(12);
        let mut kept: Vec<(u32, usize)> = Vec::new();
        let mut random = 1_u32;
        for step in 0..500 {
            random = random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            let (entry, length) = (random >> 16 & 7, (random >> 20) as usize % 5 + 1);
            let former = kept.iter().position(|(kept, _)| *kept == entry);
            if random >> 24 & 1 == 0 {
                assert_eq!(cache.get(entry).map(|bytes| bytes.len()), former.map(|at| kept[at].1), "{step}");
                if let Some(at) = former {
                    let used = kept.remove(at);
                    kept.push(used);
                }
            } else {
                cache.put(entry, vec![0; length].into());
                former.map(|at| kept.remove(at));
                kept.push((entry, length));
                while kept.iter().map(|(_, length)| length).sum::<usize>() > 12 {
                    kept.remove(0);
                }
            }
            assert_eq!(cache.bytes, kept.iter().map(|(_, length)| *length as u64).sum::<u64>(), "{step}");
        }
        // One that is too large is kept alone.
        cache.put(9, [0; 40].into());
        assert_eq!((cache.get(9).map(|bytes| bytes.len()), cache.kept.len(), cache.bytes), (Some(40), 1, 40));
    }
}
