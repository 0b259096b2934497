//! C's functions of an instance that is driven.

use pyrun_emscripten_shim::Caller;

use super::em::Em;
use crate::error::Error;
use crate::module::error::ModuleError;
use crate::module::instance::ModuleInstance;

impl ModuleInstance {
    /// C's functions of an instance of Emscripten's: memory, files, libraries, calls whose exceptions are values. A limit of time is
    /// that of the whole use, until the result is dropped.
    ///
    /// # Errors
    /// [`Error::Module`], when the module is no Emscripten module; [`Error::System`], when its time cannot be limited.
    pub fn em(&mut self) -> Result<Em<'_>, Error> {
        let module = self.module().name().to_owned();
        let engine = self.module().engine().clone();
        let (env, store, control) = self.guest().ok_or(ModuleError::NoEmscripten { module })?;
        Em::of_instance(Caller::from_store(env, store), &engine, control)
    }
}
