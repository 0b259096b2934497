//! The engine of a release, which shows what takes long.

use std::sync::Arc;

use pyrun::{Config, DEFAULT_RELEASE, Engine, Error};

use crate::progress;

/// The engine of this release. Another one than the default was asked for, so it must be there; the default one is looked for
/// by what runs Python.
pub(crate) fn engine(release: &str) -> Result<Engine, Error> {
    let config = Config::new().progress(Arc::new(progress::Bar::new()));
    Engine::new(if release == DEFAULT_RELEASE { config } else { config.release(release) })
}
