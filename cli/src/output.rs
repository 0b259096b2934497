//! What pyrun itself prints as data: the one way to standard output, whose failure is told and has a status.

use std::fmt::Display;
use std::io::Write as _;

use crate::report::{Failure, written};

/// Prints a text as it is.
///
/// # Errors
/// [`Failure::Output`]
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    print_bytes(text.to_string().as_bytes())
}

/// Prints bytes as they are.
///
/// # Errors
/// [`Failure::Output`]
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    written(std::io::stdout().lock().write_all(bytes))
}
