//! Limits of time: when a run is over, and what ends it.
//!
//! One thread for all guests of an engine, started with the first limit, sleeps until the next moment that is due. A limit
//! has two stages. The **soft** one sends `SIGXCPU`, whose handler in Python raises a `TimeoutError`: Python code can clean up. A module
//! of another kind is ended by it when it next calls the host, as by any signal. The **hard** one, a grace period later, ends the guest
//! by its gate, whatever it does.
//!
//! The same thread sees to it that a signal that a module does not see ends it (`timers`).
//!
//! Invariant: nothing fires for a run that has ended. What fires does so under the lock of the timers, and whoever drops an
//! [`Armed`] takes its timers out under the same lock.

mod progress;
mod timers;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use pyrun_pyodide_loader::object::PythonError;

use crate::host::{InterruptHandle, SIGXCPU};
use crate::sys::ThreadClock;

pub use progress::TimeClock;
use progress::{BY_CPU, HARD, Progress, SOFT};
pub(crate) use timers::{Deadlines, Watched};
pub(crate) use watch::{Watch, install_handler};

/// The grace period between the two stages when none is set.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// A limit of time ended a run.
///
/// First the program is told by a `TimeoutError`. When it ends by that, the interpreter can be used as before. When it has not ended
/// a grace period later, it is stopped where it is, and the interpreter is gone. A module of another kind is told nothing: it ends when
/// it next calls the host, and then its instance can be used on.
#[derive(Debug, thiserror::Error)]
#[error("the limit of {limit:?} of {clock} is over{}", if *stopped { ", and what ran was stopped" } else { "" })]
#[non_exhaustive]
pub struct TimedOut {
    /// What was measured.
    pub clock: TimeClock,
    /// The limit.
    pub limit: Duration,
    /// Whether it was stopped.
    pub stopped: bool,
    /// The `TimeoutError` that the code did not catch; of a [`Program`](crate::Program) it is on its standard error.
    #[source]
    pub exception: Option<Box<PythonError>>,
}

/// How much time something may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeLimits {
    pub(crate) wall: Option<Duration>,
    pub(crate) cpu: Option<Duration>,
    pub(crate) grace: Option<Duration>,
}

impl TimeLimits {
    pub(crate) fn is_none(&self) -> bool {
        self.wall.is_none() && self.cpu.is_none()
    }

    fn each(&self) -> impl Iterator<Item = (TimeClock, Duration)> {
        let wall = self.wall.map(|limit| (TimeClock::Wall, limit));
        wall.into_iter().chain(self.cpu.map(|limit| (TimeClock::Cpu, limit)))
    }
}

/// A limit that fired, as far as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fired {
    pub(crate) clock: TimeClock,
    pub(crate) limit: Duration,
    /// Whether it came to the hard stage.
    pub(crate) is_hard: bool,
}

impl Fired {
    /// As an error, with the exception that ended the run.
    pub(crate) fn error(self, exception: Option<Box<PythonError>>) -> TimedOut {
        TimedOut { clock: self.clock, limit: self.limit, stopped: self.is_hard && exception.is_none(), exception }
    }
}

/// The limits of a run, while it runs. Dropped at its end, on the thread that runs.
#[derive(Debug)]
#[must_use = "the limits hold while this is there"]
pub(crate) struct Armed {
    timers: Option<timers::Timers>,
    limits: TimeLimits,
    progress: Arc<Progress>,
    interrupt: InterruptHandle,
}

impl Armed {
    /// The limit that fired first, if one has.
    pub(crate) fn fired(&self) -> Option<Fired> {
        self.progress.has(SOFT | HARD).then(|| {
            let clock = if self.progress.has(BY_CPU) { TimeClock::Cpu } else { TimeClock::Wall };
            let limit = match clock {
                TimeClock::Wall => self.limits.wall,
                TimeClock::Cpu => self.limits.cpu,
            };
            Fired { clock, limit: limit.unwrap_or_default(), is_hard: self.progress.has(HARD) }
        })
    }

    /// From now on nothing fires.
    pub(crate) fn disarm(&mut self) {
        if self.timers.take().is_some() {
            self.interrupt.account().tell_fired();
            // What the guest has not seen is not for what comes after.
            self.interrupt.take_back(SIGXCPU);
        }
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        self.disarm();
    }
}

impl Deadlines {
    /// Has these limits end what `interrupt` speaks of, unless the guard is dropped before. To be called on the thread that runs:
    /// it is the one whose processor time counts.
    ///
    /// # Errors
    /// When the system gives no thread, or cannot tell the thread's processor time.
    pub(crate) fn arm(&self, limits: TimeLimits, interrupt: &InterruptHandle) -> std::io::Result<Armed> {
        let progress = Arc::new(Progress::default());
        let mut timers = None;
        for (clock, limit) in limits.each() {
            let measured = match clock {
                TimeClock::Wall => None,
                TimeClock::Cpu => {
                    let clock = ThreadClock::of_this_thread()?;
                    Some((clock, clock.now()?.saturating_add(limit)))
                }
            };
            let timer = timers::Timer {
                clock,
                measured,
                grace: limits.grace.unwrap_or(GRACE),
                is_soft: true,
                progress: progress.clone(),
                interrupt: interrupt.clone(),
            };
            self.add(&mut timers, limit, timer)?;
        }
        Ok(Armed { timers, limits, progress, interrupt: interrupt.clone() })
    }

    /// Runs `body` within these limits; gives the limit that fired, too, if one did.
    ///
    /// # Errors
    /// As [`Deadlines::arm`].
    pub(crate) fn within<R>(
        &self,
        limits: TimeLimits,
        interrupt: &InterruptHandle,
        body: impl FnOnce() -> R,
    ) -> std::io::Result<(R, Option<Fired>)> {
        let mut armed = self.arm(limits, interrupt)?;
        let result = body();
        armed.disarm();
        Ok((result, armed.fired()))
    }
}

#[cfg(test)]
mod tests;
