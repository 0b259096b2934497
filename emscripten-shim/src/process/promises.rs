//! Emscripten's promises, as plain state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Limit: promises that exist at once, of a guest. Beyond it none is made.
const MAX_PROMISES: usize = 1 << 16;

/// How a promise stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Promise {
    /// Not settled.
    Pending,
    /// Settled with this value.
    Fulfilled(u32),
    /// Failed with this value.
    Rejected(u32),
    /// Settles as this other promise does.
    Follows(u32),
}

/// The promises of a process.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Promises {
    states: BTreeMap<u32, Promise>,
    last: u32,
}

impl Promises {
    /// A new pending promise; `None` when there are too many. Numbers are never used twice.
    pub fn create(&mut self) -> Option<u32> {
        let id = self.last.checked_add(1)?;
        if self.states.len() >= MAX_PROMISES {
            return None;
        }
        self.last = id;
        self.states.insert(id, Promise::Pending);
        Some(id)
    }

    /// Settles a pending promise; a settled or unknown one stays as it is.
    pub fn settle(&mut self, id: u32, state: Promise) {
        if let Some(promise @ Promise::Pending) = self.states.get_mut(&id) {
            *promise = state;
        }
    }

    /// How a promise stands, links followed; `None` when it does not exist.
    pub fn get(&self, id: u32) -> Option<Promise> {
        let mut state = *self.states.get(&id)?;
        for _ in 0..self.states.len() {
            match state {
                Promise::Follows(other) => state = *self.states.get(&other)?,
                settled => return Some(settled),
            }
        }
        Some(Promise::Pending)
    }

    /// Forgets a promise.
    pub fn destroy(&mut self, id: u32) {
        self.states.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::{Promise, Promises};

    #[test]
    fn settles_once_and_follows() {
        let mut promises = Promises::default();
        let (a, b) = (promises.create().unwrap(), promises.create().unwrap());
        promises.settle(a, Promise::Follows(b));
        assert_eq!(promises.get(a), Some(Promise::Pending));
        promises.settle(b, Promise::Rejected(7));
        promises.settle(b, Promise::Fulfilled(8));
        assert_eq!(promises.get(a), Some(Promise::Rejected(7)));
        promises.destroy(b);
        assert_eq!(promises.get(a), None);
        let c = promises.create().unwrap();
        assert_ne!(c, b);
        promises.settle(c, Promise::Follows(c));
        assert_eq!(promises.get(c), Some(Promise::Pending));
    }
}
