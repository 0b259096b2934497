//! Blocks of the module's memory, and how they get back to it.

use std::sync::{Arc, Mutex, PoisonError};

/// Blocks that nobody holds any more, to be freed at the next call. The address of this tells which operations an array is of.
#[derive(Debug, Default)]
pub(super) struct Released(Mutex<Vec<u32>>);

impl Released {
    pub(super) fn take(&self) -> Vec<u32> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A block of the module's memory, until it is dropped.
#[derive(Debug)]
pub struct Block {
    pub(super) address: u32,
    released: Arc<Released>,
}

impl Block {
    pub(super) fn new(address: u32, released: Arc<Released>) -> Self {
        Self { address, released }
    }

    /// Whether it is of the operations that have this list.
    pub(super) fn is_of(&self, released: &Arc<Released>) -> bool {
        Arc::ptr_eq(&self.released, released)
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.released.0.lock().unwrap_or_else(PoisonError::into_inner).push(self.address);
    }
}
