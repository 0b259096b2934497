//! Snapshots: a started interpreter at rest, from which others start without booting.
//!
//! A snapshot holds the interpreter whole: linear memory, which is mapped copy-on-write by whoever starts from it, and beside it
//! globals, the owners of table slots, loaded libraries by hash, files and descriptors. It refers to compiled modules and
//! packs of the cache by their keys. When one of those is not there, or the snapshot was made by another pyrun, it is
//! not used: it is made anew where it is known how ([`Recipe`]), else refused.
//!
//! What may not be shared is renewed at each start; see [`pyrun_pyodide_loader::AfterRestore`].

mod ahead;
mod file;
mod named;
mod recipe;
mod standing;

use std::sync::Arc;

use pyrun_emscripten_shim::memory::MemoryImage;
use pyrun_pyodide_loader::{Instance, InstanceImage};
use serde::{Deserialize, Serialize};

use crate::cache::{Entry, Key, KeyParts, Kind, Payload};
use crate::engine::Engine;
use crate::error::Error;

pub use recipe::Recipe;
pub(crate) use standing::{Plain, is_read_at_start, snapshot_for, standing_snapshot};

/// Changes whenever what a snapshot holds changes its meaning, beyond what the other parts of its key tell.
const FORM: &str = "pyrun snapshots 2";

/// A started interpreter at rest. Cheap to clone; what starts from a clone shares its memory until it writes.
#[derive(Clone, Debug)]
pub struct Snapshot(Arc<Parts>);

/// What a snapshot says besides linear memory.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) image: InstanceImage,
    /// The packs that are mounted, in order, by their keys in the cache.
    pub(crate) packs: Vec<[u8; 32]>,
    /// Top-level names of the modules that were imported ahead and set aside, with all that came with them.
    pub(crate) ahead: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) description: Description,
    pub(crate) memory: MemoryImage,
}

impl Snapshot {
    /// Whether it is the same one, or a clone of it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    fn open(entry: &Entry) -> Result<Self, file::Unusable> {
        file::open(entry.payload()).map(|parts| Self(Arc::new(parts)))
    }

    /// Takes an interpreter's state as bytes.
    fn take(engine: &Engine, interpreter: &mut Instance, ahead: Vec<String>) -> Result<Vec<u8>, Error> {
        let image = interpreter.freeze().map_err(|trap| Error::Snapshot(trap.to_string()))?;
        let packs = engine.pack_keys(&image.packages)?;
        let description = Description { image, packs, ahead };
        let bytes = interpreter.with_memory(|memory| file::encode(&description, memory))?;
        bytes.map_err(|error| Error::Bug(format!("a snapshot cannot be written: {error}")))
    }
}

/// A snapshot of an interpreter that is still there.
pub(crate) fn of(engine: &Engine, interpreter: &mut Instance) -> Result<Snapshot, Error> {
    let bytes = Snapshot::take(engine, interpreter, Vec::new())?;
    let parts = file::open(&Payload::Memory(bytes.into()));
    let parts = parts.map_err(|error| Error::Snapshot(format!("there is no room for it: {error}")))?;
    Ok(Snapshot(Arc::new(parts)))
}

/// The key of the snapshot that `recipe` makes on this engine.
fn key(engine: &Engine, recipe: &Recipe) -> Result<Key, Error> {
    let main = engine.main_module()?;
    let (recipe, ours) = (recipe.identity(), pyrun_pyodide_loader::snapshot::identity());
    let (main, library) = (main.key.hex(), engine.library_key()?.hex());
    let versions = [FORM, env!("CARGO_PKG_VERSION"), &main, &library, engine.modules().host_identity(), &ours, &recipe];
    Ok(Key::new(&KeyParts { kind: Kind::Snapshot, source: &engine.main_digest()?, versions: &versions }))
}
