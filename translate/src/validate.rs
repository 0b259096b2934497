//! Checks that the engine will take a module.

use wasmparser::{Validator, WasmFeatures};

use crate::error::{Result, TranslateError};
use crate::module;

/// Checks a module with exactly the features that the engine has on: no legacy exceptions, but `try_table`.
///
/// # Errors
/// [`TranslateError::Invalid`] with the position, or [`TranslateError::NotAModule`].
pub fn validate(wasm: &[u8]) -> Result<()> {
    module::check_header(wasm)?;
    Validator::new_with_features(engine_features()).validate_all(wasm).map_err(TranslateError::Invalid)?;
    Ok(())
}

/// The features that wasmer 7.4 validates with, given `Features::new()` with exceptions on.
pub(crate) fn engine_features() -> WasmFeatures {
    WasmFeatures::BULK_MEMORY
        | WasmFeatures::THREADS
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::SIMD
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::FLOATS
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::GC_TYPES
}
