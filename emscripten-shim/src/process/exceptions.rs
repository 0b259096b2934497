//! Exceptions of the guest, in releases that throw through JavaScript, as plain state.

use serde::{Deserialize, Serialize};

/// Exceptions of the guest that are on their way or being handled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exceptions {
    /// The one that was thrown last and has not been handled; 0 for no exception.
    pub(crate) last: u32,
    pub(crate) uncaught: u32,
    /// Those whose handlers run, the innermost last.
    pub(crate) handled: Vec<u32>,
}
