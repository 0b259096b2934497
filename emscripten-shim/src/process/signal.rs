//! Signals that are sent to the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The guest's numbers of signals, Linux's.
pub const SIGHUP: i32 = 1;
/// Ctrl-C.
pub const SIGINT: i32 = 2;
/// Ctrl-\.
pub const SIGQUIT: i32 = 3;
/// A writer has no reader.
pub const SIGPIPE: i32 = 13;
/// A timer of `alarm`.
pub const SIGALRM: i32 = 14;
/// What supervisors send.
pub const SIGTERM: i32 = 15;
/// Ctrl-Z.
pub const SIGTSTP: i32 = 20;

/// What a signal does to a process that does nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultAction {
    /// Nothing.
    Ignored,
    /// It ends the process.
    Ends,
    /// It stops the process, until it is told to go on.
    Stops,
}

impl DefaultAction {
    /// Of a signal, as Linux has it.
    pub fn of(signal: i32) -> Self {
        match signal {
            // CHLD, CONT, URG, WINCH
            17 | 18 | 23 | 28 => Self::Ignored,
            // STOP, TSTP, TTIN, TTOU
            19..=22 => Self::Stops,
            _ => Self::Ends,
        }
    }
}

/// The signals that a process which is there for one guest passes on to it: those that people, supervisors and terminals send.
/// HUP, INT, QUIT, USR1, USR2, ALRM, TERM, CHLD, CONT, TSTP, URG, VTALRM, PROF, WINCH, IO, PWR.
pub const PASSED_ON: [i32; 16] = [1, 2, 3, 10, 12, 14, 15, 17, 18, 20, 23, 26, 27, 28, 29, 30];

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

/// Signals on their way to the guest, each at most once, as a kernel has them. Shared with whoever may interrupt it.
#[derive(Clone, Debug, Default)]
pub struct PendingSignal(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// A bit for each that is pending; that of signal 1 is the lowest.
    signals: AtomicU64,
    /// A bit for each about which the guest does something: it handles, ignores or blocks it.
    kept: AtomicU64,
    /// How many were taken; it wraps.
    taken: AtomicU32,
}

impl PendingSignal {
    /// Leaves `signal` for the guest; a number that no signal has does nothing. Async-signal-safe: one atomic operation.
    pub fn raise(&self, signal: i32) {
        self.0.signals.fetch_or(bit(signal), Ordering::SeqCst);
    }

    /// Takes the pending signal with the lowest number, if there is one.
    pub fn take(&self) -> Option<i32> {
        // Most often nothing is pending, and nothing needs to be written.
        if !self.is_pending() {
            return None;
        }
        let lowest = |signals: u64| (signals != 0).then(|| signals & (signals - 1));
        let before = self.0.signals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lowest).ok()?;
        self.0.taken.fetch_add(1, Ordering::SeqCst);
        Some(before.trailing_zeros() as i32 + 1)
    }

    /// How many signals were taken so far; it wraps. One that is pending while this stays as it is was not seen.
    pub fn taken(&self) -> u32 {
        self.0.taken.load(Ordering::SeqCst)
    }

    /// Takes the pending signal if it is this one.
    pub fn take_back(&self, signal: i32) {
        self.0.signals.fetch_and(!bit(signal), Ordering::SeqCst);
    }

    /// Whether one is pending that is not this one; does not take it.
    pub fn is_pending_besides(&self, signal: i32) -> bool {
        self.0.signals.load(Ordering::SeqCst) & !bit(signal) != 0
    }

    /// Whether one is pending; does not take it.
    #[inline]
    pub fn is_pending(&self) -> bool {
        self.0.signals.load(Ordering::SeqCst) != 0
    }

    /// Whether this one is pending.
    pub fn has(&self, signal: i32) -> bool {
        self.0.signals.load(Ordering::SeqCst) & bit(signal) != 0
    }

    /// Whether the guest does something about a signal, as far as is known: else it does to the process what it does by default.
    /// Async-signal-safe.
    pub fn is_kept(&self, signal: i32) -> bool {
        self.0.kept.load(Ordering::SeqCst) & bit(signal) != 0
    }

    /// What is known of it from now on.
    pub fn set_kept(&self, signal: i32, is_kept: bool) {
        match is_kept {
            true => self.0.kept.fetch_or(bit(signal), Ordering::SeqCst),
            false => self.0.kept.fetch_and(!bit(signal), Ordering::SeqCst),
        };
    }
}

/// The bit of a signal; none for a number that no signal has.
fn bit(signal: i32) -> u64 {
    match u32::try_from(signal) {
        Ok(number @ 1..=64) => 1 << (number - 1),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_wait_side_by_side_and_each_once() {
        let pending = PendingSignal::default();
        assert_eq!((pending.take(), pending.is_pending(), pending.taken()), (None, false, 0));
        for signal in [15, 1, 64, 15, 0, 65, -1] {
            pending.raise(signal);
        }
        assert!(pending.has(1) && pending.has(64) && !pending.has(2));
        assert!(pending.is_pending_besides(15));
        pending.take_back(15);
        assert_eq!([pending.take(), pending.take(), pending.take()], [Some(1), Some(64), None]);
        assert_eq!(pending.taken(), 2);
        pending.raise(15);
        assert!(!pending.is_pending_besides(15));
    }

    #[test]
    fn what_the_guest_does_about_a_signal_is_known_for_each() {
        let pending = PendingSignal::default();
        assert!(!pending.is_kept(15));
        pending.set_kept(15, true);
        pending.set_kept(64, true);
        pending.set_kept(15, false);
        assert_eq!([15, 64, 0, 65].map(|signal| pending.is_kept(signal)), [false, true, false, false]);
    }

    #[test]
    fn default_actions_are_those_of_linux() {
        let ignored: Vec<i32> =
            (1..=64).filter(|signal| DefaultAction::of(*signal) == DefaultAction::Ignored).collect();
        let stops: Vec<i32> = (1..=64).filter(|signal| DefaultAction::of(*signal) == DefaultAction::Stops).collect();
        assert_eq!((ignored, stops), (vec![17, 18, 23, 28], vec![19, 20, 21, 22]));
    }
}
