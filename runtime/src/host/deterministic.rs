//! A machine that is the same each time: its clocks and its random bytes follow from a seed and from what the guest asks.
//!
//! The clocks begin at [`START`] and move by [`STEP`] each time somebody reads one of them, so that a loop that waits for a moment ends; a
//! sleep moves them by its length and takes no time. What waits for the host's streams waits for them, as no seed says when they come.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyrun_memfs::{Clock, Entropy, Timespec};
use sha2::{Digest as _, Sha256};

/// Where the clocks begin: 2000-01-01T00:00:00Z, in seconds since the epoch.
const START: i64 = 946_684_800;
/// How far the clocks move when one is read. Much less, and a loop that waits for a second would take long; much more, and the time-outs of
/// programs that read the clock often would be over at once.
const STEP: Duration = Duration::from_micros(10);

/// One guest's machine. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    seed: u64,
    state: Arc<Mutex<State>>,
}

/// Plain data, whole after every statement.
#[derive(Debug, Default)]
struct State {
    /// Since [`START`].
    elapsed: Duration,
    /// Blocks of random bytes that were drawn.
    blocks: u64,
    /// What is left of the last one.
    rest: Vec<u8>,
}

impl Machine {
    /// A machine that has just started.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time since the start, which goes on by being read.
    pub(crate) fn elapsed(&self) -> Duration {
        let mut state = self.state();
        state.elapsed = state.elapsed.saturating_add(STEP);
        state.elapsed
    }

    /// The wall clock, which goes on by being read.
    pub(crate) fn wall_clock(&self) -> Timespec {
        let elapsed = self.elapsed();
        let secs = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
        Timespec { secs: START.saturating_add(secs), nanos: elapsed.subsec_nanos() }
    }

    /// Somebody has slept.
    pub(crate) fn advance(&self, time: Duration) {
        let mut state = self.state();
        state.elapsed = state.elapsed.saturating_add(time);
    }

    /// The next random bytes: SHA-256 of the seed and a count.
    pub(crate) fn draw(&self, buf: &mut [u8]) {
        let mut state = self.state();
        for byte in buf {
            if state.rest.is_empty() {
                let mut block = Sha256::new();
                block.update(b"pyrun deterministic");
                block.update(self.seed.to_le_bytes());
                block.update(state.blocks.to_le_bytes());
                state.blocks = state.blocks.wrapping_add(1);
                state.rest = block.finalize().to_vec();
            }
            *byte = state.rest.pop().unwrap_or_default();
        }
    }

    /// The moment at which the clocks began, for what was changed since.
    pub(crate) const fn start() -> Timespec {
        Timespec { secs: START, nanos: 0 }
    }
}

impl Clock for Machine {
    fn now(&self) -> Timespec {
        self.wall_clock()
    }
}

impl Entropy for Machine {
    fn fill(&mut self, buf: &mut [u8]) {
        self.draw(buf);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(machine: &Machine) -> [u8; N] {
        let mut bytes = [0; N];
        machine.draw(&mut bytes);
        bytes
    }

    #[test]
    fn draws_follow_from_the_seed_however_they_are_cut() {
        let (machine, cut) = (Machine::new(7), Machine::new(7));
        let whole: [u8; 100] = bytes(&machine);
        let (first, second): ([u8; 33], [u8; 67]) = (bytes(&cut), bytes(&cut));
        assert_eq!(whole.to_vec(), [first.to_vec(), second.to_vec()].concat());
        assert_ne!(whole, bytes::<100>(&machine));
        assert_ne!(whole, bytes::<100>(&Machine::new(8)));
    }

    #[test]
    fn the_clock_goes_on_by_being_read_and_by_sleeping() {
        let machine = Machine::new(0);
        assert_eq!(machine.wall_clock(), Timespec { secs: START, nanos: 10_000 });
        machine.advance(Duration::from_secs(60));
        assert_eq!(machine.clone().wall_clock(), Timespec { secs: START + 60, nanos: 20_000 });
        machine.advance(Duration::MAX);
        assert!(machine.wall_clock().secs > START, "it stays where it can be told");
    }
}
