//! The types of elements.

use crate::interpreter::Element;
use crate::module::{WasmResults, WasmScalar};

/// What an array of the module's can hold: a [`ArrayNumber`], or a `bool`.
pub trait Stored: Copy + Send + sealed::SealedStored + 'static {
    /// How it lies in memory.
    type Raw: Element;

    /// Elements as they are in Rust.
    #[doc(hidden)]
    fn from_raw(raw: Vec<Self::Raw>) -> Vec<Self>;

    /// Elements as they lie in memory.
    #[doc(hidden)]
    fn to_raw(elements: &[Self]) -> std::borrow::Cow<'_, [Self::Raw]>;
}

/// What can be computed with: `f64`, `f32`, `i64`, `i32`.
pub trait ArrayNumber:
    Stored<Raw = Self> + Element + WasmScalar + WasmResults + PartialOrd + std::fmt::Display
{
    /// The type of a sum: `i64` for both types of integers, as NumPy has it.
    type Sum: ArrayNumber;
    /// The type of a quotient: `f64` for integers.
    type Real: Real;

    /// What the names of the module's functions end with, and its place among the types.
    #[doc(hidden)]
    const SUFFIX: (&'static str, usize);

    /// As a real number; rounded.
    #[doc(hidden)]
    fn to_real(self) -> Self::Real;
}

/// A floating-point type.
pub trait Real: ArrayNumber<Real = Self, Sum = Self> {
    #[doc(hidden)]
    const HALF: Self;

    /// From 0 to 1.
    #[doc(hidden)]
    const UNIT: (Self, Self);

    #[doc(hidden)]
    fn finite(self) -> bool;

    #[doc(hidden)]
    fn plus(self, other: Self) -> Self;

    #[doc(hidden)]
    fn minus(self, other: Self) -> Self;
}

mod sealed {
    pub trait SealedStored {}
}

macro_rules! numbers {
    ($($ty:ident: $index:literal, $sum:ident, $real:ident;)*) => {$(
        impl sealed::SealedStored for $ty {}

        impl Stored for $ty {
            type Raw = Self;

            fn from_raw(raw: Vec<Self>) -> Vec<Self> {
                raw
            }

            fn to_raw(elements: &[Self]) -> std::borrow::Cow<'_, [Self]> {
                elements.into()
            }
        }

        impl ArrayNumber for $ty {
            type Sum = $sum;
            type Real = $real;

            const SUFFIX: (&'static str, usize) = (stringify!($ty), $index);

            #[allow(clippy::cast_precision_loss, reason = "rounded, as NumPy does")]
            fn to_real(self) -> $real {
                self as $real
            }
        }
    )*};
}
numbers! {
    f64: 0, f64, f64;
    f32: 1, f32, f32;
    i64: 2, i64, f64;
    i32: 3, i64, f64;
}

macro_rules! reals {
    ($($ty:ident)*) => {$(
        impl Real for $ty {
            const HALF: Self = 0.5;
            const UNIT: (Self, Self) = (0.0, 1.0);

            fn finite(self) -> bool {
                self.is_finite()
            }

            fn plus(self, other: Self) -> Self {
                self + other
            }

            fn minus(self, other: Self) -> Self {
                self - other
            }
        }
    )*};
}
reals! { f64 f32 }

impl sealed::SealedStored for bool {}

impl Stored for bool {
    type Raw = u8;

    fn from_raw(raw: Vec<u8>) -> Vec<Self> {
        raw.into_iter().map(|byte| byte != 0).collect()
    }

    fn to_raw(elements: &[Self]) -> std::borrow::Cow<'_, [u8]> {
        elements.iter().map(|element| u8::from(*element)).collect()
    }
}
