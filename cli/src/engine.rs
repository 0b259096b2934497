//! The engine of a release, which shows what takes long.

use std::path::Path;
use std::sync::Arc;

use pyrun::{Config, DEFAULT_RELEASE, Engine, Error};

use crate::progress;

/// The engine of this release. Another one than the default was asked for, so it must be there; the default one is looked for
/// by what runs Python.
pub(crate) fn engine(release: &str) -> Result<Engine, Error> {
    Engine::new(if release == DEFAULT_RELEASE { config() } else { config().release(release) })
}

/// The engine of the release whose files lie in this folder; of this one, if it is not the default.
pub(crate) fn engine_in(folder: &Path, release: &str) -> Result<Engine, Error> {
    let config = config().release_folder(folder);
    Engine::new(if release == DEFAULT_RELEASE { config } else { config.release(release) })
}

fn config() -> Config {
    Config::new().progress(Arc::new(progress::Bar::new()))
}
