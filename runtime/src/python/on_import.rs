//! Packages of the lock file that are mounted when the program imports them.

use pyrun_memfs::Vfs;
use pyrun_packages::{Lock, Optimization};
use pyrun_pyodide_loader::guest_modules::PackageSource;

use crate::engine::Engine;
use crate::error::Error;

/// The packages of an engine's release, for one interpreter.
pub(crate) struct OnImport {
    engine: Engine,
    /// The bytecode that the program uses.
    optimization: Optimization,
    /// Read when it is first asked for: most programs import nothing that is not there.
    lock: Option<Lock>,
    /// Names of the packages that are mounted, in order.
    mounted: Vec<String>,
}

impl OnImport {
    /// `mounted` are the packages that are there from the start.
    pub(crate) fn new(engine: Engine, optimization: Optimization, mounted: Vec<String>) -> Self {
        Self { engine, optimization, lock: None, mounted }
    }

    fn lock(&mut self) -> Result<&Lock, Error> {
        if self.lock.is_none() {
            self.lock = Some(self.engine.lock()?);
        }
        // Bug: it was set just now.
        self.lock.as_ref().ok_or_else(|| Error::Bug("the lock file is gone".to_owned()))
    }

    /// Names of the packages that `module` is in and that were not mounted yet.
    fn missing(&mut self, module: &str) -> Result<Vec<String>, Error> {
        let names = self.lock()?.packages_for_module(module).map(|package| package.name.clone());
        let names: Vec<String> = names.collect();
        Ok(names.into_iter().filter(|name| !self.mounted.contains(name)).collect())
    }

    fn mount(&mut self, vfs: &mut Vfs, module: &str) -> Result<(), Error> {
        let names = self.missing(module)?;
        self.engine.mount_packages(vfs, &names, self.optimization, &mut self.mounted)
    }
}

/// An error's text with those of its causes: the guest has one line to show.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

impl PackageSource for OnImport {
    fn knows(&mut self, module: &str) -> bool {
        match self.missing(module) {
            Ok(missing) => !missing.is_empty(),
            // What is wrong is told by `load`: a release that is damaged must not look like a module that nobody has.
            Err(_) => true,
        }
    }

    fn load(&mut self, vfs: &mut Vfs, module: &str) -> Result<(), String> {
        self.mount(vfs, module).map_err(|error| format!("No module named '{module}': {}", with_causes(&error)))
    }

    fn mounted(&self) -> Vec<String> {
        self.mounted.clone()
    }
}
