//! Types and values of WebAssembly.

use std::fmt;

use pyrun_translate::ValueType;

/// The type of a parameter, a result or a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WasmType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// A reference: to a function, an exception, an object of the host. It cannot be given or taken.
    Reference,
}

impl fmt::Display for WasmType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
            Self::Reference => "ref",
        })
    }
}

impl WasmType {
    /// The type that the translator calls so.
    pub(crate) const fn of(ty: ValueType) -> Self {
        match ty {
            ValueType::I32 => Self::I32,
            ValueType::I64 => Self::I64,
            ValueType::F32 => Self::F32,
            ValueType::F64 => Self::F64,
            ValueType::V128 => Self::V128,
            _ => Self::Reference,
        }
    }
}

/// A value that a function returned, or that a global has. Integers of WebAssembly have no sign: [`WasmValue::I32`] holds the
/// bits as a signed number, as other runtimes print them. `Display` gives the number alone.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum WasmValue {
    /// 32-bit integer.
    I32(i32),
    /// 64-bit integer.
    I64(i64),
    /// 32-bit float.
    F32(f32),
    /// 64-bit float.
    F64(f64),
    /// 128-bit vector, its first lane in the lowest bits.
    V128(u128),
    /// A reference, and whether it is null.
    Reference {
        /// Whether it refers to nothing.
        null: bool,
    },
}

impl WasmValue {
    /// Its type.
    #[must_use]
    pub const fn ty(self) -> WasmType {
        match self {
            Self::I32(_) => WasmType::I32,
            Self::I64(_) => WasmType::I64,
            Self::F32(_) => WasmType::F32,
            Self::F64(_) => WasmType::F64,
            Self::V128(_) => WasmType::V128,
            Self::Reference { .. } => WasmType::Reference,
        }
    }

    /// The integer, signed; `None` for another type.
    ///
    /// ```
    /// use pyrun::WasmValue;
    /// assert_eq!(WasmValue::I32(-1).as_signed(), Some(-1));
    /// assert_eq!(WasmValue::I32(-1).as_unsigned(), Some(u32::MAX.into()));
    /// assert_eq!(WasmValue::F64(1.0).as_signed(), None);
    /// ```
    #[must_use]
    pub const fn as_signed(self) -> Option<i64> {
        match self {
            Self::I32(value) => Some(value as i64),
            Self::I64(value) => Some(value),
            _ => None,
        }
    }

    /// The integer as an unsigned number of its width, such as an address; `None` for another type.
    #[must_use]
    pub const fn as_unsigned(self) -> Option<u64> {
        match self {
            Self::I32(value) => Some(value.cast_unsigned() as u64),
            Self::I64(value) => Some(value.cast_unsigned()),
            _ => None,
        }
    }

    /// The floating-point number; `None` for another type.
    #[must_use]
    pub const fn as_float(self) -> Option<f64> {
        match self {
            Self::F32(value) => Some(value as f64),
            Self::F64(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn from_engine(value: &wasmer::Value) -> Self {
        match value {
            wasmer::Value::I32(value) => Self::I32(*value),
            wasmer::Value::I64(value) => Self::I64(*value),
            wasmer::Value::F32(value) => Self::F32(*value),
            wasmer::Value::F64(value) => Self::F64(*value),
            wasmer::Value::V128(value) => Self::V128(*value),
            wasmer::Value::ExternRef(value) => Self::Reference { null: value.is_none() },
            wasmer::Value::FuncRef(value) => Self::Reference { null: value.is_none() },
            wasmer::Value::ExceptionRef(value) => Self::Reference { null: value.is_none() },
        }
    }
}

impl fmt::Display for WasmValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F32(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::V128(value) => value.fmt(f),
            Self::Reference { null: true } => f.write_str("null"),
            Self::Reference { null: false } => f.write_str("<reference>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_numbers() {
        let texts = [WasmValue::I32(-1), WasmValue::F32(0.1), WasmValue::F64(3.0), WasmValue::V128(7)];
        assert_eq!(texts.map(|value| value.to_string()), ["-1", "0.1", "3", "7"]);
    }
}
