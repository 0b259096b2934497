//! The state of the Emscripten process outside linear memory: plain data, so that a snapshot can hold it.

use std::collections::BTreeMap;
use std::time::Duration;

pub mod exceptions;
pub mod limits;
pub mod promises;
pub mod protocols;
pub mod signal;
pub mod timers;

use pyrun_memfs::{Budget, Vfs};

use crate::guest::mem::GuestPtr;
use crate::host::Host;
use crate::process::limits::{GuestLimits, HOST_MEMORY};
use crate::process::promises::Promises;
use crate::process::protocols::Protocols;
use crate::process::signal::{OnSignal, PendingSignal};
use crate::process::timers::Timers;
use crate::syscall::layout::CTime;

/// The descriptor of standard error.
const STDERR: i32 = 2;

/// What a kernel would hold for this process.
pub struct Process {
    /// Files, descriptors, the working directory.
    pub vfs: Vfs,
    /// The outside world.
    pub host: Box<dyn Host>,
    /// `NAME=value` strings for `environ_get`.
    pub environ: Vec<Vec<u8>>,
    /// What `_emscripten_get_progname` answers.
    pub program: Vec<u8>,
    /// The keep-alive count: while positive, `exit` does not run the atexit functions.
    pub keepalive: u32,
    /// The file mode mask: permission bits that a new file does not get. 0 at start, as Emscripten has it.
    pub umask: u32,
    /// File mappings that may be written back, by address: a descriptor of their own. The one that was mapped may be closed
    /// meanwhile, and its number another file's.
    pub mappings: BTreeMap<u32, i32>,
    /// What `setitimer` has armed.
    pub timers: Timers,
    /// Emscripten's promises.
    pub promises: Promises,
    /// Where `getprotobyname` has put its answers.
    pub protocols: Protocols,
    /// A signal on its way to the guest: to the process, not to one of its threads.
    pub signal: PendingSignal,
    /// What becomes of it.
    pub on_signal: OnSignal,
    /// A variable of a guest that asks for signals only now and then: how often it will not ask before it does. Set to 0
    /// on the way out of a system call when a signal is pending.
    pub signal_clock: Option<GuestPtr<i32>>,
    /// Whether the process is there for the guest alone, so that signals do to it what they do to a process.
    pub owns_signals: bool,
    /// Whether what the guest does about signals is to be learnt once more.
    pub looks_again: bool,
    /// How the guest's C library has times.
    pub c_time: CTime,
    /// Limits on what the guest may take.
    pub limits: GuestLimits,
    /// The account of host memory: all that the host holds for the guest is charged to it before it is made, and is held together with
    /// its [`Charge`](pyrun_memfs::Charge).
    pub host_memory: Budget,
}

impl Process {
    /// A process with no environment, the program name that Emscripten has by default, and the default limits. What `vfs` holds is
    /// not charged to its account.
    pub fn new(vfs: Vfs, host: Box<dyn Host>) -> Self {
        Self {
            vfs,
            host,
            environ: Vec::new(),
            program: b"./this.program".to_vec(),
            keepalive: 0,
            umask: 0,
            mappings: BTreeMap::new(),
            timers: Timers::default(),
            promises: Promises::default(),
            protocols: Protocols::default(),
            signal: PendingSignal::default(),
            on_signal: OnSignal::default(),
            signal_clock: None,
            owns_signals: false,
            looks_again: false,
            c_time: CTime::default(),
            limits: GuestLimits::default(),
            host_memory: Budget::new(HOST_MEMORY),
        }
    }

    /// Says a line of the C runtime's: to the host, or as C's `fprintf(stderr, …)` would, within the limits of output and of time.
    pub fn report(&mut self, line: &str) {
        if self.host.report(line) {
            return;
        }
        let line = format!("{line}\n");
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            match self.vfs.write(STDERR, rest) {
                Ok(count) if count > 0 => rest = rest.get(count..).unwrap_or_default(),
                // Nobody can be told: it is closed or full, or what waits for it is to end.
                _ => return,
            }
        }
    }

    /// When the next armed timer is due, on the host's monotonic clock. An embedder that runs the guest in slices calls
    /// [`crate::time::fire_due_timers`] then; while the guest waits (`poll`, `sleep`) the shim does it itself.
    pub fn next_timer(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// Whether a timer is due that has not fired, of a guest that looks for signals itself.
    pub(crate) fn timer_is_due(&self) -> bool {
        self.on_signal == OnSignal::Asked && self.next_timer().is_some_and(|due| due <= self.host.monotonic())
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process").field("program", &String::from_utf8_lossy(&self.program)).finish_non_exhaustive()
    }
}
