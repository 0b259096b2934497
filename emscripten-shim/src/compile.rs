//! Where compiled modules come from.
//!
//! The shim meets modules that the main module did not bring along: side modules, and the small adapters that
//! [`crate::libffi`] generates. Compiling them needs a compiler in the engine, and the embedder may keep what was
//! compiled before. So the shim asks a [`ModuleSource`] and knows nothing of caches.

/// Turns a WebAssembly binary into a module of an engine.
pub trait ModuleSource: Send {
    /// Compiles `wasm` for `engine`, or finds what was compiled earlier.
    ///
    /// # Errors
    /// A message for the person who runs the program: the binary is invalid, or nothing here can compile it.
    fn compile(&mut self, engine: &wasmer::Engine, wasm: &[u8]) -> Result<wasmer::Module, String>;
}

/// Compiles with the engine's own compiler and keeps nothing.
///
/// ```
/// use pyrun_emscripten_shim::compile::{EngineCompiler, ModuleSource};
/// let engine = wasmer::Store::default().engine().clone();
/// let empty = b"\0asm\x01\0\0\0";
/// assert!(EngineCompiler.compile(&engine, empty).is_ok());
/// assert!(EngineCompiler.compile(&engine, b"not wasm").is_err());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct EngineCompiler;

impl ModuleSource for EngineCompiler {
    fn compile(&mut self, engine: &wasmer::Engine, wasm: &[u8]) -> Result<wasmer::Module, String> {
        wasmer::Module::new(engine, wasm).map_err(|error| error.to_string())
    }
}
