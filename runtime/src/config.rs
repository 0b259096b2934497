//! What an engine is made of: a data folder, a release, who is told of long work.

use std::sync::Arc;

use crate::progress::{Guarded, Progress, Silent};
use crate::store::home::{DEFAULT_RELEASE, Home};

/// What an [`Engine`](crate::Engine) is made of.
pub struct Config {
    pub(crate) home: Option<Home>,
    pub(crate) release: String,
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
        self.progress = Arc::new(Guarded::new(progress));
        self
    }
}
