//! Compiling ahead of time, so that no start has to.

use crate::compile::compiler::Compiler;
use crate::compile::engines;
use crate::engine::Engine;
use crate::error::Error;

/// What is to be precompiled: the main module, and what was asked for besides.
///
/// ```no_run
/// use pyrun::{Compiler, Precompile};
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// engine.precompile(&Precompile::new(Compiler::best()).packages(["numpy"]))?;
/// # Ok::<_, pyrun::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Precompile {
    compiler: Compiler,
    packages: Vec<String>,
    installed: bool,
}

impl Precompile {
    /// The main module, by this compiler.
    #[must_use]
    pub const fn new(compiler: Compiler) -> Self {
        Self { compiler, packages: Vec::new(), installed: false }
    }

    /// And the libraries of packages and of what they depend on.
    #[must_use]
    pub fn packages<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.packages.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// And the libraries of all packages that are on this machine.
    #[must_use]
    pub fn installed(mut self) -> Self {
        self.installed = true;
        self
    }
}

impl Engine {
    /// Compiles what is not compiled yet.
    ///
    /// # Errors
    /// [`Error::NoCompiler`]; [`Error::Package`] for one that the release does not have; [`Error::Asset`] when a wheel is not
    /// there; [`Error::Cache`] when nothing would be kept; else what compiling can give.
    pub fn precompile(&self, what: &Precompile) -> Result<(), Error> {
        engines::check(what.compiler)?;
        self.check_release()?;
        self.cache().check_writable()?;
        let packages = self.closure(&what.packages, what.installed)?;
        self.precompile_main(what.compiler)?;
        let main = self.main_module()?;
        for package in &packages {
            for (name, wasm) in self.libraries(package)? {
                let name = format!("{}: {name}", package.name);
                self.modules().precompile_side(what.compiler, &main, &name, wasm)?;
            }
        }
        Ok(())
    }
}
