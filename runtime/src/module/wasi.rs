//! WASI: preview 1 commands and reactors, and WASIX.

use super::guest::ProgramOptions;
use super::instance::{InstanceOptions, ModuleInstance};
use super::open::Module;
use super::support::Support;
use crate::error::Error;
use crate::host::InterruptHandle;
use crate::python::start::Steps;

/// How an import of one of WASI's interfaces is served.
pub(crate) fn support(_module: &str, _name: &str) -> Support {
    Support::Missing
}

/// Runs a command to its end, and gives its exit status.
///
/// # Errors
/// [`Error::Module`]: this build cannot run it.
pub(crate) fn run(
    module: &Module,
    _options: ProgramOptions,
    _interrupt: &InterruptHandle,
    _steps: &mut Steps,
) -> Result<i32, Error> {
    Err(module.not_supported("this pyrun has no WASI; run it with another runtime, such as wasmtime or wasmer"))
}

/// Makes an instance that is driven.
///
/// # Errors
/// [`Error::Module`]: this build cannot.
pub(crate) fn start(module: &Module, _options: InstanceOptions) -> Result<ModuleInstance, Error> {
    Err(module.not_supported("this pyrun has no WASI; run it with another runtime, such as wasmtime or wasmer"))
}
