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

mod got;
mod image;
mod load;
mod name;
mod symbols;

use std::collections::HashMap;
use std::sync::Arc;

use wasmer::{Engine, Instance};

use crate::guest::caller::Caller;
use crate::guest::mem::{CStr, GuestPtr};
use crate::guest::trap::Trap;
use crate::imports;
use crate::imports::table::Family;
use pyrun_translate::ModuleInfo;

use got::OffsetTable;
pub use image::{LibraryImage, LinkerImage};
pub(crate) use image::{freeze, reset, restore, table_ranges};
pub use symbols::{main_function, main_variable};

imports! {
    /// `libdylink.js`.
    pub static DYLINK: "dylink" in "env" as call {
        Full "_dlopen_js" => dlopen(dso: u32) -> u32;
        Partial "_emscripten_dlopen_js" => dlopen_then(dso: u32, on_success: u32, on_error: u32, data: u32);
        Full "_dlsym_js" => dlsym(handle: u32, name: GuestPtr<CStr>, index: GuestPtr<u32>) -> u32;
    }
}

imports! {
    /// What was worded otherwise before 314.
    pub static DYLINK_BEFORE_314: "dylink before 314" in "env" as call {
        Full "_dlopen_js" => dlopen_before_314(dso: u32) -> u32;
    }
}

/// A compiled side module and the facts about it that linking needs.
#[derive(Clone, Debug)]
pub struct SideModule {
    /// What names it, in a snapshot and to [`ModuleSource::module_named`].
    pub id: ModuleId,
    /// The compiled module.
    pub module: wasmer::Module,
    /// Exports, imports, element segments, `dylink.0`.
    pub info: Arc<ModuleInfo>,
}

/// A name for a module that depends on its bytes alone: the SHA-256 of them as they were before translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct ModuleId(pub [u8; 32]);

/// Compiles modules; implemented by the embedder, who caches what comes out.
pub trait ModuleSource: Send {
    /// Compiles a helper module that the shim has generated.
    ///
    /// # Errors
    /// What the compiler says.
    fn helper_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<wasmer::Module, String>;

    /// Translates and compiles a side module.
    ///
    /// # Errors
    /// Why the library cannot be loaded, for `dlerror`.
    fn side_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<SideModule, String>;

    /// A side module that was compiled before, perhaps by another process.
    ///
    /// # Errors
    /// Why it is not to be had: a snapshot that names it does not fit.
    fn module_named(&mut self, engine: &Engine, id: ModuleId) -> Result<SideModule, String>;
}

/// A library in memory.
#[derive(Clone, Debug)]
struct Library {
    /// Normalised path, by which a second `dlopen` finds it.
    name: String,
    module: SideModule,
    instance: Arc<Instance>,
    memory_base: u32,
    table_base: u32,
    /// Its symbols are visible to all libraries from this number on, in load order; `None` while it is `RTLD_LOCAL`.
    global_from: Option<usize>,
    /// The libraries whose symbols it saw besides the global ones when it was loaded.
    scope: Vec<usize>,
}

/// Which module a function belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Owner {
    Main,
    Library(usize),
}

/// A slot that was made for an exported function.
#[derive(Clone, Debug)]
struct MadeSlot {
    slot: u32,
    /// A name under which the owner exports the function.
    name: String,
}

/// Loaded libraries and the global offset table of one guest.
#[derive(Debug)]
pub struct Linker {
    main: Arc<ModuleInfo>,
    families: &'static [&'static [&'static Family]],
    libraries: Vec<Library>,
    by_name: HashMap<String, usize>,
    by_handle: HashMap<u32, usize>,
    offsets: OffsetTable,
    /// Slots made for exported functions that had none, by owner and function index.
    made_slots: HashMap<(Owner, u32), MadeSlot>,
    /// Slots made for host functions that a library takes the address of.
    host_slots: HashMap<String, u32>,
}

impl Linker {
    /// The linker of a guest whose main module has these facts; `families` are the host functions that libraries may
    /// link to.
    pub fn new(main: Arc<ModuleInfo>, families: &'static [&'static [&'static Family]]) -> Self {
        Self {
            main,
            families,
            libraries: Vec::new(),
            by_name: HashMap::new(),
            by_handle: HashMap::new(),
            offsets: OffsetTable::default(),
            made_slots: HashMap::new(),
            host_slots: HashMap::new(),
        }
    }

    /// Paths of the loaded libraries, in load order.
    pub fn loaded(&self) -> impl Iterator<Item = &str> {
        self.libraries.iter().map(|library| library.name.as_str())
    }
}

/// Field offsets of Emscripten's `struct dso`.
mod dso {
    pub(super) const FLAGS: u32 = 4;
    pub(super) const MEM_ALLOCATED: u32 = 8;
    pub(super) const MEM_ADDR: u32 = 12;
    pub(super) const MEM_SIZE: u32 = 16;
    pub(super) const TABLE_ADDR: u32 = 20;
    pub(super) const TABLE_SIZE: u32 = 24;
    pub(super) const FILE_DATA: u32 = 28;
    pub(super) const FILE_DATA_SIZE: u32 = 32;
    pub(super) const NAME: u32 = 36;
}

/// `RTLD_GLOBAL`.
const RTLD_GLOBAL: u32 = 256;

/// Why a library or a symbol is not to be had.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    /// For `dlerror`, to the guest.
    #[error("{0}")]
    Refused(String),
    /// Not the guest's business: exit, interrupt, an exception in a constructor.
    #[error(transparent)]
    Trap(#[from] Trap),
}

impl LinkError {
    fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

impl From<crate::guest::mem::Fault> for LinkError {
    fn from(fault: crate::guest::mem::Fault) -> Self {
        Self::Refused(fault.to_string())
    }
}

/// `_dlopen_js(dso*)`: non-zero, or 0 with `dlerror` set.
fn dlopen(caller: &mut Caller<'_>, dso: u32) -> Result<u32, Trap> {
    open(caller, dso, "could not load dynamic lib")
}

fn dlopen_before_314(caller: &mut Caller<'_>, dso: u32) -> Result<u32, Trap> {
    open(caller, dso, "Could not load dynamic lib")
}

fn open(caller: &mut Caller<'_>, dso: u32, failure: &str) -> Result<u32, Trap> {
    let (path, flags) = caller.with_mem(|mem| {
        let path = String::from_utf8_lossy(mem.c_str(GuestPtr::new(dso.wrapping_add(dso::NAME)))?).into_owned();
        Ok::<_, crate::guest::mem::Fault>((path, mem.read(GuestPtr::<u32>::new(dso.wrapping_add(dso::FLAGS)))?))
    })??;
    let path = name::normalize(&path);
    let request = load::Request { path: &path, dso: Some(dso), global: flags & RTLD_GLOBAL != 0, search: &[] };
    tracing::debug!(path, flags, "dlopen");
    match load::open(caller, &request, &mut Vec::new()) {
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
        (guest.stack_alloc.clone(), guest.stack_current.clone(), guest.stack_restore.clone())
    };
    let set_error = {
        let instance = caller.guest()?.instance.clone();
        crate::guest::caller::export::<(u32, u32), ()>(&caller.store(), &instance, "__dl_seterr")?
    };
    let saved = caller.call(&stack_current, ())?;
    let buffer = caller.call(&stack_alloc, text.len() as u32)?;
    caller.with_mem(|mem| mem.write_bytes(buffer, &text))??;
    caller.call(&set_error, (buffer, 0))?;
    caller.call(&stack_restore, saved)
}
