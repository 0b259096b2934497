//! What can go wrong in a translation. Malformed input is an error with a byte offset, never a panic.

/// Why a module could not be translated, inspected or validated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranslateError {
    /// The input does not start like a core WebAssembly module.
    #[error("not a WebAssembly module, but {found}: check that the file is an Emscripten .wasm or .so")]
    NotAModule {
        /// What the input looks like.
        found: &'static str,
    },
    /// The decoder refused the input, for example because it is truncated.
    #[error("malformed WebAssembly module: fetch the file again or check its hash")]
    Decode(#[source] wasmparser::Error),
    /// The input decodes, but its parts do not fit together.
    #[error("malformed WebAssembly module at byte {offset:#x}: {message}")]
    Malformed {
        /// Byte offset in the input.
        offset: u64,
        /// What does not fit.
        message: String,
    },
    /// The input uses something that this translation does not know.
    #[error("unsupported in a WebAssembly module, at byte {offset:#x}: {what}")]
    Unsupported {
        /// Byte offset in the input.
        offset: u64,
        /// The construct.
        what: String,
    },
    /// The input has more of something than its [`Bounds`](crate::Bounds) allow.
    #[error("{bound}: the module has {has}, and at most {limit} are taken")]
    Bound {
        /// Byte offset in the input.
        offset: u64,
        /// What it has too much of.
        bound: &'static str,
        /// The most that is taken.
        limit: u64,
        /// What the module has, as far as it was counted.
        has: u64,
    },
    /// A module is not valid under the feature set of the engine.
    #[error("the module is not valid for the engine")]
    Invalid(#[source] wasmparser::Error),
}

impl From<wasmparser::Error> for TranslateError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Decode(error)
    }
}

impl TranslateError {
    /// A shorthand: the input at `offset` does not fit together.
    pub(crate) fn malformed(offset: u64, message: impl Into<String>) -> Self {
        Self::Malformed { offset, message: message.into() }
    }

    /// A shorthand: the input at `offset` uses something unknown.
    pub(crate) fn unsupported(offset: u64, what: impl Into<String>) -> Self {
        Self::Unsupported { offset, what: what.into() }
    }

    /// An error of the re-encoder for a section that starts at `offset`.
    pub(crate) fn reencode<E: core::fmt::Display>(offset: u64, error: wasm_encoder::reencode::Error<E>) -> Self {
        match error {
            wasm_encoder::reencode::Error::ParseError(error) => Self::Decode(error),
            other => Self::unsupported(offset, other.to_string()),
        }
    }
}

/// The result of everything in this module tree.
pub(crate) type Result<T> = core::result::Result<T, TranslateError>;
