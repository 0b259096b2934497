//! An instance that is driven: its code, memory and globals in a store of its own.

use std::collections::HashMap;
use std::sync::Arc;

use pyrun_emscripten_shim::guest::signals;
use pyrun_emscripten_shim::memory::{GuestStore, at_rest};
use pyrun_emscripten_shim::{Env, Trap};
use pyrun_translate::{ModuleInfo, STACK_POINTER_EXPORT};
use wasmer::{Exports, Extern, Function, FunctionEnv, Global, Memory, RuntimeError, Store, Value};
use wasmer_types::StoreId;

use super::arena::Allocations;
use super::argument::WasmArg;
use super::callable::{Callable, kind_of, nearest, type_of};
use super::control::{Control, Interrupt};
use super::ending::{error_of, error_of_trap};
use super::host::HostState;
use super::memory::ModuleMemory;
use super::value::WasmValue;
use crate::deadline::Fired;
use crate::error::Error;
use crate::host::InterruptHandle;
use crate::limits::Limits;
use crate::module::error::ModuleError;
use crate::module::open::Module;
use crate::sys::SendStore;

/// An instance of a module: its memory, its globals, its state. Instances of one module share nothing but code.
///
/// A trap does not end it, nor does a host function that fails: its memory and its globals are as the module's code left them, but for
/// C's stack pointer, which is as before the call. What was stopped from outside ([`InterruptHandle::kill`], a limit of
/// time) is gone: its memory can still be read, and all calls are [`Error::Poisoned`].
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (func (export "add") (param i32 i32) (result i32)
/// #     (i32.add (local.get 0) (local.get 1))))"#).unwrap();
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine.module(wasm)?.instance().start()?;
/// assert_eq!(instance.call("add", (2, 3))?, [pyrun::WasmValue::I32(5)]);
/// # Ok(())
/// # }
/// ```
pub struct ModuleInstance {
    pub(super) store: SendStore,
    pub(super) id: StoreId,
    pub(super) exports: Exports,
    memory: Option<Memory>,
    module: Module,
    info: Arc<ModuleInfo>,
    /// Functions that were called by name.
    pub(super) callables: HashMap<String, Arc<Callable>>,
    pub(super) allocations: Allocations,
    /// Bytes of memory when it was made.
    pub(super) size_at_start: usize,
    /// The process of a guest of Emscripten's.
    guest: Option<FunctionEnv<Env>>,
    /// C's stack pointer. A call that does not return has not put it back.
    stack_pointer: Option<Global>,
    control: Control,
}

impl std::fmt::Debug for ModuleInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModuleInstance").field("module", &self.module).finish_non_exhaustive()
    }
}

impl ModuleInstance {
    /// An instance of any kind, whose code and memory are in `store`. What else the kind has there lives as long as that.
    pub(crate) fn new(
        module: Module,
        info: Arc<ModuleInfo>,
        GuestStore { store, gate }: GuestStore,
        exports: Exports,
        imported: Option<Memory>,
        (interrupt, limits): (Interrupt, &Limits),
    ) -> Self {
        let memory = exported_memory(&exports).or(imported);
        let id = store.id();
        let size_at_start = memory.as_ref().map_or(0, |memory| memory.size(&store).bytes().0);
        let control = Control::new(gate, interrupt, limits.time(), &info);
        let (store, callables, allocations) = (SendStore::new(store), HashMap::new(), Allocations::default());
        let (guest, stack_pointer) = (None, None);
        Self {
            store,
            id,
            exports,
            memory,
            module,
            info,
            callables,
            allocations,
            size_at_start,
            guest,
            stack_pointer,
            control,
        }
    }

    /// Has C's stack pointer put back after a call that does not return, if the instance has one.
    pub(crate) fn keep_stack_pointer(&mut self, exports: &Exports) {
        self.stack_pointer = exports.get_global(STACK_POINTER_EXPORT).ok().cloned();
    }

    /// Makes it a guest of Emscripten's, whose process is the environment of its host functions.
    pub(crate) fn make_guest(&mut self, guest: FunctionEnv<Env>) {
        self.guest = Some(guest);
    }

    /// The process of a guest of Emscripten's, the store that it lives in, and what ends it. An interrupt that came before is
    /// forgotten.
    pub(crate) fn guest(&mut self) -> Option<(&FunctionEnv<Env>, &mut Store, &mut Control)> {
        signals::keep();
        self.control.interrupt.forget();
        Some((self.guest.as_ref()?, self.store.store(), &mut self.control))
    }

    /// Lets host functions reach the memory, and see an interrupt.
    pub(crate) fn show_memory(&mut self, env: &FunctionEnv<HostState>) {
        let state = env.as_mut(self.store.store());
        state.memory = self.memory.clone();
        state.interrupt = Some(self.control.interrupt.clone());
    }

    /// Runs `call`, which calls a function of the module and nothing else: the one way in, but for C's functions
    /// ([`ModuleInstance::guest`]). An interrupt that came before is forgotten.
    #[inline]
    pub(super) fn enter<R>(&mut self, call: impl FnOnce(&mut Store) -> Result<R, RuntimeError>) -> Result<R, Error> {
        signals::keep();
        self.control.interrupt.forget();
        if !self.control.limits.is_none() {
            return self.enter_limited(call);
        }
        let store = self.store.store();
        at_rest(store);
        let stack = self.stack_pointer.as_ref().map(|pointer| pointer.get(store));
        let result = match self.control.can_be_stopped() {
            true => self.control.gate.call(|| call(store)),
            false => call(store).map_err(Trap::Guest),
        };
        match result {
            Ok(result) => Ok(result),
            Err(trap) => Err(self.ended(trap, stack, None)),
        }
    }

    /// Why a call did not return. The stack is again as it was when it began.
    #[cold]
    fn ended(&mut self, trap: Trap, stack: Option<Value>, fired: Option<Fired>) -> Error {
        if let (Some(pointer), Some(before)) = (&self.stack_pointer, stack) {
            // It is of the same type, and can be assigned to: the translator has looked.
            let _ = pointer.set(self.store.store(), before);
        }
        self.control.ended(error_of_trap(trap, &self.info), fired)
    }

    #[inline(never)]
    fn enter_limited<R>(&mut self, call: impl FnOnce(&mut Store) -> Result<R, RuntimeError>) -> Result<R, Error> {
        let mut armed = self.control.arm(self.module.engine())?;
        let store = self.store.store();
        at_rest(store);
        let stack = self.stack_pointer.as_ref().map(|pointer| pointer.get(store));
        let result = self.control.gate.call(|| call(store));
        armed.disarm();
        result.map_err(|trap| self.ended(trap, stack, armed.fired()))
    }

    /// Limits the time of each call from now on, by [`Limits::wall`], [`Limits::cpu`] and [`Limits::grace`]; the other limits stay as
    /// they are. Beyond it the call ends with [`Error::TimedOut`]: when it next calls the host, after which the instance is as after a
    /// trap; or where it is, when it has not done so a grace period later, or imports no function. It is gone then.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#).unwrap();
    /// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// use std::time::Duration;
    /// let mut instance = engine.module(wasm)?.instance().start()?;
    /// instance.limit_time(&pyrun::Limits::new().wall(Duration::from_millis(50)));
    /// let Err(pyrun::Error::TimedOut(error)) = instance.call("spin", ()) else { panic!("it ended") };
    /// assert!(error.stopped && instance.is_poisoned());
    /// assert!(matches!(instance.call("spin", ()), Err(pyrun::Error::Poisoned(_))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn limit_time(&mut self, limits: &Limits) {
        self.control.limit(limits.time());
    }

    /// Whether it was stopped from outside, and can be called no more.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.control.is_gone()
    }

    pub(crate) fn control(&mut self) -> &mut Control {
        &mut self.control
    }

    /// What interrupts a call, from any thread and in a signal handler: it ends a wait in the host (a read, a sleep, a poll), and the
    /// call as soon as the module calls the host; [`Error::Signal`] comes out of it, unless a program of Emscripten's handles the
    /// signal by its own `raise`. Code that has not called the host [`Limits::grace`] later is stopped where it is, with the same error,
    /// and the instance is gone; a module that imports no function is stopped at once. What comes while nothing runs is forgotten.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "env" "ready" (func $ready))
    /// #     (func (export "wait") (loop (call $ready) (br 0))))"#).unwrap();
    /// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// // It calls `ready` without end.
    /// let mut instance = engine.module(wasm)?.instance().host("env", "ready", || ()).start()?;
    /// let handle = instance.interrupt_handle();
    /// std::thread::spawn(move || loop { handle.interrupt(); std::thread::yield_now(); });
    /// assert!(matches!(instance.call("wait", ()), Err(pyrun::Error::Signal { signal: 2 })));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.control.watch(self.module.engine());
        self.control.interrupt.clone()
    }

    /// Runs what the module runs at its start.
    ///
    /// # Errors
    /// As [`ModuleInstance::call`].
    pub(crate) fn run_start(&mut self, start: Option<&Function>) -> Result<(), Error> {
        let Some(start) = start else { return Ok(()) };
        let store = self.store.store();
        // The limits of time are those of the start as a whole, and what was sent to it is to be seen.
        let result = self.control.gate.call(|| start.call(store, &[]));
        result.map(drop).map_err(|trap| error_of_trap(trap, &self.info))
    }

    /// Whether it exports a function of this name.
    #[must_use]
    pub fn has_function(&self, name: &str) -> bool {
        self.exports.get_function(name).is_ok()
    }

    /// Its memory, to be changed: as [`ModuleInstance::memory`], but not that of an instance that was stopped, which is only read.
    ///
    /// # Errors
    /// As there; [`Error::Killed`], the first time, and [`Error::Poisoned`], when it was stopped.
    pub fn memory_mut(&mut self) -> Result<ModuleMemory<'_>, Error> {
        if self.is_poisoned() {
            return Err(self.control.ended(Error::Killed, None));
        }
        self.memory()
    }

    /// The module that it is an instance of.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Its memory: what it exports as `memory`, else the first memory that it exports, else the one that it imports.
    ///
    /// # Errors
    /// [`Error::Module`], when it has none that can be reached.
    pub fn memory(&mut self) -> Result<ModuleMemory<'_>, Error> {
        let memory = self.memory.as_ref().ok_or(ModuleError::NoMemory)?;
        Ok(ModuleMemory::new(memory, self.store.store()))
    }

    /// The value of an exported global.
    ///
    /// # Errors
    /// [`Error::Module`], when it exports no such global.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (global (export "level") (mut i32) (i32.const 3)))"#).unwrap();
    /// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let mut instance = engine.module(wasm)?.instance().start()?;
    /// instance.set_global("level", 4)?;
    /// assert_eq!(instance.global("level")?, pyrun::WasmValue::I32(4));
    /// # Ok(())
    /// # }
    /// ```
    pub fn global(&mut self, name: &str) -> Result<WasmValue, Error> {
        let global = self.exported_global(name)?;
        Ok(WasmValue::from_engine(&global.get(self.store.store())))
    }

    /// Assigns to an exported global.
    ///
    /// # Errors
    /// [`Error::Module`], when it exports no such global, when that is constant, or when the value does not fit it.
    pub fn set_global(&mut self, name: &str, value: impl Into<WasmArg>) -> Result<(), Error> {
        let global = self.exported_global(name)?;
        let ty = global.ty(self.store.store());
        let (given, wanted): (WasmArg, _) = (value.into(), type_of(&ty.ty));
        if !ty.mutability.is_mutable() {
            return Err(ModuleError::ConstantGlobal { name: name.to_owned() }.into());
        }
        let value = given.to_engine(wanted).map_err(|misfit| ModuleError::Global {
            name: name.to_owned(),
            given: given.to_string(),
            wanted,
            takes: misfit.takes(wanted),
        })?;
        global.set(self.store.store(), value).map_err(|error| error_of(&error, &self.info))
    }

    fn exported_global(&self, name: &str) -> Result<Global, Error> {
        match self.exports.get_extern(name) {
            Some(Extern::Global(global)) => Ok(global.clone()),
            _ => Err(self.no_export(name, "global")),
        }
    }

    /// The error for a name that is not exported as what was asked for.
    pub(super) fn no_export(&self, name: &str, wanted: &'static str) -> Error {
        let found = self.exports.get_extern(name).map(kind_of);
        let near = nearest(name, self.exports.iter().filter(|(_, item)| kind_of(item) == wanted));
        let module = self.module.name().to_owned();
        ModuleError::NoExport { module, name: name.to_owned(), wanted, found, near }.into()
    }
}

fn exported_memory(exports: &Exports) -> Option<Memory> {
    let named = exports.get_memory("memory").ok();
    named.or_else(|| exports.iter().memories().map(|(_, memory)| memory).next()).cloned()
}
