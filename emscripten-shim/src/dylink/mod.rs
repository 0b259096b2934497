//! Dynamic linking: `dlopen`, `dlsym` and the global offset table. Replaces `libdylink.js`.
//!
//! What upstream does that is left out on purpose: `EM_JS` and `EM_ASM` in side modules (they are JavaScript text; no
//! wheel has them), asynchronous loading (it exists because browsers compile asynchronously).
//!
//! Invariants, all upstream's:
//! - the global offset table is one dictionary by symbol name for the whole process; the first definition wins, even
//!   one of a library that was opened with `RTLD_LOCAL`;
//! - a function has one table slot, however many names and libraries lead to it;
//! - libraries are never unloaded.

mod dso;
mod error;
mod got;
pub mod image;
pub mod linker;
mod load;
mod name;
mod needed;
mod open;
pub mod source;
mod stub;
pub mod symbols;

use crate::guest::caller::Caller;
use crate::guest::exports::export;
use crate::guest::mem::{CStr, Fault, GuestPtr};
use crate::guest::trap::Trap;

use error::LinkError;
pub use linker::Linker;
use load::Request;
pub(crate) use needed::{
    NeededError, global_symbol, initialize_needed, load_global, load_needed, main_stub, resolve_own,
};
pub use source::{ModuleId, ModuleSource, SideModule};
pub use symbols::{main_function, main_variable};

crate::imports! {
    /// `libdylink.js`.
    pub static DYLINK: "dylink" in "env" as call {
        Full(Code, Compile | Memory | Slots) "_dlopen_js" => dlopen(dso: u32) -> u32;
        Partial(Code, Compile | Memory | Slots) "_emscripten_dlopen_js" => dlopen_then(dso: u32, on_success: u32, on_error: u32, data: u32);
        Full(Nothing, Slots) "_dlsym_js" => dlsym(handle: u32, name: GuestPtr<CStr>, index: GuestPtr<u32>) -> u32;
    }
}

crate::imports! {
    /// What was worded otherwise before 314.
    pub static OLD_DYLINK: "dylink before 314" in "env" for UNTIL_V4 as call {
        Full(Code, Compile | Memory | Slots) "_dlopen_js" => dlopen_with_capital(dso: u32) -> u32;
    }
}

crate::imports! {
    /// What was asked otherwise in series before Pyodide's.
    pub static FIRST_DYLINK: "dylink of older series" in "env" as call {
        Full(Nothing, Slots) "_dlsym_js" => dlsym_by_name(handle: u32, name: GuestPtr<CStr>) -> u32;
        Full(Code, Compile | Memory | Slots) "_dlinit" => dlinit(dso: u32);
    }
}

fn dlsym_by_name(caller: &mut Caller<'_>, handle: u32, name: GuestPtr<CStr>) -> Result<u32, Trap> {
    dlsym(caller, handle, name, GuestPtr::new(0))
}

/// The main program is known without being told.
fn dlinit(_caller: &mut Caller<'_>, _dso: u32) -> Result<(), Trap> {
    Ok(())
}

/// `_dlopen_js(dso*)`: non-zero, or 0 with `dlerror` set.
fn dlopen(caller: &mut Caller<'_>, dso: u32) -> Result<u32, Trap> {
    open_dso(caller, dso, "could not load dynamic lib")
}

fn dlopen_with_capital(caller: &mut Caller<'_>, dso: u32) -> Result<u32, Trap> {
    open_dso(caller, dso, "Could not load dynamic lib")
}

fn open_dso(caller: &mut Caller<'_>, dso: u32, failure: &str) -> Result<u32, Trap> {
    let (path, flags) = caller.with_mem(|mem| {
        let path = String::from_utf8_lossy(mem.c_str(GuestPtr::new(dso.wrapping_add(dso::NAME)))?).into_owned();
        Ok::<_, Fault>((path, mem.read(GuestPtr::<u32>::new(dso.wrapping_add(dso::FLAGS)))?))
    })??;
    let path = name::normalize(&path);
    let request = Request { path: &path, dso: Some(dso), global: flags & dso::RTLD_GLOBAL != 0, search: &[] };
    tracing::debug!(path, flags, "dlopen");
    match open::open(caller, &request) {
        Ok(()) => Ok(1),
        Err(LinkError::Trap(trap)) => Err(trap),
        Err(LinkError::Refused(why)) => {
            set_error(caller, &format!("{failure}: {path}\nError: {why}"))?;
            Ok(0)
        }
    }
}

/// `_emscripten_dlopen_js(dso*, onsuccess, onerror, data)`: upstream loads in the background, because browsers compile
/// so; here the library is there, or not, before this returns, and the callback has run.
fn dlopen_then(caller: &mut Caller<'_>, dso: u32, on_success: u32, on_error: u32, data: u32) -> Result<(), Trap> {
    let callback = if dlopen(caller, dso)? != 0 { on_success } else { on_error };
    let Some(function) = caller.slot(callback)? else {
        return Err(Trap::Aborted("dlopen's callback is a null function".to_owned()));
    };
    caller.call_values(&function, &[dso, data].map(|value| wasmer::Value::I32(value.cast_signed())))?;
    Ok(())
}

/// `_dlsym_js(handle, name, index*)`: a table slot or an address, or 0 with `dlerror` set. `index` belongs to the
/// bookkeeping of threads and stays as it is.
fn dlsym(caller: &mut Caller<'_>, handle: u32, name: GuestPtr<CStr>, _index: GuestPtr<u32>) -> Result<u32, Trap> {
    let name = caller.with_mem(|mem| mem.c_str(name).map(|name| String::from_utf8_lossy(name).into_owned()))??;
    match symbols::lookup(caller, handle, &name) {
        Ok(Some(address)) => Ok(address),
        Ok(None) => {
            let linker = &caller.env().linker;
            let library = linker.by_handle.get(&handle).and_then(|&index| linker.libraries.get(index));
            let library = library.map_or("__main__", |library| library.name.as_str());
            let why = format!("Tried to lookup unknown symbol \"{name}\" in dynamic lib: {library}");
            set_error(caller, &why)?;
            Ok(0)
        }
        Err(LinkError::Trap(trap)) => Err(trap),
        Err(LinkError::Refused(why)) => {
            set_error(caller, &why)?;
            Ok(0)
        }
    }
}

/// Leaves a message for `dlerror`. The guest's function takes a format, so a percent sign is doubled.
fn set_error(caller: &mut Caller<'_>, message: &str) -> Result<(), Trap> {
    let mut text = message.replace('%', "%%").replace('\0', "?").into_bytes();
    text.push(0);
    let (stack_alloc, stack_current, stack_restore) = {
        let guest = caller.guest()?;
        (guest.stack_alloc()?.clone(), guest.stack_current()?.clone(), guest.stack_restore()?.clone())
    };
    let set_error = {
        let instance = caller.guest()?.instance.clone();
        export::<(u32, u32), ()>(&caller.store(), &instance, "__dl_seterr")?
    };
    let saved = caller.call(&stack_current, ())?;
    let buffer = caller.call(&stack_alloc, text.len() as u32)?;
    caller.with_mem(|mem| mem.write_bytes(buffer, &text))??;
    caller.call(&set_error, (buffer, 0))?;
    caller.call(&stack_restore, saved)
}
