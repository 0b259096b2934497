//! Images: what a file system is before it is frozen, it is after it was thawed, and nobody notices the others.

#[path = "../common/mod.rs"]
mod common;
mod damage;
#[path = "../against_host/memory.rs"]
mod memory;
#[path = "../against_host/operation.rs"]
mod operation;
mod random;
mod state;
mod world;

use std::hash::Hasher;

use operation::{Operation, Outcome};

/// Open files that a case can hold.
pub(crate) const SLOTS: usize = 6;

/// Tells contents apart.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// What operations are done to.
pub(crate) trait Side {
    fn apply(&mut self, operation: &Operation) -> Outcome;
    fn tree(&mut self) -> Vec<String>;
}
