//! CPython's own `EM_JS` functions: `Python/emscripten_trampoline.c`, `Python/emscripten_signal.c`,
//! `Python/emscripten_syscalls.c`.

use pyrun_emscripten_shim::mem::CStr;
use pyrun_emscripten_shim::{Caller, GuestPtr, Trap, imports};

use crate::state;
use crate::trampoline::call_by_arity;

imports! {
    /// CPython's own `EM_JS` functions.
    pub static CPYTHON: "cpython" in "env" as call {
        Full "_PyEM_TrampolineCall_JS" => call_by_arity(slot: u32, a: i32, b: i32, c: i32) -> i32;
        Full "_Py_CheckEmscriptenSignals_Helper" => pending_signal() -> i32;
        Full "_Py_emscripten_runtime" => runtime_name() -> u32;
        Partial "emscripten_set_up_async_input_device_js" => set_up_async_input_device() -> i32;
        Full "emscripten_log_impl_js" => log(text: GuestPtr<CStr>);
    }
}

/// What `sys._emscripten_info.runtime` shows.
const RUNTIME: &[u8] = concat!("pyrun ", env!("CARGO_PKG_VERSION"), "\0").as_bytes();

/// The pending signal's number, or 0. CPython asks every fifty checks of its eval breaker.
fn pending_signal(caller: &mut Caller<'_>) -> Result<i32, Trap> {
    if state::of(caller.env())?.signals_wait {
        return Ok(0);
    }
    Ok(caller.env().process.signal.take().unwrap_or(0))
}

/// A `malloc`-ed C string that CPython frees, or null.
fn runtime_name(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    let addr = caller.malloc(RUNTIME.len() as u32)?;
    if addr != 0 {
        caller.with_mem(|mem| mem.write_bytes(addr, RUNTIME))??;
    }
    Ok(addr)
}

/// CPython's test suite asks for a device that needs stack switching; there is none, as in Node without JSPI.
fn set_up_async_input_device(_caller: &mut Caller<'_>) -> Result<i32, Trap> {
    Ok(0)
}

/// A warning of CPython's platform code, for the person.
fn log(caller: &mut Caller<'_>, text: GuestPtr<CStr>) -> Result<(), Trap> {
    caller.with_sys(|sys| -> Result<(), Trap> {
        let line = String::from_utf8_lossy(sys.mem.c_str(text)?).into_owned();
        sys.process.host.report(&line);
        Ok(())
    })?
}
