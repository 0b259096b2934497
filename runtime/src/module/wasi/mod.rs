//! WASI: preview 1 commands and reactors.
//!
//! The functions are `pyrun_wasi`'s. A build without the feature `wasi` refuses such modules by name.

#[cfg(not(feature = "wasi"))]
mod absent;
#[cfg(feature = "wasi")]
mod guest;
#[cfg(feature = "wasi")]
mod preopens;

#[cfg(not(feature = "wasi"))]
pub(crate) use absent::{compile, reserved, run, start, support};
#[cfg(feature = "wasi")]
pub(crate) use guest::{compile, run, start, support};
#[cfg(feature = "wasi")]
pub(crate) use preopens::reserved;
