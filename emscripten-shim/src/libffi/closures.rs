//! The closures of a guest, as plain data, so that a snapshot can hold them; the functions themselves are in
//! [`Compiled`](super::compiled::Compiled) and are made again by [`super::restore`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cif::CSignature;

/// A closure that was allocated and not freed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Its slot in the function table.
    pub slot: u32,
    /// The signature of the function in the slot; `None` until it is prepared, while the slot is empty.
    pub signature: Option<CSignature>,
}

/// The closures that are alive, and table slots left over from those that are not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closures {
    /// By address of their `ffi_closure`.
    pub live: BTreeMap<u32, Closure>,
    /// Empty slots that the next closures take, the last one first.
    pub free_slots: Vec<u32>,
}

impl Closures {
    /// Whether a table slot is, or was, a closure's: what is in it may change.
    pub fn owns(&self, slot: u32) -> bool {
        self.free_slots.contains(&slot) || self.live.values().any(|closure| closure.slot == slot)
    }
}

#[cfg(test)]
mod tests {
    use super::{Closure, Closures};

    #[test]
    fn slots_of_closures_are_those_that_live_and_those_that_are_free() {
        let closure = |slot| Closure { slot, signature: None };
        let closures = Closures { live: [(64, closure(3)), (80, closure(5))].into(), free_slots: vec![7] };
        let owned: Vec<u32> = (0..100).filter(|slot| closures.owns(*slot)).collect();
        assert_eq!(owned, [3, 5, 7]);
        assert!(!Closures::default().owns(3));
    }
}
