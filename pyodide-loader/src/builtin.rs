//! Host functions as real Python builtins: a `PyMethodDef` in guest memory whose function is a table slot that holds a
//! host function.

use pyrun_emscripten_shim::{Caller, Env, GuestPtr, Trap};
use wasmer::{Function, FunctionEnvMut, RuntimeError};

use crate::{capi, state};

/// A builtin that takes one object (borrowed) and returns one (a new reference), or 0 with a Python error set.
pub type Handler = fn(&mut Caller<'_>, u32) -> Result<u32, Trap>;

/// `METH_O`.
const METH_O: u32 = 0x0008;
/// Bytes of a `PyMethodDef`: name, function, flags, documentation.
const METHOD_DEF: u32 = 16;

/// Adds builtins to the module `module`, which is made when it is not there.
///
/// # Errors
/// As [`capi::call`].
pub fn define(caller: &mut Caller<'_>, module: &str, builtins: &[(&str, Handler)]) -> Result<(), Trap> {
    let object: u32 = capi::call_with_name(caller, "PyImport_AddModule", module)?;
    for (name, handler) in builtins {
        let callable = make(caller, name, *handler)?;
        let name = capi::c_string(caller, name)?;
        let status = capi::call::<(u32, u32, u32), i32>(caller, "PyModule_AddObjectRef", (object, name, callable))?;
        caller.free(name)?;
        if status != 0 {
            return Err(Trap::Aborted("out of memory".to_owned()));
        }
    }
    Ok(())
}

/// A builtin's callable object. Its method table lives as long as the interpreter.
fn make(caller: &mut Caller<'_>, name: &str, handler: Handler) -> Result<u32, Trap> {
    let slot = caller.grow_table(1)?;
    install(caller, slot, handler)?;
    state::of(caller.env())?.builtins.push((name.to_owned(), slot));
    let name = capi::c_string(caller, name)?;
    let def = caller.malloc(METHOD_DEF)?;
    caller.with_mem(|mem| {
        let field = GuestPtr::<u32>::new(def);
        for (index, value) in [name, slot, METH_O, 0].into_iter().enumerate() {
            mem.write(field.at(index as u32), value)?;
        }
        Ok::<_, pyrun_emscripten_shim::Fault>(())
    })??;
    capi::call::<(u32, u32, u32), u32>(caller, "PyCFunction_NewEx", (def, 0, 0))
}

/// Puts a handler into a slot.
fn install(caller: &mut Caller<'_>, slot: u32, handler: Handler) -> Result<(), Trap> {
    let env = caller.env_handle();
    let call = move |env: FunctionEnvMut<'_, Env>, _module: u32, argument: u32| -> Result<u32, RuntimeError> {
        Ok(handler(&mut Caller::new(env), argument)?)
    };
    let function = Function::new_typed_with_env(&mut caller.store(), &env, call);
    caller.set_slot(slot, Some(function))
}

/// Fills the slots of a restored guest's builtins.
///
/// # Errors
/// [`Trap::Aborted`] when there is no handler of that name any more.
pub(crate) fn restore(
    caller: &mut Caller<'_>,
    slots: &[(String, u32)],
    builtins: &[(&str, Handler)],
) -> Result<(), Trap> {
    for (name, slot) in slots {
        let known = builtins.iter().find(|(known, _)| known == name);
        let (_, handler) = known.ok_or_else(|| Trap::Aborted(format!("the snapshot has a builtin {name}, pyrun none")))?;
        install(caller, *slot, *handler)?;
    }
    state::of(caller.env())?.builtins = slots.to_vec();
    Ok(())
}
