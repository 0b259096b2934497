//! Interval timers: plain state of the process, and the signals of those that are due.

use std::time::Duration;

use pyrun_memfs::Errno;

use super::{from_millis, millis};
use crate::guest::caller::{Caller, Sys};
use crate::guest::exports::export;
use crate::guest::trap::Trap;
use crate::process::Process;
use crate::process::signal::SIGALRM;
use crate::signals;

crate::imports! {
    /// Interval timers.
    pub static TIMERS: "timers" in "env" as syscall {
        Partial(Clocks, Time) "_setitimer_js" => setitimer(which: u32, millis: f64);
    }
}

/// 0 milliseconds disarm. A timer fires once; the guest's libc arms it again when it has an interval.
pub(crate) fn setitimer(sys: &mut Sys<'_>, which: u32, millis: f64) -> Result<i32, Errno> {
    let delay = match from_millis(millis) {
        Some(delay) => Some(delay),
        None => (millis < 0.0).then_some(Duration::ZERO),
    };
    let due = delay.map(|delay| sys.process.host.monotonic().saturating_add(delay));
    if !sys.process.timers.arm(which, due) {
        return Err(Errno::Inval);
    }
    tell_alarm(sys.process);
    Ok(0)
}

/// Tells the host when the next timer is due: it ends waits of streams then.
fn tell_alarm(process: &mut Process) {
    let now = process.host.monotonic();
    let after = process.next_timer().map(|due| due.saturating_sub(now));
    process.host.set_alarm(after);
}

/// The signals of `ITIMER_REAL`, `ITIMER_VIRTUAL` and `ITIMER_PROF`.
const TIMER_SIGNALS: [i32; 3] = [SIGALRM, 26, 27];

/// Calls the guest's `_emscripten_timeout` for every timer that is due: it raises `SIGALRM` and its kin there. Returns
/// whether there was one.
///
/// # Errors
/// How the guest ended, e.g. by the signal's default action.
pub fn fire_due_timers(caller: &mut Caller<'_>) -> Result<bool, Trap> {
    let mut fired = false;
    let now = caller.env().process.host.monotonic();
    while let Some(which) = caller.env().process.timers.take_due(now) {
        tell_alarm(&mut caller.env().process);
        if let Some(signal) = TIMER_SIGNALS.get(which as usize) {
            signals::default_action(caller, *signal)?;
        }
        let instance = caller.guest()?.instance.clone();
        let timeout = export::<(u32, f64), ()>(&caller.store(), &instance, "_emscripten_timeout")?;
        caller.call(&timeout, (which, millis(now)))?;
        fired = true;
    }
    Ok(fired)
}

/// CPython looks for signals: due timers fire and what is pending is raised. The number of a signal that the guest is to see to itself,
/// or 0.
///
/// # Errors
/// As [`fire_due_timers`]; [`Trap::Signal`].
pub fn look_for_signals(caller: &mut Caller<'_>) -> Result<i32, Trap> {
    signals::observe(caller)?;
    if caller.env().process.timer_is_due() {
        fire_due_timers(caller)?;
    }
    signals::raise_all(caller)?;
    Ok(caller.env().process.signal.take().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    #[test]
    fn timers_are_armed_and_disarmed() {
        let mut machine = Machine::new();
        let now = machine.host.now();
        assert_eq!(setitimer(&mut machine.sys(), 1, 20.0), Ok(0));
        assert_eq!(setitimer(&mut machine.sys(), 0, 30.0), Ok(0));
        assert_eq!(machine.process.next_timer(), Some(now + Duration::from_millis(20)));
        assert_eq!(setitimer(&mut machine.sys(), 1, 0.0), Ok(0));
        assert_eq!(machine.process.next_timer(), Some(now + Duration::from_millis(30)));
        assert_eq!(setitimer(&mut machine.sys(), 0, f64::NAN), Ok(0));
        assert_eq!(machine.process.next_timer(), None);
        assert_eq!(setitimer(&mut machine.sys(), 3, 1.0), Err(Errno::Inval));
    }
}
