//! How a call into a module ended other than by returning, as the embedder reads it.

use pyrun_emscripten_shim::Trap;
use pyrun_translate::{ExportKind, ModuleInfo};
use wasmer::RuntimeError;

use super::host::HostFailure;
use super::trap::{TrapKind, WasmTrap};
use crate::error::Error;
use crate::module::error::ModuleError;

/// How a call ended, as the embedder reads it. Functions that have no name of their own are called as they are exported.
pub(crate) fn error_of(error: &RuntimeError, info: &ModuleInfo) -> Error {
    if let Some(failure) = error.downcast_ref::<HostFailure>() {
        return ModuleError::HostFunction { function: failure.function.clone(), message: failure.message.clone() }
            .into();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Exit(status)) => return Error::SystemExit { status: *status, message: None },
        Some(Trap::Refused { import, why }) => return Error::Refused { import: import.clone(), why },
        _ => {}
    }
    let kind = match error.clone().to_trap() {
        Some(code) => TrapKind::of(code),
        None if error.is_exception() => TrapKind::UncaughtException,
        // Nothing but a trap, an exception or a host function ends a call.
        None => TrapKind::Other,
    };
    let mut trap = WasmTrap::new(kind, error.trace());
    for frame in trap.frames.iter_mut().filter(|frame| frame.function.is_none()) {
        let mut exports = info.exports().filter(|export| export.kind == ExportKind::Function);
        frame.function = exports.find(|export| export.index == frame.index).map(|export| export.name.to_owned());
    }
    Error::Trap(Box::new(trap))
}
