//! The type section: looking up function types, and adding the ones that translated blocks need.
//!
//! Invariant: existing types keep their indices. New types are appended, each one once.

use std::collections::HashMap;

use wasm_encoder::{BlockType, Encode, ValType};
use wasmparser::{CompositeInnerType, FuncType, TypeSectionReader};

use super::error::{Result, TranslateError};

/// The types of a module, and those appended to them.
#[derive(Debug, Default)]
pub(crate) struct TypeTable<'a> {
    /// Type section contents after the count.
    raw: &'a [u8],
    /// Number of recursion groups in `raw`.
    groups: u32,
    /// One entry per type index; `None` for what is not a function type.
    functions: Vec<Option<FuncType>>,
    added: HashMap<(Vec<ValType>, Vec<ValType>), u32>,
    added_bytes: Vec<u8>,
}

impl<'a> TypeTable<'a> {
    /// Reads the section whose contents (count included) are `contents`.
    pub(crate) fn read(reader: TypeSectionReader<'a>, contents: &'a [u8]) -> Result<Self> {
        let mut table = Self { groups: reader.count(), ..Self::default() };
        let count_len = reader.original_position().saturating_sub(reader.range().start);
        table.raw = usize::try_from(count_len).ok().and_then(|len| contents.get(len..)).unwrap_or_default();
        for group in reader {
            for ty in group?.into_types() {
                table.functions.push(match ty.composite_type.inner {
                    CompositeInnerType::Func(function) => Some(function),
                    _ => None,
                });
            }
        }
        Ok(table)
    }

    /// The function type with this index.
    pub(crate) fn function(&self, index: u32, offset: u64) -> Result<&FuncType> {
        usize::try_from(index)
            .ok()
            .and_then(|index| self.functions.get(index))
            .and_then(Option::as_ref)
            .ok_or_else(|| TranslateError::malformed(offset, format!("type {index} is not a function type")))
    }

    /// Whether two type indices mean the same function type.
    pub(crate) fn same(&self, left: u32, right: u32) -> bool {
        let get = |index: u32| self.functions.get(usize::try_from(index).ok()?)?.as_ref();
        left == right || get(left).is_some_and(|left| get(right) == Some(left))
    }

    /// The block type for these parameters and results, adding a function type when no short form exists.
    pub(crate) fn block_type(&mut self, params: &[ValType], results: &[ValType]) -> BlockType {
        match (params, results) {
            ([], []) => BlockType::Empty,
            ([], [one]) => BlockType::Result(*one),
            _ => BlockType::FunctionType(self.function_type(params, results)),
        }
    }

    /// The index of an added function type, added if it was not yet.
    pub(crate) fn function_type(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let key = (params.to_vec(), results.to_vec());
        if let Some(index) = self.added.get(&key) {
            return *index;
        }
        let index = u32::try_from(self.functions.len() + self.added.len()).unwrap_or(u32::MAX);
        self.added_bytes.push(0x60);
        params.encode(&mut self.added_bytes);
        results.encode(&mut self.added_bytes);
        self.added.insert(key, index);
        index
    }

    /// How many types were appended.
    pub(crate) fn added(&self) -> usize {
        self.added.len()
    }

    /// The new contents of the type section, or `None` when the module needs none.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let count = self.groups.saturating_add(u32::try_from(self.added.len()).ok()?);
        if count == 0 {
            return None;
        }
        let mut contents = Vec::with_capacity(self.raw.len() + self.added_bytes.len() + 5);
        count.encode(&mut contents);
        contents.extend_from_slice(self.raw);
        contents.extend_from_slice(&self.added_bytes);
        Some(contents)
    }
}

/// Converts a value type; only types of unsupported proposals fail.
pub(crate) fn val_type(ty: wasmparser::ValType, offset: u64) -> Result<ValType> {
    ValType::try_from(ty).map_err(|error| TranslateError::reencode(offset, error))
}

/// Converts a list of value types.
pub(crate) fn val_types(types: &[wasmparser::ValType], offset: u64) -> Result<Vec<ValType>> {
    types.iter().map(|ty| val_type(*ty, offset)).collect()
}
