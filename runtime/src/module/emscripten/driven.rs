//! C's functions of an instance that is driven.

use pyrun_emscripten_shim::Caller;

use super::em::Em;
use crate::error::Error;
use crate::module::error::ModuleError;
use crate::module::instance::ModuleInstance;

impl ModuleInstance {
    /// C's functions of an instance of Emscripten's: memory, files, libraries, calls whose exceptions are values.
    ///
    /// # Errors
    /// [`Error::Module`], when the module is no Emscripten module.
    pub fn em(&mut self) -> Result<Em<'_>, Error> {
        let module = self.module().name().to_owned();
        self.begin();
        let (env, store) = self.guest().ok_or(ModuleError::NoEmscripten { module })?;
        Ok(Em::new(Caller::from_store(env, store)))
    }
}
