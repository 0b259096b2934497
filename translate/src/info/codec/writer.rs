//! Writes the stored form.

use crate::info::{Dylink, ExportEntry, ImportType, Limits, NameRange, Place, TableType, ValueType};

/// What is written so far.
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn word(&mut self, word: u32) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    pub(super) fn long(&mut self, long: u64) {
        self.0.extend_from_slice(&long.to_le_bytes());
    }

    /// Lengths come from 32-bit fields of a module.
    pub(super) fn length(&mut self, length: usize) {
        self.word(u32::try_from(length).unwrap_or(u32::MAX));
    }

    pub(super) fn string(&mut self, string: &str) {
        self.length(string.len());
        self.0.extend_from_slice(string.as_bytes());
    }

    pub(super) fn list<T>(&mut self, list: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.length(list.len());
        for item in list {
            write(self, item);
        }
    }

    pub(super) fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.word(u32::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn name(&mut self, name: NameRange) {
        self.word(name.start);
        self.word(name.length);
    }

    pub(super) fn types(&mut self, types: &[ValueType]) {
        self.length(types.len());
        self.0.extend(types.iter().map(|ty| ty.to_byte()));
    }

    pub(super) fn place(&mut self, place: Option<Place>) {
        self.word(place.map_or(0, |place| place.base.to_word()));
        self.word(place.map_or(0, |place| place.offset));
    }

    pub(super) fn limits(&mut self, limits: &Limits) {
        self.long(limits.initial);
        self.long(limits.maximum.unwrap_or_default());
        self.word(u32::from(limits.maximum.is_some()));
    }

    pub(super) fn table(&mut self, table: &TableType) {
        self.word(u32::from(table.element.to_byte()));
        self.limits(&table.limits);
    }

    pub(super) fn import_type(&mut self, ty: &ImportType) {
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

    pub(super) fn export(&mut self, export: &ExportEntry) {
        self.name(export.name);
        self.word(export.index);
        let base = export.place.map_or(0, |place| place.base.to_word());
        self.word(u32::from(export.kind.to_byte()) | base << 8 | u32::from(export.slimmed) << 16);
        self.word(export.place.map_or(0, |place| place.offset));
    }

    pub(super) fn dylink(&mut self, dylink: &Dylink) {
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
