//! Why a module could not be started.

use pyrun_emscripten_shim::Trap;

/// A module that could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The module imports something other than a function, which no host of WASI programs has.
    #[error("the module imports the {kind} {module}.{name}, which WASI does not have: link it into the module")]
    Import {
        /// The module name of the import.
        module: String,
        /// Its name.
        name: String,
        /// `memory`, `table`, `global` or `tag`.
        kind: &'static str,
    },
    /// The module imports a function by another type than WASI's.
    #[error(
        "the module imports {module}.{name} as {found}, and WASI has it as {wanted}: build the module with a newer WASI SDK"
    )]
    Type {
        /// The module name of the import.
        module: String,
        /// Its name.
        name: String,
        /// The type that the module asks for.
        found: String,
        /// WASI's.
        wanted: String,
    },
    /// A preopened directory that cannot be opened.
    #[error("{path} cannot be opened as a directory of the guest's: {why}")]
    Preopen {
        /// Where it is in the guest's tree.
        path: String,
        /// What the file system says.
        why: &'static str,
    },
    /// The engine could not make the instance.
    #[error("the module cannot be instantiated: {0}")]
    Instantiate(String),
    /// The module ended while it was started.
    #[error(transparent)]
    Ended(#[from] Trap),
}
