//! What C++ exceptions need besides being thrown, in releases that throw through JavaScript.
//!
//! Replaces `libexceptions.js`, and the `throw` of `longjmp`. Which exception flies, which are being handled and how many are
//! uncaught is the host's business there; what is thrown, and whether a handler takes it, the guest's C++ runtime knows.
//! Throwing itself is WebAssembly's: these functions do the bookkeeping, return, and the translator's function around
//! them throws (`pyrun-translate`'s `js_exceptions.rs`).
//!
//! Later releases have all of this inside the module.

use wasmer::{FunctionEnvMut, RuntimeError, Value};

use crate::Family;
use crate::dylink::symbols;
use crate::guest::caller::Caller;
use crate::guest::env::Env;
use crate::guest::exports::export;
use crate::guest::import::{ImportOutcome, run_import};
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Trap;
use crate::imports::table::{Bound, Capability, HostImport, Support, Versions};
use crate::process::exceptions::Exceptions;

crate::imports! {
    /// C++ exceptions by way of JavaScript.
    pub static EXCEPTIONS: "exceptions" in "env" for UNTIL_V3 as call {
        Full(Nothing, Records) "_emscripten_throw_longjmp" => throw_longjmp();
        Full(Nothing, Records) "__cxa_throw" => throw(exception: u32, class: u32, destructor: u32);
        Full(Nothing, Records) "__cxa_rethrow" => rethrow();
        Full(Nothing, Records) "__cxa_rethrow_primary_exception" => rethrow_primary(exception: u32);
        Full(Nothing, Records) "__resumeException" => resume(exception: u32);
        Full(Nothing, Records) "__cxa_begin_catch" => begin_catch(exception: u32) -> u32;
        Full(Nothing, Records) "__cxa_end_catch" => end_catch();
        Full(Nothing, Records) "__cxa_get_exception_ptr" => caught_object(exception: u32) -> u32;
        Full(Nothing, Records) "__cxa_current_primary_exception" => current_primary() -> u32;
        Full(Nothing, Records) "__cxa_uncaught_exceptions" => uncaught() -> u32;
        Full(Nothing, Time) "llvm_eh_typeid_for" => type_id(class: u32) -> u32;
    }
}

crate::imports! {
    /// The second result of a call, which older series keep outside the module.
    pub static SECOND_RESULT: "second results" in "env" as call {
        Full(Nothing, Time) "setTempRet0" => set_second_result(value: u32);
        Full(Nothing, Time) "getTempRet0" => second_result() -> u32;
    }
}

fn set_second_result(caller: &mut Caller<'_>, value: u32) -> Result<(), Trap> {
    caller.env().thread.second_result = value;
    Ok(())
}

fn second_result(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    Ok(caller.env().thread.second_result)
}

/// Leaves the second result of an import where the guest looks for it: in itself, or with the host.
pub(crate) fn give_second_result(caller: &mut Caller<'_>, value: u32) -> Result<(), Trap> {
    caller.env().thread.second_result = value;
    let instance = caller.guest()?.instance.clone();
    for name in ["_emscripten_tempret_set", "setTempRet0"] {
        if let Ok(set) = export::<u32, ()>(&caller.store(), &instance, name) {
            return caller.call(&set, value);
        }
    }
    // A slimmed module has a slot for it.
    match symbols::main_function(caller, "_emscripten_tempret_set") {
        Ok(set) => caller.call_values(&set, &[Value::I32(value.cast_signed())]).map(drop),
        Err(_) => Ok(()),
    }
}

/// The type of a parameter, whatever it is called.
macro_rules! handler_type {
    ($handler:ident) => {
        wasmer::Type::I32
    };
}

/// `__cxa_find_matching_catch_N`: as many handlers as there are parameters, with two more in the name.
macro_rules! matching_catches {
    ($($name:literal ($($handler:ident)*);)*) => {
        /// `__cxa_find_matching_catch_N`.
        pub static MATCHING: Family = Family {
            name: "exception handlers",
            module: "env",
            versions: Versions::UNTIL_V3,
            imports: &[$(HostImport {
                name: $name,
                support: Support::Full,
                needs: Capability::Nothing,
                bounds: &[Bound::Records],
                params: &[$(handler_type!($handler)),*],
                results: &[wasmer::Type::I32],
                define: |store, env| {
                    wasmer::Function::new_typed_with_env(
                        store,
                        env,
                        |env: FunctionEnvMut<'_, Env>, $($handler: u32),*| -> Result<ImportOutcome<u32>, RuntimeError> {
                            run_import(env, |caller| Ok(find_matching_catch(caller, &[$($handler),*])?))
                        },
                    )
                },
            }),*],
        };
    };
}

// The most handlers seen at one place, in SciPy, are twelve.
matching_catches! {
    "__cxa_find_matching_catch_2" ();
    "__cxa_find_matching_catch_3" (a);
    "__cxa_find_matching_catch_4" (a b);
    "__cxa_find_matching_catch_5" (a b c);
    "__cxa_find_matching_catch_6" (a b c d);
    "__cxa_find_matching_catch_7" (a b c d e);
    "__cxa_find_matching_catch_8" (a b c d e f);
    "__cxa_find_matching_catch_9" (a b c d e f g);
    "__cxa_find_matching_catch_10" (a b c d e f g h);
    "__cxa_find_matching_catch_11" (a b c d e f g h i);
    "__cxa_find_matching_catch_12" (a b c d e f g h i j);
    "__cxa_find_matching_catch_13" (a b c d e f g h i j k);
    "__cxa_find_matching_catch_14" (a b c d e f g h i j k l);
    "__cxa_find_matching_catch_15" (a b c d e f g h i j k l m);
    "__cxa_find_matching_catch_16" (a b c d e f g h i j k l m n);
    "__cxa_find_matching_catch_17" (a b c d e f g h i j k l m n o);
    "__cxa_find_matching_catch_18" (a b c d e f g h i j k l m n o p);
    "__cxa_find_matching_catch_19" (a b c d e f g h i j k l m n o p q);
    "__cxa_find_matching_catch_20" (a b c d e f g h i j k l m n o p q r);
}

/// Limit: C++ exceptions that are being handled at once, of a guest thread; deeper than any stack reaches. Beyond it
/// the program aborts.
const MOST_HANDLED: usize = 1 << 20;

/// What the compiler keeps in front of an exception object (`struct __cxa_exception`).
struct Header(u32);

impl Header {
    const SIZE: u32 = 24;
    const CLASS: u32 = 4;
    const DESTRUCTOR: u32 = 8;
    const CAUGHT: u32 = 12;
    const RETHROWN: u32 = 13;
    const ADJUSTED: u32 = 16;

    fn of(exception: u32) -> Self {
        Self(exception.wrapping_sub(Self::SIZE))
    }

    fn word(&self, caller: &mut Caller<'_>, field: u32) -> Result<u32, Trap> {
        Ok(caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(self.0.wrapping_add(field))))??)
    }

    fn set_word(&self, caller: &mut Caller<'_>, field: u32, value: u32) -> Result<(), Trap> {
        Ok(caller.with_mem(|mem| mem.write(GuestPtr::<u32>::new(self.0.wrapping_add(field)), value))??)
    }

    fn flag(&self, caller: &mut Caller<'_>, field: u32) -> Result<bool, Trap> {
        Ok(caller.with_mem(|mem| mem.read(GuestPtr::<u8>::new(self.0.wrapping_add(field))))?? != 0)
    }

    fn set_flag(&self, caller: &mut Caller<'_>, field: u32, value: bool) -> Result<(), Trap> {
        Ok(caller.with_mem(|mem| mem.write(GuestPtr::<u8>::new(self.0.wrapping_add(field)), value.into()))??)
    }
}

fn state<'c>(caller: &'c mut Caller<'_>) -> &'c mut Exceptions {
    &mut caller.env().thread.exceptions
}

/// The exception that went out of the guest uncaught, its object and its class; nothing flies any more.
pub(crate) fn take_uncaught(caller: &mut Caller<'_>) -> Result<Option<(u32, u32)>, Trap> {
    let state = state(caller);
    let exception = std::mem::take(&mut state.last);
    state.uncaught = state.uncaught.saturating_sub(1);
    if exception == 0 {
        return Ok(None);
    }
    Ok(Some((exception, Header::of(exception).word(caller, Header::CLASS)?)))
}

/// Calls a function of the guest's C++ runtime.
fn runtime(caller: &mut Caller<'_>, name: &str, args: &[u32]) -> Result<u32, Trap> {
    let function = symbols::main_function(caller, name)?;
    let args: Vec<Value> = args.iter().map(|arg| Value::I32(arg.cast_signed())).collect();
    let results = caller.call_values(&function, &args)?;
    Ok(results.first().and_then(Value::i32).map_or(0, i32::cast_unsigned))
}

fn add_reference(caller: &mut Caller<'_>, exception: u32) -> Result<(), Trap> {
    runtime(caller, "__cxa_increment_exception_refcount", &[exception]).map(drop)
}

/// What `longjmp` jumps to is in the guest already.
fn throw_longjmp(caller: &mut Caller<'_>) -> Result<(), Trap> {
    caller.env().thread.last_was_longjmp = true;
    Ok(())
}

fn throw(caller: &mut Caller<'_>, exception: u32, class: u32, destructor: u32) -> Result<(), Trap> {
    let header = Header::of(exception);
    header.set_word(caller, Header::ADJUSTED, 0)?;
    header.set_word(caller, Header::CLASS, class)?;
    header.set_word(caller, Header::DESTRUCTOR, destructor)?;
    caller.env().thread.last_was_longjmp = false;
    let state = state(caller);
    state.last = exception;
    state.uncaught = state.uncaught.saturating_add(1);
    Ok(())
}

/// `throw;`: the exception whose handler runs.
fn rethrow(caller: &mut Caller<'_>) -> Result<(), Trap> {
    let exception = state(caller).handled.pop();
    let exception = exception.ok_or_else(|| Trap::Aborted("no exception to throw".to_owned()))?;
    let header = Header::of(exception);
    if !header.flag(caller, Header::RETHROWN)? {
        // It is still being handled: the handler's end, on the way out, takes it off.
        header.set_flag(caller, Header::RETHROWN, true)?;
        header.set_flag(caller, Header::CAUGHT, false)?;
        let state = state(caller);
        state.handled.push(exception);
        state.uncaught = state.uncaught.saturating_add(1);
    }
    caller.env().thread.last_was_longjmp = false;
    state(caller).last = exception;
    Ok(())
}

/// `std::rethrow_exception`. The translator's function does not throw when no exception was thrown.
fn rethrow_primary(caller: &mut Caller<'_>, exception: u32) -> Result<(), Trap> {
    handle(caller, exception)?;
    Header::of(exception).set_flag(caller, Header::RETHROWN, true)?;
    rethrow(caller)
}

/// Goes on after a clean-up.
fn resume(caller: &mut Caller<'_>, exception: u32) -> Result<(), Trap> {
    caller.env().thread.last_was_longjmp = false;
    let state = state(caller);
    if state.last == 0 {
        state.last = exception;
    }
    Ok(())
}

fn handle(caller: &mut Caller<'_>, exception: u32) -> Result<(), Trap> {
    let handled = &mut state(caller).handled;
    if handled.len() >= MOST_HANDLED {
        return Err(Trap::Aborted("too many exceptions are being handled".to_owned()));
    }
    handled.push(exception);
    Ok(())
}

fn begin_catch(caller: &mut Caller<'_>, exception: u32) -> Result<u32, Trap> {
    let header = Header::of(exception);
    if !header.flag(caller, Header::CAUGHT)? {
        header.set_flag(caller, Header::CAUGHT, true)?;
        let state = state(caller);
        state.uncaught = state.uncaught.saturating_sub(1);
    }
    header.set_flag(caller, Header::RETHROWN, false)?;
    handle(caller, exception)?;
    add_reference(caller, exception)?;
    caught_object(caller, exception)
}

/// What the handler gets: the object, a base of it, or the pointer that was thrown.
fn caught_object(caller: &mut Caller<'_>, exception: u32) -> Result<u32, Trap> {
    let header = Header::of(exception);
    let class = header.word(caller, Header::CLASS)?;
    if runtime(caller, "__cxa_is_pointer_type", &[class])? != 0 {
        return Ok(caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(exception)))??);
    }
    match header.word(caller, Header::ADJUSTED)? {
        0 => Ok(exception),
        adjusted => Ok(adjusted),
    }
}

fn end_catch(caller: &mut Caller<'_>) -> Result<(), Trap> {
    runtime(caller, "setThrew", &[0, 0])?;
    let exception = state(caller).handled.pop();
    let exception = exception.ok_or_else(|| Trap::Aborted("no exception is being handled".to_owned()))?;
    runtime(caller, "__cxa_decrement_exception_refcount", &[exception])?;
    state(caller).last = 0;
    Ok(())
}

fn current_primary(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    let Some(exception) = state(caller).handled.last().copied() else { return Ok(0) };
    add_reference(caller, exception)?;
    Ok(exception)
}

fn uncaught(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    Ok(state(caller).uncaught)
}

/// A class is known by the address of its type information.
fn type_id(_caller: &mut Caller<'_>, class: u32) -> Result<u32, Trap> {
    Ok(class)
}

/// Whether one of the handlers takes the exception that flies. Gives the exception; its second result, by way of the guest's
/// register for that, is the class of the handler that takes it, or the exception's own.
fn find_matching_catch(caller: &mut Caller<'_>, handlers: &[u32]) -> Result<u32, Trap> {
    let thrown = state(caller).last;
    if thrown == 0 {
        give_second_result(caller, 0)?;
        return Ok(0);
    }
    let header = Header::of(thrown);
    header.set_word(caller, Header::ADJUSTED, thrown)?;
    let class = header.word(caller, Header::CLASS)?;
    let mut taken = class;
    for &handler in handlers.iter().filter(|_| class != 0) {
        // A handler for everything, or for this very class, is named by the class.
        if handler == 0 || handler == class {
            break;
        }
        let adjusted = header.0.wrapping_add(Header::ADJUSTED);
        if runtime(caller, "__cxa_can_catch", &[handler, class, adjusted])? != 0 {
            taken = handler;
            break;
        }
    }
    give_second_result(caller, taken)?;
    Ok(thrown)
}
