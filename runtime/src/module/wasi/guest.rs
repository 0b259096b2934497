//! A WASI module's run, or an instance of one that is driven.

use std::sync::Arc;

use pyrun_emscripten_shim::guest::signatures::function_type;
use pyrun_emscripten_shim::imports::table;
use pyrun_emscripten_shim::memory::store_with;
use pyrun_emscripten_shim::{Process, Trap};
use pyrun_memfs::Vfs;
use pyrun_translate::{ModuleInfo, Options, START_EXPORT, WasmKind, WasmSignature};
use pyrun_wasi::{Setup, StartError, preview1};
use wasmer::{ExternType, FunctionEnv, Imports, Store};

use super::preopens::{preopens, reserved};
use crate::compile::allowance::Allowance;
use crate::error::Error;
use crate::grants::Grants;
use crate::grants::apply::UMASK;
use crate::host::{InterruptHandle, Reports, SystemHost};
use crate::limits::Limits;
use crate::module::error::ModuleError;
use crate::module::guest::ProgramOptions;
use crate::module::instance::{HostDefinition, HostState, InstanceOptions, ModuleInstance, error_of};
use crate::module::open::Module;
use crate::module::support::Support;
use crate::module::{Code, ModuleKind, brought_options, standalone};
use crate::python::start::Steps;

/// WASI preview 1.
#[derive(Clone, Copy, Debug)]
struct Wasi;

/// What a module starts from.
struct WasiStart<'a> {
    module: &'a Module,
    setup: Setup,
    options: &'a InstanceOptions,
    interrupt: &'a InterruptHandle,
}

/// A module at rest, and what its host functions share.
struct WasiGuest {
    module: Module,
    info: Arc<ModuleInfo>,
    guest: pyrun_wasi::Wasi,
    host: FunctionEnv<HostState>,
}

impl ModuleKind for Wasi {
    type Instance = WasiGuest;
    type Start<'a> = WasiStart<'a>;
    type Ending = i32;

    const WANTED: &'static str = "a WASI preview 1 program or library";
    const FLAVOUR: &'static str = "wasi 3";
    const HAS_SNAPSHOTS: bool = false;

    fn accepts(kind: WasmKind) -> bool {
        matches!(kind, WasmKind::WasiCommand | WasmKind::WasiReactor)
    }

    fn options(&self) -> Options<'static> {
        Options { export_stack_pointer: true, ..brought_options() }
    }

    fn instantiate(&self, compiled: Code, start: WasiStart<'_>) -> Result<WasiGuest, Error> {
        let WasiStart { module, setup, options, interrupt } = start;
        let room = standalone::room(&compiled.info, &options.limits)?;
        let mut store = store_with(module.engine().modules().engine(), room);
        interrupt.attach(store.gate.clone());
        let host = FunctionEnv::new(&mut store.store, HostState::new(store.gate.clone(), interrupt.account().audit()));
        let others = host_functions(module, &compiled, options, &mut store.store, &host)?;
        let guest = pyrun_wasi::Wasi::instantiate(store, &compiled.module, setup, &others);
        let guest = guest.map_err(|error| not_started(module, &compiled.info, error))?;
        let mut guest = WasiGuest { module: module.clone(), info: compiled.info, guest, host };
        guest.begin()?;
        Ok(guest)
    }

    fn enter(&self, guest: &mut WasiGuest) -> Result<i32, Error> {
        guest.guest.run().map_err(|trap| ended(&guest.module, &guest.info, trap))
    }
}

impl WasiGuest {
    /// Lets host functions reach the memory, and runs what the module runs at its start.
    fn begin(&mut self) -> Result<(), Error> {
        let (store, instance) = self.guest.parts();
        let memory = instance.exports.get_memory("memory").ok().cloned();
        self.host.as_mut(store).memory = memory;
        self.guest.call(START_EXPORT).map(drop).map_err(|trap| ended(&self.module, &self.info, trap))
    }
}

/// How a function that a WASI module imports is served. One that nobody has ends the program when it is called.
pub(crate) fn support(module: &str, name: &str, signature: &WasmSignature) -> Support {
    let found = if module == preview1::MODULE { preview1::find(name) } else { None };
    match found {
        Some(import) if !function_type(signature).is_some_and(|ty| import.has_type(&ty)) => Support::Missing,
        Some(import) if import.support == table::Support::Refused => Support::Refused,
        Some(_) => Support::Full,
        None => Support::Embedder,
    }
}

/// How a module is translated.
pub(crate) fn options() -> Options<'static> {
    Wasi.options()
}

/// Has the code there, before anything is counted.
///
/// # Errors
/// [`Error::Module`] for WASIX; [`Error::Compile`] and the like.
pub(crate) fn compile(module: &Module, allowance: &Allowance) -> Result<(), Error> {
    match module.wasm_kind() {
        WasmKind::Wasix => Err(module.not_supported(NO_WASIX)),
        _ => module.compiled(&Wasi, allowance).map(drop),
    }
}

/// Runs a command to its end, and gives its exit status.
///
/// # Errors
/// [`Error::Module`], when it is no command or cannot be run; [`Error::Trap`].
pub(crate) fn run(
    module: &Module,
    mut options: ProgramOptions,
    interrupt: &InterruptHandle,
    steps: &mut Steps,
) -> Result<i32, Error> {
    match module.wasm_kind() {
        WasmKind::WasiReactor => {
            return Err(module.not_supported("it has no `_start`; call a function of it (`pyrun --invoke NAME FILE`)"));
        }
        WasmKind::Wasix => return Err(module.not_supported(NO_WASIX)),
        _ => {}
    }
    let compiled = module.compiled(&Wasi, &Allowance::new(&options.limits, interrupt))?.into();
    let args = options.argv();
    let setup = setup(&mut options.grants, &options.limits, args, interrupt)?;
    let options = InstanceOptions { limits: options.limits, ..InstanceOptions::default() };
    let mut guest = match Wasi.instantiate(compiled, WasiStart { module, setup, options: &options, interrupt }) {
        // It may end itself as soon as it is there.
        Err(Error::SystemExit { status, .. } | Error::Ended { status }) => return Ok(status),
        guest => guest?,
    };
    steps.mark("instance");
    let status = Wasi.enter(&mut guest)?;
    steps.mark("run");
    Ok(status)
}

const NO_WASIX: &str = "WASIX does not run here; build it for WASI preview 1 (`wasm32-wasip1`), with one thread";

/// Makes an instance that is driven: a reactor, whose `_initialize` is called; or a command, whose `_start` is not.
///
/// # Errors
/// [`Error::Module`], [`Error::Compile`], [`Error::Grant`], [`Error::LimitTooLow`]; [`Error::Trap`], when its start trapped.
pub(crate) fn start(module: &Module, mut options: InstanceOptions) -> Result<ModuleInstance, Error> {
    if module.wasm_kind() == WasmKind::Wasix {
        return Err(module.not_supported(NO_WASIX));
    }
    let interrupt = options.interrupt();
    let compiled = module.compiled(&Wasi, &Allowance::new(&options.limits, &interrupt.handle))?.into();
    let mut program = ProgramOptions { grants: std::mem::take(&mut options.grants), ..ProgramOptions::default() };
    program.limits = options.limits.clone();
    program.check(reserved(&program.grants), &module.engine().own_files())?;
    let args = vec![module.name().as_bytes().to_vec()];
    let setup = setup(&mut program.grants, &options.limits, args, &interrupt.handle)?;
    let mut guest =
        Wasi.instantiate(compiled, WasiStart { module, setup, options: &options, interrupt: &interrupt.handle })?;
    guest.guest.initialize().map_err(|trap| ended(module, &guest.info, trap))?;
    let WasiGuest { info, guest, host, .. } = guest;
    let (store, instance, _) = guest.into_parts();
    let exports = standalone::own_exports(&instance.exports);
    let mut made = ModuleInstance::new(module.clone(), info, store, exports, None, (interrupt, &options.limits));
    made.show_memory(&host);
    made.keep_stack_pointer(&instance.exports);
    Ok(made)
}

/// What the guest is made of: nothing but what is granted.
fn setup(
    grants: &mut Grants,
    limits: &Limits,
    args: Vec<Vec<u8>>,
    interrupt: &InterruptHandle,
) -> Result<Setup, Error> {
    let host = grants.clocked(SystemHost::new(interrupt.clone(), Reports::Stderr));
    let mut vfs = Vfs::new(grants.vfs_config(limits, interrupt));
    let host_memory = limits.charge(&mut vfs, interrupt.account())?;
    grants.mount_folders(&mut vfs, interrupt.account())?;
    if grants.working_folder.is_some() {
        grants.enter_start_folder(&mut vfs)?;
    }
    grants.put_files(&mut vfs)?;
    grants.observe(&mut vfs, limits, interrupt.account());
    let preopens = preopens(grants, &mut vfs);
    let process = Process {
        environ: environ(grants),
        umask: UMASK,
        signal: interrupt.pending().clone(),
        limits: limits.guest(true),
        host_memory,
        ..Process::new(vfs, Box::new(host))
    };
    Ok(Setup { process, args, preopens })
}

/// The variables that are granted; with a working folder also `PWD`, which tells libraries of WASI where they are.
fn environ(grants: &Grants) -> Vec<Vec<u8>> {
    let folder = grants.working_folder.as_deref().filter(|_| grants.variable("PWD").is_none());
    let place = folder.map(|folder| ("PWD", folder));
    let own = grants.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    place.into_iter().chain(own).map(|(name, value)| format!("{name}={value}").into_bytes()).collect()
}

/// The embedder's functions, as far as the module imports them.
fn host_functions(
    module: &Module,
    compiled: &Code,
    options: &InstanceOptions,
    store: &mut Store,
    env: &FunctionEnv<HostState>,
) -> Result<Imports, Error> {
    let (mut imports, mut by_values) = (Imports::new(), Vec::new());
    for import in compiled.module.imports() {
        let (from, name) = (import.module(), import.name());
        let ExternType::Function(ty) = import.ty() else { continue };
        match options.functions.get(from, name) {
            Some(HostDefinition::Values(function)) => {
                by_values.push((from.to_owned(), name.to_owned(), ty.clone(), function.clone()));
            }
            Some(HostDefinition::Typed(_)) => {
                if let Some(function) = standalone::import_of(&import, options, store, env)? {
                    imports.define(from, name, function);
                }
            }
            None => {}
        }
    }
    standalone::forward(module, by_values, store, env, &mut imports)?;
    Ok(imports)
}

/// Why a module could not be started.
fn not_started(module: &Module, info: &ModuleInfo, error: StartError) -> Error {
    match error {
        StartError::Ended(trap) => ended(module, info, trap),
        other => ModuleError::NotMade { what: "instance", why: format!("{}: {other}", module.name()) }.into(),
    }
}

/// How a module ended otherwise than by itself.
fn ended(module: &Module, info: &ModuleInfo, trap: Trap) -> Error {
    match trap {
        Trap::Guest(error) => error_of(&error, info),
        Trap::MissingExport(name) => module.not_supported(format!("it exports no {name}, which WASI programs have")),
        Trap::Exit(status) => Error::SystemExit { status, message: None },
        Trap::Signal(signal) => Error::Signal { signal },
        other => Error::from_trap(other),
    }
}
