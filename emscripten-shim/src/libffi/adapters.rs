//! Compiling and instantiating generated code, once per signature, and keeping it for the next that has it.

use wasmer::{Function, FunctionType, Table, Value};

use super::adapter::{compile, instantiate};
use super::cif::{CSignature, CifError};
use super::compiled::{Code, Compiled};
use super::{call, closure};
use crate::guest::caller::Caller;
use crate::guest::trap::Trap;

impl CifError {
    /// What a call that cannot be made ends with.
    pub(super) fn into_trap(self, import: &'static str) -> Trap {
        match self {
            Self::Complex => {
                Trap::Refused { import: import.to_owned(), why: "libffi passes no complex numbers on this platform" }
            }
            other => Trap::Aborted(format!("{import}: {other}")),
        }
    }
}

/// The slot, in the front's table, of the adapter for this call. `real` is the type of the function to call.
pub(super) fn call_adapter(caller: &mut Caller<'_>, signature: CSignature, real: FunctionType) -> Result<u32, Trap> {
    let key = (signature, real);
    let compiled = &caller.env().compiled;
    if let Some(&slot) = compiled.calls.get(&key) {
        return Ok(slot);
    }
    compiled.has_room()?;
    let table = front_table(compiled)?;
    let wasm = call::generate(&key.0, &key.1).map_err(|error| error.into_trap("ffi_call_js"))?;
    let module = compile(caller, &wasm)?;
    let function = exported(&instantiate(caller, &module)?)?;
    let slot = table.grow(&mut caller.store(), 1, Value::FuncRef(Some(function))).map_err(Trap::Guest)?;
    caller.env().compiled.calls.insert(key, slot);
    Ok(slot)
}

fn front_table(compiled: &Compiled) -> Result<Table, Trap> {
    let front = compiled.front.as_ref();
    front.map(|front| front.adapters.clone()).ok_or_else(|| Trap::bug("ffi_call_js", "it was never defined"))
}

fn exported(instance: &wasmer::Instance) -> Result<Function, Trap> {
    let function = instance.exports.get_function("f");
    function.cloned().map_err(|error| Trap::bug("libffi", error.to_string()))
}

/// Puts a function that serves the closure at `address` into `slot`.
pub(super) fn install(caller: &mut Caller<'_>, address: u32, slot: u32, signature: CSignature) -> Result<(), Trap> {
    let idle = caller.env().compiled.idle.get_mut(&signature);
    let code = match idle.and_then(Vec::pop) {
        Some(code) => code,
        None => instantiate_closure(caller, &signature)?,
    };
    code.closure.set(&mut caller.store(), Value::I32(address.cast_signed())).map_err(Trap::Guest)?;
    caller.set_slot(slot, Some(code.function.clone()))?;
    let compiled = &mut caller.env().compiled;
    if let Some((signature, code)) = compiled.installed.insert(slot, (signature, code)) {
        compiled.idle.entry(signature).or_default().push(code);
    }
    Ok(())
}

/// Empties `slot` and keeps its function for later.
pub(super) fn uninstall(caller: &mut Caller<'_>, slot: u32) -> Result<(), Trap> {
    caller.set_slot(slot, None)?;
    let compiled = &mut caller.env().compiled;
    if let Some((signature, code)) = compiled.installed.remove(&slot) {
        compiled.idle.entry(signature).or_default().push(code);
    }
    Ok(())
}

fn instantiate_closure(caller: &mut Caller<'_>, signature: &CSignature) -> Result<Code, Trap> {
    let compiled = &caller.env().compiled;
    if compiled.instances >= compiled.max_instances {
        return Err(Trap::Aborted(format!("libffi: more than {} closures", compiled.max_instances)));
    }
    let module = match compiled.closures.get(signature) {
        Some(module) => module.clone(),
        None => compile_closure(caller, signature)?,
    };
    let instance = instantiate(caller, &module)?;
    caller.env().compiled.instances += 1;
    let closure = instance.exports.get_global("closure");
    Ok(Code {
        function: exported(&instance)?,
        closure: closure.map_err(|error| Trap::bug("libffi", error.to_string()))?.clone(),
    })
}

fn compile_closure(caller: &mut Caller<'_>, signature: &CSignature) -> Result<wasmer::Module, Trap> {
    caller.env().compiled.has_room()?;
    let wasm = closure::generate(signature).map_err(|error| error.into_trap("ffi_prep_closure_loc_js"))?;
    let module = compile(caller, &wasm)?;
    let modules = &mut caller.env().compiled.closures;
    modules.insert(signature.clone(), module.clone());
    Ok(module)
}
