//! What the imports of one guest share. This only holds: what is done with it is in the files of its parts.

use crate::dylink::linker::Linker;
use crate::dylink::source::ModuleSource;
use crate::guest::exports::GuestExports;
use crate::guest::extensions::Extensions;
use crate::guest::frozen_table::FrozenTable;
use crate::guest::gate::Gate;
use crate::guest::thread::GuestThread;
use crate::imports::table::HostFunctions;
use crate::libffi::closures::Closures;
use crate::libffi::compiled::Compiled;
use crate::process::Process;

/// Everything that the imports of one guest share. Owned by the store.
pub struct Env {
    /// The kernel's side of the guest.
    pub process: Process,
    /// The thread of the guest that runs in this store: there is one store per thread, and one thread today.
    pub thread: GuestThread,
    /// What everyone passes who goes into the guest or comes out of it. It is the store's.
    pub gate: Gate,
    /// What the function table holds in the snapshot that the guest was restored from.
    pub(crate) frozen_table: Option<FrozenTable>,
    /// The engine's handles; absent until the main module is instantiated.
    pub guest: Option<GuestExports>,
    /// The host functions that modules of this guest may import.
    pub host_functions: HostFunctions<Env>,
    /// Loaded libraries and the global offset table.
    pub linker: Linker,
    /// libffi's closures.
    pub closures: Closures,
    /// Code generated for libffi.
    pub compiled: Compiled,
    /// Compiles side modules and generated code.
    pub modules: Box<dyn ModuleSource>,
    /// State of the layers above.
    pub extensions: Extensions,
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Env").field("process", &self.process).field("thread", &self.thread).finish_non_exhaustive()
    }
}

impl Env {
    /// The environment of a guest that is about to be instantiated in the store whose gate that is.
    pub fn new(
        gate: Gate,
        process: Process,
        host_functions: HostFunctions<Env>,
        linker: Linker,
        modules: Box<dyn ModuleSource>,
        extensions: Extensions,
    ) -> Self {
        Self {
            process,
            thread: GuestThread::default(),
            gate,
            frozen_table: None,
            guest: None,
            host_functions,
            linker,
            closures: Closures::default(),
            compiled: Compiled::default(),
            modules,
            extensions,
        }
    }
}
