//! How well the imports of a module are served.

/// How an import is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    /// The host has it.
    Full,
    /// The host has it, and answers an error always, on purpose.
    Refused,
    /// The embedder is to define it.
    Embedder,
    /// Nobody has it.
    Missing,
}
