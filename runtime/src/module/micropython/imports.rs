//! What MicroPython imports besides what every module of Emscripten's does.

use std::time::Duration;

use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::{Caller, Trap, imports};

imports! {
    /// What MicroPython asks its JavaScript for, besides objects.
    pub(super) static MICROPYTHON: "MicroPython" in "env" as call {
        Full(Entropy, Time) "mp_js_random_u32" => random() -> u32;
        Full(Clocks, Time) "mp_js_ticks_ms" => ticks() -> i32;
        Full(Clocks, Time) "mp_js_time_ms" => time() -> f64;
        Refused(Nothing, Time) "has_attr" => has_attr(object: i32, name: u32) -> i32;
        Refused(Nothing, Time) "lookup_attr" => lookup_attr(object: i32, name: u32, out: u32) -> i32;
    }
}

fn random(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    let mut bytes = [0; 4];
    caller.env().process.host.fill_random(&mut bytes);
    Ok(u32::from_le_bytes(bytes))
}

/// How often within a millisecond the time is asked for by what does nothing but wait.
const SPINNING: u32 = 1000;

/// How often the time was asked for in the millisecond that it was asked for last.
#[derive(Debug, Default)]
pub(super) struct Asked {
    millisecond: u128,
    times: u32,
}

impl Extension for Asked {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn reset(self) -> Reset<Self> {
        Reset::Rebuilt(Self::default())
    }
}

impl Asked {
    /// Counts one more, and says whether that is a loop that waits.
    fn is_spinning(&mut self, now: Duration) -> bool {
        let now = now.as_millis();
        self.times = if self.millisecond == now { self.times + 1 } else { 1 };
        self.millisecond = now;
        self.times >= SPINNING
    }
}

/// Milliseconds of a clock that only goes on; they wrap, as MicroPython expects of them.
///
/// `time.sleep` asks for them until it is over, and looks for no interrupt meanwhile. So when one comes they are, this once, later than
/// any sleep ends; what they are for is then cut off by the exception. Whoever asks without a pause waits here, not in a loop.
fn ticks(caller: &mut Caller<'_>) -> Result<i32, Trap> {
    let mut now = caller.env().process.host.monotonic();
    if caller.env().extensions.get_mut::<Asked>()?.is_spinning(now) {
        let process = &mut caller.env().process;
        // Whatever ends the wait is seen below.
        process.host.wait(&[], Some(Duration::from_millis(1)));
        now = process.host.monotonic();
    }
    let now = now.as_millis() as i32;
    if !caller.env().process.signal.is_pending() {
        return Ok(now);
    }
    caller.request_signal_check()?;
    Ok(now.wrapping_add(i32::MAX))
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
