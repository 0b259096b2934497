//! How a call into a module ended other than by returning, as the embedder reads it.

use wasmer::RuntimeError;

use super::host::HostFailure;
use super::trap::{TrapKind, WasmTrap};
use crate::error::Error;
use crate::module::error::ModuleError;

/// How a call ended, as the embedder reads it.
pub(crate) fn error_of(error: &RuntimeError) -> Error {
    if let Some(failure) = error.downcast_ref::<HostFailure>() {
        return ModuleError::HostFunction { function: failure.function.clone(), message: failure.message.clone() }
            .into();
    }
    let kind = match error.clone().to_trap() {
        Some(code) => TrapKind::of(code),
        None if error.is_exception() => TrapKind::UncaughtException,
        // Nothing but a trap, an exception or a host function ends a call.
        None => TrapKind::Other,
    };
    Error::Trap(Box::new(WasmTrap::new(kind, error.trace())))
}
