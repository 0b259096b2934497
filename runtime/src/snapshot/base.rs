//! The snapshot that every plain command line starts from: an interpreter that has started and done nothing.
//!
//! CPython reads its options and `PYTHON*` variables while it starts, so only a command line without them can be given
//! to an interpreter that has started already.

use pyrun_pyodide_loader::RunTarget;

use super::image::Snapshot;
use super::key::key;
use super::preload;
use super::recipe::Recipe;
use crate::engine::Engine;
use crate::grants::Grants;

/// The snapshot of an interpreter that has started and done nothing; `None` when it cannot be had or would not be kept, in
/// which case the guest boots.
pub(crate) fn base_snapshot(engine: &Engine) -> Option<Snapshot> {
    made_by(engine, &Recipe::new())
}

/// The snapshot that a plain command line starts from: the base snapshot, or one in which the packages that the program's
/// text imports were preloaded.
pub(crate) fn snapshot_for(engine: &Engine, grants: &Grants, target: &RunTarget) -> Option<Snapshot> {
    let modules = preload::modules(engine, grants, target);
    if !modules.is_empty()
        && let Some(snapshot) = made_by(engine, &Recipe::new().preload(&modules))
        && !preload::is_shadowed(grants, target, &snapshot.parts().header.preloaded)
    {
        return Some(snapshot);
    }
    base_snapshot(engine)
}

fn made_by(engine: &Engine, recipe: &Recipe) -> Option<Snapshot> {
    // One that is not kept would be made at every start, for nothing.
    let is_kept = || key(engine, &recipe.identity()).is_ok_and(|key| engine.cache().lookup(&key).is_some());
    if !engine.cache().is_writable() && !is_kept() {
        return None;
    }
    match engine.snapshot(recipe) {
        Ok(snapshot) => Some(snapshot),
        Err(error) => {
            // Whatever is wrong with the release or the cache, the boot that follows says it better.
            tracing::debug!(%error, "there is no snapshot to start from");
            None
        }
    }
}
