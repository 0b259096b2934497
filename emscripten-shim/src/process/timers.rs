//! Armed interval timers, as plain state.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `ITIMER_REAL`, `ITIMER_VIRTUAL` and `ITIMER_PROF`. The guest's processor time is not measured, so all three count
/// real time, as in the JavaScript glue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timers {
    due: [Option<Duration>; 3],
}

impl Timers {
    /// Arms timer `which` for a moment of the monotonic clock, or disarms it. Returns whether there is such a timer.
    pub(crate) fn arm(&mut self, which: u32, due: Option<Duration>) -> bool {
        let slot = self.due.get_mut(which as usize);
        slot.map(|slot| *slot = due).is_some()
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Duration> {
        self.due.iter().flatten().min().copied()
    }

    /// Disarms and returns a timer that is due at `now`.
    pub(crate) fn take_due(&mut self, now: Duration) -> Option<u32> {
        (0..).zip(&mut self.due).find(|(_, due)| due.is_some_and(|due| due <= now)).map(|(which, due)| {
            *due = None;
            which
        })
    }
}
