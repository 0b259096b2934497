//! Operations on arrays without Python: [`Operations`](crate::Operations).
//!
//! The module behind them is compiled ahead from C and comes with the library; the first use on a machine compiles it to native
//! code in less than a second. No release of Pyodide is needed.
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let mut ops = pyrun::Operations::new(&engine)?;
//! let data = [1_i64, 2, 3, 4, 5];
//! assert_eq!(ops.sum(&data)? * 2, 30);
//! assert_eq!(ops.mean(&data)?, 3.0);
//! assert_eq!(ops.dot(&data, &data)?, 55);
//! # Ok(())
//! # }
//! ```
//!
//! # With a copy, and without
//!
//! Slices, `Vec`s and arrays are copied into the module's memory for each call, and results come back as `Vec`. What is used
//! more than once stays there as a [`ResidentArray`](crate::ResidentArray); what is computed from one is one, too. Its memory is
//! used again after its last clone was dropped.
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
//! let x = ops.linspace::<f64>(0.0, std::f64::consts::PI, 1001, true)?;
//! let sines = ops.sin(&x)?;
//! let step = std::f64::consts::PI / 1000.0;
//! assert!((ops.sum(&sines)? * step - 2.0).abs() < 1e-5);
//!
//! let high = ops.greater(&sines, &[0.5])?; // A single element stands for all.
//! let clipped = ops.choose(&high, &sines, &[0.5])?;
//! assert_eq!(ops.min(&clipped)?, 0.5);
//! assert_eq!(ops.to_vec(&clipped)?.len(), 1001);
//! # Ok(())
//! # }
//! ```
//!
//! # Types
//!
//! Elements are `f64`, `f32`, `i64` or `i32`, and `bool` for conditions. The types of results are those of NumPy: a sum of
//! integers is `i64`, a quotient, a mean or a sine of integers `f64`, a product of `i32`s `i32`, which wraps.
//!
//! # Rules
//!
//! They are NumPy's, and the tests compare the bits of results: sums of floating-point numbers are pairwise; `min`, `max` and
//! `clip` hand NaN on, `argmax` finds the first one, sorting puts it last; integers wrap, and divided by zero they give 0
//! (`floor_divide`). The least element of an empty array is an error
//! ([`OperationError::Empty`](crate::OperationError::Empty)), its sum is zero, its mean NaN.
//!
//! `exp`, `log`, `sin` and `cos` are off by less than one unit in the last place in `f64`. NumPy's own are, too, but may be
//! off by another one. A product of matrices is, bit for bit, what NumPy computes without a BLAS, as in Pyodide; a BLAS adds in
//! another order.
//!
//! # Limits
//!
//! [`Limits::memory`](crate::Limits::memory) bounds the arrays, with what a call needs besides
//! ([`Operations::with_limits`](crate::Operations::with_limits)).
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! # let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let limits = pyrun::Limits::new().memory(4 << 20);
//! let mut ops = pyrun::Operations::with_limits(&engine, limits)?;
//! let refused = ops.sum(&vec![1.0; 1 << 20]);
//! let full = pyrun::OperationError::Memory { bytes: 8 << 20 };
//! assert!(matches!(refused, Err(pyrun::Error::Operation(error)) if error == full));
//! # Ok(())
//! # }
//! ```
