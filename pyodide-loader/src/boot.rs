//! From a compiled main module to the end of CPython's `main`.
//!
//! Bare mode: `_pyodide_core`, the bridge to host objects, is only an entry of CPython's table of built-in modules;
//! nothing imports it here, so none of its 153 imports is called.

use std::sync::Arc;

use pyrun_emscripten_shim::dylink::{Linker, ModuleSource};
use pyrun_emscripten_shim::memory::GuestStore;
use pyrun_emscripten_shim::{Caller, Env, GuestPtr, Process, Trap};
use pyrun_translate::{ModuleInfo, START_EXPORT};
use wasmer::{FunctionEnv, Module};

use crate::c_api;
use crate::error::BootError;
use crate::extensions;
use crate::instance::Instance;
use crate::instantiate;
use crate::release::{KnownRelease, Trampoline};
use crate::{flock, trampoline};

/// The home folder and first working folder.
pub const HOME: &str = "/home/pyodide";

/// The functions of the main module that boot calls by name. A slimmed module must still export them.
pub const HOST_EXPORTS: &[&str] = &[APPLY_RELOCATIONS, CONSTRUCTORS, "__main_argc_argv"];

/// Puts addresses into data of position-independent main modules.
const APPLY_RELOCATIONS: &str = "__wasm_apply_data_relocs";
const CONSTRUCTORS: &str = "__wasm_call_ctors";

/// What an interpreter is made of.
pub struct Boot {
    /// The release that it is of.
    pub release: &'static KnownRelease,
    /// The compiled, translated main module.
    pub module: Module,
    /// The facts about it.
    pub info: Arc<ModuleInfo>,
    /// The data that the translator took out of it: address and bytes.
    pub data: Vec<(u32, Vec<u8>)>,
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
    pub fn start(self, GuestStore { mut store, gate }: GuestStore) -> Result<Instance, BootError> {
        let linker = Linker::new(self.info);
        let extensions = extensions::boot(self.release);
        let env = Env::new(gate, self.process, self.release.host_functions(), linker, self.modules, extensions);
        let env = FunctionEnv::new(&mut store, env);
        let instance = instantiate::instantiate(&mut store, &env, &self.module, self.release)?;
        tracing::debug!("main module instantiated");

        let mut caller = Caller::from_store(&env, &mut store);
        write_data(&mut caller, &self.data)?;
        let slot = caller.grow_table(2)?;
        trampoline::install(&mut caller, slot)?;
        flock::install(&mut caller, slot + 1)?;
        if self.release.trampoline == Trampoline::Called {
            tell_trampoline(&mut caller, &instance, slot)?;
        }
        enable_signals(&mut caller, &instance)?;
        initialize(&mut caller, &instance)?;
        tracing::debug!("constructors done");
        flock::put(&mut caller, slot + 1)?;
        call_main(&mut caller, &instance, &self.args)?;
        tracing::debug!("main returned");
        hide_bridge(&mut caller)?;
        Ok(Instance::new(store, env))
    }
}

/// Writes the data that the translator took out of the module's data segments.
fn write_data(caller: &mut Caller<'_>, data: &[(u32, Vec<u8>)]) -> Result<(), BootError> {
    caller
        .with_mem(|mem| data.iter().try_for_each(|(address, bytes)| mem.write_bytes(*address, bytes)))?
        .map_err(|_| BootError::NotPyodide("its data does not fit its memory".to_owned()))
}

/// The start function, relocations and constructors, as far as the module has them.
fn initialize(caller: &mut Caller<'_>, instance: &wasmer::Instance) -> Result<(), BootError> {
    for step in [START_EXPORT, APPLY_RELOCATIONS, CONSTRUCTORS] {
        if instance.exports.contains(step) {
            let function = instantiate::export::<(), ()>(caller, instance, step)?;
            caller.call(&function, ()).map_err(Trap::flatten)?;
        }
    }
    Ok(())
}

/// Hands the arity trampoline to CPython; see [`trampoline`].
fn tell_trampoline(caller: &mut Caller<'_>, instance: &wasmer::Instance, slot: u32) -> Result<(), BootError> {
    let runtime = instantiate::variable(caller, instance, "_PyRuntime")?;
    let offset = instantiate::variable(caller, instance, "_PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET")?;
    caller
        .with_mem(|mem| {
            let offset = mem.read(GuestPtr::<u32>::new(offset))?;
            mem.write(GuestPtr::<u32>::new(runtime.wrapping_add(offset)), slot)
        })?
        .map_err(Trap::from)?;
    Ok(())
}

/// Tells CPython to ask for signals; the answer is [`crate::imports::cpython`]'s.
fn enable_signals(caller: &mut Caller<'_>, instance: &wasmer::Instance) -> Result<(), BootError> {
    let flag = instantiate::variable(caller, instance, "Py_EMSCRIPTEN_SIGNAL_HANDLING")?;
    caller.with_mem(|mem| mem.write(GuestPtr::<i32>::new(flag), 1))?.map_err(Trap::from)?;
    Ok(())
}

/// `main(argc, argv)`: parses the command line and initialises CPython.
fn call_main(caller: &mut Caller<'_>, instance: &wasmer::Instance, args: &[Vec<u8>]) -> Result<(), BootError> {
    let main = instantiate::export::<(u32, u32), i32>(caller, instance, "__main_argc_argv")?;
    let argv = write_args(caller, args)?;
    match caller.call(&main, (args.len() as u32, argv)).map_err(Trap::flatten) {
        Ok(0) | Err(Trap::MainEnded) => Ok(()),
        Ok(status) => Err(BootError::Ended(Trap::Exit(status))),
        Err(trap) => Err(trap.into()),
    }
}

/// Removes the bridge from `sys.builtin_module_names`: `pydoc` imports every module that is listed there, and the bridge's
/// initialisation calls JavaScript.
fn hide_bridge(caller: &mut Caller<'_>) -> Result<(), BootError> {
    // An expression, so that it leaves no name in `__main__`.
    let source = "__import__('sys').__dict__.update(builtin_module_names=tuple(\
                  filter('_pyodide_core'.__ne__, __import__('sys').builtin_module_names)))";
    match c_api::call_with_text(caller, |c| &c.PyRun_SimpleString, source)? {
        0 => Ok(()),
        _ => Err(Trap::bug("boot", "the list of built-in modules cannot be changed").into()),
    }
}

/// Puts `argv` into the guest's memory, for as long as the program runs.
fn write_args(caller: &mut Caller<'_>, args: &[Vec<u8>]) -> Result<u32, Trap> {
    let size = argv(args, 0).len();
    let size = u32::try_from(size).map_err(|_| Trap::Aborted("the command line is too long".to_owned()))?;
    let block = caller.malloc(size)?;
    if block == 0 {
        return Err(Trap::Aborted("the command line does not fit into memory".to_owned()));
    }
    caller.with_mem(|mem| mem.write_bytes(block, &argv(args, block)))??;
    Ok(block)
}

/// `argv` as it lies at `address`: the addresses of the arguments, a null, then the arguments with a NUL each.
fn argv(args: &[Vec<u8>], address: u32) -> Vec<u8> {
    let mut texts = Vec::new();
    let mut block = Vec::new();
    let texts_at = address.wrapping_add((args.len() as u32 + 1) * 4);
    for arg in args {
        block.extend(texts_at.wrapping_add(texts.len() as u32).to_le_bytes());
        texts.extend_from_slice(arg);
        texts.push(0);
    }
    block.extend(0_u32.to_le_bytes());
    block.extend(texts);
    block
}

#[cfg(test)]
mod tests {
    use super::argv;

    #[test]
    fn argv_is_as_c_has_it() {
        let args = [b"ab".to_vec(), Vec::new(), b"c".to_vec()];
        let mut block = Vec::new();
        [0x110_u32, 0x113, 0x114, 0].iter().for_each(|word| block.extend(word.to_le_bytes()));
        block.extend(b"ab\0\0c\0");
        assert_eq!(argv(&args, 0x100), block);
        assert_eq!(argv(&[], 8), [0; 4]);
    }
}
