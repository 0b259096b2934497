//! The timers of all interpreters of an engine, and their thread.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::progress::{HARD, Progress, SOFT, TimeClock};
use crate::host::{InterruptHandle, SIGXCPU};
use crate::sys::ThreadClock;

/// The timers of an engine. The thread ends with it.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Told when there is an earlier timer, or the engine is gone.
    changed: Condvar,
}

/// Plain data, whole after every statement, so a panic elsewhere spoils nothing.
#[derive(Debug, Default)]
struct State {
    /// By the moment, then by number.
    due: BTreeMap<(Instant, u64), Timer>,
    /// The moment of each number.
    moments: BTreeMap<u64, Instant>,
    next: u64,
    is_running: bool,
    is_over: bool,
}

/// One limit of one run.
#[derive(Debug)]
pub(super) struct Timer {
    pub(super) clock: TimeClock,
    /// For processor time: the clock, and what it shows when the limit is over.
    pub(super) measured: Option<(ThreadClock, Duration)>,
    pub(super) grace: Duration,
    /// Which stage comes next.
    pub(super) is_soft: bool,
    pub(super) progress: Arc<Progress>,
    pub(super) interrupt: InterruptHandle,
}

/// Timers of one run, which do not fire any more once this is dropped.
#[derive(Debug)]
pub(super) struct Timers {
    shared: Arc<Shared>,
    numbers: Vec<u64>,
}

impl Drop for Timers {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        for number in &self.numbers {
            state.take(*number);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, number: u64, moment: Instant, timer: Timer) {
        self.moments.insert(number, moment);
        self.due.insert((moment, number), timer);
    }

    fn take(&mut self, number: u64) -> Option<Timer> {
        let moment = self.moments.remove(&number)?;
        self.due.remove(&(moment, number))
    }

    fn earliest(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((moment, _), _)| *moment)
    }
}

impl Deadlines {
    /// Adds a timer that is due when `limit` is over, to those of a run.
    ///
    /// # Errors
    /// When no thread is to be had.
    pub(super) fn add(&self, timers: &mut Option<Timers>, limit: Duration, timer: Timer) -> io::Result<()> {
        // What the clock cannot hold is never over.
        let Some(moment) = Instant::now().checked_add(limit) else { return Ok(()) };
        let mut state = self.shared.state();
        if !state.is_running {
            let shared = self.shared.clone();
            std::thread::Builder::new().name("pyrun-deadlines".to_owned()).spawn(move || run(&shared))?;
            state.is_running = true;
        }
        let is_first = state.earliest().is_none_or(|earliest| moment < earliest);
        let number = state.next;
        state.next += 1;
        state.put(number, moment, timer);
        drop(state);
        if is_first {
            self.shared.changed.notify_one();
        }
        let shared = &self.shared;
        timers.get_or_insert_with(|| Timers { shared: shared.clone(), numbers: Vec::new() }).numbers.push(number);
        Ok(())
    }
}

impl Drop for Deadlines {
    /// What still runs has an engine, so nothing is armed any more.
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.changed.notify_one();
    }
}

/// Fires what is due, for as long as the engine is there.
fn run(shared: &Shared) {
    let mut state = shared.state();
    while !state.is_over {
        let now = Instant::now();
        state = match state.earliest() {
            None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(moment) if moment > now => {
                let waited = shared.changed.wait_timeout(state, moment - now);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            Some(_) => {
                if let Some(((_, number), mut timer)) = state.due.pop_first() {
                    state.moments.remove(&number);
                    if let Some(again) = timer.fire().and_then(|left| now.checked_add(left)) {
                        state.put(number, again, timer);
                    }
                }
                state
            }
        }
    }
}

impl Timer {
    /// Does what is due, and says in how much time it is to be looked at again.
    fn fire(&mut self) -> Option<Duration> {
        if self.is_soft
            && let Some(left) = self.left()
        {
            return Some(left);
        }
        if self.is_soft && !self.grace.is_zero() {
            self.is_soft = false;
            // Once for all limits of a run: the program is cleaning up already.
            if !self.progress.has(SOFT) {
                self.progress.set(SOFT, self.clock);
                self.interrupt.send(SIGXCPU);
            }
            return Some(self.grace);
        }
        self.progress.set(HARD, self.clock);
        self.interrupt.kill();
        None
    }

    /// Processor time that is left. As much wall time must pass at least until it is used.
    fn left(&self) -> Option<Duration> {
        let (clock, end) = self.measured?;
        // Unreadable: its thread has ended, and will disarm no more; or not at all, and then it is better to end the run.
        let now = clock.now().ok()?;
        end.checked_sub(now).filter(|left| !left.is_zero())
    }
}
