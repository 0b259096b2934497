//! The tests' `unsafe` code: loading what was compiled before.

use std::path::Path;

use wasmer::{DeserializeError, Engine, Module};

/// Loads an artifact that [`super::artifact`] has written.
///
/// # Errors
/// When the engine does not know the form.
pub(crate) fn load_artifact(engine: &Engine, path: &Path) -> Result<Module, DeserializeError> {
    // SAFETY: the engine trusts what it loads, so the file must be what this version of it wrote for this machine. It is: it lies
    // in the build's own folder, as this test program does, so whoever can write to one can write to the other; its name holds
    // the module's digest, the versions of translator and engine, and the target with its processor's features; and it is moved
    // there whole and never written to again.
    unsafe { Module::deserialize_from_file(engine, path) }
}
