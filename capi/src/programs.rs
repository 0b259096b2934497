//! The programs of a module that run, so that another thread can end them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyrun::InterruptHandle;

/// What ends each program of a module that runs.
#[derive(Default)]
pub(crate) struct Programs(Mutex<ByNumber>);

/// Plain data, whole after every statement.
#[derive(Default)]
struct ByNumber {
    running: BTreeMap<u64, InterruptHandle>,
    next: u64,
}

/// A program that runs, until this is dropped.
#[must_use = "it is known while this is there"]
pub(crate) struct Running<'a>(&'a Programs, u64);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.state().running.remove(&self.1);
    }
}

impl Programs {
    /// Nobody waits for long: nothing is done while it is held.
    fn state(&self) -> MutexGuard<'_, ByNumber> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a program runs.
    pub(crate) fn note(&self, interrupt: InterruptHandle) -> Running<'_> {
        let mut state = self.state();
        state.next += 1;
        let number = state.next;
        state.running.insert(number, interrupt);
        Running(self, number)
    }

    /// Does this to each.
    pub(crate) fn each(&self, action: impl Fn(&InterruptHandle)) {
        self.state().running.values().for_each(action);
    }
}
