//! A host for tests: a clock that moves when it is asked or waits, and entropy that is always the same.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pyrun_emscripten_shim::host::Wait;
use pyrun_emscripten_shim::host::clock::Clocks;
use pyrun_emscripten_shim::host::entropy::RandomSource;
use pyrun_emscripten_shim::host::report::Reporter;
use pyrun_emscripten_shim::host::resolve::Resolver;
use pyrun_emscripten_shim::host::wait::Waiter;
use pyrun_emscripten_shim::host::zone::LocalZone;
use pyrun_memfs::{Entropy, Readiness, Timespec, WaitHandle};

/// What the wall clock shows.
pub(crate) const NOW: Timespec = Timespec { secs: 1_750_000_000, nanos: 0 };

/// The outside world of a test.
#[derive(Clone, Default)]
pub(crate) struct World {
    monotonic: Arc<Mutex<Duration>>,
}

impl Clocks for World {
    fn wall_clock(&self) -> Timespec {
        NOW
    }

    fn monotonic(&self) -> Duration {
        let mut monotonic = self.monotonic.lock().unwrap();
        *monotonic += Duration::from_micros(1);
        *monotonic
    }
}

impl RandomSource for World {
    fn fill_random(&mut self, buf: &mut [u8]) {
        buf.fill(0x5a);
    }
}

impl Entropy for World {
    fn fill(&mut self, buf: &mut [u8]) {
        buf.fill(0x5a);
    }
}

impl Waiter for World {
    fn wait(&mut self, _streams: &[(WaitHandle, Readiness)], timeout: Option<Duration>) -> Wait {
        let Some(timeout) = timeout else { return Wait::Interrupted };
        *self.monotonic.lock().unwrap() += timeout;
        Wait::TimedOut
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
    fn report(&mut self, _line: &str) -> bool {
        true
    }

    fn exiting(&mut self, _status: i32) {}
}

impl Resolver for World {
    fn resolve(&mut self, _name: &str) -> Option<IpAddr> {
        None
    }
}
