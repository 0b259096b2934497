//! Waits of the guest: sleeping, and until when a wait lasts that a timer or a signal ends before.

use std::time::Duration;

use pyrun_memfs::{Readiness, WaitHandle};

use super::from_millis;
use super::timers::fire_due_timers;
use crate::guest::caller::Caller;
use crate::guest::trap::Trap;
use crate::host::Wait;
use crate::process::Process;
use crate::process::signal::OnSignal;
use crate::signals::{self, Raised};

crate::imports! {
    /// What the translator puts in place of the busy loop of `emscripten_thread_sleep`.
    pub static SLEEP: "sleep" in "env" as call {
        Full(Clocks, Time) "emscripten_thread_sleep" => thread_sleep(millis: f64);
    }
}

/// Sleeps without using the processor. Ends early when a timer came due or a signal is pending, which is raised in the
/// guest: its handler has run when the sleep returns, as with a kernel. NaN and negative times do not sleep.
fn thread_sleep(caller: &mut Caller<'_>, millis: f64) -> Result<(), Trap> {
    let Some(time) = from_millis(millis) else { return Ok(()) };
    let deadline = Deadline::after(&caller.env().process, Some(time));
    sleep_through(caller, deadline, Raised::Handled)
}

/// Waits until a signal was noticed by a handler, or unless `handled` since it is blocked, a timer has fired, or the time is over.
///
/// # Errors
/// As [`fire_due_timers`].
pub fn pause(caller: &mut Caller<'_>, timeout: Option<Duration>, handled: bool) -> Result<(), Trap> {
    let deadline = Deadline::after(&caller.env().process, timeout);
    sleep_through(caller, deadline, if handled { Raised::Handled } else { Raised::Blocked })
}

/// Sleeps until a timer has fired, or a signal was noticed at least so much. What is ignored ends no sleep.
fn sleep_through(caller: &mut Caller<'_>, deadline: Deadline, noticed: Raised) -> Result<(), Trap> {
    loop {
        match sleep_until(&mut caller.env().process, deadline) {
            Slept::Whole => return Ok(()),
            Slept::TimerDue => return fire_due_timers(caller).map(drop),
            Slept::Interrupted => {
                let raised = raise_pending(caller)?;
                if raised.is_none_or(|raised| raised >= noticed) {
                    return Ok(());
                }
            }
        }
    }
}

/// Raises the pending signals by the guest's own `raise`, and says how much of them was noticed. `None` of a guest that does not export
/// it, where they stay pending until the guest asks, of one that is told otherwise, and where none is pending, since the guest is to end.
pub(crate) fn raise_pending(caller: &mut Caller<'_>) -> Result<Option<Raised>, Trap> {
    if caller.env().process.on_signal != OnSignal::Asked {
        return caller.request_signal_check().map(|()| None);
    }
    if !caller.env().process.signal.is_pending() {
        return Ok(None);
    }
    let raised = signals::raise_all(caller)?;
    Ok((!caller.env().process.signal.is_pending()).then_some(raised))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slept {
    Whole,
    Interrupted,
    TimerDue,
}

fn sleep_until(process: &mut Process, deadline: Deadline) -> Slept {
    while !deadline.is_over(process) {
        match deadline.wait(process, &[]) {
            Some(Wait::Ready) => {}
            Some(Wait::TimedOut) => break,
            Some(Wait::Interrupted) => return Slept::Interrupted,
            None => return Slept::TimerDue,
        }
    }
    Slept::Whole
}

/// When a wait of the guest ends: a moment of the monotonic clock, or never.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Duration>);

impl Deadline {
    /// `timeout` from now; `None` is never.
    pub(crate) fn after(process: &Process, timeout: Option<Duration>) -> Self {
        Self(timeout.map(|timeout| process.host.monotonic().saturating_add(timeout)))
    }

    pub(crate) fn is_over(self, process: &Process) -> bool {
        self.0.is_some_and(|end| end <= process.host.monotonic())
    }

    /// Waits once. `None`: a timer is due. [`Wait::Ready`] means "look again".
    pub(crate) fn wait(self, process: &mut Process, streams: &[(WaitHandle, Readiness)]) -> Option<Wait> {
        if process.signal.is_pending() {
            return Some(Wait::Interrupted);
        }
        let now = process.host.monotonic();
        let timer = process.next_timer();
        if timer.is_some_and(|due| due <= now) {
            return None;
        }
        let timer_first = timer.filter(|due| self.0.is_none_or(|end| *due < end));
        let until = timer_first.or(self.0);
        let wait = process.host.wait(streams, until.map(|until| until.saturating_sub(now)));
        match wait {
            Wait::TimedOut if timer_first.is_some() => Some(Wait::Ready),
            wait => Some(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::timers::setitimer;
    use super::*;
    use crate::machine::Machine;

    #[test]
    fn sleeps_are_whole_unless_a_signal_or_timer_comes() {
        let mut machine = Machine::new();
        let second = Some(Duration::from_secs(1));
        let deadline = Deadline::after(&machine.process, second);
        assert_eq!(sleep_until(&mut machine.process, deadline), Slept::Whole);
        assert_eq!(machine.host.slept(), [second]);

        let deadline = Deadline::after(&machine.process, second);
        machine.process.signal.raise(2);
        assert_eq!(sleep_until(&mut machine.process, deadline), Slept::Interrupted);
        machine.process.signal.take();

        assert_eq!(setitimer(&mut machine.sys(), 0, 300.0), Ok(0));
        assert_eq!(sleep_until(&mut machine.process, deadline), Slept::TimerDue);
        assert_eq!(machine.host.slept().last(), Some(&Some(Duration::from_millis(300))));
    }
}
