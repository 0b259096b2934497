//! What MicroPython imports besides what every module of Emscripten's does.

use pyrun_emscripten_shim::{Caller, Trap, imports};

imports! {
    /// What MicroPython asks its JavaScript for, besides objects.
    pub(super) static MICROPYTHON: "MicroPython" in "env" as call {
        Full "mp_js_random_u32" => random() -> u32;
        Full "mp_js_ticks_ms" => ticks() -> i32;
        Full "mp_js_time_ms" => time() -> f64;
        Refused "has_attr" => has_attr(object: i32, name: u32) -> i32;
        Refused "lookup_attr" => lookup_attr(object: i32, name: u32, out: u32) -> i32;
    }
}

fn random(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    let mut bytes = [0; 4];
    caller.env().process.host.fill_random(&mut bytes);
    Ok(u32::from_le_bytes(bytes))
}

/// Milliseconds of a clock that only goes on; they wrap, as MicroPython expects of them.
///
/// `time.sleep` asks for them until it is over, and looks for no interrupt meanwhile. So when one comes they are, this once, later than
/// any sleep ends; what they are for is then cut off by the exception.
fn ticks(caller: &mut Caller<'_>) -> Result<i32, Trap> {
    let is_interrupted = caller.env().process.signal.is_pending();
    caller.request_signal_check()?;
    let now = caller.env().process.host.monotonic().as_millis() as i32;
    Ok(if is_interrupted { now.wrapping_add(i32::MAX) } else { now })
}

/// Milliseconds since 1970.
fn time(caller: &mut Caller<'_>) -> Result<f64, Trap> {
    let now = caller.env().process.host.wall_clock();
    Ok(now.secs as f64 * 1000.0 + f64::from(now.nanos / 1_000_000))
}

/// No object of JavaScript's has an attribute.
fn has_attr(_caller: &mut Caller<'_>, _object: i32, _name: u32) -> Result<i32, Trap> {
    Ok(0)
}

fn lookup_attr(_caller: &mut Caller<'_>, _object: i32, _name: u32, _out: u32) -> Result<i32, Trap> {
    Ok(0)
}
