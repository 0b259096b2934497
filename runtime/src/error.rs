//! What can go wrong, as a person should read it.

use pyrun_emscripten_shim::Trap;
use pyrun_pyodide_loader::BootError;
use wasmer_types::TrapCode;

/// Why pyrun could not run a program. What the program itself did wrong is not here: that is its exit status.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No data folder, or a release that is not in it; the message says which command fetches it.
    #[error(transparent)]
    Home(#[from] crate::home::HomeError),
    /// A file of the release that is missing or damaged; the message names it and what fetches it.
    #[error(transparent)]
    Asset(#[from] crate::assets::AssetError),
    /// A package that the release does not have, or a damaged lock file or wheel.
    #[error("{0}")]
    Package(String),
    /// A folder to be shown to the program cannot be opened.
    #[error(transparent)]
    Folder(#[from] crate::folder::FolderError),
    /// The program's time zone is none.
    #[error(transparent)]
    TimeZone(#[from] crate::host::ZoneError),
    /// A module could not be translated or compiled.
    #[error("cannot compile {what}: {why}")]
    Compile {
        /// Which module.
        what: String,
        /// What the translator or the compiler says.
        why: String,
    },
    /// A snapshot cannot be made, or does not fit.
    #[error("the snapshot cannot be used: {0}")]
    Snapshot(String),
    /// Options of CPython's together with a snapshot.
    #[error(
        "a program that starts from a snapshot takes no options of CPython's: it has read them when it was made; leave \
         them out, or start without the snapshot"
    )]
    SnapshotOptions,
    /// The interpreter did not start.
    #[error("cannot start the interpreter")]
    Boot(#[from] BootError),
    /// The guest's own code trapped: it aborted, or ran into something that WebAssembly forbids.
    #[error("the interpreter crashed: {0}")]
    Crashed(String),
    /// The program called something that this build does not have.
    #[error("the program used {import}: {why}")]
    Refused {
        /// The import.
        import: String,
        /// Why it is refused.
        why: &'static str,
    },
    /// A limit of the host ended the program.
    #[error("{0}")]
    Limit(String),
    /// The operating system refused something that pyrun needs.
    #[error("{what}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A fault of pyrun's.
    #[error("internal error: {0}; please report it")]
    Bug(String),
}

impl From<Trap> for Error {
    fn from(trap: Trap) -> Self {
        match trap {
            Trap::Refused { import, why } => Self::Refused { import, why },
            Trap::TooDeep(_) => Self::Limit(trap.to_string()),
            Trap::Bug { .. } => Self::Bug(trap.to_string()),
            Trap::Guest(error) if error.clone().to_trap() == Some(TrapCode::StackOverflow) => {
                Self::Limit("the program's calls are nested too deeply for the stack".to_owned())
            }
            Trap::Guest(error) => Self::Crashed(error.message()),
            other => Self::Crashed(other.to_string()),
        }
    }
}
