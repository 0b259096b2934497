//! Python in a guest: CPython's command line, how an interpreter starts, what an import brings in.

pub(crate) mod arguments;
pub(crate) mod on_import;
pub(crate) mod program;
pub(crate) mod start;
