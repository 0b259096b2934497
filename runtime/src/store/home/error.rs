//! What can be wrong with the data folder and the files in it.

use std::path::PathBuf;

use pyrun_pyodide_loader::DEFAULT_RELEASE;

/// Why there is no data folder, or not what is needed in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// Neither a variable nor the user's home folder says where it is.
    #[error("no folder for pyrun's data: set PYRUN_HOME, or HOME")]
    Unknown,
    /// The data folder is something else than a folder.
    #[error("the data folder {} is not a folder: set PYRUN_HOME to one, or remove what is there", path.display())]
    NotAFolder {
        /// What should be a folder.
        path: PathBuf,
    },
    /// A file of a release cannot be looked at.
    #[error("cannot look at {}: {cause}; make it readable for this user", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says. It stands in the text, so it is no `source()`.
        cause: std::io::Error,
    },
    /// A release is called something that cannot be a folder's name.
    #[error("{version:?} is not the name of a release: letters, digits, '.', '-' and '_', e.g. {DEFAULT_RELEASE}")]
    BadVersion {
        /// What was given.
        version: String,
    },
    /// A file of a release is not there.
    #[error("{} is missing: run `{command}` to fetch it", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What brings it.
        command: String,
    },
    /// A file of a release that does not lie in the data folder is not there.
    #[error(
        "{} is missing: the files of release {version} belong beside each other; put the release's there, or run the release \
         of the data folder, `pyrun --release {version}`", path.display()
    )]
    NotBeside {
        /// The file.
        path: PathBuf,
        /// The release.
        version: String,
    },
    /// Something else lies where a file of a release should be.
    #[error("{} is not a file: remove it and run `{command}` to fetch the release's", path.display())]
    NotAFile {
        /// What should be a file.
        path: PathBuf,
        /// What brings it.
        command: String,
    },
    /// A folder of the data folder cannot take what is to be kept.
    #[error("cannot write to {}: {cause}; {}", path.display(), unwritable_advice(cause.kind()))]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// What the system says. It stands in the text, so it is no `source()`.
        cause: std::io::Error,
    },
}

/// What helps against an error of this kind.
fn unwritable_advice(kind: std::io::ErrorKind) -> &'static str {
    match kind {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "make room, or set PYRUN_HOME to a folder on another disk"
        }
        std::io::ErrorKind::NotADirectory | std::io::ErrorKind::AlreadyExists => {
            "remove the file that is in the way, or set PYRUN_HOME to another folder"
        }
        _ => "make it a folder that this user may write, or set PYRUN_HOME to another one",
    }
}
