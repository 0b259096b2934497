//! Modules that get their names from the embedder.

use super::names::ModuleNames;
use crate::error::Error;
use crate::module::error::ModuleError;
use crate::module::open::Module;

impl Module {
    /// The same module with names in the place of minified ones.
    ///
    /// # Errors
    /// [`Error::Module`], when a name of an import is missing: the names are another module's. [`Error::Compile`], when the
    /// module cannot be read.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "a" "a" (func)) (memory 1) (func (export "b")))"#).unwrap();
    /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let minified = engine.module(wasm)?;
    /// assert_eq!(minified.kind(), pyrun::Kind::Refused);
    /// let names = pyrun::ModuleNames::parse("import a env._abort_js\nexport b main")?;
    /// assert_eq!(minified.with_names(&names)?.kind(), pyrun::Kind::EmscriptenMain);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_names(&self, names: &ModuleNames) -> Result<Self, Error> {
        if !names.covers(self.wasm()) {
            return Err(ModuleError::OtherNames { module: self.name().to_owned() }.into());
        }
        let named = names.put_into(self.wasm());
        let named = named.map_err(|error| Error::Compile { what: self.name().to_owned(), why: error.to_string() })?;
        Ok(self.with_wasm(named, names.clone()))
    }
}
