//! What can go wrong, as a person should read it.
//!
//! An error says what to do about it. Its text is its own: what it came from is its `source()`, whose text it does not
//! repeat. Errors of the crates below are kept as a [`Cause`].

use pyrun_emscripten_shim::Trap;
use pyrun_memfs::{Errno, OverBudget};
use pyrun_pyodide_loader::object::{ConvertError, PythonError, Step};

use pyrun_packages::PackageError;
use wasmer_types::TrapCode;

pub use crate::argument_error::ArgumentError;
use crate::cause::Cause;
use crate::compile::compiler::Compiler;
use crate::limits::names::{HOST_MEMORY, SLOTS, amount_text, needed_text};

/// A result of pyrun's.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no result.
///
/// A [`Program`](crate::Program) that fails by itself is not an error: it has an exit status. What Python code in an
/// [`Interpreter`](crate::Interpreter) raises is [`Error::Python`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No data folder, or a release that is not in it; the message says which command fetches it.
    #[error(transparent)]
    Home(#[from] crate::store::home::HomeError),
    /// A file of the release that is missing or damaged; the message names it and what fetches it.
    #[error(transparent)]
    Asset(#[from] crate::store::assets::AssetError),
    /// A package that the release does not have, or one that lacks what it needs.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A folder to be shown to the program cannot be opened.
    #[error(transparent)]
    Folder(#[from] crate::grants::folders::FolderError),
    /// The process could not give up what it was to.
    #[error(transparent)]
    Sandbox(#[from] crate::sandbox::SandboxError),
    /// `TZ` does not name a valid time zone.
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
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// Options of CPython's together with a snapshot.
    #[error(
        "a program that starts from a snapshot takes no options of CPython's: it has read them when it was made; leave \
         them out, or start without the snapshot"
    )]
    SnapshotOptions,
    /// Python raised an exception that nothing there caught. Its causes are this error's sources.
    #[error(transparent)]
    Python(Box<PythonError>),
    /// Python code asked for the end of the program (`sys.exit()`, `raise SystemExit`). The interpreter can be used as before.
    #[error("the program asked to exit with status {status}")]
    SystemExit {
        /// The exit status.
        status: i32,
        /// What CPython would have printed, when it was given a text instead of a status.
        message: Option<String>,
    },
    /// The program ended at once, without an exception (`os._exit()`, a signal to itself that ends a process). The interpreter is
    /// gone: from now on it answers [`Error::Poisoned`].
    #[error("the program ended at once with status {status}")]
    Ended {
        /// The exit status.
        status: i32,
    },
    /// It was interrupted ([`InterruptHandle`](crate::InterruptHandle)): the `KeyboardInterrupt`. The interpreter can be
    /// used as before.
    #[error("interrupted")]
    Interrupted(#[source] Box<PythonError>),
    /// A limit of time is over. When the program was told and ended by it, the interpreter or the instance can be used as before; else it
    /// was stopped, and is gone.
    #[error(transparent)]
    TimedOut(#[from] crate::deadline::TimedOut),
    /// It was stopped by [`InterruptHandle::kill`](crate::InterruptHandle::kill). The interpreter or the instance is gone.
    #[error("it was killed")]
    Killed,
    /// A signal ended a program or a call of another kind than Python, which has no handler for it: an
    /// [`InterruptHandle`](crate::InterruptHandle) has sent it, whose `interrupt` sends signal 2. An instance that was stopped by it,
    /// since it had not seen it in time, is gone.
    #[error("signal {signal} ended it")]
    Signal {
        /// The signal's number, of Linux.
        signal: i32,
    },
    /// A value that cannot be converted, and where it is inside the one that was to be converted.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// An invalid argument. Nothing was changed.
    #[error(transparent)]
    BadArgument(#[from] ArgumentError),
    /// A file of the guest's cannot be read or written.
    #[error("cannot {action} {path} of the guest: {why}")]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The path in the guest.
        path: String,
        /// Why not, as POSIX says it.
        why: &'static str,
    },
    /// The interpreter is at work, or its memory is lent.
    #[error("the interpreter is busy")]
    Busy,
    /// The interpreter, or the instance, was cut off in the middle of something before, or has ended. Start another one.
    #[error("it cannot be used any more ({0}); start another one")]
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
    Boot(#[source] Cause),
    /// The guest's own code trapped: it aborted, or ran into something that WebAssembly forbids.
    #[error("the program crashed: {0}")]
    Crashed(String),
    /// The program called something that this build does not have.
    #[error("the program used {import}: {why}")]
    Refused {
        /// The import.
        import: String,
        /// Why it is refused.
        why: &'static str,
    },
    /// One of [`Limits`](crate::Limits), which nobody in the program could be told of. Either it ended the program: that was refused
    /// memory, and trapped or aborted, or has thrown more C++ exceptions than the host may hold. Or the embedder asked for a value, a text or the like that does not fit into
    /// [`Limits::host_memory`](crate::Limits::host_memory): then nothing has changed, and the interpreter can be used as before. A program
    /// that is told (`MemoryError`, `ENOSPC`) ends as it likes.
    #[error("{}", past_limit(which, *limit, *used))]
    Limit {
        /// The limit's name, as in [`Limits::names`](crate::Limits::names).
        which: &'static str,
        /// The limit.
        limit: u64,
        /// What the program would have had, had it been allowed.
        used: u64,
    },
    /// A bound of the host's that is no setting ended the program: nested calls, or values that are kept.
    #[error("{0}")]
    HostLimit(String),
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
    /// An operation on arrays that cannot be done; the message says why.
    #[error(transparent)]
    Operation(#[from] crate::operations::OperationError),
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
    /// A module that is not Python's cannot be opened or used in the way that was asked for; the message says what would do.
    #[error(transparent)]
    Module(#[from] crate::module::ModuleError),
    /// A module's code ended by something that WebAssembly forbids, or by an exception that nothing caught.
    #[error(transparent)]
    Trap(Box<crate::module::WasmTrap>),
    /// A fault of pyrun's.
    #[error("internal error: {0}; please report it")]
    Bug(String),
}

/// A snapshot that cannot be made or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The recipe's code raised an exception.
    #[error("the snapshot cannot be made: its code raised an exception")]
    Raised(#[source] Box<PythonError>),
    /// The interpreter holds something that no snapshot can hold, such as an open file of a granted folder.
    #[error("the snapshot cannot be made: {0}")]
    Unfreezable(String),
    /// Something that it refers to is gone from the cache: make it again.
    #[error("the snapshot cannot be used: the cache has lost {what}; make the snapshot again")]
    Lost {
        /// What is gone.
        what: &'static str,
    },
    /// It was made by another pyrun, or is damaged: make it again.
    #[error("the snapshot cannot be used: {0}; make it again")]
    Unusable(String),
    /// It is of another release: make one with this one.
    #[error("the snapshot is of release {of}, and this engine runs {wanted}: make one with this engine")]
    OtherRelease {
        /// The snapshot's release.
        of: &'static str,
        /// The engine's.
        wanted: &'static str,
    },
    /// There is no snapshot of that name.
    #[error("there is no snapshot called {name}; `pyrun snapshot create {name} -c CODE` makes it")]
    UnknownName {
        /// The name.
        name: String,
    },
}

/// What is said of a limit that nobody in the program could be told of.
fn past_limit(which: &str, limit: u64, used: u64) -> String {
    let what = match which {
        HOST_MEMORY => format!("does not allow {}", needed_text(which, used)),
        _ => format!("ended the program, which asked for {}", needed_text(which, used)),
    };
    let limit = amount_text(which, limit);
    format!("the limit {which} of {limit} {what}: raise it, or see why so much is needed")
}

impl Error {
    /// What happened and what it came from, in one line; a cause that is told already is left out.
    ///
    /// ```
    /// let outer = pyrun::Error::raise("ValueError", "wrong");
    /// assert_eq!(outer.with_causes(), "ValueError: wrong");
    /// ```
    #[must_use]
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let next = error.to_string();
            if !text.contains(&next) {
                text.push_str(": ");
                text.push_str(&next);
            }
            cause = error.source();
        }
        text
    }

    /// More than [`Limits::host_memory`](crate::Limits::host_memory) was to be held.
    pub(crate) fn past_host_memory(OverBudget { limit, used }: OverBudget) -> Self {
        Self::Limit { which: HOST_MEMORY, limit, used }
    }

    /// A limit of time that no timer can be set for.
    pub(crate) fn untimed(source: std::io::Error) -> Self {
        Self::System { what: "cannot limit the time", source }
    }
}

impl Error {
    /// For a host function: raises an exception of `class` in Python. The class is a builtin (`KeyError`) or has its module
    /// before it (`decimal.InvalidOperation`); it is called with the message alone. Where it wants more than that
    /// (`json.JSONDecodeError`), the exception has the message and no attributes of the class's own.
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

    /// An error of conversion, for an implementation of [`FromPython`](crate::FromPython).
    pub fn convert(why: impl Into<String>) -> Self {
        Self::Convert(ConvertError::new(why))
    }

    /// The same error, seen from the container that the value is in. Errors that are not about a value stay as they are.
    #[must_use]
    pub fn inside(self, step: Step) -> Self {
        match self {
            Self::Convert(error) => Self::Convert(error.inside(step)),
            other => other,
        }
    }

    pub(crate) fn file(action: &'static str, path: &str, errno: Errno) -> Self {
        Self::File { action, path: path.to_owned(), why: errno.message() }
    }

    /// The function table would have had more slots than it may.
    pub(crate) fn past_slots(limit: u32) -> Self {
        Self::Limit { which: SLOTS, limit: limit.into(), used: u64::from(limit) + 1 }
    }

    /// How the guest ended, as the embedder reads it.
    pub(crate) fn from_trap(trap: Trap) -> Self {
        match trap {
            Trap::Exit(status) => Self::Ended { status },
            Trap::Signal(signal) => Self::Signal { signal },
            Trap::Refused { import, why } => Self::Refused { import, why },
            Trap::TooDeep(_) => Self::HostLimit(trap.to_string()),
            Trap::OverHostMemory(over) => Self::past_host_memory(over),
            Trap::TableFull(limit) => Self::past_slots(limit),
            Trap::Stopped => Self::Killed,
            Trap::Bug { .. } => Self::Bug(trap.to_string()),
            Trap::Guest(error) if error.clone().to_trap() == Some(TrapCode::StackOverflow) => {
                Self::HostLimit("the program's calls are nested too deeply for the stack".to_owned())
            }
            Trap::Guest(error) => Self::Crashed(error.message()),
            other => Self::Crashed(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use pyrun_pyodide_loader::BootError;

    use super::*;

    fn chain(error: &Error) -> Vec<String> {
        let mut texts = vec![error.to_string()];
        let mut source = error.source();
        while let Some(cause) = source {
            texts.push(cause.to_string());
            source = cause.source();
        }
        texts
    }

    /// A printed chain of causes says nothing twice.
    #[test]
    fn no_text_is_the_texts_of_its_source() {
        let io = || std::io::Error::other("no luck");
        let missing = crate::store::home::HomeError::Missing { path: "/x".into(), command: "fetch".to_owned() };
        let errors = [
            Error::Asset(crate::store::assets::AssetError::Unreadable { path: "/x".into(), source: io() }),
            Error::Asset(missing.into()),
            Error::Folder(crate::grants::folders::FolderError { path: "/x".into(), cause: io() }),
            Error::TimeZone(crate::host::parse_zone("Mars/Olympus").unwrap_err()),
            Error::System { what: "cannot start a thread", source: io() },
            Error::Boot(Cause::new(BootError::NotPyodide("no main".to_owned()))),
            Error::Boot(Cause::new(BootError::Ended(Trap::Aborted("it".to_owned())))),
            Error::Package(PackageError::Unknown { name: "nunpy".to_owned(), suggestions: vec!["numpy".to_owned()] }),
            Error::BadArgument("no".into()),
            Error::convert("no").inside(Step::Index(1)),
            Error::Snapshot(SnapshotError::Lost { what: "a library" }),
            Error::Cache(crate::cache::CacheError { path: "/x".into(), cause: io() }),
            Error::Home(crate::store::home::HomeError::Unreadable { path: "/x".into(), cause: io() }),
            Error::LimitTooLow(crate::limits::LimitTooLow { limit: "memory", given: 1, needed: 2 }),
            Error::Compile { what: "a.so".to_owned(), why: "no luck".to_owned() },
            Error::file("read", "/x", Errno::NoEnt),
        ];
        for error in errors {
            let texts = chain(&error);
            for (index, text) in texts.iter().enumerate() {
                let others = texts.iter().enumerate().filter(|(other, _)| *other != index);
                let twice = others.map(|(_, other)| other).find(|other| other.contains(text.as_str()));
                assert_eq!(twice, None, "{texts:?}");
            }
        }
    }
}
