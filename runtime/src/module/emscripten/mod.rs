//! Programs and libraries of Emscripten's other than Pyodide.
//!
//! The shim starts any of them (`pyrun_emscripten_shim::program`); here is what makes one of them this host's: what it is
//! translated with, the files that come with it ([`files`]), the names that its JavaScript tells ([`names`]), and C's
//! functions of it for the embedder ([`em`]).

pub(crate) mod beside;
mod driven;
pub mod em;
mod end;
mod ended;
mod files;
mod names;
mod renamed;

use std::collections::HashMap;

use pyrun_emscripten_shim::Env;
use pyrun_emscripten_shim::guest::extensions::Extensions;
use pyrun_emscripten_shim::imports::table::{self, HostFunctions};
use pyrun_emscripten_shim::memory::{GuestStore, store_with};
use pyrun_emscripten_shim::program::link::{self, EmbedderImports, Service};
use pyrun_emscripten_shim::program::{EmscriptenProgram, Started};
use pyrun_translate::{MainMemoryLayout, ModuleInfo, Options, WasmKind, WasmSignature};
use wasmer::{Function, FunctionEnv};

use super::guest::{GuestParts, ProgramOptions, RESERVED};
use super::instance::{HostState, InstanceOptions, ModuleInstance};
use super::open::Module;
use super::standalone;
use super::support::{self, Support};
use super::{Code, ModuleKind, brought_options};
use crate::compile::allowance::Allowance;
use crate::compile::{Compiled, GuestModules, Known};
use crate::error::Error;
use crate::host::InterruptHandle;
use crate::limits::Limits;
use crate::python::start::Steps;

pub(crate) use ended::{ended, not_started};
pub use names::ModuleNames;

/// Where a position-independent main module has its data and its slots, as Emscripten's JavaScript puts them, and room for its
/// stack. The stack is twice what any module of this kind was seen to be linked with.
const MAIN_MEMORY: MainMemoryLayout =
    MainMemoryLayout { memory_base: 1024, table_base: 1, stack_size: 1 << 20, keeps_dylink: true };
/// Functions that the host takes over: the guest's own would spin on the clock.
const HOSTED: &[&str] = &["emscripten_thread_sleep"];

/// Emscripten's modules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Emscripten;

/// What one starts from.
pub(crate) struct EmscriptenStart<'a> {
    pub(crate) parts: GuestParts,
    pub(crate) store: GuestStore,
    /// The host functions that it may import.
    pub(crate) functions: HostFunctions<Env>,
    pub(crate) extensions: Extensions,
    /// What the embedder defines.
    pub(crate) own: EmbedderImports<'a>,
    /// The command line, `argv[0]` first.
    pub(crate) args: Vec<Vec<u8>>,
}

/// One that is ready.
pub(crate) struct EmscriptenInstance {
    pub(crate) started: Started,
    args: Vec<Vec<u8>>,
}

impl ModuleKind for Emscripten {
    type Instance = EmscriptenInstance;
    type Start<'a> = EmscriptenStart<'a>;
    type Ending = i32;

    const WANTED: &'static str = "a program or library of Emscripten's";
    const FLAVOUR: &'static str = "emscripten 3";
    const HAS_SNAPSHOTS: bool = false;

    fn accepts(kind: WasmKind) -> bool {
        kind == WasmKind::EmscriptenMain
    }

    fn options(&self) -> Options<'static> {
        Options { main_memory: Some(MAIN_MEMORY), hosted: HOSTED, ..brought_options() }
    }

    fn instantiate(&self, code: Code, start: EmscriptenStart<'_>) -> Result<EmscriptenInstance, Error> {
        let EmscriptenStart { parts, store, functions, extensions, own, args } = start;
        let GuestParts { process, modules } = parts;
        let Code { module, info } = code;
        let program = EmscriptenProgram { module, info, process, modules, functions, extensions, own };
        Ok(EmscriptenInstance { started: program.start(store).map_err(not_started)?, args })
    }

    /// Runs `main`, and gives the exit status.
    fn enter(&self, instance: &mut EmscriptenInstance) -> Result<i32, Error> {
        let ending = instance.started.call_main(&instance.args).map_err(ended)?;
        Ok(ending.status())
    }
}

/// A store for a guest whose memory and table may grow to the limits and no further, by whatever means.
pub(crate) fn store_for(module: &Module, info: &ModuleInfo, limits: &Limits) -> GuestStore {
    store_with(module.engine().modules().engine(), limits.room(info))
}

/// What a guest of this module has besides its code. From now on `interrupt` speaks of it.
pub(crate) fn parts(
    module: &Module,
    compiled: &Compiled,
    options: &mut ProgramOptions,
    interrupt: &InterruptHandle,
    store: &GuestStore,
    allowance: Allowance,
) -> Result<GuestParts, Error> {
    interrupt.attach(store.gate.clone());
    let files::Beside { layers, libraries } = files::beside_module(module, &compiled.info, &options.limits)?;
    options.layers.extend(layers);
    let allowed = options.grants.native_code;
    let process = options.process(interrupt)?;
    let shared = module.engine().modules().clone();
    let modules = GuestModules::new(shared, compiled.clone(), Known::Digests(libraries), allowed, allowance);
    Ok(GuestParts { process, modules: Box::new(modules) })
}

/// How a function that a module of Emscripten's imports is served.
pub(crate) fn support(info: &ModuleInfo, module: &str, name: &str, signature: &WasmSignature) -> Support {
    match link::service(info, module, name, signature) {
        Service::Host(_, table::Support::Refused) => Support::Refused,
        Service::Host(..) | Service::Translator => Support::Full,
        Service::OtherType => Support::Missing,
        // A library's, the embedder's, or one that refuses when it is called.
        _ => Support::Embedder,
    }
}

/// Has the code there, before anything is counted.
///
/// # Errors
/// [`Error::Compile`] and the like.
pub(crate) fn compile(module: &Module, allowance: &Allowance) -> Result<(), Error> {
    module.compiled(&Emscripten, allowance).map(drop)
}

/// Runs a program to its end, and gives its exit status.
///
/// # Errors
/// [`Error::Module`] when it is no program; [`Error::Trap`] and the like when it does not end by itself.
pub(crate) fn run(
    module: &Module,
    mut options: ProgramOptions,
    interrupt: &InterruptHandle,
    steps: &mut Steps,
) -> Result<i32, Error> {
    let allowance = Allowance::new(&options.limits, interrupt);
    let compiled = module.compiled(&Emscripten, &allowance)?;
    let store = store_for(module, &compiled.info, &options.limits);
    let parts = parts(module, &compiled, &mut options, interrupt, &store, allowance)?;
    steps.mark("file system");
    let (functions, extensions, own) = (link::FUNCTIONS, Extensions::boot(), link::nothing_own());
    let start = EmscriptenStart { parts, store, functions, extensions, own, args: options.argv() };
    let info = compiled.info.clone();
    let mut instance = Emscripten.instantiate(compiled.into(), start)?;
    steps.mark("instance");
    if !pyrun_emscripten_shim::program::has_main(&instance.started.instance) {
        return Err(module.not_supported(match support::lacks_of_micropython(&info).is_none() {
            true => "it is MicroPython, whose code stands on the command line: `pyrun --kind micropython FILE SCRIPT`, or `-c CODE`",
            false => "it has no `main`, so it is a library; call a function of it (`pyrun --invoke NAME FILE`)",
        }));
    }
    let status = Emscripten.enter(&mut instance)?;
    steps.mark("run");
    Ok(status)
}

/// Makes an instance that is driven.
///
/// # Errors
/// As [`InstanceBuilder::start`](super::InstanceBuilder::start).
pub(crate) fn start(module: &Module, options: InstanceOptions) -> Result<ModuleInstance, Error> {
    let interrupt = options.interrupt();
    let InstanceOptions { grants, limits, functions, .. } = options;
    let name = module.name().rsplit('/').next().unwrap_or_default().to_owned();
    let mut options = ProgramOptions { name, grants, limits, ..ProgramOptions::default() };
    options.check(RESERVED, &module.engine().own_files())?;
    let allowance = Allowance::new(&options.limits, &interrupt.handle);
    let compiled = module.compiled(&Emscripten, &allowance)?;
    let mut store = store_for(module, &compiled.info, &options.limits);
    options.grants.begin_audit(interrupt.handle.account());
    let host =
        FunctionEnv::new(&mut store.store, HostState::new(store.gate.clone(), interrupt.handle.account().audit()));
    let defined = standalone::host_functions(module, &compiled.module, &functions, &mut store.store, &host)?;
    let parts = parts(module, &compiled, &mut options, &interrupt.handle, &store, allowance)?;
    let start = EmscriptenStart {
        parts,
        store,
        functions: link::FUNCTIONS,
        extensions: Extensions::boot(),
        own: own_functions(defined),
        args: options.argv(),
    };
    let (info, gate) = (compiled.info.clone(), start.store.gate.clone());
    let EmscriptenInstance { started, .. } = Emscripten.instantiate(compiled.into(), start)?;
    let Started { store, env, instance } = started;
    let exports = standalone::own_exports(&instance.exports);
    let store = GuestStore { store, gate };
    let mut made = ModuleInstance::new(module.clone(), info, store, exports, None, (interrupt, &options.limits));
    made.show_memory(&host);
    made.make_guest(env);
    Ok(made)
}

/// Functions that were made before the guest, by module and name.
fn own_functions(defined: HashMap<(String, String), Function>) -> EmbedderImports<'static> {
    Box::new(move |_, _, module, name, _| defined.get(&(module.to_owned(), name.to_owned())).cloned())
}
