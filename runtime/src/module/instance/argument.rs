//! Arguments: how they become values, checked against the signature, never cut off.

use std::fmt;

use super::value::{WasmType, WasmValue};

/// An argument, before it is known which type the function wants.
///
/// | parameter | takes |
/// |---|---|
/// | `i32` | integers from −2³¹ to 2³² − 1, so signed and unsigned ones |
/// | `i64` | integers from −2⁶³ to 2⁶⁴ − 1 |
/// | `f32` | floats, rounded, unless they become infinite; integers that it holds exactly |
/// | `f64` | floats; integers that it holds exactly |
/// | `v128` | vectors |
///
/// All else is an error, and nothing is called.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum WasmArg {
    /// An integer.
    Int(i128),
    /// A floating-point number.
    Float(f64),
    /// A vector, its first lane in the lowest bits.
    V128(u128),
}

macro_rules! arguments {
    ($($ty:ty => $variant:ident)*) => {$(
        impl From<$ty> for WasmArg {
            fn from(value: $ty) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
arguments! {
    i8 => Int i16 => Int i32 => Int i64 => Int u8 => Int u16 => Int u32 => Int u64 => Int bool => Int f32 => Float f64 => Float
}

impl From<usize> for WasmArg {
    fn from(value: usize) -> Self {
        Self::Int(value as i128)
    }
}

impl From<WasmValue> for WasmArg {
    /// References cannot be given: one becomes an integer, which no reference parameter takes.
    fn from(value: WasmValue) -> Self {
        match value {
            WasmValue::I32(value) => Self::Int(value.into()),
            WasmValue::I64(value) => Self::Int(value.into()),
            WasmValue::F32(value) => Self::Float(value.into()),
            WasmValue::F64(value) => Self::Float(value),
            WasmValue::V128(value) => Self::V128(value),
            WasmValue::Reference { .. } => Self::Int(0),
        }
    }
}

impl fmt::Display for WasmArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::V128(value) => write!(f, "a vector ({value:#x})"),
        }
    }
}

impl WasmArg {
    /// The value for a parameter of this type.
    pub(crate) fn to_engine(self, ty: WasmType) -> Result<wasmer::Value, Misfit> {
        Ok(match (ty, self) {
            (WasmType::I32, Self::Int(value)) => wasmer::Value::I32(narrow(value).ok_or(Misfit::Range)?),
            (WasmType::I64, Self::Int(value)) => wasmer::Value::I64(wide(value).ok_or(Misfit::Range)?),
            (WasmType::F32, Self::Float(value)) => wasmer::Value::F32(single(value).ok_or(Misfit::Range)?),
            (WasmType::F64, Self::Float(value)) => wasmer::Value::F64(value),
            (WasmType::F32, Self::Int(value)) => {
                let float = value as f32;
                // What is rounded up to 2¹²⁷ would come back as the largest integer.
                if value == i128::MAX || float as i128 != value {
                    return Err(Misfit::Range);
                }
                wasmer::Value::F32(float)
            }
            (WasmType::F64, Self::Int(value)) => {
                let float = value as f64;
                if value == i128::MAX || float as i128 != value {
                    return Err(Misfit::Range);
                }
                wasmer::Value::F64(float)
            }
            (WasmType::V128, Self::V128(value)) => wasmer::Value::V128(value),
            _ => return Err(Misfit::Type),
        })
    }
}

/// Why an argument does not fit a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It is too large or too small.
    Range,
    /// It is of another type.
    Type,
}

impl Misfit {
    /// What a parameter of this type takes.
    pub(crate) const fn takes(self, wanted: WasmType) -> &'static str {
        match wanted {
            WasmType::I32 => "an integer from -2147483648 to 4294967295",
            WasmType::I64 => "an integer from -2^63 to 2^64 - 1",
            WasmType::F32 => "a number that it can hold",
            WasmType::F64 => "a number that it can hold exactly",
            WasmType::V128 => "a vector of 16 bytes",
            WasmType::Reference => "a reference, which cannot be given from outside",
        }
    }
}

/// The bits of a signed or an unsigned integer of 32 bits.
fn narrow(value: i128) -> Option<i32> {
    i32::try_from(value).ok().or_else(|| u32::try_from(value).ok().map(u32::cast_signed))
}

/// The bits of a signed or an unsigned integer of 64 bits.
fn wide(value: i128) -> Option<i64> {
    i64::try_from(value).ok().or_else(|| u64::try_from(value).ok().map(u64::cast_signed))
}

/// The nearest number of single precision, if there is one.
fn single(value: f64) -> Option<f32> {
    let nearest = value as f32;
    (nearest.is_finite() || !value.is_finite()).then_some(nearest)
}

/// The arguments of one call: a tuple, an array or a slice of what can be a [`WasmArg`].
pub trait IntoWasmArgs {
    /// The arguments in order.
    fn into_wasm_args(self) -> Vec<WasmArg>;
}

impl<T: Copy + Into<WasmArg>> IntoWasmArgs for &[T] {
    fn into_wasm_args(self) -> Vec<WasmArg> {
        self.iter().map(|value| (*value).into()).collect()
    }
}

impl<T: Copy + Into<WasmArg>> IntoWasmArgs for &Vec<T> {
    fn into_wasm_args(self) -> Vec<WasmArg> {
        self.as_slice().into_wasm_args()
    }
}

impl<T: Into<WasmArg>> IntoWasmArgs for Vec<T> {
    fn into_wasm_args(self) -> Vec<WasmArg> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<WasmArg>, const N: usize> IntoWasmArgs for [T; N] {
    fn into_wasm_args(self) -> Vec<WasmArg> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident: $ty:ident),*))*) => {$(
        impl<$($ty: Into<WasmArg>),*> IntoWasmArgs for ($($ty,)*) {
            fn into_wasm_args(self) -> Vec<WasmArg> {
                let ($($name,)*) = self;
                vec![$($name.into()),*]
            }
        }
    )*};
}
tuples! {
    () (a: A) (a: A, b: B) (a: A, b: B, c: C) (a: A, b: B, c: C, d: D) (a: A, b: B, c: C, d: D, e: E)
    (a: A, b: B, c: C, d: D, e: E, f: F) (a: A, b: B, c: C, d: D, e: E, f: F, g: G)
    (a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_fit_or_are_refused() {
        use wasmer::Value;
        let (int, float) = (WasmArg::Int, WasmArg::Float);
        for (arg, ty, want) in [
            (int(-(1 << 31)), WasmType::I32, Ok(Value::I32(i32::MIN))),
            (int((1 << 32) - 1), WasmType::I32, Ok(Value::I32(-1))),
            (int(-(1 << 31) - 1), WasmType::I32, Err(Misfit::Range)),
            (int(1 << 32), WasmType::I32, Err(Misfit::Range)),
            (int(-(1 << 63)), WasmType::I64, Ok(Value::I64(i64::MIN))),
            (int((1 << 64) - 1), WasmType::I64, Ok(Value::I64(-1))),
            (int(1 << 64), WasmType::I64, Err(Misfit::Range)),
            (int(-(1 << 63) - 1), WasmType::I64, Err(Misfit::Range)),
            (int(1 << 24), WasmType::F32, Ok(Value::F32(16_777_216.0))),
            (int((1 << 24) + 1), WasmType::F32, Err(Misfit::Range)),
            (int((1 << 53) + 1), WasmType::F64, Err(Misfit::Range)),
            (int(i128::MAX), WasmType::F64, Err(Misfit::Range)),
            (float(0.1), WasmType::F32, Ok(Value::F32(0.1))),
            (float(1e39), WasmType::F32, Err(Misfit::Range)),
            (float(f64::INFINITY), WasmType::F32, Ok(Value::F32(f32::INFINITY))),
            (float(1.0), WasmType::I32, Err(Misfit::Type)),
            (float(1.0), WasmType::V128, Err(Misfit::Type)),
            (int(1), WasmType::V128, Err(Misfit::Type)),
            (WasmArg::V128(1), WasmType::V128, Ok(Value::V128(1))),
            (int(0), WasmType::Reference, Err(Misfit::Type)),
        ] {
            assert_eq!(arg.to_engine(ty), want, "{arg:?} {ty}");
        }
        assert!(matches!(float(f64::NAN).to_engine(WasmType::F32), Ok(Value::F32(nan)) if nan.is_nan()));
    }
}
