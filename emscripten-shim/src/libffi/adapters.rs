//! The engine's handles on generated code: what was compiled, what is instantiated, what is free to be used again.
//!
//! Nothing here is part of the guest's state. An engine never gives back what was instantiated before its store drops,
//! so closures that were freed lend their functions to later ones of the same signature, and both counts are bounded.

use std::collections::HashMap;

use wasmer::{Function, FunctionType, Global, Table, Value};

use super::adapter::{compile, instantiate};
use super::cif::{CifError, Signature};
use super::front::Front;
use super::{call, closure};
use crate::guest::caller::Caller;
use crate::guest::trap::Trap;

/// Different adapters of both kinds that one guest may cause to be compiled.
const MAX_MODULES: usize = 4096;
/// Closure functions that one guest may cause to be instantiated.
const MAX_INSTANCES: usize = 1 << 16;

/// Generated code of one guest.
#[derive(Debug, Default)]
pub struct Adapters {
    pub(super) front: Option<Front>,
    /// Slots of call adapters in the front's table.
    calls: HashMap<(Signature, FunctionType), u32>,
    /// Modules of closures.
    closures: HashMap<Signature, wasmer::Module>,
    /// Functions that no closure uses at present.
    idle: HashMap<Signature, Vec<Code>>,
    /// Functions in use, by slot of the guest's table.
    installed: HashMap<u32, (Signature, Code)>,
    instances: usize,
}

impl Adapters {
    fn has_room(&self) -> Result<(), Trap> {
        if self.calls.len() + self.closures.len() >= MAX_MODULES {
            return Err(Trap::Aborted(format!("libffi: more than {MAX_MODULES} different signatures")));
        }
        Ok(())
    }
}

/// The function of one closure.
#[derive(Clone, Debug)]
pub(super) struct Code {
    function: Function,
    /// The address of the closure that it serves.
    closure: Global,
}

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
pub(super) fn call_adapter(caller: &mut Caller<'_>, signature: Signature, real: FunctionType) -> Result<u32, Trap> {
    let key = (signature, real);
    let adapters = &caller.env().adapters;
    if let Some(&slot) = adapters.calls.get(&key) {
        return Ok(slot);
    }
    adapters.has_room()?;
    let table = front_table(adapters)?;
    let wasm = call::generate(&key.0, &key.1).map_err(|error| error.into_trap("ffi_call_js"))?;
    let module = compile(caller, &wasm)?;
    let function = exported(&instantiate(caller, &module)?)?;
    let slot = table.grow(&mut caller.store(), 1, Value::FuncRef(Some(function))).map_err(Trap::Guest)?;
    caller.env().adapters.calls.insert(key, slot);
    Ok(slot)
}

fn front_table(adapters: &Adapters) -> Result<Table, Trap> {
    let front = adapters.front.as_ref();
    front.map(|front| front.adapters.clone()).ok_or_else(|| Trap::bug("ffi_call_js", "it was never defined"))
}

fn exported(instance: &wasmer::Instance) -> Result<Function, Trap> {
    let function = instance.exports.get_function("f");
    function.cloned().map_err(|error| Trap::bug("libffi", error.to_string()))
}

/// Puts a function that serves the closure at `address` into `slot`.
pub(super) fn install(caller: &mut Caller<'_>, address: u32, slot: u32, signature: Signature) -> Result<(), Trap> {
    let idle = caller.env().adapters.idle.get_mut(&signature);
    let code = match idle.and_then(Vec::pop) {
        Some(code) => code,
        None => instantiate_closure(caller, &signature)?,
    };
    code.closure.set(&mut caller.store(), Value::I32(address.cast_signed())).map_err(Trap::Guest)?;
    caller.set_slot(slot, Some(code.function.clone()))?;
    let adapters = &mut caller.env().adapters;
    if let Some((signature, code)) = adapters.installed.insert(slot, (signature, code)) {
        adapters.idle.entry(signature).or_default().push(code);
    }
    Ok(())
}

/// Empties `slot` and keeps its function for later.
pub(super) fn uninstall(caller: &mut Caller<'_>, slot: u32) -> Result<(), Trap> {
    caller.set_slot(slot, None)?;
    let adapters = &mut caller.env().adapters;
    if let Some((signature, code)) = adapters.installed.remove(&slot) {
        adapters.idle.entry(signature).or_default().push(code);
    }
    Ok(())
}

fn instantiate_closure(caller: &mut Caller<'_>, signature: &Signature) -> Result<Code, Trap> {
    let adapters = &caller.env().adapters;
    if adapters.instances >= MAX_INSTANCES {
        return Err(Trap::Aborted(format!("libffi: more than {MAX_INSTANCES} closures")));
    }
    let module = match adapters.closures.get(signature) {
        Some(module) => module.clone(),
        None => compile_closure(caller, signature)?,
    };
    let instance = instantiate(caller, &module)?;
    caller.env().adapters.instances += 1;
    let closure = instance.exports.get_global("closure");
    Ok(Code {
        function: exported(&instance)?,
        closure: closure.map_err(|error| Trap::bug("libffi", error.to_string()))?.clone(),
    })
}

fn compile_closure(caller: &mut Caller<'_>, signature: &Signature) -> Result<wasmer::Module, Trap> {
    caller.env().adapters.has_room()?;
    let wasm = closure::generate(signature).map_err(|error| error.into_trap("ffi_prep_closure_loc_js"))?;
    let module = compile(caller, &wasm)?;
    let modules = &mut caller.env().adapters.closures;
    modules.insert(signature.clone(), module.clone());
    Ok(module)
}
