//! What a snapshot says, and where its memory lies.

use pyrun_emscripten_shim::memory::MemoryImage;
use pyrun_pyodide_loader::InstanceImage;
use serde::{Deserialize, Serialize};

/// What a snapshot says besides linear memory.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SnapshotHeader {
    pub(crate) image: InstanceImage,
    /// The packs that are mounted, in order, by their keys in the cache.
    pub(crate) packs: Vec<[u8; 32]>,
    /// Top-level names of the modules that were preloaded, with all that came with them: they are not in `sys.modules`, and an
    /// import statement finds them.
    pub(crate) preloaded: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) header: SnapshotHeader,
    pub(crate) memory: MemoryImage,
    /// The release that the interpreter was of.
    pub(crate) release: &'static str,
}
