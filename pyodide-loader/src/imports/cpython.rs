//! CPython's own `EM_JS` functions: `Python/emscripten_trampoline.c`, `Python/emscripten_signal.c`,
//! `Python/emscripten_syscalls.c`.

use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::guest::mem::CStr;
use pyrun_emscripten_shim::{Caller, GuestPtr, Trap, imports, time};

use crate::trampoline::{ArityTable, arity, call_by_arity};

imports! {
    /// CPython's own `EM_JS` functions.
    pub static CPYTHON: "cpython" in "env" as call {
        Full(Nothing, Depth) "_PyEM_TrampolineCall_JS" => call_by_arity(slot: u32, a: i32, b: i32, c: i32) -> i32;
        Full(Nothing, Time) "_Py_CheckEmscriptenSignals_Helper" => pending_signal() -> i32;
        Full(Nothing, Memory) "_Py_emscripten_runtime" => runtime_name() -> u32;
        Partial(Files, Time) "emscripten_set_up_async_input_device_js" => set_up_async_input_device() -> i32;
        Full(Log, Output) "emscripten_log_impl_js" => log(text: GuestPtr<CStr>);
    }
}

imports! {
    /// How CPython before 3.14 calls functions of unknown arity.
    pub static BEFORE_314: "cpython before 3.14" in "env" for UNTIL_V4 as call {
        Full(Nothing, Slots) "_PyEM_GetCountArgsPtr" => counting_slot() -> u32;
        Full(Nothing, Slots) "_PyEM_InitTrampoline_js" => init_trampoline();
        Full(Nothing, Time) "_PyEM_detect_type_reflection" => can_count() -> i32;
        Full(Nothing, Time) "_PyEM_CountFuncParams" => count_params(slot: u32) -> i32;
        Full(Nothing, Depth) "_PyImport_InitFunc_TrampolineCall" => call_init_function(slot: u32) -> i32;
    }
}

/// What `sys._emscripten_info.runtime` shows.
const RUNTIME: &[u8] = concat!("pyrun ", env!("CARGO_PKG_VERSION"), "\0").as_bytes();

/// Whether signals wait, because what runs is not the program: the start of the interpreter, which an exception would leave half made, or
/// Python's import system on the host's behalf, which ignores exceptions in places.
#[derive(Debug)]
pub(crate) struct SignalHold(pub(crate) bool);

/// They wait until the interpreter is ready: [`Instance::let_signals_through`](crate::Instance::let_signals_through).
impl Extension for SignalHold {
    fn boot() -> Start<Self> {
        Start::Built(Self(true))
    }

    fn restore() -> Start<Self> {
        Start::Built(Self(true))
    }

    fn reset(self) -> Reset<Self> {
        Reset::Rebuilt(Self(true))
    }
}

/// Raises what is pending and fires due timers; 0, or the number of a signal for CPython to see to. It asks every fifty checks of its
/// eval breaker, and out of turn (`PyErr_CheckSignals`).
fn pending_signal(caller: &mut Caller<'_>) -> Result<i32, Trap> {
    if caller.env().extensions.get::<SignalHold>()?.0 {
        return Ok(0);
    }
    time::look_for_signals(caller)
}

/// The slot of a function that tells how many arguments another takes.
fn counting_slot(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    Ok(caller.env().extensions.get::<ArityTable>()?.slot().unwrap_or(0))
}

/// Does nothing: the trampoline is installed before CPython starts.
fn init_trampoline(_caller: &mut Caller<'_>) -> Result<(), Trap> {
    Ok(())
}

fn can_count(_caller: &mut Caller<'_>) -> Result<i32, Trap> {
    Ok(1)
}

fn count_params(caller: &mut Caller<'_>, slot: u32) -> Result<i32, Trap> {
    // The class of no arguments is 1.
    Ok(arity(caller, slot)? - 1)
}

/// `PyInit_…` of a module that is built in.
fn call_init_function(caller: &mut Caller<'_>, slot: u32) -> Result<i32, Trap> {
    call_by_arity(caller, slot, 0, 0, 0)
}

/// A `malloc`-ed C string that CPython frees, or null.
fn runtime_name(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    let addr = caller.malloc(RUNTIME.len() as u32)?;
    if addr != 0 {
        caller.with_mem(|mem| mem.write_bytes(addr, RUNTIME))??;
    }
    Ok(addr)
}

/// CPython's test suite asks for a device that needs stack switching. It does not exist, as in Node without JSPI.
fn set_up_async_input_device(_caller: &mut Caller<'_>) -> Result<i32, Trap> {
    Ok(0)
}

/// Reports a warning of CPython's platform code to the user.
fn log(caller: &mut Caller<'_>, text: GuestPtr<CStr>) -> Result<(), Trap> {
    caller.with_sys(|sys| -> Result<(), Trap> {
        let line = String::from_utf8_lossy(sys.mem.c_str(text)?).into_owned();
        sys.process.report(&line);
        Ok(())
    })?
}
