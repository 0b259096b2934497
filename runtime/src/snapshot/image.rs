//! A snapshot in memory: what it says, and linear memory, which whoever starts from it maps.

use std::sync::Arc;

use pyrun_pyodide_loader::Instance;

use super::file;
use super::header::{Parts, SnapshotHeader};
use crate::cache::{Entry, Payload};
use crate::engine::Engine;
use crate::error::{Error, SnapshotError};

/// A started interpreter at rest. Cheap to clone; what starts from a clone shares its memory until it writes.
#[derive(Clone, Debug)]
pub struct Snapshot(Arc<Parts>);

impl Snapshot {
    /// Whether it is the same one, or a clone of it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    pub(super) fn open(entry: &Entry) -> Result<Self, file::Unusable> {
        file::open(entry.payload()).map(|parts| Self(Arc::new(parts)))
    }

    /// Takes an interpreter's state as bytes.
    pub(super) fn take(engine: &Engine, interpreter: &mut Instance, preloaded: Vec<String>) -> Result<Vec<u8>, Error> {
        let image = interpreter.freeze().map_err(|trap| SnapshotError::Unfreezable(trap.to_string()))?;
        let packs = engine.pack_keys(&image.packages)?;
        let header = SnapshotHeader { image, packs, preloaded };
        let bytes = interpreter.with_memory(|memory| file::encode(&header, memory)).map_err(Error::from_trap)?;
        bytes.map_err(|error| SnapshotError::Unfreezable(error.to_string()).into())
    }
}

/// A snapshot of an interpreter that is still there.
pub(crate) fn snapshot_of(engine: &Engine, interpreter: &mut Instance) -> Result<Snapshot, Error> {
    let bytes = Snapshot::take(engine, interpreter, Vec::new())?;
    let parts = file::open(&Payload::Memory(bytes.into()));
    let parts = parts.map_err(|error| SnapshotError::Unfreezable(format!("there is no room for it: {error}")))?;
    Ok(Snapshot(Arc::new(parts)))
}
