//! Calls whose exceptions are values.

use wasmer::{Extern, Function, FunctionType, Value};

use super::cpp;
use super::thrown::Thrown;
use crate::exceptions;
use crate::guest::caller::Caller;
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Trap;
use pyrun_translate::EXCEPTION_TAG;

/// What is called.
#[derive(Clone, Copy, Debug)]
pub enum Target<'t> {
    /// An exported function, by its name.
    Export(&'t str),
    /// A function pointer of C's: a slot of the function table.
    Slot(u32),
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Invoked {
    /// It returned these values.
    Returned(Vec<Value>),
    /// Something was thrown that nothing in the guest caught. The guest's stack is as it was before the call.
    Threw(Thrown),
}

/// The name of C++'s tag in modules with WebAssembly's own exceptions, and that of `longjmp`.
const CPP_TAG: &str = "__cpp_exception";
const LONGJMP_TAG: &str = "__c_longjmp";

/// Calls a function.
///
/// # Errors
/// [`Trap::MissingExport`] when there is no such function; [`Trap::Aborted`] for an empty slot; how the guest ended otherwise
/// than by an exception: an exit, a trap.
pub fn invoke(caller: &mut Caller<'_>, target: Target<'_>, args: &[Value]) -> Result<Invoked, Trap> {
    let function = find(caller, target)?;
    let (current, restore) = {
        let guest = caller.guest()?;
        (guest.stack_current().cloned(), guest.stack_restore().cloned())
    };
    let before = match &current {
        Ok(current) => Some(caller.call(current, ())?),
        Err(_) => None,
    };
    let error = match caller.call_values(&function, args).map_err(Trap::flatten) {
        Ok(results) => return Ok(Invoked::Returned(results.into_vec())),
        Err(Trap::Guest(error)) if error.is_exception() => error,
        Err(trap) => return Err(trap),
    };
    if let (Some(before), Ok(restore)) = (before, restore) {
        caller.call(&restore, before)?;
    }
    let Some(exception) = error.to_exception() else { return Ok(Invoked::Threw(Thrown::Other)) };
    let payload = exception.payload(&mut caller.store());
    let tag = exception.tag(&caller.store());
    let is = |caller: &mut Caller<'_>, name: &str| -> Result<bool, Trap> {
        let instance = caller.guest()?.instance.clone();
        Ok(matches!(instance.exports.get_extern(name), Some(Extern::Tag(known)) if *known == tag))
    };
    let first = payload.first().and_then(Value::i32).map(i32::cast_unsigned);
    let thrown = if is(caller, EXCEPTION_TAG)? {
        by_host(caller)?
    } else if is(caller, CPP_TAG)? {
        first.map_or(Ok(Thrown::Other), |header| cpp::thrown(caller, header))?
    } else if is(caller, LONGJMP_TAG)? {
        first.map_or(Thrown::Other, |at| longjmp_at(caller, at))
    } else {
        Thrown::Other
    };
    Ok(Invoked::Threw(thrown))
}

/// The type of a function that can be called.
///
/// # Errors
/// As [`invoke`].
pub fn signature(caller: &mut Caller<'_>, target: Target<'_>) -> Result<FunctionType, Trap> {
    let function = find(caller, target)?;
    Ok(function.ty(&caller.store()))
}

fn find(caller: &mut Caller<'_>, target: Target<'_>) -> Result<Function, Trap> {
    match target {
        Target::Export(name) => {
            let instance = caller.guest()?.instance.clone();
            match instance.exports.get_function(name) {
                Ok(function) => Ok(function.clone()),
                // A slimmed module has a slot for it.
                Err(_) => crate::dylink::main_function(caller, name).map_err(|_| Trap::MissingExport(name.to_owned())),
            }
        }
        Target::Slot(slot) => {
            let function = caller.slot(slot)?;
            function.ok_or_else(|| Trap::Aborted(format!("there is no function in slot {slot} of the table")))
        }
    }
}

/// What went by way of the host's functions, in modules that throw through JavaScript.
fn by_host(caller: &mut Caller<'_>) -> Result<Thrown, Trap> {
    if caller.env().thread.last_was_longjmp {
        let value = |caller: &mut Caller<'_>, name: &str| {
            let address = crate::dylink::main_variable(caller, name).ok()?;
            caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(address))).ok()?.ok()
        };
        let (buffer, value) = (value(caller, "__THREW__"), value(caller, "__threwValue"));
        return Ok(Thrown::Longjmp { buffer, value: value.map(u32::cast_signed) });
    }
    match exceptions::take_uncaught(caller)? {
        Some((object, class)) => cpp::describe(caller, object, class),
        None => Ok(Thrown::Other),
    }
}

/// WebAssembly's own `longjmp` throws the address of its two arguments.
fn longjmp_at(caller: &mut Caller<'_>, at: u32) -> Thrown {
    let read = |caller: &mut Caller<'_>, at: u32| {
        caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(at))).ok().and_then(Result::ok)
    };
    let (buffer, value) = (read(caller, at), read(caller, at.wrapping_add(4)));
    Thrown::Longjmp { buffer, value: value.map(u32::cast_signed) }
}
