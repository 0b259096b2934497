//! What goes wrong when a process gives something up.

use std::path::PathBuf;

/// Why a process has not given up what it was to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// A folder that was to stay accessible.
    #[error("{} was to stay accessible, but cannot be opened", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// [`LockDown::strict`](super::LockDown::strict), and something is not there. What is there holds from now on.
    #[error("this system lacks what was asked for: {}", .0.join("; "))]
    Lacks(Vec<String>),
    /// The kernel has it but does not take it.
    #[error("{what} cannot be set up: {why}")]
    Refused {
        /// What.
        what: &'static str,
        /// What the kernel says.
        why: String,
    },
}
