//! What stands for a function that nothing defines.
//!
//! A stub is resolved at each call, as a later `RTLD_GLOBAL` library may bring the function. It is a function of WebAssembly, which has
//! the host find the definition and put it into a table, and calls that: so exceptions pass through it, in both directions. A
//! reset leaves nothing behind that was found before.
//!
//! The translator binds what a module defines itself, which leaves here only symbols that are really missing, and those of a main
//! module that its libraries define.

use pyrun_translate::{FORWARDED, LATE_BOUND, late_bound};
use wasmer::{
    AsStoreRef as _, Extern, Function, FunctionEnvMut, FunctionType, Imports, Module, RuntimeError, Table, TableType,
    Type, Value,
};

use super::linker::Owner;
use super::symbols;
use crate::guest::caller::Caller;
use crate::guest::env::Env;
use crate::guest::import::{ImportOutcome, run_dynamic, run_import};
use crate::guest::signatures::signature_of;
use crate::guest::trap::Trap;
use crate::memory;

/// Limit: types of stubs of one guest that modules are made for. What has another type beyond is a host function, through which no
/// exception passes.
const MAX_TYPES: usize = 256;

/// A function that is looked for, and whoever imports it.
#[derive(Clone)]
struct Wanted {
    symbol: String,
    library: String,
    owner: Owner,
}

/// A function that is defined nowhere yet.
pub(super) fn stub(caller: &mut Caller<'_>, library: &str, owner: Owner, name: &str, ty: &FunctionType) -> Function {
    let wanted = Wanted { symbol: name.to_owned(), library: library.to_owned(), owner };
    match bound_late(caller, &wanted, ty) {
        Ok(function) => function,
        Err(why) => {
            tracing::debug!(symbol = name, why, "a stub is a host function");
            by_host(caller, wanted, ty)
        }
    }
}

/// A stub that is a function of WebAssembly.
fn bound_late(caller: &mut Caller<'_>, wanted: &Wanted, ty: &FunctionType) -> Result<Function, String> {
    let module = module(caller, ty)?;
    let slot = slot(caller)?;
    let env = caller.env_handle();
    let (wanted, table) = (wanted.clone(), slot.clone());
    let bind = move |env: FunctionEnvMut<'_, Env>| -> Result<ImportOutcome<()>, RuntimeError> {
        run_import(env, |caller| {
            let function = definition(caller, &wanted)?;
            table.set(&mut caller.store(), 0, Value::FuncRef(Some(function)))
        })
    };
    let bind = Function::new_typed_with_env(&mut caller.store(), &env, bind);
    let [bind_name, table_name, call] = LATE_BOUND;
    let mut imports = Imports::new();
    imports.define(FORWARDED, bind_name, bind);
    imports.define(FORWARDED, table_name, Extern::Table(slot));
    let instance = memory::instantiate(&mut caller.store(), &module, &imports).map_err(|error| error.to_string())?;
    instance.exports.get_function(call).cloned().map_err(|error| error.to_string())
}

/// The module of stubs of this type.
fn module(caller: &mut Caller<'_>, ty: &FunctionType) -> Result<Module, String> {
    let (env, store) = caller.env_and_store();
    if let Some(known) = env.linker.stubs.modules.get(ty) {
        return Ok(known.clone());
    }
    if env.linker.stubs.modules.len() >= MAX_TYPES {
        return Err("there are too many types of stubs".to_owned());
    }
    let wasm = signature_of(ty).as_ref().and_then(late_bound).ok_or("its type has no name")?;
    let engine = store.as_store_ref().engine().clone();
    let module = env.modules.helper_module(&engine, &wasm)?;
    env.linker.stubs.modules.insert(ty.clone(), module.clone());
    Ok(module)
}

/// The slot that stubs share: one is bound and calls at once.
fn slot(caller: &mut Caller<'_>) -> Result<Table, String> {
    if let Some(slot) = &caller.env().linker.stubs.slot {
        return Ok(slot.clone());
    }
    let ty = TableType::new(Type::FuncRef, 1, Some(1));
    let made = Table::new(&mut caller.store(), ty, Value::FuncRef(None)).map_err(|error| error.to_string())?;
    caller.env().linker.stubs.slot = Some(made.clone());
    Ok(made)
}

/// A stub that is a host function of a type that is known only now.
fn by_host(caller: &mut Caller<'_>, wanted: Wanted, ty: &FunctionType) -> Function {
    let env = caller.env_handle();
    Function::new_with_env(&mut caller.store(), &env, ty, move |env, args| {
        run_dynamic(env, |caller| {
            let function = definition(caller, &wanted)?;
            Ok(caller.call_values(&function, args)?.into_vec())
        })
    })
}

/// The function as it is defined by now.
fn definition(caller: &mut Caller<'_>, wanted: &Wanted) -> Result<Function, Trap> {
    let Wanted { symbol, library, owner } = wanted;
    let linker = &caller.env().linker;
    let found = match owner {
        // What the main module exports under the name of its import would be the import again.
        Owner::Main => linker.library_definition(symbol),
        own => linker.global_definition(symbol).or_else(|| linker.definition_in(*own, symbol)),
    };
    let Some(found) = found else {
        return Err(Trap::Unresolved { symbol: symbol.clone(), library: library.clone() });
    };
    symbols::function(caller, symbol, &found)
}
