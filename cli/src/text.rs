//! The text of a file or pipe that somebody has named, and of a number.

use std::io::Read;

use crate::report::Failure;

/// Limit: bytes of a script of MicroPython's, or of a file of names: more than either can have.
const MOST_TEXT: u64 = 64 << 20;

/// The text of what somebody has named, which may be a pipe.
pub(crate) fn text(name: &str, file: impl Read) -> Result<String, Failure> {
    let mut text = String::new();
    let wrong = |why: String| Failure::Usage(format!("{name}: {why}"));
    file.take(MOST_TEXT + 1).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
    if text.len() as u64 > MOST_TEXT { Err(wrong("it is longer than 64 MiB".to_owned())) } else { Ok(text) }
}

/// The number of `--deterministic`.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("it should be a whole number from 0 to {}", u64::MAX))
}
