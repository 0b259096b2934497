//! What a guest of these tests sees of the world: a clock that stands, random bytes that count up, streams in memory.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pyrun_emscripten_shim::dylink::{ModuleId, ModuleSource, SideModule};
use pyrun_emscripten_shim::host::Wait;
use pyrun_emscripten_shim::host::clock::Clocks;
use pyrun_emscripten_shim::host::entropy::RandomSource;
use pyrun_emscripten_shim::host::report::Reporter;
use pyrun_emscripten_shim::host::resolve::Resolver;
use pyrun_emscripten_shim::host::wait::Waiter;
use pyrun_emscripten_shim::host::zone::LocalZone;
use pyrun_memfs::{Clock, Entropy, Errno, Readiness, Stream, Timespec, WaitHandle};
use wasmer::{Engine, Module};

/// 2 January 2024, 03:04:05 UTC.
const NOW: Timespec = Timespec { secs: 1_704_164_645, nanos: 0 };

/// What a guest has written, and the lines that were reported of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// Takes what was written since it was last asked for.
    pub(crate) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }

    fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }
}

impl Stream for Written {
    fn read(&mut self, _buf: &mut [u8]) -> pyrun_memfs::Result<usize> {
        Ok(0)
    }

    fn write(&mut self, buf: &[u8]) -> pyrun_memfs::Result<usize> {
        self.add(buf);
        Ok(buf.len())
    }

    fn readiness(&mut self) -> Readiness {
        Readiness::all()
    }
}

/// A stream that takes nothing, as one whose reader has gone.
#[derive(Debug)]
pub(crate) struct Gone;

impl Stream for Gone {
    fn read(&mut self, _buf: &mut [u8]) -> pyrun_memfs::Result<usize> {
        Ok(0)
    }

    fn write(&mut self, _buf: &[u8]) -> pyrun_memfs::Result<usize> {
        Err(Errno::Pipe)
    }

    fn readiness(&mut self) -> Readiness {
        Readiness::all()
    }
}

/// The host. No two get the same random bytes.
#[derive(Clone, Debug)]
pub(crate) struct World {
    reports: Written,
    random: u64,
}

impl World {
    pub(crate) fn new(reports: Written) -> Self {
        static WORLDS: AtomicU64 = AtomicU64::new(1);
        Self { reports, random: WORLDS.fetch_add(1, Ordering::Relaxed) << 32 }
    }
}

impl Clocks for World {
    fn wall_clock(&self) -> Timespec {
        NOW
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(1)
    }
}

impl RandomSource for World {
    fn fill_random(&mut self, buf: &mut [u8]) {
        for chunk in buf.chunks_mut(8) {
            self.random += 1;
            chunk.copy_from_slice(&self.random.to_le_bytes()[..chunk.len()]);
        }
    }
}

impl Waiter for World {
    fn wait(&mut self, _streams: &[(WaitHandle, Readiness)], timeout: Option<Duration>) -> Wait {
        if timeout.is_some() { Wait::TimedOut } else { Wait::Interrupted }
    }

    /// Nobody is there who would give a lock up.
    fn pause(&mut self, _time: Duration) -> Wait {
        Wait::Interrupted
    }
}

impl LocalZone for World {
    fn seconds_east(&self, _moment: i64) -> i32 {
        0
    }

    fn abbreviation(&self, _moment: i64) -> String {
        "UTC".to_owned()
    }

    fn set_zone(&mut self, _text: &str) {}
}

impl Reporter for World {
    fn report(&mut self, line: &str) -> bool {
        self.reports.add(format!("{line}\n").as_bytes());
        true
    }

    fn exiting(&mut self, _status: i32) {}
}

impl Resolver for World {
    fn resolve(&mut self, _name: &str) -> Option<IpAddr> {
        None
    }
}

impl Entropy for World {
    fn fill(&mut self, buf: &mut [u8]) {
        self.fill_random(buf);
    }
}

impl Clock for World {
    fn now(&self) -> Timespec {
        NOW
    }
}

/// Compiles what the loader generates; there are no libraries.
#[derive(Debug)]
pub(crate) struct Helpers;

impl ModuleSource for Helpers {
    fn helper_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<Module, String> {
        Module::new(engine, wasm).map_err(|error| error.to_string())
    }

    fn side_module(&mut self, _engine: &Engine, _wasm: &[u8]) -> Result<SideModule, String> {
        Err("this guest has no side modules".to_owned())
    }

    fn module_named(&mut self, _engine: &Engine, _id: ModuleId) -> Result<SideModule, String> {
        Err("this guest has no side modules".to_owned())
    }
}
