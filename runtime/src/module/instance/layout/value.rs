//! Reads and writes fields.

use super::{FieldType, NumberType, StructLayout};
use crate::error::Error;
use crate::module::error::ModuleError;
use crate::module::instance::memory::ModuleMemory;

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldValue {
    /// An integer, an address, or a truth value as 0 or 1.
    Int(i128),
    /// A floating-point number.
    Float(f64),
    /// An array of `u8`. What is written may be shorter; the rest becomes zeros.
    Bytes(Vec<u8>),
    /// Another array.
    Array(Vec<FieldValue>),
    /// The fields of a struct by name. What is written may leave some out; they stay as they are.
    Struct(Vec<(String, FieldValue)>),
}

impl FieldValue {
    /// The integer; `None` for another type.
    #[must_use]
    pub const fn as_int(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The number; `None` for another type.
    #[must_use]
    pub const fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Int(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// Bytes up to the first NUL as text; `None` for other types, and for bytes that are not UTF-8.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        let Self::Bytes(bytes) = self else { return None };
        std::str::from_utf8(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).ok()
    }

    /// A field of the struct that it is.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Struct(fields) = self else { return None };
        fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

macro_rules! values {
    ($($ty:ty => $variant:ident)*) => {$(
        impl From<$ty> for FieldValue {
            fn from(value: $ty) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
values! {
    i8 => Int i16 => Int i32 => Int i64 => Int u8 => Int u16 => Int u32 => Int u64 => Int bool => Int f32 => Float f64 => Float
    &str => Bytes String => Bytes &[u8] => Bytes
}

impl<T: Into<FieldValue>> From<Vec<T>> for FieldValue {
    fn from(elements: Vec<T>) -> Self {
        Self::Array(elements.into_iter().map(Into::into).collect())
    }
}

impl StructLayout {
    /// The whole struct at an address: [`FieldValue::Struct`].
    ///
    /// # Errors
    /// [`Error::Module`], when it lies outside memory.
    pub fn read(&self, memory: &ModuleMemory<'_>, address: u32) -> Result<FieldValue, Error> {
        Ok(read_struct(self, memory.bytes(address, self.size as usize)?))
    }

    /// One field of the struct at an address, by a path such as `at[1].y`.
    ///
    /// # Errors
    /// [`Error::Module`], when there is no such field, or the struct lies outside memory.
    pub fn read_field(&self, memory: &ModuleMemory<'_>, address: u32, path: &str) -> Result<FieldValue, Error> {
        let (offset, ty) = self.field(path)?;
        let bytes = memory.bytes(address, self.size as usize)?;
        Ok(read(ty, part(bytes, offset, ty.size())))
    }

    /// Writes fields of the struct at an address; what `value` leaves out stays as it is.
    ///
    /// # Errors
    /// [`Error::Module`], and nothing is written: a value does not fit its field, or the struct lies outside memory.
    pub fn write(&self, memory: &mut ModuleMemory<'_>, address: u32, value: &FieldValue) -> Result<(), Error> {
        let target = memory.bytes_mut(address, self.size as usize)?;
        let mut bytes = target.to_vec();
        write_struct(self, &mut bytes, value).map_err(|(path, why)| ModuleError::Field { path, why })?;
        target.copy_from_slice(&bytes);
        Ok(())
    }

    /// Writes one field of the struct at an address, by a path such as `at[1].y`.
    ///
    /// # Errors
    /// As [`StructLayout::write`]; when there is no such field.
    pub fn write_field(
        &self,
        memory: &mut ModuleMemory<'_>,
        address: u32,
        path: &str,
        value: impl Into<FieldValue>,
    ) -> Result<(), Error> {
        let (offset, ty) = self.field(path)?;
        let target = part_mut(memory.bytes_mut(address, self.size as usize)?, offset, ty.size());
        let mut bytes = target.to_vec();
        write(ty, &mut bytes, &value.into())
            .map_err(|(inner, why)| ModuleError::Field { path: format!("{path}{inner}"), why })?;
        target.copy_from_slice(&bytes);
        Ok(())
    }
}

/// The bytes of a field, which lies within its struct.
fn part(bytes: &[u8], offset: u32, size: u32) -> &[u8] {
    let offset = offset as usize;
    bytes.get(offset..offset + size as usize).unwrap_or_default()
}

fn part_mut(bytes: &mut [u8], offset: u32, size: u32) -> &mut [u8] {
    let offset = offset as usize;
    bytes.get_mut(offset..offset + size as usize).unwrap_or_default()
}

fn read_struct(layout: &StructLayout, bytes: &[u8]) -> FieldValue {
    let field =
        |field: &super::StructField| (field.name.clone(), read(&field.ty, part(bytes, field.offset, field.ty.size())));
    FieldValue::Struct(layout.fields.iter().map(field).collect())
}

fn read(ty: &FieldType, bytes: &[u8]) -> FieldValue {
    match ty {
        FieldType::Number(number) => read_number(*number, bytes),
        FieldType::Struct(layout) => read_struct(layout, bytes),
        FieldType::Array(element, _) if **element == FieldType::Number(NumberType::U8) => {
            FieldValue::Bytes(bytes.to_vec())
        }
        FieldType::Array(element, count) => {
            let size = element.size();
            FieldValue::Array((0..*count).map(|index| read(element, part(bytes, index * size, size))).collect())
        }
    }
}

/// The first bytes as an array; there are as many, since a field lies within its struct.
fn raw<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

fn read_number(ty: NumberType, bytes: &[u8]) -> FieldValue {
    match ty {
        NumberType::I8 => i8::from_le_bytes(raw(bytes)).into(),
        NumberType::I16 => i16::from_le_bytes(raw(bytes)).into(),
        NumberType::I32 => i32::from_le_bytes(raw(bytes)).into(),
        NumberType::I64 => i64::from_le_bytes(raw(bytes)).into(),
        NumberType::U8 | NumberType::Bool => u8::from_le_bytes(raw(bytes)).into(),
        NumberType::U16 => u16::from_le_bytes(raw(bytes)).into(),
        NumberType::U32 | NumberType::Pointer => u32::from_le_bytes(raw(bytes)).into(),
        NumberType::U64 => u64::from_le_bytes(raw(bytes)).into(),
        NumberType::F32 => f32::from_le_bytes(raw(bytes)).into(),
        NumberType::F64 => f64::from_le_bytes(raw(bytes)).into(),
    }
}

/// Where a value does not fit, from the field that was written on, and why.
type Misplaced = (String, String);

fn write_struct(layout: &StructLayout, bytes: &mut [u8], value: &FieldValue) -> Result<(), Misplaced> {
    let FieldValue::Struct(values) = value else { return Err((String::new(), "it takes a struct".to_owned())) };
    for (name, value) in values {
        let found = layout.fields.iter().find(|field| field.name == *name);
        let field = found.ok_or_else(|| (name.clone(), "there is no such field".to_owned()))?;
        let target = part_mut(bytes, field.offset, field.ty.size());
        write(&field.ty, target, value).map_err(|(inner, why)| (format!("{name}{inner}"), why))?;
    }
    Ok(())
}

fn write(ty: &FieldType, bytes: &mut [u8], value: &FieldValue) -> Result<(), Misplaced> {
    match (ty, value) {
        (FieldType::Number(number), value) => write_number(*number, bytes, value).map_err(|why| (String::new(), why)),
        (FieldType::Struct(layout), value) => {
            write_struct(layout, bytes, value).map_err(|(inner, why)| (format!(".{inner}"), why))
        }
        (FieldType::Array(element, count), FieldValue::Bytes(given)) if is_byte(element) => {
            let Some((head, tail)) = bytes.split_at_mut_checked(given.len()) else {
                return Err((String::new(), format!("it has {count} bytes, not {}", given.len())));
            };
            head.copy_from_slice(given);
            tail.fill(0);
            Ok(())
        }
        (FieldType::Array(element, count), FieldValue::Array(values)) => {
            if values.len() != *count as usize {
                return Err((String::new(), format!("it has {count} elements, not {}", values.len())));
            }
            let size = element.size();
            for (index, value) in (0..*count).zip(values) {
                write(element, part_mut(bytes, index * size, size), value)
                    .map_err(|(inner, why)| (format!("[{index}]{inner}"), why))?;
            }
            Ok(())
        }
        (FieldType::Array(..), _) => Err((String::new(), "it takes an array".to_owned())),
    }
}

/// Whether text may be written to an array of these.
fn is_byte(ty: &FieldType) -> bool {
    matches!(ty, FieldType::Number(NumberType::U8 | NumberType::I8))
}

fn write_number(ty: NumberType, bytes: &mut [u8], value: &FieldValue) -> Result<(), String> {
    match ty {
        NumberType::F32 => {
            let value = float(ty, value)?;
            let single = value as f32;
            if single.is_infinite() && value.is_finite() {
                return Err(misfit(value, ty));
            }
            bytes.copy_from_slice(&single.to_le_bytes());
            Ok(())
        }
        NumberType::F64 => {
            bytes.copy_from_slice(&float(ty, value)?.to_le_bytes());
            Ok(())
        }
        _ => write_integer(ty, bytes, value),
    }
}

fn write_integer(ty: NumberType, bytes: &mut [u8], value: &FieldValue) -> Result<(), String> {
    let FieldValue::Int(value) = value else { return Err(format!("{} takes an integer", ty.name())) };
    let (signed, bits) = match ty {
        NumberType::Bool => (false, 1),
        NumberType::I8 | NumberType::I16 | NumberType::I32 | NumberType::I64 => (true, ty.size() * 8),
        _ => (false, ty.size() * 8),
    };
    let fits = match signed {
        true => *value >= -(1 << (bits - 1)) && *value < 1 << (bits - 1),
        false => *value >= 0 && *value < 1 << bits,
    };
    if !fits {
        return Err(misfit(value, ty));
    }
    // The lowest bytes of an integer are those of a shorter one.
    for (byte, from) in bytes.iter_mut().zip(value.to_le_bytes()) {
        *byte = from;
    }
    Ok(())
}

fn float(ty: NumberType, value: &FieldValue) -> Result<f64, String> {
    match value {
        FieldValue::Float(value) => Ok(*value),
        FieldValue::Int(value) if *value as f64 as i128 == *value => Ok(*value as f64),
        FieldValue::Int(value) => Err(misfit(value, ty)),
        _ => Err(format!("{} takes a number", ty.name())),
    }
}

fn misfit(value: impl std::fmt::Debug, ty: NumberType) -> String {
    format!("{value:?} does not fit {}", ty.name())
}
