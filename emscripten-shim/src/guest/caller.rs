//! What a handler is called with: the process, guest memory, and a way back into the guest.

use wasmer::{AsStoreMut, FunctionEnv, FunctionEnvMut, Store, StoreMut};

use crate::guest::env::Env;
use crate::guest::exports::GuestExports;
use crate::guest::mem::GuestMem;
use crate::guest::trap::Trap;
use crate::memory::at_rest;
use crate::process::Process;
use crate::sys;

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
    /// The caller of the import that the engine runs with this environment. The gate alone makes one
    /// ([`run_import`]).
    ///
    /// [`run_import`]: crate::guest::import::run_import
    pub(crate) fn new(env: FunctionEnvMut<'a, Env>) -> Self {
        Self(env)
    }

    /// A caller for the host's own use, outside any import.
    pub fn from_store(env: &FunctionEnv<Env>, store: &'a mut Store) -> Self {
        at_rest(store);
        Self(env.clone().into_mut(store))
    }

    /// The same caller for a shorter time.
    pub fn reborrow(&mut self) -> Caller<'_> {
        Caller(self.0.as_mut())
    }

    /// What the engine calls guest functions with.
    #[inline]
    pub(crate) fn engine_env(&mut self) -> &mut FunctionEnvMut<'a, Env> {
        &mut self.0
    }

    /// The shared state, to be looked at.
    #[inline]
    pub(crate) fn env_ref(&self) -> &Env {
        self.0.data()
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
    pub fn guest(&self) -> Result<&GuestExports, Trap> {
        self.0.data().guest.as_ref().ok_or_else(not_instantiated)
    }

    /// Runs `body` on the process and guest memory.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated, [`Trap::MissingExport`] when it has no memory; what `body`
    /// returns comes back as it is.
    pub fn with_sys<R>(&mut self, body: impl FnOnce(&mut Sys<'_>) -> R) -> Result<R, Trap> {
        let (env, mut store) = self.0.data_and_store_mut();
        let guest = env.guest.as_ref().ok_or_else(not_instantiated)?;
        let mem = sys::window(guest.memory()?, &mut store);
        Ok(body(&mut Sys { process: &mut env.process, mem }))
    }

    /// Runs `body` on guest memory.
    ///
    /// # Errors
    /// As [`Caller::with_sys`].
    pub fn with_mem<R>(&mut self, body: impl FnOnce(&mut GuestMem<'_>) -> R) -> Result<R, Trap> {
        self.with_sys(|sys| body(&mut sys.mem))
    }

    /// Tells the host that the program ends, and gives the trap that ends it, unless the host has ended the process.
    pub fn exit(&mut self, status: i32) -> Trap {
        let process = &mut self.env().process;
        if process.host.ends_process() {
            process.vfs.end();
        }
        process.host.exiting(status);
        Trap::Exit(status)
    }
}

impl<'a> AsMut<Caller<'a>> for Caller<'a> {
    fn as_mut(&mut self) -> &mut Caller<'a> {
        self
    }
}

/// A window on the memory of a guest at rest. The store is borrowed as long, so that no guest code runs meanwhile.
///
/// # Errors
/// As [`Caller::with_sys`].
pub fn memory<'s>(env: &FunctionEnv<Env>, store: &'s mut Store) -> Result<GuestMem<'s>, Trap> {
    let memory = env.as_ref(store).guest.as_ref().ok_or_else(not_instantiated)?.memory()?.clone();
    Ok(sys::window(&memory, store))
}

/// A window on a memory of a guest whose imports are not the shim's. The store is borrowed as long, so that no guest code runs
/// meanwhile.
///
/// # Errors
/// [`Trap::Refused`] for a memory that threads share.
pub fn memory_window<'s>(memory: &wasmer::Memory, store: &'s mut impl AsStoreMut) -> Result<GuestMem<'s>, Trap> {
    if memory.ty(store).shared {
        return Err(Trap::Refused {
            import: "memory".to_owned(),
            why: "memories that threads share are not supported",
        });
    }
    Ok(sys::window(memory, store))
}

#[cold]
pub(crate) fn not_instantiated() -> Trap {
    Trap::bug("instantiate", "an import ran before the main module was ready")
}
