//! What can be wrong with an argument.

/// An invalid argument.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// The signature of a host function cannot be parsed, or has another number of parameters than the function.
    #[error("{0}")]
    Signature(String),
    /// A name that no host module can have; the message says why.
    #[error("no module can be registered as {name:?}: {why}")]
    ModuleName {
        /// The name.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// A name that no snapshot can have.
    #[error("{name:?} cannot be a snapshot's name: use letters, digits, '-', '_' and '.'")]
    SnapshotName {
        /// The name.
        name: String,
    },
    /// An interpreter can be reset only to the snapshot that it was started from.
    #[error(
        "the interpreter was not started from this builder's snapshot, so it cannot be reset to it; start another one"
    )]
    OtherSnapshot,
    /// A hash secret of its own was asked for, and a snapshot, which has one.
    #[error("a snapshot has its hash seed: leave out `fresh_hash_seed`, or make one by `Recipe::tenant`")]
    SharedSeed,
    /// A result was asked for and no run was started.
    #[error("nothing was started; call `start` first")]
    NothingStarted,
    /// The elements of a buffer are of another type.
    #[error(
        "the elements are {found} (format {format:?}), not {wanted}; read them as what they are, or convert with `extract`"
    )]
    ElementType {
        /// The buffer's format, as the `struct` module writes it.
        format: String,
        /// What they are, by NumPy's name if it has one.
        found: String,
        /// What was asked for, by NumPy's name.
        wanted: &'static str,
    },
    /// A buffer cannot be viewed in this way: it is read-only, another interpreter's, or laid out in a way that does not fit.
    #[error("{0}")]
    Buffer(&'static str),
    /// The elements do not fill the shape.
    #[error("{elements} elements do not fill an array of shape {shape:?}")]
    Shape {
        /// How many there are.
        elements: usize,
        /// The shape.
        shape: Vec<usize>,
    },
    /// Another invalid argument; the message says which.
    #[error("{0}")]
    Other(String),
}

impl From<String> for ArgumentError {
    fn from(why: String) -> Self {
        Self::Other(why)
    }
}

impl From<&str> for ArgumentError {
    fn from(why: &str) -> Self {
        Self::Other(why.to_owned())
    }
}
