//! Points in time, the clock they come from, and what a program may set a file's times to.
//!
//! Emscripten's `FS` keeps milliseconds; here a file is given microseconds, because CPython compares the times of directories,
//! and no less, because its `os.utime` of a path goes through `utimes`, which knows no less: a copy whose times are set to the
//! original's must not be older. A time that a program sets is kept to the nanosecond.

use serde::{Deserialize, Serialize};

/// Seconds and nanoseconds since 1970-01-01T00:00:00Z. `nanos` is below 10⁹.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timespec {
    /// Whole seconds; negative before 1970.
    pub secs: i64,
    /// Nanoseconds within the second.
    pub nanos: u32,
}

impl Timespec {
    /// The smallest step that still shows once a program has turned the time into a double: CPython's
    /// `os.stat().st_mtime` has a resolution of 0.24 µs in this century.
    pub(crate) const VISIBLE_STEP: u32 = 1_000;

    /// This time, as a file is stamped with it: in whole microseconds.
    #[must_use]
    pub(crate) fn stamp(self) -> Self {
        Self { nanos: self.nanos - self.nanos % 1_000, ..self }
    }

    /// This time plus `nanos`, which is below 10⁹. Stays at the last representable second instead of wrapping.
    #[must_use]
    pub(crate) fn plus_nanos(self, nanos: u32) -> Self {
        let sum = self.nanos.saturating_add(nanos);
        match sum.checked_sub(1_000_000_000) {
            Some(rest) => Self { secs: self.secs.saturating_add(1), nanos: rest },
            None => Self { secs: self.secs, nanos: sum },
        }
    }
}

/// Where the wall time comes from. It may stand still or go back; directory times move on all the same.
pub trait Clock: Send {
    /// The wall time now.
    fn now(&self) -> Timespec;
}

/// A clock that always shows the same time: for tests, and for runs that must be reproducible.
///
/// ```
/// use pyrun_memfs::{Clock, FixedClock, Timespec};
/// let noon = Timespec { secs: 43_200, nanos: 0 };
/// assert_eq!(FixedClock(noon).now(), noon);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedClock(pub Timespec);

impl Clock for FixedClock {
    fn now(&self) -> Timespec {
        self.0
    }
}

/// What to do with one of the two times in [`utimens`](crate::Vfs::utimens).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetTime {
    /// Set it to the present (`UTIME_NOW`).
    Now,
    /// Leave it (`UTIME_OMIT`).
    Omit,
    /// Set it to this time.
    To(Timespec),
}

impl SetTime {
    /// The time to store: `now` or the given one; `None` leaves it.
    pub(crate) fn resolve(self, now: Timespec) -> Option<Timespec> {
        match self {
            Self::Now => Some(now),
            Self::Omit => None,
            Self::To(time) => Some(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timespec;

    #[test]
    fn a_stamp_is_in_microseconds() {
        let time = Timespec { secs: -1, nanos: 999_999_999 };
        assert_eq!(time.stamp(), Timespec { secs: -1, nanos: 999_999_000 });
    }

    #[test]
    fn carries_into_seconds() {
        let time = Timespec { secs: 1, nanos: 999_999_500 };
        assert_eq!(time.plus_nanos(1_000), Timespec { secs: 2, nanos: 500 });
        let last = Timespec { secs: i64::MAX, nanos: 999_999_999 };
        assert_eq!(last.plus_nanos(1).secs, i64::MAX);
    }
}
