//! From a compiled main module to an instance whose imports are all there: the part that boot and restoring share.

use pyrun_emscripten_shim::{Caller, Env, GuestExports, GuestPtr, Trap, memory};
use wasmer::{AsStoreMut, Extern, ExternType, FunctionEnv, Global, Imports, Module, Mutability, Store, Value};

use crate::error::BootError;
use crate::imports::bridge;
use crate::release::KnownRelease;

/// Resolves the imports, makes the instance, and takes the engine's handles on it into the shared state.
pub(crate) fn instantiate(
    store: &mut Store,
    env: &FunctionEnv<Env>,
    module: &Module,
    release: &KnownRelease,
) -> Result<wasmer::Instance, BootError> {
    let imports = resolve_imports(store, env, module, release)?;
    let account = env.as_ref(store).process.host_memory.clone();
    memory::charge_exceptions(store, &account);
    let instance = memory::instantiate(store, module, &imports).map_err(BootError::instantiation)?;
    adopt(store, env, &instance)?;
    Ok(instance)
}

fn resolve_imports(
    store: &mut Store,
    env: &FunctionEnv<Env>,
    module: &Module,
    release: &KnownRelease,
) -> Result<Imports, BootError> {
    let mut imports = Imports::new();
    let mut unknown = Vec::new();
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let value = match import.ty() {
            ExternType::Function(ty) => {
                let known = release.host_functions().find(from, name, Some(ty));
                let made = known.map(|known| (known.define)(&mut store.as_store_mut(), env));
                match made {
                    Some(function) if function.ty(store) == *ty => Some(function),
                    Some(_) => None,
                    None if bridge::is_bridge(from, name) => Some(bridge::refusal(store, env, name, ty)),
                    None => None,
                }
                .map(Extern::Function)
            }
            // Functions of a graphics library that nothing calls; a null pointer each.
            ExternType::Global(ty) if from == "GOT.func" && ty.mutability == Mutability::Var => {
                Some(Extern::Global(Global::new_mut(store, Value::I32(0))))
            }
            _ => None,
        };
        match value {
            Some(value) => imports.define(from, name, value),
            None => unknown.push(format!("{from}.{name}")),
        }
    }
    if unknown.is_empty() { Ok(imports) } else { Err(BootError::UnknownImports(unknown)) }
}

/// Takes the engine's handles on the instance into the shared state.
fn adopt(store: &mut Store, env: &FunctionEnv<Env>, instance: &wasmer::Instance) -> Result<(), BootError> {
    let lacks = |e: wasmer::ExportError| BootError::NotPyodide(e.to_string());
    let memory = instance.exports.get_memory("memory").map_err(lacks)?.clone();
    let table = instance.exports.get_table("__indirect_function_table").map_err(lacks)?.clone();
    let guest = GuestExports::new(store, instance, Some(memory), Some(table))?;
    env.as_mut(store).guest = Some(guest);
    // What CPython counts down until it asks for signals from its evaluation loop.
    // Releases before 314 keep it to themselves: there it asks when it is due.
    let clock = variable(&mut Caller::from_store(env, store), instance, "_Py_emscripten_signal_clock").ok();
    let process = &mut env.as_mut(store).process;
    process.signal_clock = clock.map(GuestPtr::new);
    Ok(())
}

pub(crate) fn export<Args: wasmer::WasmTypeList, Rets: wasmer::WasmTypeList>(
    caller: &mut Caller<'_>,
    instance: &wasmer::Instance,
    name: &str,
) -> Result<wasmer::TypedFunction<Args, Rets>, Trap> {
    pyrun_emscripten_shim::guest::exports::export(&caller.store(), instance, name)
}

/// The address of a variable that the main module exports.
pub(crate) fn variable(caller: &mut Caller<'_>, instance: &wasmer::Instance, name: &str) -> Result<u32, BootError> {
    let global = instance.exports.get_global(name).map_err(|e| BootError::NotPyodide(e.to_string()))?;
    let address = global.get(&mut caller.store()).i32();
    address.map(i32::cast_unsigned).ok_or_else(|| BootError::NotPyodide(format!("{name} is not an address")))
}
