//! Timers and waiting for signals, as CPython's `signal` has them on Linux.
//!
//! Emscripten's C library has `alarm` and `setitimer`, which CPython's build leaves out, and its `sigwait` and `pause` do not wait.
//! `_pyrun_signal.py` gives `_signal` what is missing; its functions call the builtin module `_pyrun_signals`, which calls the C
//! functions and the shim.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use pyrun_emscripten_shim::guest::mem::GuestPtr;
use pyrun_emscripten_shim::{Caller, Trap, dylink, signals, time};
use pyrun_memfs::Errno;
use wasmer::{TypedFunction, WasmTypeList};

use super::module::{GuestModule, ModuleFunctions, Placement};
use crate::object::{Arguments, HostFunction, Object, ObjectApi, RaiseError, Value};

/// The builtin module of the functions that the module calls.
const FUNCTIONS: ModuleFunctions = ModuleFunctions { module: "_pyrun_signals", make: functions };

/// The module's row.
pub(super) const MODULE: GuestModule = GuestModule {
    name: "_pyrun_signal",
    source: include_str!("_pyrun_signal.py"),
    placement: Placement::Library,
    functions: Some(FUNCTIONS),
    needs: None,
};

/// Bytes of `struct itimerval`: two times of seconds and microseconds, 64 bits each.
const ITIMERVAL: u32 = 32;

/// Adds the functions to CPython's modules.
pub(crate) fn install(caller: &mut Caller<'_>) -> Result<(), Trap> {
    MODULE.install(caller)
}

/// The functions that the module calls.
fn functions() -> Result<Vec<HostFunction>, Trap> {
    Ok(vec![
        FUNCTIONS.function("alarm", 1, Arc::new(alarm))?,
        FUNCTIONS.function("setitimer", 3, Arc::new(setitimer))?,
        FUNCTIONS.function("pause", 2, Arc::new(pause))?,
        FUNCTIONS.function("kill(pid, signal, /)", 2, Arc::new(kill))?,
        FUNCTIONS.function("raise_signal(signalnum, /)", 1, Arc::new(raise_signal))?,
    ])
}

/// A function of the C library.
fn c_function<Args: WasmTypeList, Rets: WasmTypeList>(
    caller: &mut Caller<'_>,
    name: &str,
) -> Result<TypedFunction<Args, Rets>, Trap> {
    let function = dylink::main_function(caller, name)?;
    function.typed(&caller.store()).map_err(|error| Trap::bug("signals", format!("{name}: {error}")))
}

/// A number of C's `int`.
fn number(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>, index: usize) -> Result<i32, RaiseError> {
    let overflow = || RaiseError::raise("OverflowError", "signed integer is out of range of a C int");
    match arguments.value(python, index)? {
        Value::Int(number) => i32::try_from(number).map_err(|_| overflow()),
        Value::Bool(truth) => Ok(truth.into()),
        _ => Err(overflow()),
    }
}

fn seconds(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>, index: usize) -> Result<f64, RaiseError> {
    match arguments.value(python, index)? {
        Value::Float(seconds) => Ok(seconds),
        _ => Err(RaiseError::raise("TypeError", "a number of seconds is a float")),
    }
}

/// `alarm(seconds)`: how many seconds an earlier one had left.
fn alarm(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let seconds = number(python, arguments, 0)?;
    let caller = python.caller();
    let alarm = c_function::<i32, i32>(caller, "alarm")?;
    let left = caller.call(&alarm, seconds)?;
    Ok(Value::Int(left.cast_unsigned().into()))
}

/// `setitimer(which, seconds, interval)`: whether there is such a timer, and such times.
fn setitimer(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let which = number(python, arguments, 0)?;
    let (first, interval) = (seconds(python, arguments, 1)?, seconds(python, arguments, 2)?);
    let (Some(first), Some(interval)) = (timeval(first), timeval(interval)) else { return Ok(Value::Bool(false)) };
    let caller = python.caller();
    let setitimer = c_function::<(i32, u32, u32), i32>(caller, "setitimer")?;
    let record = caller.malloc(ITIMERVAL)?;
    if record == 0 {
        return Err(RaiseError::raise("MemoryError", ""));
    }
    let words = [interval.0, interval.1, first.0, first.1];
    caller
        .with_mem(|mem| {
            (0..).zip(words).try_for_each(|(index, word)| mem.write(GuestPtr::<i64>::new(record).at(index), word))
        })?
        .map_err(Trap::from)?;
    let status = caller.call(&setitimer, (which, record, 0))?;
    caller.free(record)?;
    Ok(Value::Bool(status == 0))
}

/// Seconds and microseconds, rounded up to milliseconds: the C library counts in those, and takes less than one for no timer. `None` for
/// what is no time.
fn timeval(seconds: f64) -> Option<(i64, i64)> {
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    let micros = time.as_nanos().div_ceil(1_000_000) * 1000;
    Some((i64::try_from(micros / 1_000_000).ok()?, (micros % 1_000_000) as i64))
}

/// `pause(timeout, handled)`: waits until a signal has come, also one that is blocked unless `handled`, or the time is over.
fn pause(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let timeout = match arguments.value(python, 0)? {
        Value::Float(seconds) => Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
        _ => None,
    };
    let handled = matches!(arguments.value(python, 1)?, Value::Bool(true));
    time::pause(python.caller(), timeout, handled)?;
    Ok(Value::Bool(true))
}

/// `os.kill`.
fn kill(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let getpid = c_function::<(), i32>(python.caller(), "getpid")?;
    let own = python.caller().call(&getpid, ())?;
    let pid = match arguments.value(python, 0) {
        Ok(Value::Int(pid)) => Some(pid),
        _ => None,
    };
    let is_own = pid.is_some_and(|pid| pid == 0 || pid == i64::from(own));
    if is_own && has_default(python, arguments, 1)? {
        return Ok(Value::None);
    }
    let mut given = objects(python, arguments, 2)?;
    // All processes of the group, of which this is the only one; the C library knows it by its number alone.
    if let (Some(0), Some(first)) = (pid, given.first_mut()) {
        *first = python.object(&Value::Int(own.into()))?;
    }
    original(python, &given, "posix_kill")
}

/// `signal.raise_signal`.
fn raise_signal(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let is_done = has_default(python, arguments, 0)?;
    if is_done {
        return Ok(Value::None);
    }
    let given = objects(python, arguments, 1)?;
    original(python, &given, "signal_raise_signal")
}

/// Signals: the C library has a record for each of these, and looks at none that it does not have.
const SIGNALS: RangeInclusive<i32> = 1..=64;

/// Whether a signal that the program sends itself is seen to by that: it has its default action, which the host has taken then, or it is
/// 0, which asks only whether the process is there.
fn has_default(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>, index: usize) -> Result<bool, RaiseError> {
    match number(python, arguments, index) {
        Ok(0) => Ok(true),
        Ok(signal) if !SIGNALS.contains(&signal) => Err(invalid(python)?),
        Ok(signal) => Ok(signals::default_action(python.caller(), signal)?),
        // CPython's own function says what is wrong with it.
        Err(_) => Ok(false),
    }
}

/// `OSError(EINVAL)`.
fn invalid(python: &mut ObjectApi<'_>) -> Result<RaiseError, RaiseError> {
    let builtins = python.import("builtins")?;
    let arguments = [Value::Int(Errno::Inval.code().into()), Value::Str("Invalid argument".to_owned())];
    let arguments = arguments.iter().map(|value| python.object(value)).collect::<Result<Vec<_>, _>>()?;
    Ok(RaiseError::Raised(python.call_method(&builtins, "OSError", &arguments, &[])?))
}

/// What CPython's own function gives for the arguments.
fn original(python: &mut ObjectApi<'_>, arguments: &[Object], name: &str) -> Result<Value, RaiseError> {
    let module = python.import(FUNCTIONS.module)?;
    python.call_method(&module, name, arguments, &[])?;
    Ok(Value::None)
}

fn objects(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>, count: usize) -> Result<Vec<Object>, RaiseError> {
    (0..count).map(|index| arguments.object(python, index)).collect()
}

#[cfg(test)]
mod tests {
    use super::timeval;

    #[test]
    fn times_are_rounded_up_to_milliseconds() {
        for (seconds, time) in [
            (0.0, Some((0, 0))),
            (1e-9, Some((0, 1000))),
            (1e-6, Some((0, 1000))),
            (0.0015, Some((0, 2000))),
            (1.5, Some((1, 500_000))),
            (0.999_999_9, Some((1, 0))),
            (-1.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (1e300, None),
        ] {
            assert_eq!(timeval(seconds), time, "{seconds}");
        }
    }
}
