//! From a compiled main module of any Emscripten program or library to an instance, and to the end of its `main`.
//!
//! Replaces `preamble.js`, `postamble.js` and `runtime_*.js`: imports are found by module, name and type ([`link`]), the
//! module is instantiated, and what the JavaScript would run before `main` is run in its order. Nothing here is for one
//! program: what a module does not import or export is not missed until something needs it. CPython's own boot is the
//! loader's.
//!
//! | module | is handled by |
//! |---|---|
//! | imports its memory, table or bases | the translator, which makes them the module's own |
//! | throws by way of `invoke_*` | the translator, and `exceptions` |
//! | has minified names | the translator, with what [`glue`](crate::glue) finds |
//! | is of an older series | [`HostFunctions::of_any_series`](crate::imports::table::HostFunctions::of_any_series), [`CTime`] |
//! | links to libraries (`dylink.0`) | `dylink`: those that it needs are loaded before its `main` |
//!
//! Left out on purpose: threads (`-pthread`), Asyncify, WebGL, fetching: their imports are there, and refuse by name when they
//! are called.

mod error;
pub mod link;
mod main_function;

use std::sync::Arc;

use pyrun_translate::{ImportType, ModuleInfo, START_EXPORT, ValueType};
use wasmer::{FunctionEnv, Instance, Module, Store};

use crate::dylink::{self, Linker, ModuleSource};
use crate::guest::caller::Caller;
use crate::guest::env::Env;
use crate::guest::exports::{GuestExports, export};
use crate::guest::extensions::Extensions;
use crate::guest::trap::Trap;
use crate::imports::table::HostFunctions;
use crate::memory::{GuestStore, charge_exceptions, instantiate};
use crate::process::Process;
use crate::syscall::layout::CTime;
use link::EmbedderImports;

pub use error::{ProgramError, UnknownImport};
pub use main_function::{ALLOCATORS, ProgramEnd, call_main, entries, has_main};

/// What a program is made of.
pub struct EmscriptenProgram<'e> {
    /// The compiled, translated main module.
    pub module: Module,
    /// The facts about it.
    pub info: Arc<ModuleInfo>,
    /// The kernel's side.
    pub process: Process,
    /// Compiles helper modules and libraries.
    pub modules: Box<dyn ModuleSource>,
    /// The host functions that it may import.
    pub functions: HostFunctions<Env>,
    /// State of the layers above.
    pub extensions: Extensions,
    /// What the embedder defines; it goes before the tables.
    pub own: EmbedderImports<'e>,
}

impl std::fmt::Debug for EmscriptenProgram<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmscriptenProgram").field("process", &self.process).finish_non_exhaustive()
    }
}

/// A program that is ready: its constructors have run, its `main` has not.
pub struct Started {
    /// The store that everything lives in.
    pub store: Store,
    /// The handle under which host functions share their state.
    pub env: FunctionEnv<Env>,
    /// The main module.
    pub instance: Instance,
}

impl std::fmt::Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Started").finish_non_exhaustive()
    }
}

impl Started {
    /// A way into the guest.
    pub fn caller(&mut self) -> Caller<'_> {
        Caller::from_store(&self.env, &mut self.store)
    }
}

impl EmscriptenProgram<'_> {
    /// Instantiates the module in `store`, loads the libraries that it needs, and runs its constructors.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub fn start(self, GuestStore { mut store, gate }: GuestStore) -> Result<Started, ProgramError> {
        let Self { module, info, mut process, modules, functions, extensions, mut own } = self;
        check_limits(&info, &process)?;
        process.c_time = c_time(&info);
        let linker = Linker::new(info.clone());
        charge_exceptions(&mut store, &process.host_memory);
        let env = FunctionEnv::new(&mut store, Env::new(gate, process, functions, linker, modules, extensions));
        let mut caller = Caller::from_store(&env, &mut store);
        let (imports, offsets) = link::imports(&mut caller, &module, &info, &mut own)?;
        let instance = instantiate(&mut caller.store(), &module, &imports).map_err(instantiation)?;
        adopt(&mut caller, &instance)?;
        link::resolve(&mut caller, &offsets)?;
        tracing::debug!("main module instantiated");
        initialize(&mut caller, &instance, &info)?;
        tracing::debug!("constructors done");
        Ok(Started { store, env, instance })
    }
}

fn instantiation(error: wasmer::InstantiationError) -> ProgramError {
    match error {
        wasmer::InstantiationError::Start(error) => ProgramError::Ended(Trap::from_engine(error)),
        other => ProgramError::Instantiate(Box::new(other)),
    }
}

/// Refuses a module whose memories or tables begin beyond the limits, before anything is allocated for them.
fn check_limits(info: &ModuleInfo, process: &Process) -> Result<(), ProgramError> {
    let pages = info.memories().iter().fold(0_u64, |sum, memory| sum.saturating_add(memory.initial));
    let slots = info.tables().iter().fold(0_u64, |sum, table| sum.saturating_add(table.limits.initial));
    let (bytes, limits) = (pages.saturating_mul(1 << 16), process.limits);
    if bytes > limits.memory {
        return Err(ProgramError::Limit { what: "memory", needed: bytes, given: limits.memory });
    }
    if slots > limits.table.into() {
        return Err(ProgramError::Limit { what: "slots", needed: slots, given: limits.table.into() });
    }
    Ok(())
}

/// How the module's C library has times, told by the types of what it imports.
fn c_time(info: &ModuleInfo) -> CTime {
    let imported = |module: &str, wanted: &str| {
        let import = info.imports().find(|import| import.module == module && import.name == wanted);
        import.and_then(|import| match import.ty {
            ImportType::Function(number) => info.signature(number),
            _ => None,
        })
    };
    let signature = |wanted: &str| imported("env", wanted);
    let narrow = |name| signature(name).is_some_and(|it| it.results == [ValueType::I32] && it.params.len() == 1);
    let legalised = imported("wasi_snapshot_preview1", "fd_seek").is_some_and(|it| it.params.len() > 4);
    if signature("_emscripten_date_now").is_some() || !legalised && (narrow("_mktime_js") || narrow("_timegm_js")) {
        return CTime::Narrow;
    }
    let by_address = |name| signature(name).is_some_and(|it| it.params == [ValueType::I32, ValueType::I32]);
    match by_address("_localtime_js") || by_address("_gmtime_js") {
        true => CTime::WideByAddress,
        false => CTime::Wide,
    }
}

/// Takes the engine's handles on the instance into the shared state.
fn adopt(caller: &mut Caller<'_>, instance: &Instance) -> Result<(), Trap> {
    let memory = instance.exports.get_memory("memory").ok();
    let memory = memory.or_else(|| instance.exports.iter().memories().map(|(_, memory)| memory).next()).cloned();
    let table = instance.exports.get_table("__indirect_function_table").ok();
    let table = table.or_else(|| instance.exports.iter().tables().map(|(_, table)| table).next()).cloned();
    let guest = GuestExports::new(&caller.store(), instance, memory, table)?;
    caller.env().guest = Some(guest);
    Ok(())
}

/// What runs before `main`, in the order of the JavaScript: the start function, the stack, relocations, constructors; those of
/// libraries last.
fn initialize(caller: &mut Caller<'_>, instance: &Instance, info: &ModuleInfo) -> Result<(), ProgramError> {
    for step in [START_EXPORT, "emscripten_stack_init"] {
        run(caller, instance, step)?;
    }
    set_stack_limits(caller, instance)?;
    run(caller, instance, "__wasm_apply_data_relocs")?;
    let needed = info.dylink().map(|dylink| dylink.needed.as_slice()).unwrap_or_default();
    let libraries = dylink::load_needed(caller, needed).map_err(|error| match error {
        dylink::NeededError::Refused(why) => ProgramError::Library(why),
        dylink::NeededError::Trap(trap) => ProgramError::Ended(trap.flatten()),
    })?;
    run(caller, instance, "__wasm_call_ctors")?;
    // A library for programs (`-sSTANDALONE_WASM --no-entry`) has its constructors here.
    if !has_main(instance) {
        run(caller, instance, "_initialize")?;
    }
    dylink::initialize_needed(caller, &libraries).map_err(Trap::flatten)?;
    Ok(())
}

/// Runs an export without arguments, if there is one.
fn run(caller: &mut Caller<'_>, instance: &Instance, name: &str) -> Result<(), Trap> {
    match export::<(), ()>(&caller.store(), instance, name) {
        Ok(function) => caller.call(&function, ()).map_err(Trap::flatten),
        Err(_) => Ok(()),
    }
}

/// Tells a module that checks its stack (`-sSTACK_OVERFLOW_CHECK=2`) where it lies.
fn set_stack_limits(caller: &mut Caller<'_>, instance: &Instance) -> Result<(), Trap> {
    let store = caller.store();
    let set = export::<(u32, u32), ()>(&store, instance, "__set_stack_limits");
    let base = export::<(), u32>(&store, instance, "emscripten_stack_get_base");
    let end = export::<(), u32>(&store, instance, "emscripten_stack_get_end");
    let (Ok(set), Ok(base), Ok(end)) = (set, base, end) else { return Ok(()) };
    let (base, end) = (caller.call(&base, ())?, caller.call(&end, ())?);
    caller.call(&set, (base, end)).map_err(Trap::flatten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_wide_a_time_is_shows_in_the_types_of_imports() {
        let legalised = "(func (param i32 i32 i32 i32 i32) (result i32))";
        let wide = "(func (param i32 i64 i32 i32) (result i32))";
        for (fd_seek, name, ty, expected) in [
            (wide, "_mktime_js", "(func (param i32) (result i32))", CTime::Narrow),
            (wide, "_timegm_js", "(func (param i32) (result i32))", CTime::Narrow),
            (wide, "_mktime_js", "(func (param i32) (result i64))", CTime::Wide),
            (wide, "_mktime_js", "(func (param i32 i32) (result i32))", CTime::Wide),
            // Of two halves one comes as the result, the other from elsewhere.
            (legalised, "_mktime_js", "(func (param i32) (result i32))", CTime::Wide),
            (legalised, "_emscripten_date_now", "(func (result f64))", CTime::Narrow),
            (legalised, "_localtime_js", "(func (param i32 i32))", CTime::WideByAddress),
            (wide, "_gmtime_js", "(func (param i32 i32))", CTime::WideByAddress),
            (wide, "_localtime_js", "(func (param i64 i32))", CTime::Wide),
            (wide, "exit", "(func (param i32))", CTime::Wide),
        ] {
            let text = format!(
                r#"(module (import "wasi_snapshot_preview1" "fd_seek" {fd_seek}) (import "env" "{name}" {ty}))"#
            );
            let info = pyrun_translate::inspect(&wat::parse_str(text).unwrap()).unwrap();
            assert_eq!(c_time(&info), expected, "{name} {ty} {fd_seek}");
            // A function of that name elsewhere says nothing.
            let text = format!(r#"(module (import "other" "{name}" {ty}))"#);
            assert_eq!(c_time(&pyrun_translate::inspect(&wat::parse_str(text).unwrap()).unwrap()), CTime::Wide);
        }
    }
}
