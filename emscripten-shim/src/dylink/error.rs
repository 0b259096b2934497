//! Why linking fails.

use crate::guest::mem::Fault;
use crate::guest::trap::Trap;

/// Why a library or a symbol cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// For `dlerror`, to the guest.
    #[error("{0}")]
    Refused(String),
    /// Not the guest's business: exit, interrupt, an exception in a constructor.
    #[error(transparent)]
    Trap(Trap),
}

impl From<Trap> for LinkError {
    fn from(trap: Trap) -> Self {
        match trap {
            // What asks for slots here is a library that is loaded, or a symbol whose address is taken: that can be told.
            Trap::TableFull(_) => Self::Refused(trap.to_string()),
            trap => Self::Trap(trap),
        }
    }
}

impl LinkError {
    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

impl From<Fault> for LinkError {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.to_string())
    }
}
