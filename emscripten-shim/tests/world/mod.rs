//! An environment for imports in tests.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pyrun_emscripten_shim::dylink::{Linker, ModuleId, ModuleSource, SideModule};
use pyrun_emscripten_shim::guest::extensions::Extensions;
use pyrun_emscripten_shim::host::clock::Clocks;
use pyrun_emscripten_shim::host::entropy::RandomSource;
use pyrun_emscripten_shim::host::report::Reporter;
use pyrun_emscripten_shim::host::resolve::Resolver;
use pyrun_emscripten_shim::host::wait::{Wait, Waiter};
use pyrun_emscripten_shim::host::zone::LocalZone;
use pyrun_emscripten_shim::imports::families::FAMILIES;
use pyrun_emscripten_shim::imports::table::Emscripten;
use pyrun_emscripten_shim::{Env, HostFunctions, Process};
use pyrun_memfs::{Entropy, FixedClock, NullStream, Readiness, StorageLimits, Timespec, Vfs, VfsConfig, WaitHandle};
use pyrun_translate::ModuleInfo;
use wasmer::{Engine, Module};

/// A world in which nothing happens: waits are over at once and the clock stands on the time waited. One without an end is
/// interrupted.
#[derive(Clone, Default)]
struct NoWorld {
    waited: Arc<Mutex<Duration>>,
}

impl Clocks for NoWorld {
    fn wall_clock(&self) -> Timespec {
        Timespec::default()
    }

    fn monotonic(&self) -> Duration {
        *self.waited.lock().unwrap()
    }
}

impl RandomSource for NoWorld {
    fn fill_random(&mut self, _buf: &mut [u8]) {}
}

impl Waiter for NoWorld {
    fn wait(&mut self, _streams: &[(WaitHandle, Readiness)], timeout: Option<Duration>) -> Wait {
        let Some(timeout) = timeout else { return Wait::Interrupted };
        let mut waited = self.waited.lock().unwrap();
        *waited = waited.saturating_add(timeout);
        Wait::TimedOut
    }
}

impl LocalZone for NoWorld {
    fn seconds_east(&self, _moment: i64) -> i32 {
        0
    }

    fn abbreviation(&self, _moment: i64) -> String {
        "UTC".to_owned()
    }
}

impl Reporter for NoWorld {
    fn report(&mut self, line: &str) {
        eprintln!("{line}");
    }

    fn exiting(&mut self, _status: i32) {}
}

impl Resolver for NoWorld {
    fn resolve(&mut self, _name: &str) -> Option<IpAddr> {
        None
    }
}

impl Entropy for NoWorld {
    fn fill(&mut self, _buf: &mut [u8]) {}
}

impl ModuleSource for NoWorld {
    fn helper_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<Module, String> {
        Module::new(engine, wasm).map_err(|error| error.to_string())
    }

    fn side_module(&mut self, _engine: &Engine, _wasm: &[u8]) -> Result<SideModule, String> {
        Err("this guest has no side modules".to_owned())
    }

    fn module_named(&mut self, _: &Engine, _: ModuleId) -> Result<SideModule, String> {
        Err("this guest has no side modules".to_owned())
    }
}

static SETS: &[&[&pyrun_emscripten_shim::Family]] = &[FAMILIES];

/// The environment of a guest in such a world.
pub(crate) fn env() -> Env {
    let vfs = Vfs::new(VfsConfig {
        clock: Box::new(FixedClock::default()),
        entropy: Box::new(NoWorld::default()),
        stdin: Box::new(NullStream),
        stdout: Box::new(NullStream),
        stderr: Box::new(NullStream),
        limits: StorageLimits::default(),
    });
    let process = Process::new(vfs, Box::new(NoWorld::default()));
    let linker = Linker::new(Arc::new(ModuleInfo::default()));
    let functions = HostFunctions::new(SETS, Emscripten::V5);
    Env::new(process, functions, linker, Box::new(NoWorld::default()), Extensions::default())
}
