//! The stored form of a [`ModuleInfo`]: little-endian words of 32 bits, lists with their length in front.
//!
//! Records have a fixed width, so decoding is one pass over each list. Everything is checked: a damaged file is an
//! error, never a panic and never a large allocation.

use super::{
    Base, Dylink, ExportEntry, ExportKind, GlobalType, ImportEntry, ImportType, Limits, ModuleInfo, NameRange, Place,
    Signature, TableSlot, TableType, ValueType,
};

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
            signatures: reader.list(8, |reader| Ok(Signature { params: reader.types()?, results: reader.types()? }))?,
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

    /// The invariants.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let exists = |index: u32, length: usize| usize::try_from(index).is_ok_and(|index| index < length);
        let mut last = None;
        for export in &self.exports {
            let name = self.checked_name(export.name).ok_or("a name is out of range")?;
            if last.is_some_and(|last| last >= name) {
                return Err("exports are not sorted, or a name occurs twice");
            }
            last = Some(name);
            if export.kind == ExportKind::Function && !exists(export.index, self.functions.len()) {
                return Err("an exported function does not exist");
            }
        }
        for import in &self.imports {
            if self.checked_name(import.module).is_none() || self.checked_name(import.name).is_none() {
                return Err("a name is out of range");
            }
            if let ImportType::Function(ty) | ImportType::Tag(ty) = import.ty
                && !exists(ty, self.signatures.len())
            {
                return Err("the signature of an import does not exist");
            }
        }
        if !self.functions.iter().chain(&self.tags).all(|ty| exists(*ty, self.signatures.len())) {
            return Err("the signature of a function or tag does not exist");
        }
        let slots = self.slots.iter().map(|slot| &slot.function);
        if !slots.chain(&self.start).all(|function| exists(*function, self.functions.len())) {
            return Err("a function in the table does not exist");
        }
        Ok(())
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn word(&mut self, word: u32) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    fn long(&mut self, long: u64) {
        self.0.extend_from_slice(&long.to_le_bytes());
    }

    /// Lengths come from 32-bit fields of a module.
    fn length(&mut self, length: usize) {
        self.word(u32::try_from(length).unwrap_or(u32::MAX));
    }

    fn string(&mut self, string: &str) {
        self.length(string.len());
        self.0.extend_from_slice(string.as_bytes());
    }

    fn list<T>(&mut self, list: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.length(list.len());
        for item in list {
            write(self, item);
        }
    }

    fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.word(u32::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn name(&mut self, name: NameRange) {
        self.word(name.start);
        self.word(name.length);
    }

    fn types(&mut self, types: &[ValueType]) {
        self.length(types.len());
        self.0.extend(types.iter().map(|ty| ty.to_byte()));
    }

    fn place(&mut self, place: Option<Place>) {
        self.word(place.map_or(0, |place| place.base.to_word()));
        self.word(place.map_or(0, |place| place.offset));
    }

    fn limits(&mut self, limits: &Limits) {
        self.long(limits.initial);
        self.long(limits.maximum.unwrap_or_default());
        self.word(u32::from(limits.maximum.is_some()));
    }

    fn table(&mut self, table: &TableType) {
        self.word(u32::from(table.element.to_byte()));
        self.limits(&table.limits);
    }

    fn import_type(&mut self, ty: &ImportType) {
        match ty {
            ImportType::Function(ty) => {
                self.word(0);
                self.word(*ty);
            }
            ImportType::Table(table) => {
                self.word(1);
                self.table(table);
            }
            ImportType::Memory(limits) => {
                self.word(2);
                self.limits(limits);
            }
            ImportType::Global(global) => {
                self.word(3);
                self.word(u32::from(global.value.to_byte()) | u32::from(global.mutable) << 8);
            }
            ImportType::Tag(ty) => {
                self.word(4);
                self.word(*ty);
            }
        }
    }

    fn export(&mut self, export: &ExportEntry) {
        self.name(export.name);
        self.word(export.index);
        let base = export.place.map_or(0, |place| place.base.to_word());
        self.word(u32::from(export.kind.to_byte()) | base << 8 | u32::from(export.slimmed) << 16);
        self.word(export.place.map_or(0, |place| place.offset));
    }

    fn dylink(&mut self, dylink: &Dylink) {
        self.word(dylink.memory_size);
        self.word(dylink.memory_alignment);
        self.word(dylink.table_size);
        self.word(dylink.table_alignment);
        self.list(&dylink.needed, |out, name| out.string(name));
        self.list(&dylink.export_flags, |out, (name, flags)| {
            out.string(name);
            out.word(*flags);
        });
        self.list(&dylink.import_flags, |out, (module, name, flags)| {
            out.string(module);
            out.string(name);
            out.word(*flags);
        });
        self.list(&dylink.runtime_paths, |out, path| out.string(path));
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

type Decoded<T> = Result<T, DecodeError>;

impl<'b> Reader<'b> {
    fn error(&self, message: &'static str) -> DecodeError {
        DecodeError { offset: self.at, message }
    }

    fn take(&mut self, length: usize) -> Decoded<&'b [u8]> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| self.error("cut off"))?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| self.error("cut off"))
    }

    fn word(&mut self) -> Decoded<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Decoded<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn length(&mut self) -> Decoded<usize> {
        let word = self.word()?;
        usize::try_from(word).map_err(|_| self.error("too long"))
    }

    fn string(&mut self) -> Decoded<String> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        core::str::from_utf8(bytes).map(str::to_owned).map_err(|_| self.error("not UTF-8"))
    }

    /// A list whose items take at least `width` bytes each, which bounds what is allocated.
    fn list<T>(&mut self, width: usize, mut read: impl FnMut(&mut Self) -> Decoded<T>) -> Decoded<Vec<T>> {
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

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Decoded<T>) -> Decoded<Option<T>> {
        match self.word()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.error("neither absent nor present")),
        }
    }

    fn name(&mut self) -> Decoded<NameRange> {
        Ok(NameRange { start: self.word()?, length: self.word()? })
    }

    fn types(&mut self) -> Decoded<Vec<ValueType>> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        bytes.iter().map(|byte| self.value_type(u32::from(*byte))).collect()
    }

    fn value_type(&self, word: u32) -> Decoded<ValueType> {
        ValueType::from_word(word).ok_or_else(|| self.error("unknown value type"))
    }

    fn flag(&mut self) -> Decoded<bool> {
        Ok(self.word()? != 0)
    }

    fn base(&self, word: u32) -> Decoded<Option<Base>> {
        Base::from_word(word).ok_or_else(|| self.error("unknown base"))
    }

    fn place(&mut self) -> Decoded<Option<Place>> {
        let (base, offset) = (self.word()?, self.word()?);
        Ok(self.base(base)?.map(|base| Place { base, offset }))
    }

    fn limits(&mut self) -> Decoded<Limits> {
        let (initial, maximum) = (self.long()?, self.long()?);
        Ok(Limits { initial, maximum: self.flag()?.then_some(maximum) })
    }

    fn table(&mut self) -> Decoded<TableType> {
        let element = self.word()?;
        Ok(TableType { element: self.value_type(element)?, limits: self.limits()? })
    }

    fn import(&mut self) -> Decoded<ImportEntry> {
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

    fn export(&mut self) -> Decoded<ExportEntry> {
        let (name, index, flags, offset) = (self.name()?, self.word()?, self.word()?, self.word()?);
        let kind = ExportKind::from_word(flags & 0xff).ok_or_else(|| self.error("unknown kind of export"))?;
        let place = self.base(flags >> 8 & 0xff)?.map(|base| Place { base, offset });
        Ok(ExportEntry { name, kind, index, place, slimmed: flags >> 16 != 0 })
    }

    fn dylink(&mut self) -> Decoded<Dylink> {
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

const VALUE_TYPES: [ValueType; 9] = [
    ValueType::I32,
    ValueType::I64,
    ValueType::F32,
    ValueType::F64,
    ValueType::V128,
    ValueType::FuncRef,
    ValueType::ExternRef,
    ValueType::ExnRef,
    ValueType::OtherRef,
];

const EXPORT_KINDS: [ExportKind; 5] =
    [ExportKind::Function, ExportKind::Table, ExportKind::Memory, ExportKind::Global, ExportKind::Tag];

impl ValueType {
    /// The position in [`VALUE_TYPES`], which is the order of declaration.
    fn to_byte(self) -> u8 {
        self as u8
    }

    fn from_word(word: u32) -> Option<Self> {
        VALUE_TYPES.get(usize::try_from(word).ok()?).copied()
    }
}

impl ExportKind {
    fn to_byte(self) -> u8 {
        self as u8
    }

    fn from_word(word: u32) -> Option<Self> {
        EXPORT_KINDS.get(usize::try_from(word).ok()?).copied()
    }
}

impl Base {
    /// 0 stands for no place at all.
    fn to_word(self) -> u32 {
        match self {
            Self::Absolute => 1,
            Self::Memory => 2,
            Self::Table => 3,
        }
    }

    fn from_word(word: u32) -> Option<Option<Self>> {
        match word {
            0 => Some(None),
            1 => Some(Some(Self::Absolute)),
            2 => Some(Some(Self::Memory)),
            3 => Some(Some(Self::Table)),
            _ => None,
        }
    }
}
