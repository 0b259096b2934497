//! Array operations with NumPy's rules, as a WebAssembly module that is compiled ahead from the C sources in `c/`.
//!
//! [`MODULE`] imports nothing. It exports its memory, `malloc` and `free`, and a function for each operation and element type,
//! such as `sum_f64`; the README has their parameters, the rules, and how the module is built. `pyrun::Operations` is the
//! way to call them from Rust.
#![forbid(unsafe_code)]

/// The module.
///
/// ```
/// assert!(pyrun_operations::MODULE.starts_with(b"\0asm"));
/// ```
pub const MODULE: &[u8] = include_bytes!("../operations.wasm");

/// The first line of the version of the compiler that [`MODULE`] was built by. Another one makes another module.
pub const COMPILER: &str = "Debian clang version 14.0.6";

/// The README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
