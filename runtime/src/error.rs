//! What can go wrong, as a person should read it.

use pyrun_emscripten_shim::Trap;
use pyrun_pyodide_loader::BootError;
use pyrun_pyodide_loader::object::{ConvertError, PythonError};
use wasmer_types::TrapCode;

use crate::compile::compiler::Compiler;

/// A result of pyrun's.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no result.
///
/// Of a [`Program`](crate::Program), what it did wrong itself is not here: that is its exit status. Of an
/// [`Interpreter`](crate::Interpreter), what its Python code raised is [`Error::Python`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No data folder, or a release that is not in it; the message says which command fetches it.
    #[error(transparent)]
    Home(#[from] crate::store::home::HomeError),
    /// A file of the release that is missing or damaged; the message names it and what fetches it.
    #[error(transparent)]
    Asset(#[from] crate::store::assets::AssetError),
    /// A package that the release does not have, or a damaged lock file or wheel.
    #[error("{0}")]
    Package(String),
    /// A folder to be shown to the program cannot be opened.
    #[error(transparent)]
    Folder(#[from] crate::grants::folders::FolderError),
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
    /// A compiler that this build does not have.
    #[error(
        "this pyrun was built without {0}; build one that has it with `cargo build --release --features {0}` (docs/LLVM.md \
         says what that needs), or compile with cranelift. What it compiles, this pyrun loads"
    )]
    NoCompiler(Compiler),
    /// A snapshot cannot be made, or does not fit.
    #[error("the snapshot cannot be used: {0}")]
    Snapshot(String),
    /// Options of CPython's together with a snapshot.
    #[error(
        "a program that starts from a snapshot takes no options of CPython's: it has read them when it was made; leave \
         them out, or start without the snapshot"
    )]
    SnapshotOptions,
    /// Python raised an exception that nothing there caught.
    #[error("{0}")]
    Python(#[source] Box<PythonError>),
    /// Python code asked for the end of the program (`sys.exit()`). The interpreter is as good as before.
    #[error("the program asked to exit with status {status}")]
    SystemExit {
        /// The exit status.
        status: i32,
        /// What CPython would have printed, when it was given a text instead of a status.
        message: Option<String>,
    },
    /// It was interrupted ([`InterruptHandle`](crate::host::InterruptHandle)): the `KeyboardInterrupt`. The interpreter is as
    /// good as before.
    #[error("interrupted")]
    Interrupted(#[source] Box<PythonError>),
    /// A value that cannot be converted, and where it is inside the one that was to be.
    #[error("{0}")]
    Convert(ConvertError),
    /// What pyrun was given cannot be meant.
    #[error("{0}")]
    BadArgument(String),
    /// The interpreter is at work, or its memory is lent.
    #[error("the interpreter is busy")]
    Busy,
    /// The interpreter was cut off in the middle of something before, or has ended. Start another one.
    #[error("the interpreter cannot be used any more: {0}")]
    Poisoned(String),
    /// A host function raises an exception of this class in Python; see [`Error::raise`].
    #[error("{class}: {message}")]
    Raise {
        /// A builtin class, or one with its module before it.
        class: String,
        /// Its argument.
        message: String,
    },
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
    /// Something that cannot be granted to a guest; the message says what to do.
    #[error(transparent)]
    Grant(#[from] crate::grants::GrantError),
    /// A limit with which no interpreter can start; the message says what would do.
    #[error(transparent)]
    LimitTooLow(#[from] crate::limits::LimitTooLow),
    /// The cache folder cannot take what is to be kept; the message says why and what to do.
    #[error(transparent)]
    Cache(#[from] crate::cache::CacheError),
    /// A file of another kind than the one that is to be run.
    #[error("{what} is {kind}, but {wanted} is needed")]
    WrongModule {
        /// The file.
        what: String,
        /// What it is.
        kind: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A fault of pyrun's.
    #[error("internal error: {0}; please report it")]
    Bug(String),
}

impl Error {
    /// For a host function: raises an exception of `class` in Python. The class is a builtin (`KeyError`) or has its module
    /// before it (`json.JSONDecodeError`); it is called with the message alone.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// py.register_module("host", |m| {
    ///     m.function("find", |key: String| -> pyrun::Result<()> { Err(pyrun::Error::raise("KeyError", key)) })
    /// })?;
    /// let error = py.run_python("import host; host.find('x')").unwrap_err();
    /// assert_eq!(error.to_string(), "KeyError: 'x'");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn raise(class: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Raise { class: class.into(), message: message.into() }
    }
}

impl From<Trap> for Error {
    fn from(trap: Trap) -> Self {
        match trap {
            Trap::Exit(status) => Self::SystemExit { status, message: None },
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
