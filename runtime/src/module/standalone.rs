//! Modules that need no known interface: compiled Rust or C without a libc's system calls, or a language of one's own.
//!
//! What they import is defined by the embedder's host functions; memories and tables that they import are made for them.

use std::collections::HashMap;

use pyrun_emscripten_shim::guest::signatures::signature_of;
use pyrun_emscripten_shim::memory::{self, GuestStore, Room, store_with};
use pyrun_translate::{
    FORWARDED, GLOBAL_EXPORT, ModuleInfo, Options, STACK_POINTER_EXPORT, START_EXPORT, WasmKind, WasmSignature,
    forwarders,
};
use wasmer::{
    AsStoreMut as _, Exports, Extern, ExternType, Function, FunctionEnv, FunctionType, Global, GlobalType, ImportType,
    Imports, InstantiationError, Memory, Store, Table, TableType, Type, Value,
};

use super::error::ModuleError;
use super::guest::ProgramOptions;
use super::instance::{
    ByValues, Define, HostClosures, HostDefinition, HostState, InstanceOptions, ModuleInstance, WasmArg, WasmValue,
    by_values, error_of, function_text, type_of,
};
use super::open::Module;
use super::{Code, ModuleKind, brought_options};
use crate::compile::allowance::Allowance;
use crate::error::Error;
use crate::host::InterruptHandle;
use crate::limits::{LimitTooLow, Limits};
use crate::python::start::Steps;

/// Modules without an interface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standalone;

/// What a standalone module starts from.
pub(crate) struct StandaloneStart {
    pub(crate) module: Module,
    pub(crate) options: InstanceOptions,
}

impl ModuleKind for Standalone {
    type Instance = ModuleInstance;
    type Start<'a> = StandaloneStart;
    type Ending = i32;

    const WANTED: &'static str = "a standalone module";
    const FLAVOUR: &'static str = "standalone 3";
    const HAS_SNAPSHOTS: bool = false;

    fn accepts(kind: WasmKind) -> bool {
        // A command that imports nothing needs no WASI.
        matches!(kind, WasmKind::Standalone | WasmKind::WasiCommand)
    }

    fn options(&self) -> Options<'static> {
        Options { export_stack_pointer: true, ..brought_options() }
    }

    fn instantiate(&self, compiled: Code, start: StandaloneStart) -> Result<ModuleInstance, Error> {
        let StandaloneStart { module, mut options } = start;
        let room = room(&compiled.info, &options.limits)?;
        let interrupt = options.interrupt();
        let GuestStore { mut store, gate } = store_with(module.engine().modules().engine(), room);
        interrupt.handle.attach(gate.clone());
        memory::charge_exceptions(
            &mut store,
            &interrupt.handle.account().open_without_files(options.limits.host_memory),
        );
        options.grants.begin_audit(interrupt.handle.account());
        let state = HostState::new(gate.clone(), interrupt.handle.account().audit())
            .ending_audit(&interrupt.handle, &options.limits);
        let env = FunctionEnv::new(&mut store, state);
        let (imports, imported) = imports(&module, &compiled, &options, &mut store, &env)?;
        let instance =
            memory::instantiate(&mut store, &compiled.module, &imports).map_err(|e| not_made(&module, &compiled, e))?;
        let start = instance.exports.get_function(START_EXPORT).ok().cloned();
        let exports = own_exports(&instance.exports);
        let store = GuestStore { store, gate };
        let mut made =
            ModuleInstance::new(module, compiled.info, store, exports, imported, (interrupt, &options.limits));
        made.show_memory(&env);
        made.keep_stack_pointer(&instance.exports);
        made.run_start(start.as_ref())?;
        Ok(made)
    }

    /// Runs `main`, and gives its exit status.
    fn enter(&self, instance: &mut ModuleInstance) -> Result<i32, Error> {
        let Some(name) = ENTRIES.iter().find(|name| instance.has_function(name)) else {
            return Err(instance.module().not_supported(
                "it exports no `main` or `_start`, so it is no program; call a function of it (`pyrun --invoke NAME FILE`)",
            ));
        };
        let (params, _) = instance.signature(name)?;
        // `main(argc, argv)` gets neither: there is no memory that is known to be free for them.
        let arguments = vec![WasmArg::Int(0); params.len()];
        let results = instance.call(name, arguments)?;
        Ok(match results.first() {
            Some(WasmValue::I32(status)) => *status,
            _ => 0,
        })
    }
}

/// What is run when the module is run as a program: the first that it exports.
pub(crate) const ENTRIES: [&str; 2] = ["_start", "main"];

/// Has the code there, before anything is counted.
///
/// # Errors
/// [`Error::Compile`] and the like.
pub(crate) fn compile(module: &Module, allowance: &Allowance) -> Result<(), Error> {
    module.compiled(&Standalone, allowance).map(drop)
}

/// Makes an instance.
///
/// # Errors
/// As [`InstanceBuilder::start`](super::InstanceBuilder::start).
pub(crate) fn start(module: &Module, options: InstanceOptions) -> Result<ModuleInstance, Error> {
    let allowance = match &options.interrupt {
        Some(interrupt) => Allowance::new(&options.limits, interrupt),
        None => Allowance::by(&options.limits),
    };
    let compiled = module.compiled(&Standalone, &allowance)?.into();
    Standalone.instantiate(compiled, StandaloneStart { module: module.clone(), options })
}

/// Runs a program to its end, and gives its exit status.
///
/// # Errors
/// As [`start`]; [`Error::Trap`].
pub(crate) fn run(
    module: &Module,
    options: ProgramOptions,
    interrupt: &InterruptHandle,
    steps: &mut Steps,
) -> Result<i32, Error> {
    let compiled: Code = module.compiled(&Standalone, &Allowance::new(&options.limits, interrupt))?.into();
    // The limits of time are those of the whole run.
    let limits = options.limits.without_time();
    let (interrupt, grants) = (Some(interrupt.clone()), options.grants);
    let options = InstanceOptions { grants, limits, interrupt, is_shared: true, ..InstanceOptions::default() };
    let start = StandaloneStart { module: module.clone(), options };
    let mut instance = Standalone.instantiate(compiled, start)?;
    steps.mark("instance");
    let status = Standalone.enter(&mut instance)?;
    steps.mark("run");
    Ok(status)
}

/// Looks whether the memories and the tables begin within the limits, and gives by how much each may grow. What is left is
/// shared out evenly, so that together they stay below the limit whichever of them grows.
///
/// # Errors
/// [`Error::LimitTooLow`]
pub(crate) fn room(info: &ModuleInfo, limits: &Limits) -> Result<Room, Error> {
    let pages: u64 = info.memories().iter().map(|memory| memory.initial).fold(0, u64::saturating_add);
    LimitTooLow::check("memory", limits.memory, pages.saturating_mul(1 << 16))?;
    let slots: u64 = info.tables().iter().map(|table| table.limits.initial).fold(0, u64::saturating_add);
    LimitTooLow::check("slots", limits.table_slots.into(), slots)?;
    let share = |left: u64, among: usize| u32::try_from(left / among.max(1) as u64).unwrap_or(u32::MAX);
    Ok(Room {
        pages: share((limits.memory >> 16) - pages, info.memories().len()),
        slots: share(u64::from(limits.table_slots) - slots, info.tables().len()),
    })
}

/// Everything that the module imports, and the memory among it.
fn imports(
    module: &Module,
    compiled: &Code,
    options: &InstanceOptions,
    store: &mut Store,
    env: &FunctionEnv<HostState>,
) -> Result<(Imports, Option<Memory>), Error> {
    let (mut imports, mut memory, mut missing, mut by_values) = (Imports::new(), None, Vec::new(), Vec::new());
    for import in compiled.module.imports() {
        if let (ExternType::Function(ty), Some(HostDefinition::Values(function))) =
            (import.ty(), options.functions.get(import.module(), import.name()))
        {
            by_values.push((import.module().to_owned(), import.name().to_owned(), ty.clone(), function.clone()));
            continue;
        }
        match import_of(&import, options, store, env)? {
            Some(item) => {
                if let (Extern::Memory(made), None) = (&item, &memory) {
                    memory = Some(made.clone());
                }
                imports.define(import.module(), import.name(), item);
            }
            None => missing.push(format!("{}.{}", import.module(), import.name()).escape_debug().to_string()),
        }
    }
    if !missing.is_empty() {
        return Err(ModuleError::MissingImports { module: module.name().to_owned(), names: missing }.into());
    }
    forward(module, by_values, store, env, &mut imports)?;
    Ok((imports, memory))
}

/// The embedder's functions that a module imports, by module and name.
///
/// # Errors
/// [`Error::Module`] for one of another type than the import has.
pub(crate) fn host_functions(
    module: &Module,
    code: &wasmer::Module,
    functions: &HostClosures,
    store: &mut Store,
    env: &FunctionEnv<HostState>,
) -> Result<HashMap<(String, String), Function>, Error> {
    let (mut defined, mut by_values) = (HashMap::new(), Vec::new());
    for import in code.imports() {
        let ExternType::Function(wanted) = import.ty() else { continue };
        let (from, name) = (import.module(), import.name());
        match functions.get(from, name) {
            Some(HostDefinition::Typed(define)) => {
                let function = typed(from, name, wanted, define, store, env)?;
                defined.insert((from.to_owned(), name.to_owned()), function);
            }
            Some(HostDefinition::Values(function)) => {
                by_values.push((from.to_owned(), name.to_owned(), wanted.clone(), function.clone()));
            }
            None => {}
        }
    }
    let mut forwarded = Imports::new();
    forward(module, by_values, store, env, &mut forwarded)?;
    for ((from, name), item) in &forwarded {
        if let Extern::Function(function) = item {
            defined.insert((from, name), function.clone());
        }
    }
    Ok(defined)
}

/// A function whose type Rust knows, if that is the import's.
fn typed(
    module: &str,
    name: &str,
    wanted: &FunctionType,
    define: &Define,
    store: &mut Store,
    env: &FunctionEnv<HostState>,
) -> Result<Function, Error> {
    let function = define(&mut store.as_store_mut(), env);
    let is = function.ty(store);
    if is != *wanted {
        let name = format!("{module}.{name}").escape_debug().to_string();
        let (wanted, is) = (function_text(wanted), function_text(&is));
        return Err(ModuleError::ImportType { name, wanted, is }.into());
    }
    Ok(function)
}

/// Defines the functions over values: each behind a function of WebAssembly, since the module may put it into a table.
///
/// # Errors
/// [`Error::Module`]
pub(crate) fn forward(
    module: &Module,
    functions: Vec<(String, String, FunctionType, ByValues)>,
    store: &mut Store,
    env: &FunctionEnv<HostState>,
    imports: &mut Imports,
) -> Result<(), Error> {
    if functions.is_empty() {
        return Ok(());
    }
    let refused = |why: String| ModuleError::NotMade { what: "host function", why };
    // References are not crossed by values.
    let crosses = |ty: &FunctionType| !ty.params().iter().chain(ty.results()).any(|ty| ty.is_ref());
    let types = functions.iter().map(|(_, _, ty, _)| crosses(ty).then(|| signature_of(ty)).flatten());
    let types: Option<Vec<WasmSignature>> = types.collect();
    let wasm =
        types.and_then(|types| forwarders(&types)).ok_or_else(|| refused("a type that has no name".to_owned()))?;
    let helper = module.helper(&wasm)?;
    let mut forwarded = Imports::new();
    for (index, (from, name, ty, function)) in functions.iter().enumerate() {
        let function = by_values(store, env, format!("{from}.{name}"), ty, function.clone());
        forwarded.define(FORWARDED, &index.to_string(), function);
    }
    let instance = memory::instantiate(store, &helper, &forwarded).map_err(|error| refused(error.to_string()))?;
    for (index, (from, name, ..)) in functions.iter().enumerate() {
        let function = instance.exports.get_function(&index.to_string()).map_err(|error| refused(error.to_string()))?;
        imports.define(from, name, function.clone());
    }
    Ok(())
}

/// What an import gets; `None` when nobody defines it.
///
/// # Errors
/// [`Error::Module`], when what the embedder gives does not fit it.
pub(crate) fn import_of(
    import: &ImportType,
    options: &InstanceOptions,
    store: &mut Store,
    env: &FunctionEnv<HostState>,
) -> Result<Option<Extern>, Error> {
    let (module, name) = (import.module(), import.name());
    Ok(match import.ty() {
        ExternType::Function(wanted) => {
            let Some(HostDefinition::Typed(define)) = options.functions.get(module, name) else { return Ok(None) };
            Some(typed(module, name, wanted, define, store, env)?.into())
        }
        ExternType::Memory(ty) => {
            let made = Memory::new(store, *ty);
            Some(made.map_err(|error| ModuleError::NotMade { what: "memory", why: error.to_string() })?.into())
        }
        ExternType::Table(ty) => Some(table(ty, store)?.into()),
        ExternType::Global(ty) => {
            let given = options.globals.iter().rfind(|(from, known, _)| from == module && known == name);
            match given {
                Some((_, _, given)) => {
                    Some(global(*given, ty, format!("{module}.{name}").escape_debug().to_string(), store)?.into())
                }
                None => None,
            }
        }
        ExternType::Tag(_) => None,
    })
}

/// A table of null references.
fn table(ty: &TableType, store: &mut Store) -> Result<Table, Error> {
    let empty = match ty.ty {
        Type::ExternRef => Value::ExternRef(None),
        Type::ExceptionRef => Value::ExceptionRef(None),
        _ => Value::FuncRef(None),
    };
    let made = Table::new(store, *ty, empty);
    made.map_err(|error| ModuleError::NotMade { what: "table", why: error.to_string() }.into())
}

/// A global with the value that the embedder has given.
fn global(given: WasmArg, ty: &GlobalType, name: String, store: &mut Store) -> Result<Global, Error> {
    let wanted = type_of(&ty.ty);
    let value = given.to_engine(wanted).map_err(|misfit| ModuleError::Global {
        name,
        given: given.to_string(),
        wanted,
        takes: misfit.takes(wanted),
    })?;
    let mutable = ty.mutability.is_mutable();
    Ok(if mutable { Global::new_mut(store, value) } else { Global::new(store, value) })
}

/// The exports that the module has by itself.
pub(crate) fn own_exports(exports: &Exports) -> Exports {
    let ours = |name: &str| [START_EXPORT, STACK_POINTER_EXPORT].contains(&name) || name.starts_with(GLOBAL_EXPORT);
    let own = exports.iter().filter(|(name, _)| !ours(name));
    own.map(|(name, item)| (name.clone(), item.clone())).collect()
}

/// Why an instance could not be made.
fn not_made(module: &Module, code: &Code, error: InstantiationError) -> Error {
    match error {
        InstantiationError::Start(error) => error_of(&error, &code.info),
        other => ModuleError::NotMade { what: "instance", why: format!("{}: {other}", module.name()) }.into(),
    }
}
