//! What a handler is called with: the process, guest memory, and a way back into the guest.

use std::collections::HashMap;
use std::sync::Arc;

use wasmer::{
    AsStoreMut, AsStoreRef, Function, FunctionEnv, FunctionEnvMut, Instance, Memory, Store, StoreMut, Table,
    TypedFunction, Value, WasmTypeList,
};

use crate::dylink::{Linker, ModuleSource};
use crate::guest::extensions::Extensions;
use crate::guest::mem::GuestMem;
use crate::guest::trap::Trap;
use crate::libffi::{Adapters, Closures};
use crate::process::Process;
use crate::sys;

/// Everything that the imports of one guest share. Owned by the store.
pub struct Env {
    /// The kernel's side of the guest.
    pub process: Process,
    /// The engine's handles; absent until the main module is instantiated.
    pub guest: Option<Guest>,
    /// Loaded libraries and the global offset table.
    pub linker: Linker,
    /// libffi's closures.
    pub closures: Closures,
    /// Code generated for libffi.
    pub adapters: Adapters,
    /// Compiles side modules and generated code.
    pub modules: Box<dyn ModuleSource>,
    /// State of the layers above.
    pub extensions: Extensions,
    depth: u32,
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Env").field("process", &self.process).field("depth", &self.depth).finish_non_exhaustive()
    }
}

impl Env {
    /// The environment of a guest that is about to be instantiated.
    pub fn new(process: Process, linker: Linker, modules: Box<dyn ModuleSource>, extensions: Extensions) -> Self {
        Self {
            process,
            guest: None,
            linker,
            closures: Closures::default(),
            adapters: Adapters::default(),
            modules,
            extensions,
            depth: 0,
        }
    }
}

/// The engine's handles on the main module.
#[derive(Clone)]
pub struct Guest {
    /// Linear memory.
    pub memory: Memory,
    /// The function table.
    pub table: Table,
    /// `malloc`.
    pub malloc: TypedFunction<u32, u32>,
    /// `calloc`.
    pub calloc: TypedFunction<(u32, u32), u32>,
    /// `free`.
    pub free: TypedFunction<u32, ()>,
    /// `emscripten_builtin_memalign(alignment, size)`.
    pub memalign: TypedFunction<(u32, u32), u32>,
    /// `_emscripten_stack_alloc`.
    pub stack_alloc: TypedFunction<u32, u32>,
    /// `_emscripten_stack_restore`.
    pub stack_restore: TypedFunction<u32, ()>,
    /// `emscripten_stack_get_current`.
    pub stack_current: TypedFunction<(), u32>,
    /// The main module's instance, for its other exports.
    pub instance: Arc<Instance>,
    /// How many slots the table had at the start: the main module's own.
    pub own_slots: u32,
    /// How many slots are given out. The table may have more, left over from before a reset, and they are empty.
    pub slots_used: u32,
    /// Function-table slots that the host has looked at: `Table::get` allocates in the store for good.
    slots: HashMap<u32, Function>,
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest").field("cached_slots", &self.slots.len()).finish_non_exhaustive()
    }
}

impl Guest {
    /// Takes the handles that the shim needs from an instantiated main module.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the module lacks one of them: it is not an Emscripten main module of a supported era.
    pub fn new(store: &impl AsStoreRef, instance: &Instance, memory: Memory, table: Table) -> Result<Self, Trap> {
        if memory.ty(store).shared {
            return Err(Trap::bug("instantiate", "shared memories are not supported"));
        }
        let own_slots = table.size(store);
        Ok(Self {
            memory,
            table,
            malloc: export(store, instance, "malloc")?,
            calloc: export(store, instance, "calloc")?,
            free: export(store, instance, "free")?,
            memalign: export(store, instance, "emscripten_builtin_memalign")?,
            stack_alloc: export(store, instance, "_emscripten_stack_alloc")?,
            stack_restore: export(store, instance, "_emscripten_stack_restore")?,
            stack_current: export(store, instance, "emscripten_stack_get_current")?,
            instance: Arc::new(instance.clone()),
            own_slots,
            slots_used: own_slots,
            slots: HashMap::new(),
        })
    }
}

/// The functions of the main module that the shim calls by name. A slimmed module must still export them.
pub const HOST_EXPORTS: &[&str] = &[
    "malloc",
    "calloc",
    "free",
    "emscripten_builtin_memalign",
    "_emscripten_stack_alloc",
    "_emscripten_stack_restore",
    "emscripten_stack_get_current",
    "__dl_seterr",
    "__funcs_on_exit",
    "_emscripten_find_dylib",
    "_emscripten_timeout",
    "fflush",
    "raise",
];

/// An exported function with a known signature.
///
/// # Errors
/// [`Trap::Bug`] when it is missing or has another signature.
pub fn export<Args: WasmTypeList, Rets: WasmTypeList>(
    store: &impl AsStoreRef,
    instance: &Instance,
    name: &str,
) -> Result<TypedFunction<Args, Rets>, Trap> {
    instance.exports.get_typed_function(store, name).map_err(|e| Trap::bug("exports", format!("{name}: {e}")))
}

/// The process and guest memory together: what a system call works on.
#[derive(Debug)]
pub struct Sys<'a> {
    /// The kernel's side.
    pub process: &'a mut Process,
    /// Guest memory.
    pub mem: GuestMem<'a>,
}

/// A running import: borrows the store, so it can also call back into the guest.
#[derive(Debug)]
pub struct Caller<'a>(FunctionEnvMut<'a, Env>);

impl<'a> Caller<'a> {
    /// The caller of the import that the engine runs with this environment.
    pub fn new(env: FunctionEnvMut<'a, Env>) -> Self {
        Self(env)
    }

    /// A caller for the host's own use, outside any import.
    pub fn from_store(env: &FunctionEnv<Env>, store: &'a mut Store) -> Self {
        Self(env.clone().into_mut(store))
    }

    /// The same caller for a shorter time.
    pub fn reborrow(&mut self) -> Caller<'_> {
        Caller(self.0.as_mut())
    }

    /// The shared state.
    pub fn env(&mut self) -> &mut Env {
        self.0.data_mut()
    }

    /// The handle under which host functions share the state.
    pub fn env_handle(&self) -> FunctionEnv<Env> {
        self.0.as_ref()
    }

    /// The store.
    pub fn store(&mut self) -> StoreMut<'_> {
        self.0.as_store_mut()
    }

    /// The shared state and the store at once.
    pub fn env_and_store(&mut self) -> (&mut Env, StoreMut<'_>) {
        self.0.data_and_store_mut()
    }

    /// The engine's handles.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated.
    pub fn guest(&self) -> Result<&Guest, Trap> {
        self.0.data().guest.as_ref().ok_or_else(not_instantiated)
    }

    /// Runs `body` on the process and guest memory.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated; what `body` returns comes back as it is.
    pub fn with_sys<R>(&mut self, body: impl FnOnce(&mut Sys<'_>) -> R) -> Result<R, Trap> {
        let (env, mut store) = self.0.data_and_store_mut();
        let guest = env.guest.as_ref().ok_or_else(not_instantiated)?;
        let mem = sys::window(&guest.memory, &mut store);
        Ok(body(&mut Sys { process: &mut env.process, mem }))
    }

    /// Runs `body` on guest memory.
    ///
    /// # Errors
    /// As [`Caller::with_sys`].
    pub fn with_mem<R>(&mut self, body: impl FnOnce(&mut GuestMem<'_>) -> R) -> Result<R, Trap> {
        self.with_sys(|sys| body(&mut sys.mem))
    }

    /// Has the guest ask for a pending signal at its next opportunity. It is not raised here: a read that follows before
    /// the guest has looked would then wait with the signal already taken.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the guest is not there yet.
    pub fn hasten_signal(&mut self) -> Result<(), Trap> {
        let process = &self.env().process;
        match process.signal_clock {
            Some(clock) if process.signal.is_pending() => Ok(self.with_mem(|mem| mem.write(clock, 0))??),
            _ => Ok(()),
        }
    }

    /// Calls a guest function, counting how deeply guest and host are nested.
    ///
    /// # Errors
    /// [`Trap::TooDeep`], or how the guest ended.
    pub fn call<Args: WasmTypeList, Rets: WasmTypeList>(
        &mut self,
        function: &TypedFunction<Args, Rets>,
        args: Args,
    ) -> Result<Rets, Trap>
    where
        TypedFunction<Args, Rets>: GuestCall<Args, Rets>,
    {
        self.enter()?;
        let result = function.call_guest(&mut self.0, args);
        self.leave();
        result.map_err(Trap::Guest)
    }

    /// As [`Caller::call`], for a function whose signature is known only at run time.
    ///
    /// # Errors
    /// As [`Caller::call`]; [`Trap::Guest`] also when the arguments do not fit the signature.
    pub fn call_values(&mut self, function: &Function, args: &[Value]) -> Result<Box<[Value]>, Trap> {
        self.enter()?;
        let result = function.call(&mut self.0, args);
        self.leave();
        result.map_err(Trap::Guest)
    }

    fn enter(&mut self) -> Result<(), Trap> {
        let env = self.0.data_mut();
        if env.depth >= env.process.limits.depth {
            return Err(Trap::TooDeep(env.process.limits.depth));
        }
        env.depth += 1;
        Ok(())
    }

    fn leave(&mut self) {
        let env = self.0.data_mut();
        env.depth = env.depth.saturating_sub(1);
    }

    /// How many calls between guest and host may still be nested into the present one.
    pub fn depth_left(&self) -> u32 {
        let env = self.0.data();
        env.process.limits.depth.saturating_sub(env.depth)
    }

    /// Runs `body`, whose panics end here. Calls of the guest that a panic has cut off are no longer counted as active.
    ///
    /// # Errors
    /// What the panic carried.
    pub fn catch_panic<R>(&mut self, body: impl FnOnce(&mut Self) -> R) -> std::thread::Result<R> {
        let depth = self.0.data().depth;
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body(self)));
        self.0.data_mut().depth = depth;
        result
    }

    /// The function in a slot of the table; `None` when the slot is empty or does not exist.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated.
    pub fn slot(&mut self, slot: u32) -> Result<Option<Function>, Trap> {
        let (env, mut store) = self.0.data_and_store_mut();
        let guest = env.guest.as_mut().ok_or_else(not_instantiated)?;
        if let Some(function) = guest.slots.get(&slot) {
            return Ok(Some(function.clone()));
        }
        if slot >= guest.table.size(&store) {
            return Ok(None);
        }
        let Some(Value::FuncRef(Some(function))) = guest.table.get(&mut store, slot) else {
            return Ok(None);
        };
        guest.slots.insert(slot, function.clone());
        Ok(Some(function))
    }

    /// Puts a function into a slot. Only typed host functions and guest functions may sit in a table.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the table does not take it.
    pub fn set_slot(&mut self, slot: u32, function: Option<Function>) -> Result<(), Trap> {
        let (env, mut store) = self.0.data_and_store_mut();
        let guest = env.guest.as_mut().ok_or_else(not_instantiated)?;
        guest.table.set(&mut store, slot, Value::FuncRef(function.clone())).map_err(Trap::Guest)?;
        match function {
            Some(function) => guest.slots.insert(slot, function),
            None => guest.slots.remove(&slot),
        };
        Ok(())
    }

    /// Grows the table by `count` empty slots and returns the first.
    ///
    /// # Errors
    /// [`Trap::Aborted`] when the table would pass its limit.
    pub fn grow_table(&mut self, count: u32) -> Result<u32, Trap> {
        let (env, mut store) = self.0.data_and_store_mut();
        let guest = env.guest.as_mut().ok_or_else(not_instantiated)?;
        let first = guest.slots_used;
        let end = first.checked_add(count).filter(|end| *end <= env.process.limits.table);
        let Some(end) = end else {
            return Err(Trap::Aborted(format!("the function table may hold {} slots", env.process.limits.table)));
        };
        if let Some(more) = end.checked_sub(guest.table.size(&store)).filter(|more| *more > 0) {
            guest.table.grow(&mut store, more, Value::FuncRef(None)).map_err(Trap::Guest)?;
        }
        guest.slots_used = end;
        Ok(first)
    }

    /// Empties all slots from `first` on, for the next [`Caller::grow_table`] to give out again.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated.
    pub(crate) fn cut_table(&mut self, first: u32) -> Result<(), Trap> {
        let end = self.guest()?.slots_used;
        for slot in first..end {
            self.set_slot(slot, None)?;
        }
        let guest = self.env().guest.as_mut().ok_or_else(not_instantiated)?;
        guest.slots_used = end.min(first);
        Ok(())
    }

    /// Counts no call as active any more: for a guest that was cut off, and is about to be reset.
    pub(crate) fn forget_calls(&mut self) {
        self.env().depth = 0;
    }

    /// Tells the host that the program ends, and gives the trap that ends it, unless the host has ended the process.
    pub fn exit(&mut self, status: i32) -> Trap {
        self.env().process.host.exiting(status);
        Trap::Exit(status)
    }

    /// Allocates guest memory with the guest's own `malloc`; 0 when it has none left.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub fn malloc(&mut self, bytes: u32) -> Result<u32, Trap> {
        let malloc = self.guest()?.malloc.clone();
        self.call(&malloc, bytes)
    }

    /// Frees what [`Caller::malloc`] gave.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub fn free(&mut self, addr: u32) -> Result<(), Trap> {
        let free = self.guest()?.free.clone();
        self.call(&free, addr)
    }
}

/// A window on the memory of a guest at rest. The store is borrowed as long, so that no guest code runs meanwhile.
///
/// # Errors
/// [`Trap::Bug`] before the main module is instantiated.
pub fn memory<'s>(env: &FunctionEnv<Env>, store: &'s mut Store) -> Result<GuestMem<'s>, Trap> {
    let memory = env.as_ref(store).guest.as_ref().ok_or_else(not_instantiated)?.memory.clone();
    Ok(sys::window(&memory, store))
}

fn not_instantiated() -> Trap {
    Trap::bug("instantiate", "an import ran before the main module was ready")
}

/// Calling a [`TypedFunction`] whatever its signature is: wasmer defines `call` once per arity.
pub trait GuestCall<Args, Rets> {
    /// Calls it.
    ///
    /// # Errors
    /// How the guest ended.
    fn call_guest(&self, store: &mut FunctionEnvMut<'_, Env>, args: Args) -> Result<Rets, wasmer::RuntimeError>;
}

macro_rules! guest_calls {
    ($(($($arg:ident: $ty:ident),*))*) => {$(
        impl<$($ty: wasmer::FromToNativeWasmType,)* Rets: WasmTypeList> GuestCall<($($ty,)*), Rets>
            for TypedFunction<($($ty,)*), Rets>
        {
            fn call_guest(
                &self,
                store: &mut FunctionEnvMut<'_, Env>,
                ($($arg,)*): ($($ty,)*),
            ) -> Result<Rets, wasmer::RuntimeError> {
                self.call(store, $($arg),*)
            }
        }
    )*};
}
guest_calls! {
    () (a: A, b: B) (a: A, b: B, c: C) (a: A, b: B, c: C, d: D) (a: A, b: B, c: C, d: D, e: E)
    (a: A, b: B, c: C, d: D, e: E, f: F)
}

// One argument has no tuple around it in wasmer. A blanket implementation would overlap with the tuples'.
macro_rules! guest_calls_of_one {
    ($($ty:ty),*) => {$(
        impl<Rets: WasmTypeList> GuestCall<$ty, Rets> for TypedFunction<$ty, Rets> {
            fn call_guest(
                &self,
                store: &mut FunctionEnvMut<'_, Env>,
                arg: $ty,
            ) -> Result<Rets, wasmer::RuntimeError> {
                self.call(store, arg)
            }
        }
    )*};
}
guest_calls_of_one!(i32, u32, i64, u64, f32, f64, Option<wasmer::ExternRef>);
