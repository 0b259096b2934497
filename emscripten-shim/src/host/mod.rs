//! What the shim asks of the outside world. Implemented by the embedder; nothing else here reaches it.

use std::time::Duration;

use pyrun_memfs::{Readiness, Timespec, WaitHandle};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// At least one of the streams is ready.
    Ready,
    /// The time is over.
    TimedOut,
    /// A signal for the guest is pending.
    Interrupted,
}

/// Clocks, entropy, waiting, the time zone.
pub trait Host: Send {
    /// Time since the epoch.
    fn wall_clock(&self) -> Timespec;

    /// Time since a fixed moment before the guest started. Never goes backwards.
    fn monotonic(&self) -> Duration;

    /// Fills `buf` with bytes that nobody can predict.
    fn fill_random(&mut self, buf: &mut [u8]);

    /// Sleeps until a stream is ready, the time is over (`None`: never) or a signal for the guest is pending. Uses no
    /// processor time meanwhile.
    fn wait(&mut self, streams: &[(WaitHandle, Readiness)], timeout: Option<Duration>) -> Wait;

    /// The zone that `localtime` uses.
    fn time_zone(&self) -> jiff::tz::TimeZone;

    /// The program has ended itself with this status; all that it wrote has been written. A host that is there for this
    /// one program may end the process here, which spares the way out of the guest; by default the guest unwinds.
    fn exiting(&mut self, status: i32) {
        let _ = status;
    }

    /// A line for the person who runs the program (a failed assertion, a warning of the C runtime).
    fn report(&mut self, line: &str);
}
