//! Signals that are sent to the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

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
pub struct PendingSignal(Arc<AtomicI32>);

impl PendingSignal {
    /// Leaves `signal` for the guest. Async-signal-safe: one atomic store.
    pub fn raise(&self, signal: i32) {
        self.0.store(signal, Ordering::SeqCst);
    }

    /// Takes the pending signal, if there is one.
    pub fn take(&self) -> Option<i32> {
        // Most often nothing is pending, and nothing needs to be written.
        if !self.is_pending() {
            return None;
        }
        match self.0.swap(0, Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }

    /// Takes the pending signal if it is this one.
    pub fn take_back(&self, signal: i32) {
        let _ = self.0.compare_exchange(signal, 0, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Whether one is pending; does not take it.
    pub fn is_pending(&self) -> bool {
        self.0.load(Ordering::SeqCst) != 0
    }
}
