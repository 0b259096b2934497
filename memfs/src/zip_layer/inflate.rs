//! Inflating entries, and keeping what was inflated.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use crate::errno::{Errno, Result};

/// Limit: bytes that deflate can make of one byte. An entry that says more is damaged: `EIO`.
const MAX_RATIO: u64 = 1032;

/// Inflates an entry and checks its length and CRC. `Io` when something is wrong, or when it is larger than `limit`.
pub(super) fn inflate(raw: &[u8], size: u64, crc: u32, limit: u64) -> Result<Vec<u8>> {
    // The size is only a claim: nothing is allocated for what these bytes cannot give.
    if size > limit || size > (raw.len() as u64).saturating_mul(MAX_RATIO) {
        return Err(Errno::Io);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).map_err(|_| Errno::Io)?);
    let decoder = flate2::bufread::DeflateDecoder::new(raw);
    decoder.take(size.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| Errno::Io)?;
    let mut sum = flate2::Crc::new();
    sum.update(&bytes);
    if bytes.len() as u64 == size && sum.sum() == crc { Ok(bytes) } else { Err(Errno::Io) }
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
    use super::InflateCache;

    #[test]
    fn keeps_what_was_used_last() {
        let mut cache = InflateCache::new(10);
        cache.put(1, [0; 4].into());
        cache.put(2, [0; 4].into());
        assert!(cache.get(1).is_some());
        cache.put(3, [0; 4].into());
        assert!(cache.get(2).is_none() && cache.get(1).is_some() && cache.get(3).is_some());
        cache.put(4, [0; 40].into());
        assert!(cache.get(4).is_some() && cache.get(1).is_none());
        cache.put(4, [0; 4].into());
        assert_eq!(cache.bytes, 4);
    }
}
