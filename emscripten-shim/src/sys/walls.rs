//! The memories of a guest, which can be taken away from it and given back.

use std::ptr::NonNull;

use rustix::mm::{MprotectFlags, mprotect};

use crate::guest::gate::protocol::Walls;

/// The memories of one store, by where they begin.
///
/// Invariant: `base .. base + len` of each lies within a reservation of [`Linear`](super::linear::Linear)'s that is mapped: it
/// is added after that was made, and removed before it is unmapped, both under the lock of the gate that owns this.
#[derive(Debug, Default)]
pub(crate) struct Memories {
    extents: Vec<Extent>,
    used: MemoryUse,
}

/// How much linear memory a guest has, in bytes, over all its memories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    /// At this moment.
    pub present: u64,
    /// The most at any time.
    pub peak: u64,
    /// The most that it would have had, had it been allowed to grow; 0 while it always was.
    pub refused: u64,
}

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
        match self.extents.iter_mut().find(|extent| extent.base == base) {
            Some(extent) => extent.len = len,
            None => self.extents.push(Extent { base, len }),
        }
        self.count();
    }

    /// The memory is about to go.
    pub(super) fn remove(&mut self, base: NonNull<u8>) {
        self.extents.retain(|extent| extent.base != base);
        self.count();
    }

    fn count(&mut self) {
        self.used.present = self.extents.iter().map(|extent| extent.len as u64).fold(0, u64::saturating_add);
        self.used.peak = self.used.peak.max(self.used.present);
    }

    /// The guest was not given so many bytes more.
    pub(crate) fn refuse(&mut self, more: u64) {
        self.used.refused = self.used.refused.max(self.used.present.saturating_add(more));
    }

    /// How much there is.
    pub(crate) fn used(&self) -> MemoryUse {
        self.used
    }

    fn protect(&self, rights: MprotectFlags) {
        for Extent { base, len } in self.extents.iter().filter(|extent| extent.len > 0) {
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
