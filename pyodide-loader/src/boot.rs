//! From a compiled main module to the end of CPython's `main`.
//!
//! Bare mode: `_pyodide_core`, the bridge to host objects, is only an entry of CPython's table of built-in modules;
//! nothing imports it here, so none of its 153 imports is called.

use std::sync::Arc;

use pyrun_emscripten_shim::dylink::{Linker, ModuleSource};
use pyrun_emscripten_shim::translate::ModuleInfo;
use pyrun_emscripten_shim::{Caller, Env, Guest, GuestPtr, Process, Trap};
use wasmer::{
    AsStoreMut, Extern, ExternType, Function, FunctionEnv, FunctionEnvMut, Global, Imports, Instance, Module,
    Mutability, RuntimeError, Store, Value,
};

use crate::imports::{FAMILIES, bridge};
use crate::interpreter::Interpreter;
use crate::state::{self, LoaderState};
use crate::trampoline;

/// Where the standard library appears. CPython's own default for `sys.path`.
pub const STDLIB: &str = "/lib/python314.zip";
/// Where packages appear.
pub const SITE_PACKAGES: &str = "/lib/python3.14/site-packages";
/// The home folder and first working folder.
pub const HOME: &str = "/home/pyodide";

/// The functions of the main module that boot calls by name. A slimmed module must still export them.
pub const HOST_EXPORTS: &[&str] = &["__wasm_call_ctors", "__main_argc_argv"];

/// Why an interpreter did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootError {
    /// The module asks for imports that no supported release has.
    #[error(
        "this release is not supported: it imports {} that pyrun does not know: {}",
        if .0.len() == 1 { "something" } else { "things" },
        .0.join(", ")
    )]
    UnknownImports(Vec<String>),
    /// The module is not a Pyodide main module.
    #[error("this is not the main module of a supported Pyodide release: {0}")]
    NotPyodide(String),
    /// The engine could not make the instance.
    #[error("the engine could not instantiate the main module")]
    Instantiate(#[source] Box<wasmer::InstantiationError>),
    /// The guest ended while it started; [`Trap::Exit`] is what `-h` and `-V` do.
    #[error(transparent)]
    Ended(#[from] Trap),
}

/// What an interpreter is made of.
pub struct Boot {
    /// The compiled, translated main module.
    pub module: Module,
    /// The facts about it.
    pub info: Arc<ModuleInfo>,
    /// The kernel's side: file system with the standard library in place, environment, host.
    pub process: Process,
    /// Compiles helper modules and side modules.
    pub modules: Box<dyn ModuleSource>,
    /// The command line, `argv[0]` first.
    pub args: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Boot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Boot").field("process", &self.process).finish_non_exhaustive()
    }
}

impl Boot {
    /// Instantiates the module and runs it to the end of CPython's `main`.
    ///
    /// # Errors
    /// [`BootError`].
    pub fn start(self, mut store: Store) -> Result<Interpreter, BootError> {
        let linker = Linker::new(self.info, FAMILIES);
        let env = Env::new(self.process, linker, self.modules, Box::new(LoaderState::default()));
        let env = FunctionEnv::new(&mut store, env);
        let imports = resolve_imports(&mut store, &env, &self.module)?;
        let instance = Instance::new(&mut store, &self.module, &imports).map_err(instantiation_error)?;
        adopt(&mut store, &env, &instance)?;
        tracing::debug!("main module instantiated");

        let mut caller = Caller::from_store(&env, &mut store);
        install_trampoline(&mut caller, &instance)?;
        enable_signals(&mut caller, &instance)?;
        let constructors = shim_export::<(), ()>(&mut caller, &instance, "__wasm_call_ctors")?;
        caller.call(&constructors, ()).map_err(Trap::flatten)?;
        tracing::debug!("constructors done");
        call_main(&mut caller, &instance, &self.args)?;
        tracing::debug!("main returned");
        Ok(Interpreter::new(store, env))
    }
}

fn instantiation_error(error: wasmer::InstantiationError) -> BootError {
    match error {
        wasmer::InstantiationError::Start(error) => BootError::Ended(Trap::from_engine(error)),
        other => BootError::Instantiate(Box::new(other)),
    }
}

fn resolve_imports(store: &mut Store, env: &FunctionEnv<Env>, module: &Module) -> Result<Imports, BootError> {
    let mut imports = Imports::new();
    let mut unknown = Vec::new();
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let value = match import.ty() {
            ExternType::Function(ty) => {
                let known = pyrun_emscripten_shim::imports::find(FAMILIES, from, name);
                let made = known.map(|known| (known.define)(&mut store.as_store_mut(), env));
                match made {
                    Some(function) if function.ty(store) == *ty => Some(function),
                    Some(_) => None,
                    None if from == "env" && bridge::is_bridge(name) => Some(bridge::refusal(store, env, name, ty)),
                    None => None,
                }
                .map(Extern::Function)
            }
            // Functions of a graphics library that nothing calls; a null pointer each.
            ExternType::Global(ty) if from == "GOT.func" && ty.mutability == Mutability::Var => {
                Some(Extern::Global(Global::new_mut(store, Value::I32(0))))
            }
            _ => None,
        };
        match value {
            Some(value) => imports.define(from, name, value),
            None => unknown.push(format!("{from}.{name}")),
        }
    }
    if unknown.is_empty() { Ok(imports) } else { Err(BootError::UnknownImports(unknown)) }
}

/// Takes the engine's handles on the instance into the shared state.
fn adopt(store: &mut Store, env: &FunctionEnv<Env>, instance: &Instance) -> Result<(), BootError> {
    let lacks = |e: wasmer::ExportError| BootError::NotPyodide(e.to_string());
    let memory = instance.exports.get_memory("memory").map_err(lacks)?.clone();
    let table = instance.exports.get_table("__indirect_function_table").map_err(lacks)?.clone();
    let guest = Guest::new(store, instance, memory, table)?;
    env.as_mut(store).guest = Some(guest);
    Ok(())
}

fn shim_export<Args: wasmer::WasmTypeList, Rets: wasmer::WasmTypeList>(
    caller: &mut Caller<'_>,
    instance: &Instance,
    name: &str,
) -> Result<wasmer::TypedFunction<Args, Rets>, Trap> {
    pyrun_emscripten_shim::caller::export(&caller.store(), instance, name)
}

/// The address of a variable that the main module exports.
fn variable(caller: &mut Caller<'_>, instance: &Instance, name: &str) -> Result<u32, BootError> {
    let global = instance.exports.get_global(name).map_err(|e| BootError::NotPyodide(e.to_string()))?;
    let address = global.get(&mut caller.store()).i32();
    address.map(i32::cast_unsigned).ok_or_else(|| BootError::NotPyodide(format!("{name} is not an address")))
}

/// Makes the arity trampoline and hands it to CPython; see [`trampoline`].
fn install_trampoline(caller: &mut Caller<'_>, instance: &Instance) -> Result<(), BootError> {
    let wasm = trampoline::helper_module();
    let env = caller.env_handle();
    let (shared, mut store) = caller.env_and_store();
    let engine = wasmer::AsStoreRef::as_store_ref(&store).engine().clone();
    let module = shared.modules.helper_module(&engine, &wasm).map_err(|why| Trap::bug("trampoline", why))?;
    let table = shared.guest.as_ref().map(|guest| guest.table.clone());
    let table = table.ok_or_else(|| Trap::bug("trampoline", "no table"))?;
    let arity = Function::new_typed_with_env(&mut store, &env, |env: FunctionEnvMut<'_, Env>, slot: u32| {
        trampoline::arity(&mut Caller::new(env), slot).map_err(RuntimeError::from)
    });
    let wrong = Function::new_typed_with_env(&mut store, &env, |env: FunctionEnvMut<'_, Env>, ok: GuestPtr<i32>| {
        trampoline::wrong(&mut Caller::new(env), ok).map_err(RuntimeError::from)
    });
    let imports = wasmer::imports! { "env" => { "table" => table, "arity" => arity, "wrong" => wrong } };
    let helper = Instance::new(&mut store, &module, &imports).map_err(instantiation_error)?;
    let lacks = |e: wasmer::ExportError| Trap::bug("trampoline", e.to_string());
    let arities = helper.exports.get_memory("arities").map_err(lacks)?.clone();
    let function = helper.exports.get_function("trampoline").map_err(lacks)?.clone();
    state::of(caller.env())?.arities = Some(arities);

    let slot = caller.grow_table(1)?;
    caller.set_slot(slot, Some(function))?;
    let runtime = variable(caller, instance, "_PyRuntime")?;
    let offset = variable(caller, instance, "_PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET")?;
    caller
        .with_mem(|mem| {
            let offset = mem.read(GuestPtr::<u32>::new(offset))?;
            mem.write(GuestPtr::<u32>::new(runtime.wrapping_add(offset)), slot)
        })?
        .map_err(Trap::from)?;
    Ok(())
}

/// Tells CPython to ask for signals; the answer is [`crate::imports::cpython`]'s.
fn enable_signals(caller: &mut Caller<'_>, instance: &Instance) -> Result<(), BootError> {
    let flag = variable(caller, instance, "Py_EMSCRIPTEN_SIGNAL_HANDLING")?;
    caller.with_mem(|mem| mem.write(GuestPtr::<i32>::new(flag), 1))?.map_err(Trap::from)?;
    Ok(())
}

/// `main(argc, argv)`: parses the command line and initialises CPython.
fn call_main(caller: &mut Caller<'_>, instance: &Instance, args: &[Vec<u8>]) -> Result<(), BootError> {
    let main = shim_export::<(u32, u32), i32>(caller, instance, "__main_argc_argv")?;
    let argv = write_args(caller, args)?;
    match caller.call(&main, (args.len() as u32, argv)).map_err(Trap::flatten)? {
        0 => Ok(()),
        status => Err(BootError::Ended(Trap::Exit(status))),
    }
}

/// An argv block on the guest's stack: the pointers, a null, then the strings.
fn write_args(caller: &mut Caller<'_>, args: &[Vec<u8>]) -> Result<u32, Trap> {
    let pointers = (args.len() + 1) * 4;
    let total = args.iter().map(|arg| arg.len() + 1).sum::<usize>() + pointers;
    let total = u32::try_from(total).map_err(|_| Trap::Aborted("the command line is too long".to_owned()))?;
    let alloc = caller.guest()?.malloc.clone();
    let block = caller.call(&alloc, total)?;
    if block == 0 {
        return Err(Trap::Aborted("the command line does not fit into memory".to_owned()));
    }
    caller.with_mem(|mem| {
        let pointer = GuestPtr::<u32>::new(block);
        let mut text = block + pointers as u32;
        for (index, arg) in args.iter().enumerate() {
            mem.write(pointer.at(index as u32), text)?;
            mem.write_bytes(text, arg)?;
            mem.write(GuestPtr::<u8>::new(text + arg.len() as u32), 0)?;
            text += arg.len() as u32 + 1;
        }
        mem.write(pointer.at(args.len() as u32), 0)
    })??;
    Ok(block)
}
