//! The time.

use std::time::Duration;

use pyrun_memfs::Timespec;

/// What time it is.
pub trait Clocks {
    /// Time since the epoch.
    fn wall_clock(&self) -> Timespec;

    /// Time since a fixed moment before the guest started. Never goes backwards.
    fn monotonic(&self) -> Duration;
}
