//! What is done for a guest besides its limits.

use std::time::Duration;

/// What is done besides for code that nobody has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Care {
    /// The guest's clocks move in steps of this; zero for as fine as the host's.
    pub(crate) clock_step: Duration,
    /// The hash seed is drawn for this guest alone.
    pub(crate) fresh_seed: bool,
    /// Its output cannot steer a terminal.
    pub(crate) plain_terminal: bool,
    /// Nothing of the disk that granted folders are on is told: inode numbers, what is free.
    pub(crate) hides_disk: bool,
    /// No libraries of its own.
    pub(crate) no_native_code: bool,
}
