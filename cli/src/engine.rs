//! The engine of a release, which shows what takes long.

use std::sync::Arc;

use pyrun::{Config, Engine, Error};

use crate::progress;

/// The engine of this release.
pub(crate) fn engine(release: &str) -> Result<Engine, Error> {
    Engine::new(Config::new().release(release).progress(Arc::new(progress::Bar::new())))
}
