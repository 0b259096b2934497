//! Interrupting the guest from outside: a signal number and a descriptor that wakes whoever waits; and ending it, whatever it does.
//!
//! The order makes no wake-up lost. The sender stores the signal, then writes a byte. The waiter, once woken, takes the
//! byte, then looks for a signal. If the sender comes after the byte was taken, its own byte is there for the next wait.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_emscripten_shim::process::signal::PendingSignal;

use crate::limits::account::Account;
use crate::sys;

/// The guest's number of the signal that Ctrl-C sends.
pub const SIGINT: i32 = 2;
/// The guest's number of the signal that a limit of time sends, as Linux does for a limit of processor time.
pub(crate) const SIGXCPU: i32 = 24;

/// Interrupts one guest: ends its waits and has Python run its handler for the signal. Cheap to clone; every clone
/// speaks of the same guest.
///
/// A guest of another kind than Python is ended by the signal as soon as it calls the host, or is in a wait there: a program of
/// Emscripten's by its own handler, if it exports `raise`.
///
/// It has an effect while the guest runs. What comes while the guest is idle is forgotten when it next runs: a deadline that
/// is a moment late does not hit what comes after. An interpreter that is reset, or goes back to its
/// [`Pool`](crate::Pool), has another handle from then on, and this one reaches nobody.
#[derive(Clone, Debug)]
pub struct InterruptHandle {
    signal: PendingSignal,
    /// `None` for a guest that never waits in the host.
    wake: Option<Arc<Wake>>,
    /// What stops the guest, while there is one that this speaks of.
    guest: Arc<Mutex<Option<Gate>>>,
    /// What the guest has used.
    account: Arc<Account>,
}

/// A descriptor that becomes readable. On Linux an eventfd, elsewhere a pipe; neither end ever blocks.
#[derive(Debug)]
pub(crate) struct Wake {
    reader: OwnedFd,
    /// `None` when the reader is written to.
    writer: Option<OwnedFd>,
}

impl Wake {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        let reader = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { reader, writer: None })
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = rustix::pipe::pipe()?;
        for end in [&reader, &writer] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
            let flags = rustix::fs::fcntl_getfl(end)?;
            rustix::fs::fcntl_setfl(end, flags | rustix::fs::OFlags::NONBLOCK)?;
        }
        Ok(Self { reader, writer: Some(writer) })
    }

    fn writer(&self) -> BorrowedFd<'_> {
        self.writer.as_ref().unwrap_or(&self.reader).as_fd()
    }

    /// Makes it readable. Async-signal-safe, but for `errno`.
    pub(crate) fn wake(&self) {
        // An eventfd takes exactly eight bytes, a number that it adds. A full one (EAGAIN) is readable, which is all
        // that is wanted.
        let _ = rustix::io::write(self.writer(), &1_u64.to_ne_bytes());
    }

    /// Takes what wake-ups have left.
    pub(crate) fn drain(&self) {
        let mut bytes = [0; 64];
        // An eventfd is empty after one read; a pipe may hold more, in which case the next wait ends at once and
        // comes here again.
        let _ = rustix::io::read(&self.reader, &mut bytes);
    }

    /// Readable while a wake-up has not been seen.
    pub(crate) fn descriptor(&self) -> i32 {
        self.reader.as_raw_fd()
    }
}

impl InterruptHandle {
    /// A handle for a new guest.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            signal: PendingSignal::default(),
            wake: Some(Arc::new(Wake::new()?)),
            guest: Arc::default(),
            account: Arc::default(),
        })
    }

    /// A handle for a guest for which the host never waits: it takes no descriptor.
    pub(crate) fn without_waits() -> Self {
        Self { signal: PendingSignal::default(), wake: None, guest: Arc::default(), account: Arc::default() }
    }

    /// Ends the guest for good, whatever it does: Python code, a loop in C, a wait. No code of the program's runs any more, not
    /// even `finally`, and the interpreter is [`Error::Poisoned`](crate::Error::Poisoned); what runs in it ends with
    /// [`Error::Killed`](crate::Error::Killed). A host function that is under way is the embedder's, and ends by itself.
    ///
    /// Nothing happens when the interpreter was dropped, was reset, or went back to its pool; nor, as yet, to guests of another kind than
    /// Python, which [`InterruptHandle::interrupt`] ends. Not for signal handlers: it waits for
    /// a lock, which nobody holds for long.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// use pyrun::Error;
    /// let handle = py.interrupt_handle();
    /// py.register_module("host", |m| {
    ///     m.function("ready", move || {
    ///         let handle = handle.clone();
    ///         std::thread::spawn(move || handle.kill());
    ///     })
    /// })?;
    /// let ended = py.run_python("import host; host.ready()\nsum(range(10**15))");
    /// assert!(matches!(ended, Err(Error::Killed)));
    /// assert!(py.is_poisoned());
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn kill(&self) {
        if let Some(gate) = &*self.guest() {
            gate.stop();
            if let Some(wake) = &self.wake {
                wake.wake();
            }
        }
    }

    /// What the guest has used.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// From now on it speaks of this guest.
    pub(crate) fn attach(&self, gate: Gate) {
        *self.guest() = Some(gate);
    }

    /// From now on it reaches nobody. When this returns, no [`InterruptHandle::kill`] is under way.
    pub(crate) fn detach(&self) {
        *self.guest() = None;
    }

    /// Whether the guest was ended.
    pub(crate) fn is_killed(&self) -> bool {
        self.guest().as_ref().is_some_and(Gate::is_stopped)
    }

    /// Whether a wait on behalf of the guest is to end.
    pub(crate) fn ends_waits(&self) -> bool {
        self.signal.is_pending() || self.is_killed()
    }

    fn guest(&self) -> MutexGuard<'_, Option<Gate>> {
        self.guest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What Ctrl-C does: sends [`SIGINT`].
    pub fn interrupt(&self) {
        self.send(SIGINT);
    }

    /// Sends a signal to the guest, by the guest's number (Linux's); one that is already pending is replaced.
    ///
    /// Async-signal-safe: one atomic store and one `write(2)` that does not block; `errno` is kept.
    pub fn send(&self, signal: i32) {
        self.signal.raise(signal);
        if let Some(wake) = &self.wake {
            sys::keeping_errno(|| wake.wake());
        }
    }

    /// The signal on its way, to be given to the guest's `Process`.
    #[must_use]
    pub(crate) fn pending(&self) -> &PendingSignal {
        &self.signal
    }

    /// Takes back a signal of this number that has not been seen.
    pub(crate) fn take_back(&self, signal: i32) {
        self.signal.take_back(signal);
    }

    /// Forgets a signal that has not been seen, and what it has left to wake somebody.
    pub(crate) fn forget(&self) {
        if self.signal.take().is_some() {
            self.drain();
        }
    }

    /// Readable while a wake-up has not been seen.
    pub(crate) fn wake_descriptor(&self) -> i32 {
        // No descriptor has this number: a wait that asks is never woken by it.
        self.wake.as_ref().map_or(-1, |wake| wake.descriptor())
    }

    /// Takes what wake-ups have left.
    pub(crate) fn drain(&self) {
        if let Some(wake) = &self.wake {
            wake.drain();
        }
    }
}
