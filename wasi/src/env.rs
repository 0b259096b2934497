//! What the imports of one guest share, and the way from an import to its handler.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyrun_emscripten_shim::guest::caller::memory_window;
use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_emscripten_shim::{GuestMem, Sys, Trap};
use pyrun_memfs::{Errno, Vfs};
use wasmer::{FunctionEnvMut, Memory, RuntimeError};

use crate::kernel::Kernel;

/// `ENOTSUP` in preview 1. The number of the file system's is Emscripten's.
const NOT_SUPPORTED: i32 = 58;

/// Everything that the imports of one guest share. Owned by the store.
#[derive(Clone, Debug)]
pub struct WasiEnv {
    kernel: Arc<Mutex<Kernel>>,
    /// Linear memory; absent until the module is instantiated.
    memory: Option<Memory>,
    gate: Gate,
}

impl WasiEnv {
    /// The environment of a guest that is about to be instantiated in the store whose gate that is.
    #[must_use]
    pub fn new(kernel: Kernel, gate: Gate) -> Self {
        Self { kernel: Arc::new(Mutex::new(kernel)), memory: None, gate }
    }

    /// What everyone passes who goes into the guest or comes out of it.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Gives the guest's memory.
    pub fn set_memory(&mut self, memory: Memory) {
        self.memory = Some(memory);
    }

    /// The kernel's side, for as long as the result lives. A guest has one thread, so nobody waits.
    pub fn kernel(&self) -> MutexGuard<'_, Kernel> {
        self.kernel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running import: the kernel's side and guest memory.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) kernel: &'a mut Kernel,
    pub(crate) mem: GuestMem<'a>,
}

impl Call<'_> {
    /// The file system.
    pub(crate) fn vfs(&mut self) -> &mut Vfs {
        &mut self.kernel.process.vfs
    }

    /// What the shim's handlers work on.
    pub(crate) fn shim(&mut self) -> Sys<'_> {
        Sys { process: &mut self.kernel.process, mem: self.mem.reborrow() }
    }
}

/// Runs the body of an import: the one place that all imports of a WASI guest pass through.
pub(crate) fn pass<R>(
    mut env: FunctionEnvMut<'_, WasiEnv>,
    body: impl FnOnce(FunctionEnvMut<'_, WasiEnv>) -> Result<R, RuntimeError>,
) -> Result<R, RuntimeError> {
    let side = env.data().gate.enter_host()?;
    let result = body(env.as_mut());
    env.data().gate.leave_host(side)?;
    result
}

/// Runs a handler: its errno is what the guest gets. A signal that has come ends the guest.
pub(crate) fn run(
    env: FunctionEnvMut<'_, WasiEnv>,
    import: &'static str,
    body: impl FnOnce(&mut Call<'_>) -> Result<(), Errno>,
) -> Result<i32, RuntimeError> {
    pass(env, |mut env| {
        let (env, mut store) = env.data_and_store_mut();
        let memory = env.memory.as_ref().ok_or_else(|| Trap::MissingExport("memory".to_owned()))?;
        let mem = memory_window(memory, &mut store)?;
        let mut kernel = env.kernel.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = body(&mut Call { kernel: &mut kernel, mem });
        tracing::trace!(import, ?outcome);
        kernel.check_signal()?;
        Ok(outcome.map_or_else(code, |()| 0))
    })
}

/// The number of an error in preview 1.
pub(crate) fn code(errno: Errno) -> i32 {
    match errno {
        Errno::NotSup => NOT_SUPPORTED,
        errno => errno.code().into(),
    }
}
