//! The timers of all interpreters and instances of an engine, and their thread.
//!
//! The thread waits on a descriptor, since it is also told of signals that are sent in signal handlers: those of guests that a signal
//! stops when they do not see it ([`Watched`]).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::progress::{HARD, Progress, SOFT, TimeClock};
use crate::host::{Enforced, InterruptHandle, SIGXCPU, Wake};
use crate::sys::{self, ThreadClock};

/// How often a guest is looked at that is in the host with a signal to be seen: first, and at last.
const LOOK: (Duration, Duration) = (Duration::from_millis(2), Duration::from_secs(1));
/// How long the thread waits at most; nothing depends on it.
const LONGEST: Duration = Duration::from_secs(3600);

/// The timers of an engine. The thread ends with it.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

/// Plain data, whole after every statement, so a panic elsewhere spoils nothing.
#[derive(Debug, Default)]
struct State {
    /// By the moment, then by number.
    due: BTreeMap<(Instant, u64), Due>,
    /// The moment of each number.
    moments: BTreeMap<u64, Instant>,
    /// Guests whose signals are looked after, and their grace periods.
    watched: BTreeMap<u64, (InterruptHandle, Duration)>,
    next: u64,
    /// Tells the thread that there is something new; `None` until there is a thread.
    wake: Option<Arc<Wake>>,
    /// The process that the thread is in: a child of `fork(2)` does not have it.
    process: u32,
    is_over: bool,
}

/// What is due at a moment.
#[derive(Debug)]
enum Due {
    Limit(Timer),
    Signal(Sent),
}

/// A signal that is to be seen.
#[derive(Debug)]
struct Sent {
    handle: InterruptHandle,
    /// How many were seen when it was sent.
    taken: u32,
    grace: Duration,
    /// How long to wait if the guest is in the host.
    look: Duration,
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

/// A guest that is stopped by a signal that it does not see. Nothing stops it any more once this is dropped, and its handle reaches
/// nobody.
#[derive(Debug)]
pub(crate) struct Watched {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.take(self.number);
        if let Some((handle, _)) = state.watched.remove(&self.number) {
            handle.detach();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, number: u64, moment: Instant, due: Due) {
        self.moments.insert(number, moment);
        self.due.insert((moment, number), due);
    }

    fn take(&mut self, number: u64) -> Option<Due> {
        let moment = self.moments.remove(&number)?;
        self.due.remove(&(moment, number))
    }

    fn earliest(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((moment, _), _)| *moment)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Gives a grace period to each signal that has come.
    fn look_for_signals(&mut self, now: Instant) {
        // A limit's has a second stage of its own.
        let is_sent = |handle: &InterruptHandle| handle.pending().is_pending_besides(SIGXCPU);
        let moments = &self.moments;
        let sent = self.watched.iter().filter(|(number, (handle, _))| !moments.contains_key(number) && is_sent(handle));
        let sent: Vec<_> = sent.map(|(number, (handle, grace))| (*number, handle.clone(), *grace)).collect();
        for (number, handle, grace) in sent {
            // What the clock cannot hold is never over.
            if let Some(moment) = now.checked_add(grace) {
                let taken = handle.pending().taken();
                self.put(number, moment, Due::Signal(Sent { handle, taken, grace, look: LOOK.0 }));
            }
        }
    }

    /// Does what is due.
    fn fire(&mut self, now: Instant) {
        while self.earliest().is_some_and(|moment| moment <= now) {
            let Some(((_, number), mut due)) = self.due.pop_first() else { return };
            self.moments.remove(&number);
            if let Some(again) = due.fire().and_then(|left| now.checked_add(left)) {
                self.put(number, again, due);
            }
        }
    }
}

impl Due {
    /// Does what is due, and says in how much time it is to be looked at again.
    fn fire(&mut self) -> Option<Duration> {
        match self {
            Self::Limit(timer) => timer.fire(),
            Self::Signal(sent) => sent.fire(),
        }
    }
}

impl Sent {
    fn fire(&mut self) -> Option<Duration> {
        match self.handle.enforce(self.taken) {
            Enforced::NotYet => {
                let now = self.look;
                self.look = now.saturating_mul(2).min(LOOK.1);
                Some(now)
            }
            Enforced::Another => {
                (self.taken, self.look) = (self.handle.pending().taken(), LOOK.0);
                Some(self.grace)
            }
            Enforced::Done | Enforced::Stopped => None,
        }
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
        let wake = self.thread(&mut state)?;
        let is_first = state.earliest().is_none_or(|earliest| moment < earliest);
        let number = state.number();
        state.put(number, moment, Due::Limit(timer));
        drop(state);
        if is_first {
            wake.wake();
        }
        let shared = &self.shared;
        timers.get_or_insert_with(|| Timers { shared: shared.clone(), numbers: Vec::new() }).numbers.push(number);
        Ok(())
    }

    /// From now on a signal that the guest of this handle has not seen after `grace` stops it.
    ///
    /// # Errors
    /// When no thread or no descriptor is to be had.
    pub(crate) fn watch(&self, handle: &InterruptHandle, grace: Duration) -> io::Result<Watched> {
        let mut state = self.shared.state();
        let wake = self.thread(&mut state)?;
        let number = state.number();
        state.watched.insert(number, (handle.clone(), grace));
        drop(state);
        handle.set_alarm(wake.clone());
        // One may have come before there was an alarm.
        wake.wake();
        Ok(Watched { shared: self.shared.clone(), number })
    }

    /// What wakes the thread, which is started when it is not there.
    fn thread(&self, state: &mut State) -> io::Result<Arc<Wake>> {
        let process = std::process::id();
        let wake = match &state.wake {
            Some(wake) if state.process == process => return Ok(wake.clone()),
            Some(wake) => {
                // What was due in the other process is due there.
                state.due.clear();
                state.moments.clear();
                wake.renew()?;
                wake.clone()
            }
            None => Arc::new(Wake::new()?),
        };
        let (shared, theirs) = (self.shared.clone(), wake.clone());
        std::thread::Builder::new().name("pyrun-deadlines".to_owned()).spawn(move || run(&shared, &theirs))?;
        (state.wake, state.process) = (Some(wake.clone()), process);
        Ok(wake)
    }
}

impl Drop for Deadlines {
    /// What still runs has an engine, so nothing is armed any more.
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.is_over = true;
        if let Some(wake) = &state.wake {
            wake.wake();
        }
    }
}

/// Fires what is due, for as long as the engine is there.
fn run(shared: &Shared, wake: &Wake) {
    loop {
        // Emptied before anything is looked at, so that what comes after leaves a byte.
        wake.drain();
        let mut state = shared.state();
        if state.is_over {
            return;
        }
        let now = Instant::now();
        state.look_for_signals(now);
        state.fire(now);
        let left = state.earliest().map_or(LONGEST, |moment| moment.saturating_duration_since(now));
        drop(state);
        wait(wake.descriptor(), left.min(LONGEST));
    }
}

/// Waits until the descriptor is readable or the time is over; it may end earlier.
fn wait(descriptor: RawFd, time: Duration) {
    let mut set = [sys::PollFd { fd: descriptor, events: libc::POLLIN, revents: 0 }];
    if let Err(error) = sys::poll(&mut set, Some(time))
        && error.kind() != io::ErrorKind::Interrupted
    {
        // No memory: tried again, but not at full speed.
        std::thread::sleep(time.min(LOOK.0));
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
                self.interrupt.account().note_fired(self.clock);
                self.interrupt.send(SIGXCPU);
            }
            return Some(self.grace);
        }
        if !self.progress.has(SOFT) {
            self.interrupt.account().note_fired(self.clock);
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
