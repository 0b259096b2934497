//! Signals that are sent to the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

/// What becomes of a signal on the way out of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnSignal {
    /// The guest asks for it itself ([`Process::signal_clock`](super::Process::signal_clock)), as CPython does.
    #[default]
    Asked,
    /// It is raised by the guest's own `raise`, which runs its handler. It ends a guest that exports none.
    Raised,
    /// The guest is told by this export of it, which takes and gives nothing and acts on it later.
    Told(&'static str),
}

/// A signal number on its way to the guest; 0 for no signal. Shared with whoever may interrupt it.
#[derive(Clone, Debug, Default)]
pub struct PendingSignal(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    signal: AtomicI32,
    /// How many were taken; it wraps.
    taken: AtomicU32,
}

impl PendingSignal {
    /// Leaves `signal` for the guest. Async-signal-safe: one atomic store.
    pub fn raise(&self, signal: i32) {
        self.0.signal.store(signal, Ordering::SeqCst);
    }

    /// Takes the pending signal, if there is one.
    pub fn take(&self) -> Option<i32> {
        // Most often nothing is pending, and nothing needs to be written.
        if !self.is_pending() {
            return None;
        }
        match self.0.signal.swap(0, Ordering::SeqCst) {
            0 => None,
            signal => {
                self.0.taken.fetch_add(1, Ordering::SeqCst);
                Some(signal)
            }
        }
    }

    /// How many signals were taken so far; it wraps. One that is pending while this stays as it is was not seen.
    pub fn taken(&self) -> u32 {
        self.0.taken.load(Ordering::SeqCst)
    }

    /// Takes the pending signal if it is this one.
    pub fn take_back(&self, signal: i32) {
        let _ = self.0.signal.compare_exchange(signal, 0, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Whether one is pending that is not this one; does not take it.
    pub fn is_pending_besides(&self, signal: i32) -> bool {
        let pending = self.0.signal.load(Ordering::SeqCst);
        pending != 0 && pending != signal
    }

    /// Whether one is pending; does not take it.
    #[inline]
    pub fn is_pending(&self) -> bool {
        self.0.signal.load(Ordering::SeqCst) != 0
    }
}
