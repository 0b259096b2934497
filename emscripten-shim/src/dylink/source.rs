//! Where compiled modules come from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wasmer::Engine;

use pyrun_translate::ModuleInfo;

/// A compiled side module and the facts about it that linking needs.
#[derive(Clone, Debug)]
pub struct SideModule {
    /// What names it, in a snapshot and to [`ModuleSource::module_named`].
    pub id: ModuleId,
    /// The compiled module.
    pub module: wasmer::Module,
    /// Exports, imports, element segments, `dylink.0`.
    pub info: Arc<ModuleInfo>,
    /// Whether [`ModuleSource::module_named`] will find it. What only one guest may load is not, and no snapshot can hold it.
    pub is_kept: bool,
}

/// A name for a module that depends on its bytes alone: the SHA-256 of them as they were before translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModuleId(pub [u8; 32]);

/// Compiles modules; implemented by the embedder, who caches what comes out.
pub trait ModuleSource: Send {
    /// Compiles a helper module that the shim has generated.
    ///
    /// # Errors
    /// What the compiler says.
    fn helper_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<wasmer::Module, String>;

    /// Translates and compiles a side module.
    ///
    /// # Errors
    /// Why the library cannot be loaded, for `dlerror`: also that the guest may not load it.
    fn side_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<SideModule, String>;

    /// A side module that was compiled before, perhaps by another process.
    ///
    /// # Errors
    /// Why it is not to be had: a snapshot that names it does not fit.
    fn module_named(&mut self, engine: &Engine, id: ModuleId) -> Result<SideModule, String>;
}
