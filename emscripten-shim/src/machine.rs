//! What the unit tests of handlers run on: a process with a fake outside world, and 64 KiB of guest memory.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pyrun_memfs::{Entropy, FixedClock, Readiness, Result, Stream, Timespec, Vfs, VfsConfig, WaitHandle, WindowSize};

use crate::guest::caller::Sys;
use crate::guest::mem::{CStr, GuestMem, GuestPtr, GuestValue};
use crate::host::Wait;
use crate::host::clock::Clocks;
use crate::host::entropy::RandomSource;
use crate::host::report::Reporter;
use crate::host::resolve::Resolver;
use crate::host::wait::Waiter;
use crate::host::zone::LocalZone;
use crate::process::Process;

/// The descriptor that is a terminal of 50 lines and 132 columns; 0 and 1 are not.
pub(crate) const STDERR_IS_TERMINAL: i32 = 2;
/// What standard input is waited on by.
pub(crate) const STDIN_HANDLE: WaitHandle = WaitHandle(70);

struct World {
    now: Duration,
    wall: Timespec,
    zone: jiff::tz::TimeZone,
    slept: Vec<Option<Duration>>,
    waited_on: Vec<Vec<(WaitHandle, Readiness)>>,
    interrupt: bool,
    is_over: bool,
    waits_until_stdin: Option<u32>,
    written: Vec<u8>,
    reports: Vec<String>,
}

/// The outside world of a test. The clock moves only when something waits.
#[derive(Clone)]
pub(crate) struct FakeHost(Arc<Mutex<World>>);

impl FakeHost {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(World {
            now: Duration::from_secs(1000),
            wall: Timespec { secs: 1_750_000_000, nanos: 0 },
            zone: jiff::tz::TimeZone::UTC,
            slept: Vec::new(),
            waited_on: Vec::new(),
            interrupt: false,
            is_over: false,
            waits_until_stdin: None,
            written: Vec::new(),
            reports: Vec::new(),
        })))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub(crate) fn now(&self) -> Duration {
        self.world().now
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.world().now += time;
    }

    pub(crate) fn set_wall(&self, wall: Timespec) {
        self.world().wall = wall;
    }

    pub(crate) fn set_zone(&self, posix: &str) {
        self.world().zone = jiff::tz::TimeZone::posix(posix).unwrap();
    }

    pub(crate) fn slept(&self) -> Vec<Option<Duration>> {
        self.world().slept.clone()
    }

    pub(crate) fn waited_on(&self) -> Vec<Vec<(WaitHandle, Readiness)>> {
        self.world().waited_on.clone()
    }

    pub(crate) fn interrupt_next_wait(&self) {
        self.world().interrupt = true;
    }

    pub(crate) fn stop(&self) {
        self.world().is_over = true;
    }

    pub(crate) fn stdin_ready_after_waits(&self, waits: u32) {
        self.world().waits_until_stdin = Some(waits);
    }

    pub(crate) fn written(&self) -> Vec<u8> {
        self.world().written.clone()
    }
}

impl LocalZone for jiff::tz::TimeZone {
    fn seconds_east(&self, moment: i64) -> i32 {
        self.to_offset(jiff::Timestamp::from_second(moment).unwrap()).seconds()
    }

    fn abbreviation(&self, moment: i64) -> String {
        self.to_offset_info(jiff::Timestamp::from_second(moment).unwrap()).abbreviation().to_owned()
    }

    fn set_zone(&mut self, text: &str) {
        *self = Self::posix(text).unwrap_or(Self::UTC);
    }
}

impl Clocks for FakeHost {
    fn wall_clock(&self) -> Timespec {
        self.world().wall
    }

    fn monotonic(&self) -> Duration {
        self.world().now
    }
}

impl RandomSource for FakeHost {
    fn fill_random(&mut self, buf: &mut [u8]) {
        buf.fill(0x5a);
    }
}

impl Waiter for FakeHost {
    fn wait(&mut self, streams: &[(WaitHandle, Readiness)], timeout: Option<Duration>) -> Wait {
        let mut world = self.world();
        world.slept.push(timeout);
        world.waited_on.push(streams.to_vec());
        if std::mem::take(&mut world.interrupt) {
            return Wait::Interrupted;
        }
        if let Some(waits) = world.waits_until_stdin.as_mut().filter(|waits| **waits > 0) {
            *waits -= 1;
            return Wait::Ready;
        }
        world.now = world.now.saturating_add(timeout.expect("a test waits for ever"));
        Wait::TimedOut
    }

    fn is_over(&self) -> bool {
        self.world().is_over
    }
}

impl LocalZone for FakeHost {
    fn seconds_east(&self, moment: i64) -> i32 {
        self.world().zone.seconds_east(moment)
    }

    fn abbreviation(&self, moment: i64) -> String {
        self.world().zone.abbreviation(moment)
    }

    fn set_zone(&mut self, text: &str) {
        self.world().zone.set_zone(text);
    }
}

impl Reporter for FakeHost {
    fn report(&mut self, line: &str) -> bool {
        self.world().reports.push(line.to_owned());
        true
    }

    fn exiting(&mut self, _status: i32) {}
}

impl Resolver for FakeHost {
    fn resolve(&mut self, _name: &str) -> Option<std::net::IpAddr> {
        None
    }
}

impl Entropy for FakeHost {
    fn fill(&mut self, buf: &mut [u8]) {
        buf.fill(0x5a);
    }
}

struct FakeStream {
    host: FakeHost,
    terminal: bool,
    modes: Option<pyrun_memfs::TerminalModes>,
}

impl Stream for FakeStream {
    fn read(&mut self, _buf: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        self.host.world().written.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn readiness(&mut self) -> Readiness {
        match self.host.world().waits_until_stdin {
            Some(0) => Readiness::IN | Readiness::OUT,
            _ => Readiness::OUT,
        }
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        Some(STDIN_HANDLE)
    }

    fn modes(&self) -> Option<pyrun_memfs::TerminalModes> {
        self.modes
    }

    fn set_modes(&mut self, modes: pyrun_memfs::TerminalModes) -> pyrun_memfs::Result<()> {
        self.modes = Some(modes);
        Ok(())
    }

    fn line(&mut self, _request: pyrun_memfs::LineRequest) -> pyrun_memfs::Result<()> {
        Ok(())
    }

    fn bytes_readable(&mut self) -> pyrun_memfs::Result<usize> {
        if self.terminal { Ok(5) } else { Err(pyrun_memfs::Errno::NotTy) }
    }

    fn terminal(&self) -> Option<WindowSize> {
        self.terminal.then_some(WindowSize { rows: 50, cols: 132 })
    }
}

/// A process, its memory and its world.
pub(crate) struct Machine {
    pub(crate) process: Process,
    pub(crate) host: FakeHost,
    heap: Vec<u8>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let host = FakeHost::new();
        let stream = |terminal| {
            let host = host.clone();
            Box::new(FakeStream { host, terminal, modes: None })
        };
        let vfs = Vfs::new(VfsConfig {
            clock: Box::new(FixedClock(host.wall_clock())),
            entropy: Box::new(host.clone()),
            stdin: stream(false),
            stdout: stream(false),
            stderr: stream(true),
            limits: pyrun_memfs::StorageLimits::default(),
        });
        Self { process: Process::new(vfs, Box::new(host.clone())), host, heap: vec![0; 1 << 16] }
    }

    pub(crate) fn sys(&mut self) -> Sys<'_> {
        Sys { process: &mut self.process, mem: GuestMem::new(&mut self.heap) }
    }

    pub(crate) fn put<T: GuestValue>(&mut self, at: u32, value: T) {
        self.sys().mem.write(GuestPtr::new(at), value).unwrap();
    }

    pub(crate) fn get<T: GuestValue>(&mut self, at: u32) -> T {
        self.sys().mem.read(GuestPtr::new(at)).unwrap()
    }

    pub(crate) fn put_str(&mut self, at: u32, text: &str) -> GuestPtr<CStr> {
        let size = text.len() + 1;
        self.sys().mem.write_c_str(at, size, text.as_bytes()).unwrap();
        GuestPtr::new(at)
    }
}
