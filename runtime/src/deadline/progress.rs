//! How far the limits of a run have come, as its thread and the timers' see it.

use std::sync::atomic::{AtomicU8, Ordering};

/// Which clock a limit of time is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeClock {
    /// The time that passes.
    Wall,
    /// The processor time of the thread that runs.
    Cpu,
}

impl std::fmt::Display for TimeClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wall => "wall time",
            Self::Cpu => "processor time",
        })
    }
}

/// How far the limits of one run have come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Bits: [`SOFT`], [`HARD`], and [`BY_CPU`] for the clock of the first of them.
    bits: AtomicU8,
}

/// The program was told.
pub(super) const SOFT: u8 = 1;
/// The guest was stopped.
pub(super) const HARD: u8 = 2;
/// By processor time.
pub(super) const BY_CPU: u8 = 4;

impl Progress {
    /// Notes that a stage has come.
    pub(super) fn set(&self, stage: u8, clock: TimeClock) {
        let first = self.bits.load(Ordering::Acquire) & (SOFT | HARD) == 0;
        let clock = if first && clock == TimeClock::Cpu { BY_CPU } else { 0 };
        self.bits.fetch_or(stage | clock, Ordering::AcqRel);
    }

    /// Whether one of these has.
    pub(super) fn has(&self, stage: u8) -> bool {
        self.bits.load(Ordering::Acquire) & stage != 0
    }
}
