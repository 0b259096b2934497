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
pub(crate) mod timers;
mod waits;
pub mod zone;

use std::time::Duration;

use pyrun_memfs::Errno;

pub use self::timers::{TIMERS, fire_due_timers, look_for_signals};
pub(crate) use self::waits::{Deadline, raise_pending};
pub use self::waits::{SLEEP, pause};
use self::zone::{Zone, ZoneNames};
use crate::dylink;
use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Trap;

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

/// Tells the guest its zone, under the names that it has at present.
fn tzset(
    caller: &mut Caller<'_>,
    timezone: GuestPtr<i32>,
    daylight: GuestPtr<i32>,
    std_name: u32,
    dst_name: u32,
) -> Result<(), Trap> {
    caller
        .with_sys(|sys| {
            let host = &sys.process.host;
            let zone = Zone::new(&**host).names_at(host.wall_clock().secs);
            write_zone(sys, zone, timezone, daylight, [std_name, dst_name])
        })?
        .map_err(|errno| Trap::Aborted(format!("tzset: {errno}")))
}

/// What POSIX's `tzset` does when `TZ` has changed: the C library asks once and never again. Local time is that of `text` from now on, and
/// so are the C library's variables, which have new names each time: `tm_zone` points to them.
///
/// # Errors
/// A [`Trap`] of the guest's, or that it has no such variables.
pub fn set_zone(caller: &mut Caller<'_>, text: &str) -> Result<(), Trap> {
    let variables = ["timezone", "daylight", "tzname"].map(|name| dylink::main_variable(caller, name));
    let [timezone, daylight, tzname] = variables;
    let (timezone, daylight) = (GuestPtr::<i32>::new(timezone?), GuestPtr::<i32>::new(daylight?));
    let places = GuestPtr::<u32>::new(tzname?);
    let names = caller.malloc(2 * ZONE_NAME_SIZE as u32)?;
    if names == 0 {
        return Err(Trap::Aborted("no memory for the name of the time zone".to_owned()));
    }
    caller.env().process.host.set_zone(text);
    let names = [names, names + ZONE_NAME_SIZE as u32];
    tzset(caller, timezone, daylight, names[0], names[1])?;
    caller.with_mem(|mem| (0..).zip(names).try_for_each(|(index, name)| mem.write(places.at(index), name)))??;
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

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
        let names = zone.names_at(now);
        let outside = write_zone(sys, names.clone(), at(0x40), at(0x44), [0x50, u32::MAX - 4]);
        assert_eq!(outside, Err(Errno::Fault));
        assert_eq!(sys.mem.read(at(0x40)), Ok(0));
        assert_eq!(write_zone(sys, names.clone(), at(0x40), at(0x44), [0x50, 0x70]), Ok(()));
        assert_eq!(sys.mem.read(at(0x40)), Ok(-3600));
        assert_eq!(sys.mem.read(at(0x44)), Ok(1));
        assert_eq!(sys.mem.bytes(0x50, 4).unwrap(), b"CET\0");
        assert_eq!(sys.mem.bytes(0x70, 5).unwrap(), b"CEST\0");
    }
}
