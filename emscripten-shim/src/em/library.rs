//! Shared libraries that the host has loaded, in guests that do not load any themselves.

use crate::dylink;
use crate::guest::caller::Caller;
use crate::guest::trap::Trap;

/// Why a library is not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// It is missing, or cannot be linked: what `dlerror` would say.
    #[error("{0}")]
    Refused(String),
    /// The guest ended meanwhile.
    #[error(transparent)]
    Ended(Trap),
}

/// `dlopen` with `RTLD_GLOBAL` of a library in the guest's file system, and what it needs.
///
/// # Errors
/// [`LibraryError`]
pub fn load_library(caller: &mut Caller<'_>, path: &str) -> Result<(), LibraryError> {
    dylink::load_global(caller, path).map_err(|error| match error {
        dylink::NeededError::Refused(why) => LibraryError::Refused(why),
        dylink::NeededError::Trap(trap) => LibraryError::Ended(trap),
    })
}

/// `dlsym` over what is visible to all: a slot of the function table, or an address.
///
/// # Errors
/// How the guest ended.
pub fn symbol(caller: &mut Caller<'_>, name: &str) -> Result<Option<u32>, Trap> {
    dylink::global_symbol(caller, name)
}
