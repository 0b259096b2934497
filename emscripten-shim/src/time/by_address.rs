//! Calendars as Emscripten's modules asked for them before about 3.1.32: by the address of a time, and with time zone names
//! that the host allocates.
//!
//! Replaces `libtime.js` of those series. Whether a time has 64 bits or 32 there is [`CTime`].

use super::zone::Zone;
use super::{date_now, gmtime, localtime, mktime, timegm};
use crate::guest::caller::Caller;
use crate::guest::mem::{Fault, GuestPtr};
use crate::guest::trap::Trap;
use crate::syscall::layout::CTime;
use crate::syscall::legalised::halve;

crate::imports! {
    /// Calendars of older series.
    pub static BY_ADDRESS: "calendars by address" in "env" as call {
        Full(Clocks, Time) "_emscripten_date_now" => date_now() -> f64;
        Full(Zone, Time) "_tzset_js" => tzset(timezone: GuestPtr<i32>, daylight: GuestPtr<i32>, names: GuestPtr<u32>);
        Full(Zone, Time) "_localtime_js" => localtime_at(time: u32, tm: u32);
        Full(Nothing, Time) "_gmtime_js" => gmtime_at(time: u32, tm: u32);
        Full(Zone, Time) "_mktime_js" => narrow_mktime(tm: u32) -> i32;
        Full(Nothing, Time) "_timegm_js" => narrow_timegm(tm: u32) -> i32;
    }
}

/// Reads a time as the guest's C library has it.
fn time(caller: &mut Caller<'_>, at: u32) -> Result<i64, Trap> {
    caller.with_sys(|sys| match sys.process.c_time {
        CTime::Narrow => Ok(sys.mem.read(GuestPtr::<i32>::new(at))?.into()),
        CTime::Wide | CTime::WideByAddress => Ok(sys.mem.read(GuestPtr::<i64>::new(at))?),
    })?
}

fn localtime_at(caller: &mut Caller<'_>, at: u32, tm: u32) -> Result<(), Trap> {
    let time = time(caller, at)?;
    localtime(caller, time, tm)
}

fn gmtime_at(caller: &mut Caller<'_>, at: u32, tm: u32) -> Result<(), Trap> {
    let time = time(caller, at)?;
    gmtime(caller, time, tm)
}

/// A time as a result of 32 bits: −1 for one that has more, or the low half where the guest's times have 64 bits and come in halves.
fn result(caller: &mut Caller<'_>, time: i64) -> Result<i32, Trap> {
    match caller.env().process.c_time {
        CTime::Wide => halve(caller, time).map(u32::cast_signed),
        CTime::Narrow | CTime::WideByAddress => Ok(i32::try_from(time).unwrap_or(-1)),
    }
}

fn narrow_mktime(caller: &mut Caller<'_>, tm: u32) -> Result<i32, Trap> {
    let time = mktime(caller, tm)?;
    result(caller, time)
}

fn narrow_timegm(caller: &mut Caller<'_>, tm: u32) -> Result<i32, Trap> {
    let time = timegm(caller, tm)?;
    result(caller, time)
}

/// Writes the zone, and the addresses of two names that the guest allocates. They are never freed, as `tzname` is C's.
fn tzset(
    caller: &mut Caller<'_>,
    timezone: GuestPtr<i32>,
    daylight: GuestPtr<i32>,
    names: GuestPtr<u32>,
) -> Result<(), Trap> {
    let zone = caller.with_sys(|sys| {
        let host = &sys.process.host;
        let zone = Zone::new(&**host).names_at(host.wall_clock().secs);
        sys.mem.write(timezone, zone.seconds_west)?;
        sys.mem.write(daylight, zone.has_summer.into())?;
        Ok::<_, Fault>(zone)
    })??;
    for (number, name) in (0..).zip([zone.standard, zone.summer]) {
        let size = name.len() + 1;
        let at = caller.malloc(size as u32)?;
        if at == 0 {
            return Err(Trap::Aborted("no memory for the name of the time zone".to_owned()));
        }
        caller.with_mem(|mem| {
            mem.write_c_str(at, size, name.as_bytes()).map_err(|_| Fault { addr: at, len: size })?;
            mem.write(names.at(number), at)
        })??;
    }
    Ok(())
}
