//! Requests that are not done.

use pyrun::Error;

/// Why a request was not done.
#[derive(Debug)]
pub(super) enum Refusal {
    Stale,
    Error(Error),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stale => f.write_str("no such id, or not any more"),
            Self::Error(error) => f.write_str(&crate::result::chain(error)),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}
