//! A zip (a wheel is one) as a layer.
//!
//! Replaces Pyodide's unpacking of wheels: nothing is unpacked. The central directory is read when the layer is opened;
//! stored entries are read in place; a deflated entry is inflated when it is first read, checked against its CRC, and kept
//! in a cache of bounded size. The CRC of a stored entry is not checked: it would mean reading all of it before its first
//! byte, and what names the layer (its hash) covers it.
//!
//! Invariants: no offset, size or name of the zip is believed. A damaged entry is [`Errno::Io`] when it is read; a name that
//! leads elsewhere or is there twice is refused when the zip is opened.

mod index;
mod inflate;

use std::sync::{Arc, Mutex, PoisonError};

use crate::errno::{Errno, Result};
use crate::layer::{Layer, LayerEntry, LayerNode, copy_from};
use crate::layer_tree::LayerTree;
use crate::metadata::PATH_MAX;
use inflate::{InflateCache, inflate};

/// The bytes of a zip: a vector, or a mapping of a file that the runtime owns.
pub type ZipBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Why a zip cannot be a layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZipLayerError {
    /// It is no zip, or its central directory is damaged. Get the file again.
    #[error("{identity} is not a readable zip")]
    NotAZip {
        /// The layer's identity.
        identity: String,
        /// What was wrong.
        #[source]
        source: zip::result::ZipError,
    },
    /// An entry's name is absolute, has an empty component, `.`, `..` or a zero, is too long, is there twice, or names both a
    /// file and a directory.
    #[error("{identity} has an invalid entry: {}", .name.escape_ascii())]
    BadName {
        /// The layer's identity.
        identity: String,
        /// The name as it stands in the zip.
        name: Vec<u8>,
    },
}

/// How the bytes of an entry lie in the zip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Stored,
    Deflated,
    /// Encrypted, or of a method that wheels do not use: reading it is `Io`.
    Unreadable,
}

/// One entry of the zip.
#[derive(Clone, Copy, Debug)]
struct ZipEntry {
    header: u64,
    compressed: u64,
    size: u64,
    crc: u32,
    method: Method,
}

/// A zip as a [`Layer`].
///
/// ```
/// use std::sync::Arc;
/// use pyrun_memfs::{Layer, ZipLayer, ZipLayerError};
/// // The smallest zip: the record of an empty central directory.
/// let bytes = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
/// let layer = ZipLayer::open("empty.zip", Arc::new(bytes))?;
/// assert_eq!(layer.entries(layer.root()).unwrap(), []);
/// # Ok::<(), ZipLayerError>(())
/// ```
pub struct ZipLayer {
    identity: String,
    bytes: ZipBytes,
    tree: LayerTree,
    entries: Vec<ZipEntry>,
    inflated: Mutex<InflateCache>,
}

impl ZipLayer {
    /// How many inflated bytes are kept: 64 MiB. One entry larger than that is kept alone.
    pub const KEPT_BYTES: u64 = 64 << 20;
    /// The largest entry that is inflated: 1 GiB. A larger one is [`Errno::Io`].
    pub const MAX_INFLATED: u64 = 1 << 30;

    /// Reads the central directory.
    ///
    /// # Errors
    /// [`ZipLayerError`].
    pub fn open(identity: impl Into<String>, bytes: ZipBytes) -> Result<Self, ZipLayerError> {
        let identity = identity.into();
        let (tree, entries) = index::read(&identity, (*bytes).as_ref())?;
        Ok(Self { identity, bytes, tree, entries, inflated: Mutex::new(InflateCache::new(Self::KEPT_BYTES)) })
    }

    fn entry(&self, payload: u32) -> Result<&ZipEntry> {
        self.entries.get(payload as usize).ok_or(Errno::Io)
    }

    /// The bytes of an entry as they lie in the zip. The local header says where they begin.
    fn raw(&self, entry: &ZipEntry) -> Result<&[u8]> {
        let bytes = (*self.bytes).as_ref();
        let start = usize::try_from(entry.header).map_err(|_| Errno::Io)?;
        let header = bytes.get(start..).and_then(|rest| rest.first_chunk::<30>()).ok_or(Errno::Io)?;
        let [b'P', b'K', 3, 4, .., n0, n1, e0, e1] = header else {
            return Err(Errno::Io);
        };
        let names = usize::from(u16::from_le_bytes([*n0, *n1])) + usize::from(u16::from_le_bytes([*e0, *e1]));
        let start = start.checked_add(header.len() + names).ok_or(Errno::Io)?;
        let length = usize::try_from(entry.compressed).map_err(|_| Errno::Io)?;
        let end = start.checked_add(length).ok_or(Errno::Io)?;
        bytes.get(start..end).ok_or(Errno::Io)
    }

    fn stored(&self, entry: &ZipEntry) -> Result<&[u8]> {
        self.raw(entry).and_then(|raw| if raw.len() as u64 == entry.size { Ok(raw) } else { Err(Errno::Io) })
    }

    fn inflated(&self, payload: u32, entry: &ZipEntry) -> Result<Arc<[u8]>> {
        if let Some(bytes) = self.cache().get(payload) {
            return Ok(bytes);
        }
        // Not under the lock: two readers may inflate the same entry, but none waits for another one's.
        let bytes: Arc<[u8]> = inflate(self.raw(entry)?, entry.size, entry.crc, Self::MAX_INFLATED)?.into();
        self.cache().put(payload, bytes.clone());
        Ok(bytes)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, InflateCache> {
        self.inflated.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Layer for ZipLayer {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn root(&self) -> LayerNode {
        self.tree.root()
    }

    fn entries(&self, dir: LayerNode) -> Result<Vec<LayerEntry>> {
        self.tree.entries(dir)
    }

    fn read_at(&self, file: LayerNode, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let payload = self.tree.file(file)?;
        let entry = self.entry(payload)?;
        match entry.method {
            Method::Stored => Ok(copy_from(self.stored(entry)?, offset, buf)),
            Method::Deflated => Ok(copy_from(&self.inflated(payload, entry)?, offset, buf)),
            Method::Unreadable => Err(Errno::Io),
        }
    }

    fn read_link(&self, link: LayerNode) -> Result<Vec<u8>> {
        let payload = self.tree.link(link)?;
        let entry = self.entry(payload)?;
        if entry.size >= PATH_MAX as u64 {
            return Err(Errno::Io);
        }
        match entry.method {
            Method::Stored => self.stored(entry).map(<[u8]>::to_vec),
            Method::Deflated => self.inflated(payload, entry).map(|bytes| bytes.to_vec()),
            Method::Unreadable => Err(Errno::Io),
        }
    }
}

impl core::fmt::Debug for ZipLayer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let entries = self.entries.len();
        f.debug_struct("ZipLayer").field("identity", &self.identity).field("entries", &entries).finish_non_exhaustive()
    }
}
