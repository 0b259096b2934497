//! libffi for WebAssembly: calls and closures whose signature is known only at run time.

/// The closures that are alive.
#[derive(Debug, Default)]
pub struct Closures {}
