//! Calls of what MicroPython's port exports for its JavaScript.

use pyrun_emscripten_shim::Caller;
use pyrun_emscripten_shim::em::{self, Invoked, Target};
use wasmer::Value;

use crate::error::Error;
use crate::module::emscripten::ended;

/// What schedules a `KeyboardInterrupt`.
pub(super) const INTERRUPT: &str = "mp_sched_keyboard_interrupt";

/// Calls an export that takes words and gives one, or nothing.
pub(super) fn call(caller: &mut Caller<'_>, name: &str, args: &[u32]) -> Result<u32, Error> {
    let args: Vec<Value> = args.iter().map(|arg| Value::I32(arg.cast_signed())).collect();
    match em::invoke(caller, Target::Export(name), &args).map_err(ended)? {
        Invoked::Returned(results) => Ok(results.first().and_then(Value::i32).map_or(0, i32::cast_unsigned)),
        Invoked::Threw(_) => Err(Error::Crashed("an exception left MicroPython".to_owned())),
    }
}
