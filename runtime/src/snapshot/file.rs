//! A snapshot as bytes: one block that can be mapped.
//!
//! ```text
//! 0        magic and version of this form, 16 bytes
//! 16       length of the description, 8 bytes, little-endian
//! 24       the description (postcard)
//! n × 64K  linear memory, to the end
//! ```

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::sync::Arc;

use pyrun_emscripten_shim::memory::MemoryImage;

use super::image::{Description, Parts};
use crate::cache::Payload;

/// The version of this form is in it.
const MAGIC: [u8; 16] = *b"pyrun snapshot 1";
/// Bytes before the description.
const HEADER: usize = MAGIC.len() + 8;
/// What linear memory is aligned to: a page of WebAssembly, which every system's pages divide.
const ALIGNMENT: usize = 1 << 16;
/// The longest description that is read.
const MAX_DESCRIPTION: u64 = 256 << 20;

/// Why bytes are no snapshot that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is no snapshot of this version of pyrun")]
    Foreign,
    #[error("its description is damaged: {0}")]
    Description(#[from] postcard::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Puts a description and linear memory together.
pub(super) fn encode(description: &Description, memory: &[u8]) -> Result<Vec<u8>, Unusable> {
    let description = postcard::to_stdvec(description)?;
    let start = (HEADER + description.len()).next_multiple_of(ALIGNMENT);
    let mut bytes = Vec::with_capacity(start + memory.len());
    bytes.extend(MAGIC);
    bytes.extend((description.len() as u64).to_le_bytes());
    bytes.extend(description);
    bytes.resize(start, 0);
    bytes.extend_from_slice(memory);
    Ok(bytes)
}

/// Opens what [`encode`] made, where the cache has put it.
pub(super) fn open(payload: &Payload) -> Result<Parts, Unusable> {
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

fn read(mut file: File) -> Result<Parts, Unusable> {
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    let (magic, length) = header.split_at(MAGIC.len());
    let length = length.try_into().map(u64::from_le_bytes).map_err(|_| Unusable::Foreign)?;
    if magic != MAGIC || length > MAX_DESCRIPTION {
        return Err(Unusable::Foreign);
    }
    let mut bytes = Vec::new();
    if file.by_ref().take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(Unusable::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    let description: Description = postcard::from_bytes(&bytes)?;
    let start = (HEADER + bytes.len()).next_multiple_of(ALIGNMENT);
    let memory = MemoryImage::new(Arc::new(file), start as u64, description.image.guest.pages)?;
    Ok(Parts { description, memory })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(bytes: &[u8]) -> Result<Parts, Unusable> {
        open(&Payload::Memory(bytes.into()))
    }

    /// A header that says how long the description is, and one.
    fn file(length: u64, description: &[u8]) -> Vec<u8> {
        [&MAGIC[..], &length.to_le_bytes(), description].concat()
    }

    #[test]
    fn what_is_no_snapshot_is_refused() {
        assert!(matches!(opened(b""), Err(Unusable::Io(_))));
        assert!(matches!(opened(&[b'x'; 64]), Err(Unusable::Foreign)));
        assert!(matches!(opened(&file(MAX_DESCRIPTION + 1, b"")), Err(Unusable::Foreign)));
        assert!(matches!(opened(&file(3, b"\xff\xff\xff")), Err(Unusable::Description(_))));
    }

    #[test]
    fn one_that_is_cut_off_takes_no_more_memory_than_it_has() {
        assert!(matches!(opened(&file(MAX_DESCRIPTION, b"short")), Err(Unusable::Io(_))));
    }
}
