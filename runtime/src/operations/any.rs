//! Arrays and values whose element type is known only when the program runs.

use super::number::ArrayNumber;
use super::operand::ResidentArray;
use super::{OperationError, Operations};
use crate::error::Error;

/// A [`ResidentArray`] of any element type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyArray {
    /// Of 64-bit floating-point numbers.
    F64(ResidentArray<f64>),
    /// Of 32-bit floating-point numbers.
    F32(ResidentArray<f32>),
    /// Of 64-bit integers.
    I64(ResidentArray<i64>),
    /// Of 32-bit integers.
    I32(ResidentArray<i32>),
    /// Of truth values.
    Bool(ResidentArray<bool>),
}

/// An argument of [`Operations::call_by_name`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum OperationArgument<'a> {
    /// An array.
    Array(&'a AnyArray),
    /// Floating-point numbers, which are copied.
    Floats(&'a [f64]),
    /// Integers, which are copied.
    Ints(&'a [i64]),
    /// A number. Beside an array of integers it makes that one's elements `f64`, else it takes their type.
    Float(f64),
    /// An integer. Beside an array it takes that one's type; only beside `i32` one that does not fit makes the elements `i64`.
    Int(i64),
}

/// What [`Operations::call_by_name`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OperationOutput {
    /// A floating-point number; one of 32 bits is widened.
    Float(f64),
    /// An integer.
    Int(i64),
    /// An array.
    Array(AnyArray),
    /// The counts of a histogram and the edges of its bins.
    Histogram {
        /// Elements in each bin.
        counts: AnyArray,
        /// One edge more than there are bins.
        edges: AnyArray,
    },
}

/// The same body for an array of numbers of any type.
macro_rules! of_any {
    ($array:expr, $name:ident => $body:expr, $otherwise:expr) => {
        match $array {
            AnyArray::F64($name) => $body,
            AnyArray::F32($name) => $body,
            AnyArray::I64($name) => $body,
            AnyArray::I32($name) => $body,
            AnyArray::Bool(_) => $otherwise,
        }
    };
}
/// The same body for two arrays of numbers of one type.
macro_rules! of_both {
    ($a:expr, $b:expr, $x:ident, $y:ident => $body:expr, $otherwise:expr) => {
        match ($a, $b) {
            (AnyArray::F64($x), AnyArray::F64($y)) => $body,
            (AnyArray::F32($x), AnyArray::F32($y)) => $body,
            (AnyArray::I64($x), AnyArray::I64($y)) => $body,
            (AnyArray::I32($x), AnyArray::I32($y)) => $body,
            _ => $otherwise,
        }
    };
}
pub(super) use {of_any, of_both};

macro_rules! conversions {
    ($($variant:ident: $ty:ty;)*) => {
        $(
            impl From<ResidentArray<$ty>> for AnyArray {
                fn from(array: ResidentArray<$ty>) -> Self {
                    Self::$variant(array)
                }
            }
        )*

        impl AnyArray {
            /// The number of its elements.
            #[must_use]
            pub fn len(&self) -> usize {
                match self { $(Self::$variant(array) => array.len(),)* }
            }

            /// Whether it has no elements.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }
    };
}
conversions! {
    F64: f64;
    F32: f32;
    I64: i64;
    I32: i32;
    Bool: bool;
}

macro_rules! outputs {
    ($($ty:ty => $variant:ident as $as:ty;)*) => {$(
        impl From<$ty> for OperationOutput {
            fn from(value: $ty) -> Self {
                Self::$variant(value as $as)
            }
        }
    )*};
}
outputs! {
    f64 => Float as f64;
    f32 => Float as f64;
    i64 => Int as i64;
    i32 => Int as i64;
    // Indices are below 2^32.
    usize => Int as i64;
}

impl<T> From<ResidentArray<T>> for OperationOutput
where
    AnyArray: From<ResidentArray<T>>,
{
    fn from(array: ResidentArray<T>) -> Self {
        Self::Array(array.into())
    }
}

/// The types that two arrays are converted to before an operation, as NumPy promotes them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Common {
    F64,
    F32,
    I64,
    I32,
}

impl Common {
    fn of(array: &AnyArray) -> Option<Self> {
        match array {
            AnyArray::F64(_) => Some(Self::F64),
            AnyArray::F32(_) => Some(Self::F32),
            AnyArray::I64(_) => Some(Self::I64),
            AnyArray::I32(_) => Some(Self::I32),
            AnyArray::Bool(_) => None,
        }
    }

    const fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::F32, Self::F32) => Self::F32,
            (Self::I32, Self::I32) => Self::I32,
            (Self::I64 | Self::I32, Self::I64 | Self::I32) => Self::I64,
            _ => Self::F64,
        }
    }
}

impl OperationArgument<'_> {
    /// The type that it has by itself; `None` for a number, which takes that of what stands beside it.
    pub(super) fn array_type(&self, wrong: &OperationError) -> Result<Option<Common>, Error> {
        match self {
            Self::Array(array) => Ok(Some(Common::of(array).ok_or_else(|| wrong.clone())?)),
            Self::Floats(_) => Ok(Some(Common::F64)),
            Self::Ints(_) => Ok(Some(Common::I64)),
            Self::Float(_) | Self::Int(_) => Ok(None),
        }
    }

    /// The type that it needs beside an array of this one.
    pub(super) fn beside(&self, array: Common) -> Common {
        match (self, array) {
            (Self::Float(_), Common::I64 | Common::I32) => Common::F64,
            (Self::Int(value), Common::I32) if i32::try_from(*value).is_err() => Common::I64,
            _ => array,
        }
    }

    /// The type that it has where nothing stands beside it.
    pub(super) const fn alone(&self) -> Common {
        match self {
            Self::Int(_) | Self::Ints(_) => Common::I64,
            _ => Common::F64,
        }
    }
}

/// The type of some arguments together.
pub(super) fn common(arguments: &[OperationArgument<'_>], wrong: &OperationError) -> Result<Common, Error> {
    let mut array: Option<Common> = None;
    for argument in arguments {
        if let Some(ty) = argument.array_type(wrong)? {
            array = Some(array.map_or(ty, |array| array.with(ty)));
        }
    }
    let alone = arguments.iter().map(OperationArgument::alone).reduce(Common::with);
    let ty = array.or(alone).unwrap_or(Common::F64);
    Ok(arguments.iter().filter(|argument| argument.is_number()).fold(ty, |ty, number| number.beside(ty)))
}

impl OperationArgument<'_> {
    pub(super) const fn is_number(&self) -> bool {
        matches!(self, Self::Float(_) | Self::Int(_))
    }
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "as NumPy converts, to a type that was chosen so that only rounding happens"
)]
impl Operations {
    /// An argument as an array of this type.
    pub(super) fn as_array(
        &mut self,
        argument: &OperationArgument<'_>,
        ty: Common,
        wrong: &OperationError,
    ) -> Result<AnyArray, Error> {
        match *argument {
            OperationArgument::Array(array) if Common::of(array) == Some(ty) => Ok(array.clone()),
            OperationArgument::Array(array) => {
                of_any!(array, array => {
                    let elements = self.to_vec(array)?;
                    self.convert(&elements, ty, |x| x.to_f64(), |x| x.to_i64())
                }, Err(wrong.clone().into()))
            }
            OperationArgument::Floats(values) => self.convert(values, ty, |x| x, |x| x as i64),
            OperationArgument::Float(value) => self.convert(&[value], ty, |x| x, |x| x as i64),
            OperationArgument::Ints(values) => self.convert(values, ty, |x| x as f64, |x| x),
            OperationArgument::Int(value) => self.convert(&[value], ty, |x| x as f64, |x| x),
        }
    }

    fn convert<T: Copy>(
        &mut self,
        elements: &[T],
        ty: Common,
        float: impl Fn(T) -> f64,
        int: impl Fn(T) -> i64,
    ) -> Result<AnyArray, Error> {
        let elements = elements.iter().copied();
        Ok(match ty {
            Common::F64 => self.array(&elements.map(float).collect::<Vec<f64>>())?.into(),
            Common::F32 => self.array(&elements.map(|x| float(x) as f32).collect::<Vec<f32>>())?.into(),
            Common::I64 => self.array(&elements.map(int).collect::<Vec<i64>>())?.into(),
            Common::I32 => self.array(&elements.map(|x| int(x) as i32).collect::<Vec<i32>>())?.into(),
        })
    }
}

/// Conversions between numbers by their values.
pub(super) trait Convert: ArrayNumber {
    fn to_f64(self) -> f64;
    fn to_i64(self) -> i64;
    fn from_f64(value: f64) -> Self;
    fn from_i64(value: i64) -> Self;
}

macro_rules! convert {
    ($($ty:ident)*) => {$(
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_lossless, reason = "as above")]
        impl Convert for $ty {
            fn to_f64(self) -> f64 {
                self as f64
            }

            fn to_i64(self) -> i64 {
                self as i64
            }

            fn from_f64(value: f64) -> Self {
                value as Self
            }

            fn from_i64(value: i64) -> Self {
                value as Self
            }
        }
    )*};
}
convert! { f64 f32 i64 i32 }
