//! `fcntl.flock`, which CPython's build for Emscripten has as a function that does nothing: the compiler has put the C library's
//! empty `flock` in its place. The entry of the module's table of methods gets a function of ours, before CPython starts.
//!
//! The table is in the guest's memory, which snapshots hold; the function is in a slot beside the arity trampoline's, where a restored
//! guest gets it again. C code that calls `flock` itself still has the empty one.

use pyrun_emscripten_shim::guest::import::{ImportOutcome, run_import};
use pyrun_emscripten_shim::guest::trap::Failure;
use pyrun_emscripten_shim::syscall::locks;
use pyrun_emscripten_shim::{Caller, Env, GuestPtr, Trap, dylink};
use pyrun_memfs::Errno;
use wasmer::{Function, FunctionEnvMut, RuntimeError};

use crate::c_api;
use crate::object::{ObjectApi, RaiseError};

/// `METH_FASTCALL`: `(module, arguments, count)`.
const METHOD_FLAGS: u32 = 0x80;
/// Bytes of a `PyMethodDef`: name, function, flags, documentation.
const METHOD_DEF: u32 = 16;
/// Limit: entries that are looked at; the module has five.
const MOST_METHODS: u32 = 64;

/// Offsets in a `PyModuleDef`.
const MODULE_NAME: u32 = 20;
const MODULE_METHODS: u32 = 32;

/// Puts the function into a slot.
pub(crate) fn install(caller: &mut Caller<'_>, slot: u32) -> Result<(), Trap> {
    let env = caller.env_handle();
    let function = Function::new_typed_with_env(&mut caller.store(), &env, flock);
    caller.set_slot(slot, Some(function))
}

/// Has the module's table of methods refer to the slot. Where it does not look as expected, nothing is changed.
pub(crate) fn put(caller: &mut Caller<'_>, slot: u32) -> Result<(), Trap> {
    let Ok(init) = dylink::main_function(caller, "PyInit_fcntl") else { return Ok(()) };
    let Ok(init) = init.typed::<(), u32>(&caller.store()) else { return Ok(()) };
    let module = caller.call(&init, ()).map_err(Trap::flatten)?;
    caller.with_mem(|mem| {
        let word = |address: u32| mem.read(GuestPtr::<u32>::new(address)).unwrap_or(0);
        let is_named = |address: u32, name: &[u8]| mem.c_str(GuestPtr::new(address)).is_ok_and(|text| text == name);
        if !is_named(word(module.wrapping_add(MODULE_NAME)), b"fcntl") {
            return Ok(());
        }
        let methods = word(module.wrapping_add(MODULE_METHODS));
        let entries = (0..MOST_METHODS).map(|index| methods.wrapping_add(index * METHOD_DEF));
        let mut named = entries.take_while(|entry| word(*entry) != 0);
        match named.find(|entry| is_named(word(*entry), b"flock")) {
            Some(entry) if word(entry.wrapping_add(8)) == METHOD_FLAGS => {
                mem.write(GuestPtr::<u32>::new(entry.wrapping_add(4)), slot)
            }
            _ => Ok(()),
        }
    })??;
    Ok(())
}

/// `flock(fd, operation)` of Python: None, or 0 with an exception.
fn flock(
    env: FunctionEnvMut<'_, Env>,
    _module: u32,
    arguments: u32,
    count: u32,
) -> Result<ImportOutcome<u32>, RuntimeError> {
    run_import(env, |caller| Ok(call(caller, arguments, count)?))
}

fn call(caller: &mut Caller<'_>, arguments: u32, count: u32) -> Result<u32, Trap> {
    if count != 2 {
        let why = format!("flock expected 2 arguments, got {count}");
        ObjectApi::resume(caller.reborrow())?.set_exception(RaiseError::raise("TypeError", why))?;
        return Ok(0);
    }
    let arguments = GuestPtr::<u32>::new(arguments);
    let (file, operation) =
        caller.with_mem(|mem| Ok::<_, Trap>((mem.read(arguments)?, mem.read(arguments.at(1))?)))??;
    let fd = c_api::call(caller, |c| &c.PyObject_AsFileDescriptor, file)?;
    if fd == -1 {
        return Ok(0);
    }
    let operation = c_api::call(caller, |c| &c.PyLong_AsLong, operation)?;
    if operation == -1 && c_api::call(caller, |c| &c.PyErr_Occurred, ())? != 0 {
        return Ok(0);
    }
    loop {
        match locks::flock_for(caller, fd, operation.cast_unsigned()) {
            Ok(_) => {
                let none = c_api::CApi::of(caller)?.objects(caller)?.None;
                c_api::call(caller, |c| &c.Py_IncRef, none)?;
                return Ok(none);
            }
            Err(Failure::Trap(trap)) => return Err(trap),
            // As CPython does after a signal: its handler has its say, then the wait goes on.
            Err(Failure::Errno(Errno::Intr)) => {
                if c_api::call(caller, |c| &c.PyErr_CheckSignals, ())? != 0 {
                    return Ok(0);
                }
            }
            Err(Failure::Errno(errno)) => {
                locks::set_errno(caller, errno)?;
                let class = c_api::CApi::of(caller)?.objects(caller)?.PyExc_OSError;
                return c_api::call(caller, |c| &c.PyErr_SetFromErrno, class);
            }
        }
    }
}
