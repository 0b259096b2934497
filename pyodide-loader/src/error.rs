//! Why an interpreter does not start.

use pyrun_emscripten_shim::Trap;

/// Why an interpreter did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootError {
    /// The module asks for imports that no supported release has.
    #[error(
        "this release is not supported: it imports {} that pyrun does not know: {}",
        if .0.len() == 1 { "something" } else { "things" },
        .0.join(", ")
    )]
    UnknownImports(Vec<String>),
    /// The module is not a Pyodide main module.
    #[error("this is not the main module of a supported Pyodide release: {0}")]
    NotPyodide(String),
    /// The engine could not make the instance.
    #[error("the engine could not instantiate the main module")]
    Instantiate(#[source] Box<wasmer::InstantiationError>),
    /// The guest ended while it started; [`Trap::Exit`] is what `-h` and `-V` do.
    #[error(transparent)]
    Ended(#[from] Trap),
}

impl BootError {
    /// What the engine says of an instance that it could not make.
    pub(crate) fn instantiation(error: wasmer::InstantiationError) -> Self {
        match error {
            wasmer::InstantiationError::Start(error) => Self::Ended(Trap::from_engine(error)),
            other => Self::Instantiate(Box::new(other)),
        }
    }
}
