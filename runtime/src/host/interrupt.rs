//! Interrupting the guest from outside: a signal number and a descriptor that wakes whoever waits; and ending it, whatever it does.
//!
//! The order makes no wake-up lost. The sender stores the signal, then writes a byte. The waiter, once woken, takes the
//! byte, then looks for a signal. If the sender comes after the byte was taken, its own byte is there for the next wait.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_emscripten_shim::process::signal::PendingSignal;

use super::wake::{Asked, Wake};
use crate::grants::changes::Changes;
use crate::grants::stdio::ModesOfTerminal;
use crate::limits::Usage;
use crate::limits::account::Account;
use crate::python::missing_package::MissingPackage;
use crate::sys;

/// The guest's number of the signal that Ctrl-C sends.
pub const SIGINT: i32 = 2;
/// The guest's number of the signal that a limit of time sends, as Linux does for a limit of processor time.
pub(crate) const SIGXCPU: i32 = 24;

/// Interrupts one guest: ends its waits and has Python run its handler for the signal. Cheap to clone; every clone
/// speaks of the same guest.
///
/// A guest of another kind than Python is ended by the signal, in two stages. As soon as it calls the host, or is in a wait there,
/// the signal ends what runs: a program of Emscripten's by its own handler, if it exports `raise`, and MicroPython by a
/// `KeyboardInterrupt`. Code that has not seen the signal when a [grace period](crate::Limits::grace) is over is stopped where it is,
/// and the instance is gone.
///
/// It has an effect while the guest runs. What comes while the guest is idle is forgotten when it next runs: a deadline that
/// is a moment late does not hit what comes after. An interpreter that is reset, or goes back to its
/// [`Pool`](crate::Pool), has another handle from then on, and this one reaches nobody; nor does that of an instance that was
/// dropped, or of a program that has ended.
#[derive(Clone, Debug)]
pub struct InterruptHandle {
    signal: PendingSignal,
    /// `None` for a guest that never waits in the host.
    wake: Option<Arc<Wake>>,
    target: Arc<Target>,
    /// What the guest has used.
    account: Arc<Account>,
}

/// The guest that a handle speaks of.
#[derive(Debug, Default)]
struct Target {
    /// What stops the guest, while there is one.
    guest: Mutex<Guest>,
    /// The guest has read from a stream of the host's: it may be talking to a person.
    has_read: AtomicBool,
    /// Told of each signal, when one that is not seen is to stop the guest.
    alarm: OnceLock<Arc<Wake>>,
    /// Asked before the process is ended.
    last_words: OnceLock<Arc<Asked>>,
    /// Terminals whose modes the guest may have changed.
    terminals: OnceLock<Vec<Arc<ModesOfTerminal>>>,
    /// When a timer of the guest's is due.
    timer: Mutex<Option<Instant>>,
}

/// Plain data, whole after every statement.
#[derive(Debug, Default)]
struct Guest {
    gate: Option<Gate>,
    /// It is gone.
    is_let_go: bool,
    /// It is to be stopped as soon as it is there.
    is_killed_before: bool,
    /// The signal that stopped it, since it did not see it.
    stopped_by: Option<i32>,
}

/// What became of a signal that was to be seen by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enforced {
    /// It was seen, or nobody is there.
    Done,
    /// It was seen, and another one was sent.
    Another,
    /// It was not, and the guest was stopped.
    Stopped,
    /// It was not, and the guest is in the host or idle.
    NotYet,
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
            target: Arc::default(),
            account: Arc::default(),
        })
    }

    /// A handle for a guest for which the host never waits: it takes no descriptor.
    pub(crate) fn without_waits() -> Self {
        Self { signal: PendingSignal::default(), wake: None, target: Arc::default(), account: Arc::default() }
    }

    /// Ends the guest for good, whatever it does: Python code, a loop in C, a wait. No code of the program's runs any more, not
    /// even `finally`, and the interpreter or the instance is [`Error::Poisoned`](crate::Error::Poisoned); what runs in it ends with
    /// [`Error::Killed`](crate::Error::Killed). A host function that is under way is the embedder's, and ends by itself.
    ///
    /// Nothing happens when the interpreter was dropped, was reset, or went back to its pool. Not for signal handlers: it waits for
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
        let mut guest = self.guest();
        if let Some(gate) = &guest.gate {
            gate.stop();
            if let Some(wake) = &self.wake {
                wake.wake();
            }
        } else {
            guest.is_killed_before = !guest.is_let_go;
        }
    }

    /// What the guest has used up to now. From any thread, at any time.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let usage = py.interrupt_handle().usage();
    /// py.run_python("open('/tmp/x', 'wb').write(bytes(100_000))")?;
    /// let later = py.interrupt_handle().usage();
    /// assert!(later.memory >= 20 << 20 && later.memory_peak >= later.memory);
    /// assert!(later.file_bytes >= usage.file_bytes + 100_000 && later.host_calls > usage.host_calls);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.account.usage()
    }

    /// Packages of the release that an import has asked for and that cannot be had, each with the reason. A program is told that there is no
    /// such module, as by any Python, and nothing of this machine.
    #[must_use]
    pub fn missing_packages(&self) -> Vec<MissingPackage> {
        self.account.missing()
    }

    /// What the guest has changed in overlays ([`FolderMode::Overlay`](crate::FolderMode::Overlay)): once it is gone, whatever has ended
    /// it. `None` before, and without an overlay.
    #[must_use]
    pub fn changes(&self) -> Option<Changes> {
        self.account.changes()
    }

    /// What the guest has used.
    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// From now on it speaks of this guest.
    pub(crate) fn attach(&self, gate: Gate) {
        self.account.watch_memory(gate.clone());
        let mut guest = self.guest();
        if guest.is_killed_before {
            gate.stop();
        }
        *guest = Guest { gate: Some(gate), ..Guest::default() };
    }

    /// From now on it reaches nobody. When this returns, no [`InterruptHandle::kill`] is under way.
    pub(crate) fn detach(&self) {
        *self.guest() = Guest { is_let_go: true, ..Guest::default() };
    }

    /// Whether the guest was ended.
    pub(crate) fn is_killed(&self) -> bool {
        let guest = self.guest();
        guest.is_killed_before || guest.gate.as_ref().is_some_and(Gate::is_stopped)
    }

    /// The signal that stopped the guest, if one did.
    pub(crate) fn stopped_by(&self) -> Option<i32> {
        self.guest().stopped_by
    }

    /// From now on this is told of each signal, too. It is told once only what that is.
    pub(crate) fn set_alarm(&self, alarm: Arc<Wake>) {
        let _ = self.target.alarm.set(alarm);
    }

    /// From now on this is asked before a second Ctrl-C ends the process. It is told once only.
    pub(crate) fn set_last_words(&self, asked: Arc<Asked>) {
        let _ = self.target.last_words.set(asked);
    }

    /// Has somebody else end the process by this signal, if there is somebody and this is the first time. Async-signal-safe.
    pub(crate) fn ask_for_last_words(&self, signal: i32) -> bool {
        let mut is_asked = false;
        sys::process::keeping_errno(|| is_asked = self.target.last_words.get().is_some_and(|asked| asked.ask(signal)));
        is_asked
    }

    /// The terminals whose modes the guest may change. They are told once only.
    pub(crate) fn set_terminals(&self, terminals: Vec<Arc<ModesOfTerminal>>) {
        let _ = self.target.terminals.set(terminals);
    }

    /// Gives terminals the modes that they had before the guest. Async-signal-safe, but for `errno`.
    pub(crate) fn restore_terminals(&self) {
        self.terminals().iter().for_each(|terminal| terminal.restore());
    }

    /// Stops this process with its terminals in order, until somebody lets it go on: they have the guest's modes again then.
    /// Async-signal-safe, but for `errno`.
    pub(crate) fn stop_process(&self) {
        // One is what there is; a second one of the process's is only put back.
        let (first, others) = match self.terminals().split_first() {
            Some((first, others)) => (Some(first), others),
            None => (None, &[][..]),
        };
        others.iter().for_each(|terminal| terminal.restore());
        let modes = first.and_then(|terminal| terminal.leave());
        sys::process::stop();
        if let (Some(terminal), Some(modes)) = (first, &modes) {
            terminal.come_back(modes);
        }
    }

    fn terminals(&self) -> &[Arc<ModesOfTerminal>] {
        self.target.terminals.get().map_or(&[], Vec::as_slice)
    }

    /// A timer of the guest's is due then, or none.
    pub(crate) fn set_timer(&self, due: Option<Instant>) {
        *self.target.timer.lock().unwrap_or_else(PoisonError::into_inner) = due;
    }

    /// In how much time a timer of the guest's is due, if one is armed.
    pub(crate) fn timer_in(&self) -> Option<Duration> {
        let due = *self.target.timer.lock().unwrap_or_else(PoisonError::into_inner);
        due.map(|due| due.saturating_duration_since(Instant::now()))
    }

    /// Stops the guest if it runs, and has seen no signal since that many were taken, though one is on its way.
    pub(crate) fn enforce(&self, taken: u32) -> Enforced {
        // A run that begins forgets the signal under this lock, so what is stopped is what it was sent to.
        let mut guest = self.guest();
        let is_over = guest.is_let_go || guest.gate.as_ref().is_some_and(Gate::is_stopped);
        if !self.signal.is_pending() || is_over {
            return Enforced::Done;
        }
        if self.signal.taken() != taken {
            return Enforced::Another;
        }
        if !guest.gate.as_ref().is_some_and(Gate::stop_inside) {
            return Enforced::NotYet;
        }
        guest.stopped_by = self.signal.take();
        Enforced::Stopped
    }

    /// Notes that the guest reads from a stream of the host's.
    pub(crate) fn note_input(&self) {
        self.target.has_read.store(true, Ordering::Relaxed);
    }

    /// Whether it has. Async-signal-safe.
    pub(crate) fn has_read_input(&self) -> bool {
        self.target.has_read.load(Ordering::Relaxed)
    }

    /// Whether a wait on behalf of the guest is to end.
    pub(crate) fn ends_waits(&self) -> bool {
        self.signal.is_pending() || self.is_killed()
    }

    fn guest(&self) -> MutexGuard<'_, Guest> {
        self.target.guest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What Ctrl-C does: sends [`SIGINT`].
    pub fn interrupt(&self) {
        self.send(SIGINT);
    }

    /// Sends a signal to the guest, by the guest's number (Linux's). Several may be pending, each once.
    ///
    /// Async-signal-safe: an atomic store and up to two `write(2)` that do not block; `errno` is kept.
    pub fn send(&self, signal: i32) {
        self.signal.raise(signal);
        for wake in self.wake.iter().chain(self.target.alarm.get()) {
            sys::process::keeping_errno(|| wake.wake());
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
    #[inline]
    pub(crate) fn forget(&self) {
        if self.signal.is_pending() {
            self.forget_it();
        }
    }

    #[cold]
    fn forget_it(&self) {
        // Whoever enforces the signal has done so, or finds none.
        let _guest = self.guest();
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
