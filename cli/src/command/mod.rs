//! What `pyrun` does besides running programs, a file per command.

pub(crate) mod completions;
pub(crate) mod inspect;
pub(crate) mod man;
pub(crate) mod precompile;
pub(crate) mod releases;
pub(crate) mod snapshot;
pub(crate) mod version;
