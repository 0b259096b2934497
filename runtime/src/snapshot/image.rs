//! A snapshot in memory: what it says, and linear memory, which whoever starts from it maps.

use std::sync::Arc;

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::memory::MemoryImage;
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

    /// `engine` is the one under whose key the entry was found.
    pub(super) fn open(engine: &Engine, entry: &Entry) -> Result<Self, file::Unusable> {
        let (header, memory) = file::open(entry.payload())?;
        Ok(Self::of(engine, header, memory))
    }

    fn of(engine: &Engine, header: SnapshotHeader, memory: MemoryImage) -> Self {
        Self(Arc::new(Parts { header, memory, release: engine.release() }))
    }

    /// Looks whether an engine's release is the one that the interpreter was of: its memory means nothing to another.
    ///
    /// # Errors
    /// [`SnapshotError::OtherRelease`]
    pub(crate) fn check_release(&self, engine: &Engine) -> Result<(), SnapshotError> {
        match (self.0.release, engine.release()) {
            (of, wanted) if of == wanted => Ok(()),
            (of, wanted) => Err(SnapshotError::OtherRelease { of, wanted }),
        }
    }

    /// Takes an interpreter's state as bytes.
    pub(super) fn take(engine: &Engine, interpreter: &mut Instance, preloaded: Vec<String>) -> Result<Vec<u8>, Error> {
        interpreter.flush_output().map_err(not_frozen)?;
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
    let (header, memory) =
        parts.map_err(|error| SnapshotError::Unfreezable(format!("there is no room for it: {error}")))?;
    Ok(Snapshot::of(engine, header, memory))
}

/// What the recipe's own code has made impossible is its fault.
pub(super) fn not_frozen(trap: Trap) -> Error {
    match trap {
        Trap::Aborted(why) => SnapshotError::Unfreezable(why).into(),
        trap => Error::from_trap(trap),
    }
}
