//! Clocks, calendars, interval timers, and sleeping.
//!
//! Replaces `libtime.js`, the timers of `libeventloop.js`, and the busy loop that Emscripten's single-threaded libc sleeps
//! with (the translator turns that loop into a call of `emscripten_thread_sleep` here). Calendars give the results of
//! JavaScript's `Date`; see [`zone`]. Timers are plain state of the process: nothing fires by itself, but the waits here
//! and in `poll` do, and an embedder may.

pub mod by_address;
pub mod civil;
pub mod strftime;
pub mod strptime;
pub mod zone;

use std::time::Duration;

use pyrun_memfs::{Errno, Readiness, WaitHandle};

use self::zone::{Zone, ZoneNames};
use crate::guest::caller::{Caller, Sys};
use crate::guest::exports::export;
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Trap;
use crate::host::Wait;
use crate::process::Process;
use crate::process::signal::{OnSignal, SIGALRM};
use crate::signals::{self, Raised};

crate::imports! {
    /// Clocks and calendars.
    pub static TIME: "time" in "env" as call {
        Full(Clocks, Time) "emscripten_date_now" => date_now() -> f64;
        Full(Clocks, Time) "emscripten_get_now" => get_now() -> f64;
        Full(Zone, Time) "_tzset_js" => tzset(timezone: GuestPtr<i32>, daylight: GuestPtr<i32>, std_name: u32, dst_name: u32);
        Full(Zone, Time) "_localtime_js" => localtime(time: i64, tm: u32);
        Full(Nothing, Time) "_gmtime_js" => gmtime(time: i64, tm: u32);
        Full(Zone, Time) "_mktime_js" => mktime(tm: u32) -> i64;
        Full(Nothing, Time) "_timegm_js" => timegm(tm: u32) -> i64;
    }
}

crate::imports! {
    /// Calendars from 315 on, which say whether a time has a date.
    pub static FALLIBLE_CALENDAR: "calendars from 315" in "env" for FROM_V6 as call {
        Full(Zone, Time) "_localtime_js" => localtime_or_fail(time: i64, tm: u32) -> i32;
        Full(Nothing, Time) "_gmtime_js" => gmtime_or_fail(time: i64, tm: u32) -> i32;
    }
}

crate::imports! {
    /// What releases before 0.28 ask of their clocks, some of it in the place of what others do: it is to be looked for first.
    pub static OLD_CLOCKS: "old clocks" in "env" for UNTIL_V3 as call {
        Full(Nothing, Time) "_emscripten_get_now_is_monotonic" => now_is_monotonic() -> i32;
        Full(Nothing, Time) "emscripten_get_now_res" => now_resolution() -> f64;
        Full(Zone, Time) "_tzset_js" => tzset_abbreviated(timezone: GuestPtr<i32>, daylight: GuestPtr<i32>, std_name: u32, dst_name: u32);
    }
}

crate::imports! {
    /// Interval timers.
    pub static TIMERS: "timers" in "env" as syscall {
        Partial(Clocks, Time) "_setitimer_js" => setitimer(which: u32, millis: f64);
    }
}

crate::imports! {
    /// What the translator puts in place of the busy loop of `emscripten_thread_sleep`.
    pub static SLEEP: "sleep" in "env" as call {
        Full(Clocks, Time) "emscripten_thread_sleep" => thread_sleep(millis: f64);
    }
}

const MILLIS_PER_SEC: f64 = 1000.0;
/// The room that the guest has for a zone's name.
const ZONE_NAME_SIZE: usize = 17;

/// Wall time in milliseconds.
pub(crate) fn date_now(caller: &mut Caller<'_>) -> Result<f64, Trap> {
    let now = caller.env().process.host.wall_clock();
    Ok(now.secs as f64 * MILLIS_PER_SEC + f64::from(now.nanos) / 1e6)
}

/// Monotonic time in milliseconds.
fn get_now(caller: &mut Caller<'_>) -> Result<f64, Trap> {
    Ok(millis(caller.env().process.host.monotonic()))
}

fn now_is_monotonic(_caller: &mut Caller<'_>) -> Result<i32, Trap> {
    Ok(1)
}

/// In nanoseconds.
fn now_resolution(_caller: &mut Caller<'_>) -> Result<f64, Trap> {
    Ok(1.0)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * MILLIS_PER_SEC
}

/// A number of milliseconds from the guest; `None` for NaN, zero and negative ones.
fn from_millis(millis: f64) -> Option<Duration> {
    (millis > 0.0).then(|| Duration::try_from_secs_f64(millis / MILLIS_PER_SEC).unwrap_or(Duration::MAX))
}

fn tzset(
    caller: &mut Caller<'_>,
    timezone: GuestPtr<i32>,
    daylight: GuestPtr<i32>,
    std_name: u32,
    dst_name: u32,
) -> Result<(), Trap> {
    tell_zone(caller, |zone, now| zone.names_at(now), timezone, daylight, [std_name, dst_name])
}

/// With names as C has them: those releases' glue takes a browser's, which are these for some zones.
fn tzset_abbreviated(
    caller: &mut Caller<'_>,
    timezone: GuestPtr<i32>,
    daylight: GuestPtr<i32>,
    std_name: u32,
    dst_name: u32,
) -> Result<(), Trap> {
    tell_zone(caller, |zone, now| zone.abbreviations_at(now), timezone, daylight, [std_name, dst_name])
}

/// Tells the guest its zone, under the names that `named` gives for the present.
fn tell_zone(
    caller: &mut Caller<'_>,
    named: fn(&Zone<'_>, i64) -> ZoneNames,
    timezone: GuestPtr<i32>,
    daylight: GuestPtr<i32>,
    names: [u32; 2],
) -> Result<(), Trap> {
    caller
        .with_sys(|sys| {
            let host = &sys.process.host;
            let zone = named(&Zone::new(&**host), host.wall_clock().secs);
            write_zone(sys, zone, timezone, daylight, names)
        })?
        .map_err(|errno| Trap::Aborted(format!("tzset: {errno}")))
}

fn write_zone(
    sys: &mut Sys<'_>,
    zone: ZoneNames,
    timezone: GuestPtr<i32>,
    daylight: GuestPtr<i32>,
    names: [u32; 2],
) -> Result<(), Errno> {
    for name in names {
        sys.mem.bytes(name, ZONE_NAME_SIZE)?;
    }
    sys.mem.read(daylight)?;
    sys.mem.write(timezone, zone.seconds_west)?;
    sys.mem.write(daylight, zone.has_summer.into())?;
    for (addr, name) in names.into_iter().zip([zone.standard, zone.summer]) {
        sys.mem.write_c_str(addr, ZONE_NAME_SIZE, name.as_bytes())?;
    }
    Ok(())
}

pub(crate) fn localtime(caller: &mut Caller<'_>, time: i64, tm: u32) -> Result<(), Trap> {
    caller.with_sys(|sys| {
        let zone = Zone::new(&*sys.process.host);
        let (fields, seconds_east) = zone.localtime(time);
        sys.mem.bytes(tm, civil::TM_WITH_OFFSET)?;
        fields.write_all(&mut sys.mem, tm)?;
        sys.mem.write(GuestPtr::<i32>::new(tm).field::<i32>(civil::TM_GMTOFF), seconds_east)?;
        Ok(())
    })?
}

pub(crate) fn gmtime(caller: &mut Caller<'_>, time: i64, tm: u32) -> Result<(), Trap> {
    let fields = civil::Tm::from_unix(time).unwrap_or_default();
    caller.with_mem(|mem| fields.write_calendar(mem, tm))??;
    Ok(())
}

/// 0, or 1 for a time that has no date.
fn localtime_or_fail(caller: &mut Caller<'_>, time: i64, tm: u32) -> Result<i32, Trap> {
    if civil::Tm::from_unix(time).is_none() {
        return Ok(1);
    }
    localtime(caller, time, tm).map(|()| 0)
}

/// As [`localtime_or_fail`].
fn gmtime_or_fail(caller: &mut Caller<'_>, time: i64, tm: u32) -> Result<i32, Trap> {
    if civil::Tm::from_unix(time).is_none() {
        return Ok(1);
    }
    gmtime(caller, time, tm).map(|()| 0)
}

pub(crate) fn mktime(caller: &mut Caller<'_>, tm: u32) -> Result<i64, Trap> {
    caller.with_sys(|sys| {
        let fields = civil::Tm::read(&sys.mem, tm)?;
        let zone = Zone::new(&*sys.process.host);
        let Some((time, normal)) = zone.mktime(&fields) else {
            return Ok(-1);
        };
        normal.write_all(&mut sys.mem, tm)?;
        Ok(time)
    })?
}

/// Writes only the day of the week and of the year back, as the JavaScript glue does.
pub(crate) fn timegm(caller: &mut Caller<'_>, tm: u32) -> Result<i64, Trap> {
    caller.with_mem(|mem| {
        let time = civil::Tm::read(mem, tm)?.to_unix();
        let Some(normal) = civil::Tm::from_unix(time) else {
            return Ok(-1);
        };
        normal.write_days(mem, tm)?;
        Ok(time)
    })?
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

    #[test]
    fn odd_numbers_of_milliseconds() {
        assert_eq!(from_millis(f64::NAN), None);
        assert_eq!(from_millis(-1.0), None);
        assert_eq!(from_millis(1.5), Some(Duration::from_micros(1500)));
        assert_eq!(from_millis(f64::INFINITY), Some(Duration::MAX));
    }

    #[test]
    fn tzset_writes_four_places_or_none() {
        let mut machine = Machine::new();
        machine.host.set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
        let at = GuestPtr::new;
        let sys = &mut machine.sys();
        let now = sys.process.host.wall_clock().secs;
        let zone = Zone::new(&*sys.process.host);
        let (names, abbreviations) = (zone.names_at(now), zone.abbreviations_at(now));
        let outside = write_zone(sys, names.clone(), at(0x40), at(0x44), [0x50, u32::MAX - 4]);
        assert_eq!(outside, Err(Errno::Fault));
        assert_eq!(sys.mem.read(at(0x40)), Ok(0));
        assert_eq!(write_zone(sys, names.clone(), at(0x40), at(0x44), [0x50, 0x70]), Ok(()));
        assert_eq!(sys.mem.read(at(0x40)), Ok(-3600));
        assert_eq!(sys.mem.read(at(0x44)), Ok(1));
        assert_eq!(sys.mem.bytes(0x50, 9).unwrap(), b"UTC+0100\0");
        assert_eq!(sys.mem.bytes(0x70, 9).unwrap(), b"UTC+0200\0");
        assert_eq!(write_zone(sys, abbreviations, at(0x40), at(0x44), [0x50, 0x70]), Ok(()));
        assert_eq!(sys.mem.bytes(0x50, 4).unwrap(), b"CET\0");
        assert_eq!(sys.mem.bytes(0x70, 5).unwrap(), b"CEST\0");
    }
}
