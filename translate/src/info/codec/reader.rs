//! Reads the stored form. Nothing is believed: not a length, not a number.

use super::DecodeError;
use crate::info::{
    Base, Dylink, ExportEntry, ExportKind, GlobalType, ImportEntry, ImportType, Limits, NameRange, Place, TableType,
    ValueType,
};

/// What is to be read.
pub(super) struct Reader<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) at: usize,
}

pub(super) type Decoded<T> = Result<T, DecodeError>;

impl<'b> Reader<'b> {
    pub(super) fn error(&self, message: &'static str) -> DecodeError {
        DecodeError { offset: self.at, message }
    }

    pub(super) fn take(&mut self, length: usize) -> Decoded<&'b [u8]> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| self.error("cut off"))?;
        self.at += length;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| self.error("cut off"))
    }

    pub(super) fn word(&mut self) -> Decoded<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn long(&mut self) -> Decoded<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn length(&mut self) -> Decoded<usize> {
        let word = self.word()?;
        usize::try_from(word).map_err(|_| self.error("too long"))
    }

    pub(super) fn string(&mut self) -> Decoded<String> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        core::str::from_utf8(bytes).map(str::to_owned).map_err(|_| self.error("not UTF-8"))
    }

    /// A list whose items take at least `width` bytes each, which bounds what is allocated.
    pub(super) fn list<T>(&mut self, width: usize, mut read: impl FnMut(&mut Self) -> Decoded<T>) -> Decoded<Vec<T>> {
        let length = self.length()?;
        if length.checked_mul(width).is_none_or(|bytes| bytes > self.bytes.len() - self.at) {
            return Err(self.error("cut off"));
        }
        let mut list = Vec::with_capacity(length);
        for _ in 0..length {
            list.push(read(self)?);
        }
        Ok(list)
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Decoded<T>) -> Decoded<Option<T>> {
        match self.word()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.error("neither absent nor present")),
        }
    }

    pub(super) fn name(&mut self) -> Decoded<NameRange> {
        Ok(NameRange { start: self.word()?, length: self.word()? })
    }

    pub(super) fn types(&mut self) -> Decoded<Vec<ValueType>> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        bytes.iter().map(|byte| self.value_type(u32::from(*byte))).collect()
    }

    pub(super) fn value_type(&self, word: u32) -> Decoded<ValueType> {
        ValueType::from_word(word).ok_or_else(|| self.error("unknown value type"))
    }

    pub(super) fn flag(&mut self) -> Decoded<bool> {
        Ok(self.word()? != 0)
    }

    pub(super) fn base(&self, word: u32) -> Decoded<Option<Base>> {
        Base::from_word(word).ok_or_else(|| self.error("unknown base"))
    }

    pub(super) fn place(&mut self) -> Decoded<Option<Place>> {
        let (base, offset) = (self.word()?, self.word()?);
        Ok(self.base(base)?.map(|base| Place { base, offset }))
    }

    pub(super) fn limits(&mut self) -> Decoded<Limits> {
        let (initial, maximum) = (self.long()?, self.long()?);
        Ok(Limits { initial, maximum: self.flag()?.then_some(maximum) })
    }

    pub(super) fn table(&mut self) -> Decoded<TableType> {
        let element = self.word()?;
        Ok(TableType { element: self.value_type(element)?, limits: self.limits()? })
    }

    pub(super) fn import(&mut self) -> Decoded<ImportEntry> {
        let (module, name) = (self.name()?, self.name()?);
        let ty = match self.word()? {
            0 => ImportType::Function(self.word()?),
            1 => ImportType::Table(self.table()?),
            2 => ImportType::Memory(self.limits()?),
            3 => {
                let word = self.word()?;
                let value = self.value_type(word & 0xff)?;
                ImportType::Global(GlobalType { value, mutable: word >> 8 != 0 })
            }
            4 => ImportType::Tag(self.word()?),
            _ => return Err(self.error("unknown kind of import")),
        };
        Ok(ImportEntry { module, name, ty })
    }

    pub(super) fn export(&mut self) -> Decoded<ExportEntry> {
        let (name, index, flags, offset) = (self.name()?, self.word()?, self.word()?, self.word()?);
        let kind = ExportKind::from_word(flags & 0xff).ok_or_else(|| self.error("unknown kind of export"))?;
        let place = self.base(flags >> 8 & 0xff)?.map(|base| Place { base, offset });
        Ok(ExportEntry { name, kind, index, place, slimmed: flags >> 16 != 0 })
    }

    pub(super) fn dylink(&mut self) -> Decoded<Dylink> {
        Ok(Dylink {
            memory_size: self.word()?,
            memory_alignment: self.word()?,
            table_size: self.word()?,
            table_alignment: self.word()?,
            needed: self.list(4, Self::string)?,
            export_flags: self.list(8, |reader| Ok((reader.string()?, reader.word()?)))?,
            import_flags: self.list(12, |reader| Ok((reader.string()?, reader.string()?, reader.word()?)))?,
            runtime_paths: self.list(4, Self::string)?,
        })
    }
}
