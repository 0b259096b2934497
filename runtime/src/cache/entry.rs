//! What the cache gives: bytes in a file or in memory, and the sidecar that was published with them.

use std::path::PathBuf;
use std::sync::Arc;

/// Where the bytes of an entry are.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    /// In a file that was verified. It is never changed, only replaced and removed: a mapping of it stays whole.
    File(PathBuf),
    /// In memory, because the folder could not take it.
    Memory(Arc<[u8]>),
}

/// Something from the cache.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(super) payload: Payload,
    pub(super) info: Arc<[u8]>,
}

impl Entry {
    /// The bytes themselves.
    #[must_use]
    pub(crate) fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The sidecar bytes that were published with it.
    #[must_use]
    pub(crate) fn info(&self) -> &[u8] {
        &self.info
    }

    /// A copy of the bytes, wherever they are.
    ///
    /// # Errors
    /// When the file has gone since it was looked up.
    pub(crate) fn read(&self) -> std::io::Result<Vec<u8>> {
        match &self.payload {
            Payload::File(path) => std::fs::read(path),
            Payload::Memory(bytes) => Ok(bytes.to_vec()),
        }
    }
}
