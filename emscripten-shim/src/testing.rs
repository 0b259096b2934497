//! An environment for tests of imports, and of what is built on them: a world in which nothing happens.
//!
//! Behind the feature `testing`; of no use to a program.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::dylink::{Linker, ModuleId, ModuleSource, SideModule};
use crate::guest::extensions::Extensions;
use crate::guest::gate::Gate;
use crate::host::clock::Clocks;
use crate::host::entropy::RandomSource;
use crate::host::report::Reporter;
use crate::host::resolve::Resolver;
use crate::host::wait::{Wait, Waiter};
use crate::host::zone::LocalZone;
use crate::imports::families::FAMILIES;
use crate::imports::table::{Capability, Emscripten};
use crate::{Env, Family, HostFunctions, Process};
use pyrun_memfs::{Entropy, FixedClock, NullStream, Readiness, StorageLimits, Timespec, Vfs, VfsConfig, WaitHandle};
use pyrun_translate::ModuleInfo;
use wasmer::{Engine, Module};

/// A world in which nothing happens: waits are over at once and the clock stands on the time waited. One without an end is
/// interrupted.
#[derive(Clone, Default)]
struct NoWorld {
    waited: Arc<Mutex<Duration>>,
    asked: HostLog,
}

/// Which parts of the host a guest has asked for. Its clones are one.
#[derive(Clone, Debug, Default)]
pub struct HostLog(Arc<Mutex<BTreeSet<Capability>>>);

impl HostLog {
    fn note(&self, capability: Capability) {
        self.0.lock().unwrap().insert(capability);
    }

    /// What was asked for since this was called last.
    pub fn take(&self) -> BTreeSet<Capability> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Clocks for NoWorld {
    fn wall_clock(&self) -> Timespec {
        self.asked.note(Capability::Clocks);
        Timespec::default()
    }

    fn monotonic(&self) -> Duration {
        self.asked.note(Capability::Clocks);
        *self.waited.lock().unwrap()
    }
}

impl RandomSource for NoWorld {
    fn fill_random(&mut self, _buf: &mut [u8]) {
        self.asked.note(Capability::Entropy);
    }
}

impl Waiter for NoWorld {
    fn wait(&mut self, _streams: &[(WaitHandle, Readiness)], timeout: Option<Duration>) -> Wait {
        self.asked.note(Capability::Clocks);
        let Some(timeout) = timeout else { return Wait::Interrupted };
        let mut waited = self.waited.lock().unwrap();
        *waited = waited.saturating_add(timeout);
        Wait::TimedOut
    }

    /// Nobody is there who would give a lock up.
    fn pause(&mut self, _time: Duration) -> Wait {
        Wait::Interrupted
    }
}

impl LocalZone for NoWorld {
    fn seconds_east(&self, _moment: i64) -> i32 {
        self.asked.note(Capability::Zone);
        0
    }

    fn abbreviation(&self, _moment: i64) -> String {
        self.asked.note(Capability::Zone);
        "UTC".to_owned()
    }

    fn set_zone(&mut self, _text: &str) {
        self.asked.note(Capability::Zone);
    }
}

impl Reporter for NoWorld {
    fn report(&mut self, line: &str) -> bool {
        self.asked.note(Capability::Log);
        eprintln!("{line}");
        true
    }

    fn exiting(&mut self, _status: i32) {
        self.asked.note(Capability::Log);
    }
}

impl Resolver for NoWorld {
    fn resolve(&mut self, _name: &str) -> Option<IpAddr> {
        self.asked.note(Capability::Names);
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
        self.asked.note(Capability::Code);
        Err("this guest has no side modules".to_owned())
    }

    fn module_named(&mut self, _: &Engine, _: ModuleId) -> Result<SideModule, String> {
        Err("this guest has no side modules".to_owned())
    }
}

static SETS: &[&[&Family]] = &[FAMILIES];

/// The environment of a guest in a world in which nothing happens, with all imports of Emscripten's: without a guest as yet, side
/// modules or extensions. Its gate knows no memory.
pub fn env() -> Env {
    env_behind(Gate::new())
}

/// The same, for the store whose gate that is.
pub fn env_behind(gate: Gate) -> Env {
    env_of(gate, &NoWorld::default())
}

/// The same as [`env`], and what its guest asks the host for.
pub fn env_that_remembers() -> (Env, HostLog) {
    let world = NoWorld::default();
    (env_of(Gate::new(), &world), world.asked)
}

fn env_of(gate: Gate, world: &NoWorld) -> Env {
    let vfs = Vfs::new(VfsConfig {
        clock: Box::new(FixedClock::default()),
        entropy: Box::new(NoWorld::default()),
        stdin: Box::new(NullStream),
        stdout: Box::new(NullStream),
        stderr: Box::new(NullStream),
        limits: StorageLimits::default(),
    });
    let process = Process::new(vfs, Box::new(world.clone()));
    let linker = Linker::new(Arc::new(ModuleInfo::default()));
    let functions = HostFunctions::new(SETS, Emscripten::V5);
    Env::new(gate, process, functions, linker, Box::new(world.clone()), Extensions::default())
}
