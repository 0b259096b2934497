//! The memories of a guest, which can be taken away from it and given back.

use std::ptr::NonNull;

use rustix::mm::{MprotectFlags, mprotect};

use crate::guest::gate::protocol::Walls;

/// The memories of one store, by where they begin.
///
/// Invariant: `base .. base + len` of each lies within a reservation of [`Linear`](super::linear::Linear)'s that is mapped: it
/// is added after that was made, and removed before it is unmapped, both under the lock of the gate that owns this.
#[derive(Debug, Default)]
pub(crate) struct Memories(Vec<Extent>);

/// The accessible part of a memory.
#[derive(Debug)]
struct Extent {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: the pointers are not read or written through here; they say for which pages rights are set, which any thread may do.
unsafe impl Send for Memories {}

impl Memories {
    /// From now on the memory is so long. The caller must hold the invariant.
    pub(super) fn set(&mut self, base: NonNull<u8>, len: usize) {
        match self.0.iter_mut().find(|extent| extent.base == base) {
            Some(extent) => extent.len = len,
            None => self.0.push(Extent { base, len }),
        }
    }

    /// The memory is about to go.
    pub(super) fn remove(&mut self, base: NonNull<u8>) {
        self.0.retain(|extent| extent.base != base);
    }

    fn protect(&self, rights: MprotectFlags) {
        for Extent { base, len } in self.0.iter().filter(|extent| extent.len > 0) {
            // SAFETY: by the invariant the pages are a guest memory's, mapped, and stay so while the lock is held. They are
            // taken away only while the guest's thread is in the guest, so that no reference of the host's to them is alive
            // (`GuestMem` is made in the host and borrows the store; see `guest::gate::protocol`), and what generated code does
            // there ends in a trap. They are given back with the rights that they had.
            let done = unsafe { mprotect(base.as_ptr().cast(), *len, rights) };
            if let Err(errno) = done {
                // The kernel has no room for another mapping. Given back in part, the host would fault: better to say why first.
                tracing::error!(%errno, "the rights to a guest's memory cannot be changed");
            }
        }
    }
}

impl Walls for Memories {
    fn shut(&mut self) {
        self.protect(MprotectFlags::empty());
    }

    fn open(&mut self) {
        self.protect(MprotectFlags::READ | MprotectFlags::WRITE);
    }
}
