//! The engine of a release, which shows what takes long.

use std::path::Path;
use std::sync::Arc;

use pyrun::{Config, DEFAULT_RELEASE, Engine, Error};

use crate::progress;

/// The engine of this release. Another one than the default was asked for, so it must be there; the default one is looked for
/// by what runs Python.
pub(crate) fn engine(release: Option<&str>) -> Result<Engine, Error> {
    Engine::new(with_release(config(), release))
}

/// The engine of the release whose files lie in this folder; of this one, if it is not the default.
pub(crate) fn engine_in(folder: &Path, release: Option<&str>) -> Result<Engine, Error> {
    Engine::new(with_release(config().release_folder(folder), release))
}

fn with_release(config: Config, release: Option<&str>) -> Config {
    match release.filter(|release| *release != DEFAULT_RELEASE) {
        Some(release) => config.release(release),
        None => config,
    }
}

fn config() -> Config {
    Config::new().progress(Arc::new(progress::Bar::new()))
}
