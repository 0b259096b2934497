//! What interpreters share: a release, its compiled modules, the cache.

use std::sync::Arc;

use pyrun_memfs::{Errno, Vfs};
use pyrun_pyodide_loader::packages::{Layout, Lock, Package};

use crate::assets::Assets;
use crate::cache::Cache;
use crate::error::Error;
use crate::home::{Asset, Home};
use crate::interpreter::InterpreterBuilder;
use crate::modules::{Compiled, Modules};
use crate::packs::Packs;
use crate::program::Program;
use crate::progress::{Progress, Silent};

/// The release that is run when nobody asks for another.
pub const DEFAULT_RELEASE: &str = "314.0.3";

/// What an [`Engine`] is made of.
pub struct Config {
    home: Option<Home>,
    release: String,
    progress: Arc<dyn Progress>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("home", &self.home).field("release", &self.release).finish_non_exhaustive()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// This user's data folder, the default release, no progress shown.
    #[must_use]
    pub fn new() -> Self {
        Self { home: None, release: DEFAULT_RELEASE.to_owned(), progress: Arc::new(Silent) }
    }

    /// Takes releases, wheels and the cache from another data folder.
    #[must_use]
    pub fn home(mut self, home: Home) -> Self {
        self.home = Some(home);
        self
    }

    /// Runs another release.
    #[must_use]
    pub fn release(mut self, version: &str) -> Self {
        version.clone_into(&mut self.release);
        self
    }

    /// Tells `progress` about work that takes long.
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = progress;
        self
    }
}

/// A release of Pyodide, ready to start interpreters. Cheap to clone; the clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    assets: Assets,
    modules: Arc<Modules>,
    packs: Packs,
    progress: Arc<dyn Progress>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("assets", &self.assets).finish_non_exhaustive()
    }
}

impl Engine {
    /// Finds the release; compiles nothing yet.
    ///
    /// # Errors
    /// [`Error::Home`] when no data folder is known or the version is no version.
    pub fn new(config: Config) -> Result<Self, Error> {
        let home = match config.home {
            Some(home) => home,
            None => Home::locate()?,
        };
        let release = home.release(&config.release)?;
        let cache = Arc::new(Cache::open(home.cache_path()));
        let assets = Assets::new(release);
        let modules = Arc::new(Modules::new(cache.clone(), config.progress.clone()));
        let packs = Packs::new(assets.clone(), cache, Layout::new(3, 14));
        Ok(Self { inner: Arc::new(Inner { assets, modules, packs, progress: config.progress }) })
    }

    /// A program to be run: CPython's command line.
    #[must_use]
    pub fn program(&self) -> Program {
        Program::new(self.clone())
    }

    /// An interpreter to be started and driven.
    pub fn interpreter(&self) -> InterpreterBuilder {
        InterpreterBuilder::new(self.clone())
    }

    pub(crate) fn modules(&self) -> &Arc<Modules> {
        &self.inner.modules
    }

    pub(crate) fn progress(&self) -> &Arc<dyn Progress> {
        &self.inner.progress
    }

    /// The compiled main module.
    pub(crate) fn main_module(&self) -> Result<Compiled, Error> {
        let digest = self.inner.assets.digest(Asset::Module)?;
        self.inner.modules.main(digest.0, || Ok(self.inner.assets.read(Asset::Module)?))
    }

    /// Mounts the standard library, and packages with what they depend on.
    pub(crate) fn mount(&self, vfs: &mut Vfs, packages: &[String]) -> Result<(), Error> {
        let failed = |errno: Errno| Error::Bug(format!("mounting a pack: {errno:?}"));
        let library = self.inner.packs.standard_library(self)?;
        vfs.mount_layer(b"/", library.clone()).map_err(failed)?;
        if packages.is_empty() {
            return Ok(());
        }
        let lock = self.lock()?;
        let wanted = lock.resolve(packages).map_err(|error| Error::Package(error.to_string()))?;
        wanted.into_iter().try_for_each(|package| self.mount_package(vfs, package))
    }

    /// Mounts a package without what it depends on.
    pub(crate) fn mount_package(&self, vfs: &mut Vfs, package: &Package) -> Result<(), Error> {
        let library = self.inner.packs.standard_library(self)?;
        let layer = self.inner.packs.package(package, &library, self)?;
        vfs.mount_layer(b"/", layer).map_err(|errno| Error::Bug(format!("mounting {}: {errno:?}", package.name)))
    }

    /// The release's lock file.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        Ok(self.inner.assets.lock()?)
    }
}
