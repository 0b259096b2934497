//! Under which key a snapshot lies in the cache: everything that its content depends on.

use crate::cache::{Key, KeyParts, Kind};
use crate::engine::Engine;
use crate::error::Error;

/// Changes whenever what a snapshot holds changes its meaning, beyond what the other parts of its key tell.
const FORM: &str = "pyrun snapshots 2";

/// The key of the snapshot that the recipe with this identity makes on this engine.
pub(super) fn key(engine: &Engine, recipe: &str) -> Result<Key, Error> {
    let main = engine.main_module()?;
    let ours = pyrun_pyodide_loader::snapshot::identity();
    let (main, library) = (main.key.hex(), engine.library_key()?.hex());
    let versions = [FORM, env!("CARGO_PKG_VERSION"), &main, &library, engine.modules().host_identity(), &ours, recipe];
    Ok(Key::new(&KeyParts { kind: Kind::Snapshot, source: &engine.main_digest()?, versions: &versions }))
}
