//! Why a program does not start.

use std::fmt;

use crate::guest::trap::Trap;

/// Why a program does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// It imports what is no function of a known type.
    #[error("it imports {}", list(.0))]
    UnknownImports(Vec<UnknownImport>),
    /// Its memory or table begins beyond a limit.
    #[error("its {what} begins at {needed}, and the limit is {given}: raise the limit")]
    Limit {
        /// The limit's name: `memory`, in bytes, or `slots`.
        what: &'static str,
        /// What the module asks for.
        needed: u64,
        /// The limit.
        given: u64,
    },
    /// A library that it is linked with is not there or cannot be loaded.
    #[error("a library that it is linked with cannot be loaded: {0}")]
    Library(String),
    /// The engine could not make the instance.
    #[error("the engine could not instantiate the module")]
    Instantiate(#[source] Box<wasmer::InstantiationError>),
    /// The guest ended while it started.
    #[error(transparent)]
    Ended(#[from] Trap),
}

fn list(imports: &[UnknownImport]) -> String {
    imports.iter().map(UnknownImport::to_string).collect::<Vec<_>>().join(", ")
}

/// An import that nobody can serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownImport {
    /// The module and the name of it.
    pub name: String,
    /// What is known of it.
    pub why: String,
}

impl fmt::Display for UnknownImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name.escape_debug(), self.why)
    }
}
