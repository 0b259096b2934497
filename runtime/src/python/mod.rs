//! Python in a guest: CPython's command line, how an interpreter starts, what an import brings in.

pub(crate) mod arguments;
mod bytecode;
pub(crate) mod missing_package;
pub(crate) mod on_import;
pub(crate) mod outcome;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod start;
