//! The stored form of a [`ModuleInfo`]: little-endian words of 32 bits, lists with their length in front.
//!
//! Records have a fixed width, so decoding is one pass over each list. Everything is checked: a damaged file is an
//! error, never a panic and never a large allocation.

mod numbers;
mod reader;
mod writer;

use super::{ModuleInfo, TableSlot, WasmSignature};
use reader::Reader;
use writer::Writer;

/// Changes with the format.
const MAGIC: [u8; 8] = *b"wasminf\x01";

/// Stored module information is damaged, or of another version: inspect the module again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored module information is unusable at byte {offset}: {message}; delete it and it will be made again")]
#[non_exhaustive]
pub struct DecodeError {
    /// Where.
    pub offset: usize,
    /// What is wrong.
    pub message: &'static str,
}

impl ModuleInfo {
    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        out.string(&self.names);
        out.list(&self.signatures, |out, signature| {
            out.types(&signature.params);
            out.types(&signature.results);
        });
        out.list(&self.functions, |out, ty| out.word(*ty));
        out.list(&self.imports, |out, import| {
            out.name(import.module);
            out.name(import.name);
            out.import_type(&import.ty);
        });
        out.list(&self.exports, Writer::export);
        out.list(&self.slots, |out, slot| {
            out.place(Some(slot.place));
            out.word(slot.function);
        });
        out.list(&self.tables, |out, table| out.table(table));
        out.list(&self.memories, |out, limits| out.limits(limits));
        out.list(&self.tags, |out, ty| out.word(*ty));
        out.option(self.start.as_ref(), |out, start| out.word(*start));
        out.option(self.dylink.as_ref(), Writer::dylink);
        out.0
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// The bytes are not what [`ModuleInfo::encode`] of this version gives.
    ///
    /// # Examples
    /// ```
    /// use pyrun_translate::{ModuleInfo, inspect};
    ///
    /// let info = inspect(b"\0asm\x01\0\0\0")?;
    /// assert_eq!(ModuleInfo::decode(&info.encode())?, info);
    /// assert!(ModuleInfo::decode(b"something else").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(reader.error("not module information of this version"));
        }
        let info = Self {
            names: reader.string()?,
            signatures: reader
                .list(8, |reader| Ok(WasmSignature { params: reader.types()?, results: reader.types()? }))?,
            functions: reader.list(4, Reader::word)?,
            imports: reader.list(20, Reader::import)?,
            exports: reader.list(20, Reader::export)?,
            slots: reader.list(12, |reader| {
                let place = reader.place()?.ok_or_else(|| reader.error("a slot without a place"))?;
                Ok(TableSlot { place, function: reader.word()? })
            })?,
            tables: reader.list(24, Reader::table)?,
            memories: reader.list(20, Reader::limits)?,
            tags: reader.list(4, Reader::word)?,
            start: reader.option(Reader::word)?,
            dylink: reader.option(Reader::dylink)?,
        };
        if reader.at != bytes.len() {
            return Err(reader.error("bytes after the end"));
        }
        info.check().map_err(|message| reader.error(message))?;
        Ok(info)
    }
}
