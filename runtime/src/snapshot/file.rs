//! A snapshot as bytes: one block that can be mapped.
//!
//! ```text
//! 0        magic and version of this form, 16 bytes
//! 16       length of the header, 8 bytes, little-endian
//! 24       the header (postcard)
//! n × 64K  linear memory, to the end
//! ```

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::sync::Arc;

use pyrun_emscripten_shim::memory::MemoryImage;

use super::header::SnapshotHeader;
use crate::cache::Payload;

/// The version of this form is in it.
const MAGIC: [u8; 16] = *b"pyrun snapshot 1";
/// Bytes before the header.
const PREFIX: usize = MAGIC.len() + 8;
/// What linear memory is aligned to: a page of WebAssembly, which every system's pages divide.
const ALIGNMENT: usize = 1 << 16;
/// Limit: bytes of a header that is read; a file that says more is no snapshot.
const MAX_HEADER: u64 = 256 << 20;

/// Why bytes are no snapshot that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is not a snapshot made by this version of pyrun")]
    Foreign,
    #[error("its header is damaged: {0}")]
    Header(#[from] postcard::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Puts a header and linear memory together.
pub(super) fn encode(header: &SnapshotHeader, memory: &[u8]) -> Result<Vec<u8>, Unusable> {
    let header = postcard::to_stdvec(header)?;
    let start = (PREFIX + header.len()).next_multiple_of(ALIGNMENT);
    let mut bytes = Vec::with_capacity(start + memory.len());
    bytes.extend(MAGIC);
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    bytes.resize(start, 0);
    bytes.extend_from_slice(memory);
    Ok(bytes)
}

/// Opens what [`encode`] made, where the cache has put it.
pub(super) fn open(payload: &Payload) -> Result<(SnapshotHeader, MemoryImage), Unusable> {
    match payload {
        Payload::File(path) => read(File::open(path)?),
        Payload::Memory(bytes) => {
            let mut file = tempfile::tempfile()?;
            MemoryImage::write(bytes, &mut file)?;
            file.rewind()?;
            read(file)
        }
    }
}

fn read(mut file: File) -> Result<(SnapshotHeader, MemoryImage), Unusable> {
    let mut prefix = [0; PREFIX];
    file.read_exact(&mut prefix)?;
    let (magic, length) = prefix.split_at(MAGIC.len());
    let length = length.try_into().map(u64::from_le_bytes).map_err(|_| Unusable::Foreign)?;
    if magic != MAGIC || length > MAX_HEADER {
        return Err(Unusable::Foreign);
    }
    let mut bytes = Vec::new();
    if file.by_ref().take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(Unusable::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    let header: SnapshotHeader = postcard::from_bytes(&bytes)?;
    let start = (PREFIX + bytes.len()).next_multiple_of(ALIGNMENT);
    let memory = MemoryImage::new(Arc::new(file), start as u64, header.image.guest.pages)?;
    Ok((header, memory))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(bytes: &[u8]) -> Result<(SnapshotHeader, MemoryImage), Unusable> {
        open(&Payload::Memory(bytes.into()))
    }

    /// A prefix that says how long the header is, and a header.
    fn file(length: u64, header: &[u8]) -> Vec<u8> {
        [&MAGIC[..], &length.to_le_bytes(), header].concat()
    }

    #[test]
    fn what_is_no_snapshot_is_refused() {
        assert!(matches!(opened(b""), Err(Unusable::Io(_))));
        assert!(matches!(opened(&[b'x'; 64]), Err(Unusable::Foreign)));
        assert!(matches!(opened(&file(MAX_HEADER + 1, b"")), Err(Unusable::Foreign)));
        assert!(matches!(opened(&file(3, b"\xff\xff\xff")), Err(Unusable::Header(_))));
    }

    #[test]
    fn one_that_is_cut_off_takes_no_more_memory_than_it_has() {
        assert!(matches!(opened(&file(MAX_HEADER, b"short")), Err(Unusable::Io(_))));
    }
}
