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
    if let Some(error) = error.downcast_ref::<Trap>().and_then(of_guest) {
        return error;
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

/// The same for what a call through the gate ended with.
pub(crate) fn error_of_trap(trap: Trap, info: &ModuleInfo) -> Error {
    match trap {
        Trap::Guest(error) => error_of(&error, info),
        trap => of_guest(&trap).unwrap_or_else(|| Error::Crashed(trap.to_string())),
    }
}

/// How a call of an import ended that nobody defines.
pub(crate) fn undefined(symbol: &str) -> Error {
    let symbol = symbol.escape_debug();
    Error::Crashed(format!(
        "it called {symbol}, which it imports and nobody defines; a library can (`--dir`, `dlopen`), or its host \
         (`InstanceBuilder::host`)"
    ))
}

/// A trap of the shim's, which a guest of Emscripten's ends by. Those of the engine are told above.
fn of_guest(trap: &Trap) -> Option<Error> {
    Some(match trap {
        Trap::Guest(_) => return None,
        Trap::Exit(status) => Error::SystemExit { status: *status, message: None },
        Trap::Signal(signal) => Error::Signal { signal: *signal },
        Trap::Stopped => Error::Killed,
        Trap::Refused { import, why } => Error::Refused { import: import.clone(), why },
        Trap::TooDeep(_) => Error::HostLimit(trap.to_string()),
        Trap::OverHostMemory(over) => Error::past_host_memory(*over),
        Trap::TableFull(limit) => Error::past_slots(*limit),
        Trap::MissingExport(name) => ModuleError::Lacks { name: name.clone() }.into(),
        Trap::Unresolved { symbol, .. } => undefined(symbol),
        // Bug: the shim's own, which no guest leads to.
        Trap::Bug { .. } => Error::Bug(trap.to_string()),
        other => Error::Crashed(other.to_string()),
    })
}
