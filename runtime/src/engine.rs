//! What interpreters share: a release, its compiled modules, the cache.

use std::sync::Arc;

use pyrun_memfs::{Layer, ZipLayer};
use sha2::{Digest, Sha256};

use crate::cache::Cache;
use crate::error::Error;
use crate::home::{Asset, Home, Release};
use crate::modules::{Compiled, Modules};
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

#[derive(Debug)]
struct Inner {
    release: Release,
    modules: Arc<Modules>,
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
        let modules = Arc::new(Modules::new(cache, config.progress));
        Ok(Self { inner: Arc::new(Inner { release, modules }) })
    }

    /// A program to be run: CPython's command line.
    #[must_use]
    pub fn program(&self) -> Program {
        Program::new(self.clone())
    }

    pub(crate) fn modules(&self) -> &Arc<Modules> {
        &self.inner.modules
    }

    /// The compiled main module.
    pub(crate) fn main_module(&self) -> Result<Compiled, Error> {
        let path = self.inner.release.asset(Asset::Module)?;
        let wasm = std::fs::read(&path).map_err(|source| Error::System { what: "cannot read the main module", source })?;
        self.inner.modules.main(Sha256::digest(&wasm).into(), || Ok(wasm))
    }

    /// The standard library as a layer.
    pub(crate) fn standard_library(&self) -> Result<Arc<dyn Layer>, Error> {
        let path = self.inner.release.asset(Asset::StandardLibrary)?;
        let bytes =
            std::fs::read(&path).map_err(|source| Error::System { what: "cannot read the standard library", source })?;
        let layer = ZipLayer::open("stdlib", Arc::new(bytes)).map_err(|e| Error::Package(e.to_string()))?;
        Ok(Arc::new(layer))
    }
}
