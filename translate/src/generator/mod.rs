//! Random modules that use legacy exception handling, for this crate's property test and for fuzzers (feature `generator`).

pub(crate) mod legacy;
pub(crate) mod program;

/// The module that `bytes` stand for: valid by construction, and it uses legacy exception handling in every way.
///
/// It imports `env.log (i32)` and exports `run (i32) -> i32`, which always terminates, and its tags.
pub fn legacy_module(bytes: &[u8]) -> Vec<u8> {
    legacy::encode(&program::Program::generate(bytes))
}
