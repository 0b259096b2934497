//! The numbers that stand for kinds and types in the stored form.

use crate::info::{Base, ExportKind, ValueType};

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
    pub(super) fn to_byte(self) -> u8 {
        self as u8
    }

    pub(super) fn from_word(word: u32) -> Option<Self> {
        VALUE_TYPES.get(usize::try_from(word).ok()?).copied()
    }
}

impl ExportKind {
    pub(super) fn to_byte(self) -> u8 {
        self as u8
    }

    pub(super) fn from_word(word: u32) -> Option<Self> {
        EXPORT_KINDS.get(usize::try_from(word).ok()?).copied()
    }
}

impl Base {
    /// 0 stands for no place at all.
    pub(super) fn to_word(self) -> u32 {
        match self {
            Self::Absolute => 1,
            Self::Memory => 2,
            Self::Table => 3,
        }
    }

    pub(super) fn from_word(word: u32) -> Option<Option<Self>> {
        match word {
            0 => Some(None),
            1 => Some(Some(Self::Absolute)),
            2 => Some(Some(Self::Memory)),
            3 => Some(Some(Self::Table)),
            _ => None,
        }
    }
}
