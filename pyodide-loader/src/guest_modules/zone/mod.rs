//! `time.tzset`: local time follows the program's own variable `TZ`.
//!
//! Emscripten's C library asks for the zone once, and CPython's build for it has no `tzset`. `_pyrun_zone.py` gives `time` the function;
//! it calls the builtin module `_pyrun_zones`, which has the shim set the zone.

use std::sync::Arc;

use pyrun_emscripten_shim::guest::mem::GuestPtr;
use pyrun_emscripten_shim::{Caller, Trap, dylink, time};

use super::module::{GuestModule, ModuleFunctions, Placement};
use crate::object::{Arguments, HostFunction, ObjectApi, RaiseError, Value};

/// The builtin module of the function that the module calls.
const FUNCTIONS: ModuleFunctions = ModuleFunctions { module: "_pyrun_zones", make: functions };

/// The module's row.
pub(super) const MODULE: GuestModule = GuestModule {
    name: "_pyrun_zone",
    source: include_str!("_pyrun_zone.py"),
    placement: Placement::Library,
    functions: Some(FUNCTIONS),
    needs: None,
};

/// Gives `time` its function.
pub(crate) fn install(caller: &mut Caller<'_>) -> Result<(), Trap> {
    MODULE.install(caller)
}

fn functions() -> Result<Vec<HostFunction>, Trap> {
    Ok(vec![FUNCTIONS.function("set", 0, Arc::new(set))?])
}

/// `set()`: takes what the C library's environment says, as `os.environ` and `os.putenv` change that.
fn set(python: &mut ObjectApi<'_>, _arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let caller = python.caller();
    let text = variable(caller, "TZ")?.unwrap_or_default();
    time::set_zone(caller, &text)?;
    Ok(Value::None)
}

/// A variable of the C library's environment. What is no UTF-8 names no zone.
fn variable(caller: &mut Caller<'_>, name: &str) -> Result<Option<String>, Trap> {
    let getenv = dylink::main_function(caller, "getenv")?;
    let getenv = getenv.typed::<u32, u32>(&caller.store()).map_err(|error| Trap::bug("zone", error.to_string()))?;
    let name = crate::c_api::c_string(caller, name)?;
    let value = caller.call(&getenv, name)?;
    caller.free(name)?;
    if value == 0 {
        return Ok(None);
    }
    let text = caller.with_mem(|mem| mem.c_str(GuestPtr::new(value)).map(<[u8]>::to_vec))??;
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}
