//! Arguments, checked against the parameters of a function.

use super::argument::WasmArg;
use super::value::WasmType;
use crate::module::error::ModuleError;

/// Arguments as the engine takes them, if there are as many as `wanted` says and each fits.
pub(crate) fn checked_arguments(
    function: &str,
    given: &[WasmArg],
    wanted: &[WasmType],
) -> Result<Vec<wasmer::Value>, ModuleError> {
    if given.len() != wanted.len() {
        let (function, given, wanted) = (function.to_owned(), given.len(), wanted.len());
        return Err(ModuleError::ArgumentCount { function, given, wanted });
    }
    let value = |(position, (given, wanted)): (usize, (&WasmArg, &WasmType))| {
        given.to_engine(*wanted).map_err(|misfit| ModuleError::Argument {
            function: function.to_owned(),
            position: position + 1,
            given: given.to_string(),
            wanted: *wanted,
            takes: misfit.takes(*wanted),
        })
    };
    given.iter().zip(wanted).enumerate().map(value).collect()
}
