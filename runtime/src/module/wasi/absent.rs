//! Builds without WASI.

use crate::compile::allowance::Allowance;
use crate::error::Error;
use crate::grants::Grants;
use crate::host::InterruptHandle;
use crate::module::guest::ProgramOptions;
use crate::module::instance::{InstanceOptions, ModuleInstance};
use crate::module::open::Module;
use crate::module::support::Support;
use crate::python::start::Steps;

const WHY: &str = "this pyrun was built without WASI; build it with the feature `wasi`, which is on by default";

/// Places that a folder must not hide from a module that is refused anyway.
pub(crate) fn reserved(_grants: &Grants) -> &'static [&'static str] {
    &[]
}

/// How an import of one of WASI's interfaces is served.
pub(crate) fn support(_module: &str, _name: &str) -> Support {
    Support::Missing
}

/// Refuses to compile.
///
/// # Errors
/// [`Error::Module`]
pub(crate) fn compile(module: &Module, _allowance: &Allowance) -> Result<(), Error> {
    Err(module.not_supported(WHY))
}

/// Refuses to run a command.
///
/// # Errors
/// [`Error::Module`]
pub(crate) fn run(
    module: &Module,
    _options: ProgramOptions,
    _interrupt: &InterruptHandle,
    _steps: &mut Steps,
) -> Result<i32, Error> {
    Err(module.not_supported(WHY))
}

/// Refuses to make an instance.
///
/// # Errors
/// [`Error::Module`]
pub(crate) fn start(module: &Module, _options: InstanceOptions) -> Result<ModuleInstance, Error> {
    Err(module.not_supported(WHY))
}
