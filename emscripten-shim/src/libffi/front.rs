//! The function that the main module imports as `ffi_call_js`.
//!
//! It must exist before the main module does, so it cannot touch the main module's memory or table. It is a WebAssembly
//! function with a private table of call adapters:
//!
//! ```wat
//! (func (export "f") (param $cif i32) (param $fn i32) (param $rvalue i32) (param $avalue i32)
//!   (call_indirect $adapters (param i32 i32 i32)
//!     (local.get $fn) (local.get $rvalue) (local.get $avalue)
//!     (call $prepare (local.get $cif) (local.get $fn))))
//! ```
//!
//! `prepare` is the host's: it decodes the `ffi_cif`, generates the adapter if it is new, and returns its slot. It
//! returns before the adapter runs, so no frame of the host lies between the caller and the callee: exceptions and
//! longjmp pass through, and deep recursion costs no native stack.

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Module, RefType,
    TableSection, TableType, TypeSection, ValType,
};
use wasmer::{FunctionEnv, StoreMut, imports};

use super::call;
use super::compiled::Front;
use crate::guest::env::Env;
use crate::guest::trap::Trap;
use crate::memory;

/// Compiles and instantiates it. `prepare` is `(cif, fn) → slot`.
pub(super) fn make(store: &mut StoreMut<'_>, env: &FunctionEnv<Env>, prepare: wasmer::Function) -> Result<Front, Trap> {
    let bug = |what: String| Trap::bug("ffi_call_js", what);
    let engine = wasmer::AsStoreRef::as_store_ref(store).engine().clone();
    let modules = &mut env.as_mut(store).modules;
    let module = modules.helper_module(&engine, &generate()).map_err(bug)?;
    let imports = imports! { "host" => { "prepare" => prepare } };
    let instance = memory::instantiate(store, &module, &imports).map_err(|error| bug(error.to_string()))?;
    let missing = |error: wasmer::ExportError| bug(error.to_string());
    Ok(Front {
        call: instance.exports.get_function("f").map_err(missing)?.clone(),
        adapters: instance.exports.get_table("adapters").map_err(missing)?.clone(),
    })
}

fn generate() -> Vec<u8> {
    let (adapter_params, adapter_results) = call::OWN;
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32; 4], []);
    types.ty().function([ValType::I32; 2], [ValType::I32]);
    types.ty().function(adapter_params.to_vec(), adapter_results.to_vec());
    let mut imports = ImportSection::new();
    imports.import("host", "prepare", EntityType::Function(1));
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 0,
        maximum: None,
        shared: false,
    });
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 1).export("adapters", ExportKind::Table, 0);
    let mut body = Function::new([]);
    body.instructions()
        .local_get(1)
        .local_get(2)
        .local_get(3)
        .local_get(0)
        .local_get(1)
        .call(0)
        .call_indirect(0, 2)
        .end();
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&tables).section(&exports).section(&code);
    module.finish()
}
