//! libffi for WebAssembly: calls and closures whose signature is known only at run time.
//!
//! Replaces the JavaScript half of libffi (`ffi_call_js`, `ffi_closure_alloc_js`, `ffi_closure_free_js`,
//! `ffi_prep_closure_loc_js`). What stands between guest code and guest code is generated WebAssembly, so exceptions
//! and longjmp pass through it and nothing of the host is on the native stack:
//!
//! | file | is |
//! |---|---|
//! | `cif` | `ffi_cif` in guest memory → [`CSignature`] |
//! | `frame` | what a call keeps on the C stack, and where |
//! | `call`, `coerce` | generates the adapter of a call |
//! | `closure` | generates the function of a closure |
//! | `closures` | [`Closures`](closures::Closures): those that are alive |
//! | `adapter` | what both kinds of generated module share |
//! | `front` | the function that the guest imports as `ffi_call_js` |
//! | `compiled` | [`Compiled`](compiled::Compiled): compiled and instantiated code |
//! | `adapters` | compiles and instantiates it |
//! | `text` | signatures as text |
//!
//! Left out on purpose: complex numbers, as upstream. Differences to upstream, each where upstream fails: variadic
//! arguments lie as the C ABI says (`frame`); numbers are converted where JavaScript throws (`coerce`);
//! `ffi_prep_closure_loc` reports an error where JavaScript throws; the slot of a freed closure is empty.
//!
//! Invariants: a closure's slot holds a function exactly while the closure is prepared; slots are given out by
//! [`Closures`](closures::Closures) alone; what one guest can cause to be compiled and instantiated is bounded.

mod adapter;
mod adapters;
mod call;
mod cif;
mod closure;
pub mod closures;
mod coerce;
pub mod compiled;
mod frame;
mod front;
mod text;

use wasmer::{Function, FunctionEnv, FunctionEnvMut, FunctionType, RuntimeError, StoreMut, Type};

pub use cif::{CSignature, CType, CifError, MAX_ARGS};
pub use text::BadSignature;

use crate::guest::caller::Caller;
use crate::guest::env::Env;
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Trap;
use crate::imports::table::{Bound, Capability, HostImport, Support, Versions};
use crate::{Family, host_import, import_function};
use closures::Closure;

/// `FFI_OK`.
const OK: i32 = 0;
/// `FFI_BAD_TYPEDEF`.
const BAD_TYPEDEF: i32 = 1;

/// The four imports of libffi. `ffi_call_js` is WebAssembly and not a host function, hence no `imports!`.
pub static LIBFFI: Family = Family {
    name: "libffi",
    module: "env",
    versions: Versions::ALL,
    imports: &[
        HostImport {
            name: "ffi_call_js",
            support: Support::Partial,
            needs: Capability::Nothing,
            bounds: &[Bound::Slots, Bound::Depth],
            params: &[Type::I32; 4],
            results: &[],
            define: define_call,
        },
        host_import!(Full(Nothing, Slots) call "ffi_closure_alloc_js" => alloc(size: u32, code: GuestPtr<u32>) -> u32),
        host_import!(Full(Nothing, Time) call "ffi_closure_free_js" => free(closure: u32)),
        host_import!(Partial(Nothing, Slots) call "ffi_prep_closure_loc_js" =>
            prep_closure(closure: u32, cif: u32, fun: u32, user_data: u32, code: u32) -> i32),
    ],
};

/// Makes `ffi_call_js`, once per guest. When it cannot be compiled, calling it traps and says why.
fn define_call(store: &mut StoreMut<'_>, env: &FunctionEnv<Env>) -> Function {
    if let Some(front) = &env.as_ref(store).compiled.front {
        return front.call.clone();
    }
    let prepare = import_function!(call, "ffi_call_js", store, env, prepare_call, (cif: u32, function: u32) -> u32);
    match front::make(store, env, prepare) {
        Ok(front) => {
            let call = front.call.clone();
            env.as_mut(store).compiled.front = Some(front);
            call
        }
        Err(error) => {
            let why = error.to_string();
            Function::new_typed_with_env(
                store,
                env,
                move |_: FunctionEnvMut<'_, Env>, _: u32, _: u32, _: u32, _: u32| {
                    Err::<(), RuntimeError>(Trap::bug("ffi_call_js", why.clone()).into())
                },
            )
        }
    }
}

/// The slot of the adapter for calling `function` as `cif` says.
fn prepare_call(caller: &mut Caller<'_>, cif: u32, function: u32) -> Result<u32, Trap> {
    let signature =
        caller.with_mem(|mem| CSignature::decode(mem, cif))?.map_err(|error| error.into_trap("ffi_call_js"))?;
    let real = match caller.slot(function)? {
        Some(function) => function.ty(&caller.store()),
        None => natural_type(&signature),
    };
    adapters::call_adapter(caller, signature, real)
}

/// The type that a function of this signature has.
fn natural_type(signature: &CSignature) -> FunctionType {
    let results: Vec<Type> = signature.results().into_iter().collect();
    FunctionType::new(signature.parameters(), results)
}

/// Allocates a closure of `size` bytes and a table slot, whose number it writes to `code` and into the closure.
fn alloc(caller: &mut Caller<'_>, size: u32, code: GuestPtr<u32>) -> Result<u32, Trap> {
    caller.with_mem(|mem| mem.bytes(code.addr(), 4).map(|_| ()))??;
    // Where it can be told: preparing it has no words for a lack of memory.
    if caller.env().process.host_memory.shortage(compiled::INSTANCE) > 0 {
        return Ok(0);
    }
    let closure = caller.malloc(size.max(closure::SIZE))?;
    if closure == 0 {
        return Ok(0);
    }
    let slot = match caller.env().closures.free_slots.pop() {
        Some(slot) => slot,
        None => match caller.grow_table(1) {
            Err(Trap::TableFull(_)) => {
                caller.free(closure)?;
                return Ok(0);
            }
            slot => slot?,
        },
    };
    let entry = Closure { slot, signature: None };
    // The guest's allocator may hand out an address that it was tricked into freeing behind our back.
    if let Some(lost) = caller.env().closures.live.insert(closure, entry) {
        release(caller, lost.slot)?;
    }
    caller.with_mem(|mem| {
        mem.write(GuestPtr::new(closure), slot)?;
        mem.write(code, slot)
    })??;
    Ok(closure)
}

/// Frees a closure; its slot is empty then. Nothing happens for null.
fn free(caller: &mut Caller<'_>, closure: u32) -> Result<(), Trap> {
    if closure == 0 {
        return Ok(());
    }
    let Some(freed) = caller.env().closures.live.remove(&closure) else {
        return Err(Trap::Aborted(format!("ffi_closure_free: there is no closure at {closure:#x}")));
    };
    release(caller, freed.slot)?;
    caller.free(closure)
}

fn release(caller: &mut Caller<'_>, slot: u32) -> Result<(), Trap> {
    adapters::uninstall(caller, slot)?;
    caller.env().closures.free_slots.push(slot);
    Ok(())
}

/// Makes the closure callable through its slot.
fn prep_closure(
    caller: &mut Caller<'_>,
    closure: u32,
    cif: u32,
    fun: u32,
    user_data: u32,
    code: u32,
) -> Result<i32, Trap> {
    let live = caller.env().closures.live.get(&closure);
    if live.is_none_or(|live| live.slot != code) {
        return Ok(BAD_TYPEDEF);
    }
    let decoded = caller.with_mem(|mem| {
        mem.bytes(closure, closure::SIZE as usize)?;
        CSignature::decode(mem, cif)
    })?;
    let Ok(signature) = decoded.map(|signature| signature.for_closure()) else {
        return Ok(BAD_TYPEDEF);
    };
    if let Err(error) = adapters::install(caller, closure, code, signature.clone()) {
        tracing::warn!(%error, "a libffi closure cannot be made");
        return Ok(BAD_TYPEDEF);
    }
    if let Some(live) = caller.env().closures.live.get_mut(&closure) {
        live.signature = Some(signature);
    }
    caller.with_mem(|mem| {
        let words = GuestPtr::new(closure);
        mem.write(words.at(1), cif)?;
        mem.write(words.at(2), fun)?;
        mem.write(words.at(3), user_data)
    })??;
    Ok(OK)
}

/// Takes the functions of all closures out of the table, and keeps them for later ones.
///
/// # Errors
/// [`Trap::Aborted`] when the guest has used up so much that another tenant could miss it; [`Trap::OverHostMemory`] when what the
/// engine keeps is more than that tenant may have.
pub(crate) fn clear(caller: &mut Caller<'_>) -> Result<(), Trap> {
    if caller.env().compiled.is_worn() {
        return Err(Trap::Aborted(
            "it has used up most of the signatures or callbacks that a guest may have".to_owned(),
        ));
    }
    let env = caller.env();
    env.compiled.move_to(&env.process.host_memory)?;
    let closures = std::mem::take(&mut env.closures);
    closures.live.values().try_for_each(|closure| adapters::uninstall(caller, closure.slot))
}

/// Makes the functions of all prepared closures again, in their slots: for a guest whose memory and [`Closures`](closures::Closures) come
/// from a snapshot. Grows the table when it is too short for them.
///
/// # Errors
/// [`Trap::TableFull`] when the table may not grow as far; [`Trap::Bug`] when a function cannot be made.
pub fn restore(caller: &mut Caller<'_>) -> Result<(), Trap> {
    let closures = caller.env().closures.clone();
    let slots = closures.live.values().map(|closure| closure.slot);
    if let Some(last) = slots.chain(closures.free_slots.iter().copied()).max() {
        let size = caller.slots_used()?;
        if last >= size {
            caller.grow_table((last - size).saturating_add(1))?;
        }
    }
    for (address, closure) in closures.live {
        if let Some(signature) = closure.signature {
            adapters::install(caller, address, closure.slot, signature)?;
        }
    }
    Ok(())
}
