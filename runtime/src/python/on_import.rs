//! Packages of the lock file that are mounted when the program imports them.

use std::sync::Arc;

use pyrun_memfs::Vfs;
use pyrun_packages::{Lock, Optimization};
use pyrun_pyodide_loader::guest_modules::PackageSource;

use crate::engine::Engine;
use crate::error::Error;
use crate::limits::account::Account;
use crate::python::missing_package::MissingPackage;
use crate::store::assets::AssetError;
use crate::store::home::HomeError;

/// The packages of an engine's release, for one interpreter.
pub(crate) struct OnImport {
    engine: Engine,
    /// The bytecode that the program uses.
    optimization: Optimization,
    /// Read when it is first asked for: most programs import nothing that is not there.
    lock: Option<Lock>,
    /// Names of the packages that are mounted, in order.
    mounted: Vec<String>,
    /// Where it is noted what cannot be had.
    account: Arc<Account>,
}

impl OnImport {
    /// `mounted` are the packages that are there from the start.
    pub(crate) fn new(engine: Engine, optimization: Optimization, mounted: Vec<String>, account: Arc<Account>) -> Self {
        Self { engine, optimization, lock: None, mounted, account }
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

/// An error's text with those of its causes.
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

    fn load(&mut self, vfs: &mut Vfs, module: &str) -> bool {
        let Err(error) = self.mount(vfs, module) else { return true };
        let packages = match self.lock() {
            Ok(lock) => lock.packages_for_module(module).map(|package| package.canonical.clone()).collect(),
            Err(_) => Vec::new(),
        };
        let is_absent = matches!(
            &error,
            Error::Home(HomeError::Missing { .. }) | Error::Asset(AssetError::Missing(HomeError::Missing { .. }))
        );
        let fetch = (is_absent && !packages.is_empty()).then(|| format!("{} --wheels", self.engine.fetch_command()));
        let why = with_causes(&error);
        tracing::warn!(module, why, "a package of the release cannot be had");
        self.account.note_missing(MissingPackage { module: module.to_owned(), packages, fetch, why });
        false
    }

    fn mounted(&self) -> Vec<String> {
        self.mounted.clone()
    }
}
