//! What an engine is made of: a data folder, a release, who is told of long work.

use std::path::PathBuf;
use std::sync::Arc;

use crate::progress::{Guarded, Progress, Silent};
use crate::store::home::Home;

/// What an [`Engine`](crate::Engine) is made of.
pub struct Config {
    pub(crate) home: Option<Home>,
    /// The release that was asked for by name.
    pub(crate) release: Option<String>,
    /// The folder of the release, where it is not in the data folder.
    pub(crate) release_folder: Option<PathBuf>,
    pub(crate) progress: Arc<dyn Progress>,
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
    /// This user's data folder, the [default release](crate::DEFAULT_RELEASE), no progress shown.
    #[must_use]
    pub fn new() -> Self {
        Self { home: None, release: None, release_folder: None, progress: Arc::new(Silent) }
    }

    /// Takes releases, wheels and the cache from another data folder.
    #[must_use]
    pub fn home(mut self, home: Home) -> Self {
        self.home = Some(home);
        self
    }

    /// Runs this release. [`Engine::new`](crate::Engine::new) fails then unless its files are there, so a program that cannot do
    /// without Python names one, be it the default. When none is named the default one is looked for once Python is asked for.
    ///
    /// ```
    /// use pyrun::{Config, DEFAULT_RELEASE, Engine, home::Home};
    /// let empty = tempfile::tempdir().unwrap();
    /// let config = || Config::new().home(Home::at(empty.path()));
    /// let error = Engine::new(config().release(DEFAULT_RELEASE)).unwrap_err();
    /// assert!(error.to_string().ends_with("pyodide.asm.wasm is missing: run `./assets-fetch.sh` to fetch it"));
    /// let engine = Engine::new(config())?;
    /// assert_eq!(engine.interpreter().start().unwrap_err().to_string(), error.to_string());
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn release(mut self, version: &str) -> Self {
        self.release = Some(version.to_owned());
        self
    }

    /// Takes the release's files from this folder in place of the data folder's: `pyodide.asm.wasm`, whose contents tell which
    /// release it is, and beside it `python_stdlib.zip` and `pyodide-lock.json`; wheels from its folder `wheels`, or from beside
    /// them, too. [`Engine::new`](crate::Engine::new) fails when one of the three is missing or is not the release's.
    ///
    /// ```no_run
    /// let engine = pyrun::Engine::new(pyrun::Config::new().release_folder("/opt/pyodide"))?;
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn release_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.release_folder = Some(folder.into());
        self
    }

    /// Tells `progress` about work that takes long.
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Arc::new(Guarded::new(progress));
        self
    }
}
