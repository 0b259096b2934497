//! A started interpreter, driven through CPython's exported C API.

use pyrun_emscripten_shim::{Caller, Env, GuestPtr, Trap};
use wasmer::{FunctionEnv, Instance, Store, TypedFunction, WasmTypeList};

use crate::boot::unwrap_trap;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this status.
    Status(i32),
    /// By a `KeyboardInterrupt` that nobody caught.
    Interrupted,
}

/// CPython after the end of its `main`, ready to run what the command line said.
pub struct Interpreter {
    store: Store,
    env: FunctionEnv<Env>,
    instance: Instance,
}

impl std::fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interpreter").finish_non_exhaustive()
    }
}

impl Interpreter {
    pub(crate) fn new(store: Store, env: FunctionEnv<Env>, instance: Instance) -> Self {
        Self { store, env, instance }
    }

    /// Runs `body` with a way into the guest.
    pub fn with_caller<R>(&mut self, body: impl FnOnce(&mut Caller<'_>) -> R) -> R {
        body(&mut Caller::from_store(&self.env, &mut self.store))
    }

    /// Calls an exported function.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the export is missing or has another type; else how the guest ended.
    pub fn call<Args: WasmTypeList, Rets: WasmTypeList>(&mut self, name: &str, args: Args) -> Result<Rets, Trap>
    where
        TypedFunction<Args, Rets>: pyrun_emscripten_shim::caller::GuestCall<Args, Rets>,
    {
        let function = pyrun_emscripten_shim::caller::export::<Args, Rets>(&self.store, &self.instance, name)?;
        self.with_caller(|caller| caller.call(&function, args)).map_err(unwrap_trap)
    }

    /// Runs what the command line said, as CPython's own `main` does, and finalises the interpreter.
    ///
    /// # Errors
    /// Every [`Trap`] but [`Trap::Exit`], which is an [`Ending`].
    pub fn run_main(&mut self) -> Result<Ending, Trap> {
        let status = match self.call::<(), i32>("run_main", ()) {
            Ok(status) => status,
            Err(Trap::Exit(status)) => return Ok(Ending::Status(status)),
            Err(trap) => return Err(trap),
        };
        self.finalize(status)
    }

    /// `Py_FinalizeEx`: atexit functions, flushing. Status 120 when that fails, as CPython's.
    fn finalize(&mut self, status: i32) -> Result<Ending, Trap> {
        match self.call::<(), i32>("Py_FinalizeEx", ()) {
            Ok(outcome) if outcome < 0 => Ok(Ending::Status(120)),
            Ok(_) => Ok(Ending::Status(status)),
            Err(Trap::Exit(status)) => Ok(Ending::Status(status)),
            Err(trap) => Err(trap),
        }
    }

    /// Runs Python source in `__main__`; an exception is printed to the guest's standard error.
    ///
    /// # Errors
    /// How the guest ended, when it did. `Ok(false)` says that an exception was printed.
    pub fn run_simple_string(&mut self, source: &str) -> Result<bool, Trap> {
        let mut text = source.replace('\0', " ").into_bytes();
        text.push(0);
        let addr = self.with_caller(|caller| {
            let addr = caller.malloc(text.len() as u32)?;
            caller.with_mem(|mem| mem.write_bytes(addr, &text))??;
            Ok::<_, Trap>(addr)
        })?;
        let outcome = self.call::<u32, i32>("PyRun_SimpleString", addr);
        self.with_caller(|caller| caller.free(addr))?;
        Ok(outcome? == 0)
    }

    /// An `i32` variable that the main module exports.
    ///
    /// # Errors
    /// [`Trap::Bug`] when there is none of that name.
    pub fn variable(&mut self, name: &str) -> Result<i32, Trap> {
        let global = self.instance.exports.get_global(name).map_err(|e| Trap::bug("variable", e.to_string()))?;
        let address = global.get(&mut self.store).i32().unwrap_or(0).cast_unsigned();
        self.with_caller(|caller| caller.with_mem(|mem| mem.read(GuestPtr::<i32>::new(address))))?.map_err(Trap::from)
    }
}
