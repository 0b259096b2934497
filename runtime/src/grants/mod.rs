//! What a guest may see and take: environment, packages, folders, streams, limits. Plain data; the
//! guest's process is made of it in `python/process.rs`, whether it runs a command line ([`crate::Program`]) or is driven
//! by the embedder.

mod environment;
#[cfg(unix)]
pub mod folders;
#[cfg(unix)]
pub mod stdio;

use std::path::PathBuf;
use std::sync::Arc;

use pyrun_emscripten_shim::process::Limits;
use pyrun_memfs::Layer;
use pyrun_pyodide_loader::boot::HOME;
use pyrun_pyodide_loader::packages::Optimization;

use environment::is_read_at_start;
use stdio::Stdio;

/// What a guest may see and take. Nothing of the host by default.
pub(crate) struct Sandbox {
    pub(crate) environ: Vec<(String, String)>,
    pub(crate) packages: Vec<String>,
    /// The bytecode that the guest looks for.
    pub(crate) optimization: Optimization,
    /// Shown at `/` in place of the standard library and all packages.
    pub(crate) only_layers: Option<Vec<Arc<dyn Layer>>>,
    pub(crate) folders: Vec<Mount>,
    pub(crate) working_folder: Option<String>,
    pub(crate) stdio: Stdio,
    pub(crate) limits: Limits,
}

/// A folder of the host that the guest may see.
#[derive(Debug)]
pub(crate) struct Mount {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    pub(crate) writable: bool,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            environ: Vec::new(),
            packages: Vec::new(),
            optimization: Optimization::default(),
            only_layers: None,
            folders: Vec::new(),
            working_folder: None,
            stdio: Stdio::discard(),
            limits: Limits::default(),
        }
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("packages", &self.packages)
            .field("folders", &self.folders)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Whether the environment holds something that is looked at only while CPython starts.
    pub(crate) fn is_read_at_start(&self) -> bool {
        let special = self.environ.iter().any(|(name, _)| is_read_at_start(name));
        special || self.only_layers.is_some() || self.optimization != Optimization::default()
    }

    /// Where the guest starts.
    pub(crate) fn start_folder(&self) -> &str {
        self.working_folder.as_deref().unwrap_or(HOME)
    }
}
