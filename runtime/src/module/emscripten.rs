//! Programs and libraries of Emscripten's other than Pyodide.

use pyrun_emscripten_shim::imports::families::FAMILIES;
use pyrun_emscripten_shim::imports::table::{self, Emscripten, HostFunctions};
use pyrun_translate::{ValueType, WasmSignature};
use wasmer::{FunctionType, Type};

use super::guest::ProgramOptions;
use super::instance::{InstanceOptions, ModuleInstance};
use super::open::Module;
use super::support::Support;
use crate::error::Error;
use crate::host::InterruptHandle;
use crate::python::start::Steps;

/// The series of Emscripten, oldest first.
const SERIES: [Emscripten; 4] = [Emscripten::V3, Emscripten::V4, Emscripten::V5, Emscripten::V6];
static SETS: &[&[&pyrun_emscripten_shim::Family]] = &[FAMILIES];

/// How a function that a module of Emscripten's imports is served.
pub(crate) fn support(module: &str, name: &str, signature: &WasmSignature) -> Support {
    // The translator makes these out of what the module has.
    if module == "env" && name.starts_with("invoke_") {
        return Support::Full;
    }
    let Some(wanted) = function_type(signature) else { return Support::Missing };
    let found = SERIES.iter().filter_map(|series| HostFunctions::new(SETS, *series).find(module, name, Some(&wanted)));
    let mut of_type = found.filter(|import| import.has_type(&wanted));
    match of_type.next().map(|import| import.support) {
        Some(table::Support::Full | table::Support::Partial) => Support::Full,
        Some(table::Support::Refused) => Support::Refused,
        None => Support::Missing,
    }
}

fn function_type(signature: &WasmSignature) -> Option<FunctionType> {
    let types = |of: &[ValueType]| -> Option<Vec<Type>> { of.iter().map(engine_type).collect() };
    Some(FunctionType::new(types(&signature.params)?, types(&signature.results)?))
}

fn engine_type(ty: &ValueType) -> Option<Type> {
    Some(match ty {
        ValueType::I32 => Type::I32,
        ValueType::I64 => Type::I64,
        ValueType::F32 => Type::F32,
        ValueType::F64 => Type::F64,
        ValueType::V128 => Type::V128,
        ValueType::FuncRef => Type::FuncRef,
        ValueType::ExternRef => Type::ExternRef,
        ValueType::ExnRef => Type::ExceptionRef,
        _ => return None,
    })
}

/// Runs a program to its end, and gives its exit status.
///
/// # Errors
/// [`Error::Module`]: this build cannot run it.
pub(crate) fn run(
    module: &Module,
    _options: ProgramOptions,
    _interrupt: &InterruptHandle,
    _steps: &mut Steps,
) -> Result<i32, Error> {
    Err(module.not_supported("this pyrun runs no programs of Emscripten's but Pyodide; run it with its own JavaScript"))
}

/// Makes an instance that is driven.
///
/// # Errors
/// [`Error::Module`]: this build cannot.
pub(crate) fn start(module: &Module, _options: InstanceOptions) -> Result<ModuleInstance, Error> {
    Err(module.not_supported("this pyrun runs no modules of Emscripten's but Pyodide; run it with its own JavaScript"))
}
