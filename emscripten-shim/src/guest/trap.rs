//! Why a call into the guest ended other than by returning.

use pyrun_memfs::{Errno, OverBudget};
use wasmer::RuntimeError;

use crate::guest::mem::Fault;

/// What a handler may end with besides a value. The guest never sees one of these as a number; errnos are
/// [`pyrun_memfs::Errno`], a different thing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trap {
    /// The program ended itself with this status. Passes every `catch_all` and `invoke_*`.
    #[error("the program exited with status {0}")]
    Exit(i32),
    /// `main` ended, and the program goes on: what it has set up is to be used. Passes everything, as [`Trap::Exit`] does.
    #[error("main returned, and the program keeps running")]
    MainEnded,
    /// A signal ended the program, which has no handler for it.
    #[error("signal {0} ended the program")]
    Signal(i32),
    /// `abort()` or a failed assertion in the guest's C code.
    #[error("the program aborted: {0}")]
    Aborted(String),
    /// An import that this build refuses on purpose; the name says which.
    #[error("{import} is not available here: {why}")]
    Refused {
        /// The import as the module names it.
        import: String,
        /// Why, and what to do instead.
        why: &'static str,
    },
    /// The module does not export what a call needs, or exports it as something else.
    #[error("the module does not export {0} as Emscripten's modules do, and this call needs it")]
    MissingExport(String),
    /// A symbol of a side module that nothing defines was called.
    #[error("symbol {symbol} of {library} is undefined")]
    Unresolved {
        /// The missing symbol.
        symbol: String,
        /// The side module that imports it.
        library: String,
    },
    /// The guest and the host called each other too deeply.
    #[error("calls between guest and host are nested more than {0} deep")]
    TooDeep(u32),
    /// The guest has asked for more slots of its function table than it may have, where nobody could be told.
    #[error("the function table may hold {0} slots")]
    TableFull(u32),
    /// The guest has thrown exceptions for which the host has no memory left on the guest's account.
    #[error("what the host holds of exceptions that were thrown: {0}")]
    OverHostMemory(OverBudget),
    /// The guest was stopped from outside ([`Gate::stop`](crate::guest::gate::Gate::stop)): nothing runs in it any more.
    #[error("the guest was stopped")]
    Stopped,
    /// A guest call ended by a trap or an exception of its own, which goes on outwards unchanged.
    #[error(transparent)]
    Guest(RuntimeError),
    /// A fault of ours: never the guest's doing.
    #[error("internal error in {import}: {what}")]
    Bug {
        /// Where it was noticed.
        import: &'static str,
        /// What does not hold.
        what: String,
    },
}

impl Trap {
    /// Something that cannot be unless we are wrong.
    pub fn bug(import: &'static str, what: impl Into<String>) -> Self {
        Self::Bug { import, what: what.into() }
    }

    /// The [`Trap`] inside an engine error, or the engine's error itself as [`Trap::Guest`].
    pub fn from_engine(error: RuntimeError) -> Self {
        match error.downcast::<Self>() {
            Ok(trap) => trap,
            Err(error) => Self::Guest(error),
        }
    }

    /// A trap of ours that went out through the engine, as what it was; others unchanged.
    #[must_use]
    pub fn flatten(self) -> Self {
        match self {
            Self::Guest(error) => Self::from_engine(error),
            other => other,
        }
    }
}

impl From<Trap> for RuntimeError {
    fn from(trap: Trap) -> Self {
        match trap {
            Trap::Guest(error) => error,
            other => RuntimeError::user(Box::new(other)),
        }
    }
}

impl From<RuntimeError> for Trap {
    fn from(error: RuntimeError) -> Self {
        Self::Guest(error)
    }
}

/// An address that a void or pointer-returning import cannot answer with an errno.
impl From<Fault> for Trap {
    fn from(fault: Fault) -> Self {
        Self::Aborted(fault.to_string())
    }
}

/// How a handler that may call the guest fails: with an errno for the guest, or by ending the call altogether.
#[derive(Debug)]
pub enum Failure {
    /// The guest sees this number.
    Errno(Errno),
    /// The guest sees nothing: the call unwinds.
    Trap(Trap),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Errno(fault.into())
    }
}

impl From<Trap> for Failure {
    fn from(trap: Trap) -> Self {
        Self::Trap(trap)
    }
}
