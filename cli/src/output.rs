//! What pyrun itself prints as data: the one way to standard output, whose failure is told and has a status.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::report::Failure;

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
    written(io::stdout().lock().write_all(bytes))
}

/// Brings out what was written to standard output. `done` is how writing it went.
///
/// # Errors
/// [`Failure::Output`]
pub(crate) fn written(done: io::Result<()>) -> Result<(), Failure> {
    done.and_then(|()| io::stdout().flush()).map_err(|error| Failure::Output(reason(&error)))
}

/// What the system says, without the number that Rust puts behind it.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
