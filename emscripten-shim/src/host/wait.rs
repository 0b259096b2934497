//! Waiting without using the processor.

use std::time::Duration;

use pyrun_memfs::{Readiness, WaitHandle};

/// How many bytes are moved or made for a guest before somebody asks whether it is stopped ([`Waiter::is_over`]): under a millisecond of
/// memory, some milliseconds of random bytes.
pub const PIECE: usize = 1 << 20;

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

/// Waits on behalf of the guest.
pub trait Waiter {
    /// Sleeps until a stream is ready, the time is over (`None`: never) or a signal for the guest is pending. Uses no
    /// processor time meanwhile.
    fn wait(&mut self, streams: &[(WaitHandle, Readiness)], timeout: Option<Duration>) -> Wait;

    /// A timer of the guest's is due after this time, or none any more: a stream that waits for itself then ends its wait, as for a
    /// signal. Does nothing by default, for a host without such streams.
    fn set_alarm(&mut self, after: Option<Duration>) {
        let _ = after;
    }

    /// Lets others go on for a time before something is tried again that they hold up. Unlike a sleep of the guest's, it takes its
    /// time where the clock is a made one, too.
    fn pause(&mut self, time: Duration) -> Wait {
        self.wait(&[], Some(time))
    }

    /// Whether the guest is stopped, so that what is done for it is to be left where it is: it will not see what became of it. Long work
    /// asks between pieces ([`PIECE`]). `false` by default, for a host that stops no guest.
    fn is_over(&self) -> bool {
        false
    }
}
