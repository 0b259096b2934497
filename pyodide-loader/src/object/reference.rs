//! A counted reference to a Python object, held by the host.

use std::sync::{Arc, Mutex, PoisonError};

/// One reference to a Python object. Dropping it takes no access to the interpreter: the reference is given back when
/// the interpreter is next entered, or together with all of its memory when it is dropped first.
///
/// It is good for the interpreter that it came from; [`ObjectApi::owns`](super::ObjectApi::owns) tells.
pub struct Object {
    /// 0 once it has been given away.
    addr: u32,
    released: Arc<Released>,
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Object({:#x})", self.addr)
    }
}

impl Object {
    /// Takes over one reference to the object at `addr`.
    pub(crate) fn owning(addr: u32, released: &Arc<Released>) -> Self {
        Self { addr, released: released.clone() }
    }

    /// Where the object lies, borrowed.
    pub(crate) fn addr(&self) -> u32 {
        self.addr
    }

    /// Gives the reference away: whoever takes the address owes it.
    pub(crate) fn into_addr(mut self) -> u32 {
        std::mem::take(&mut self.addr)
    }

    /// Whether it is an object of the interpreter whose queue this is.
    pub(super) fn belongs_to(&self, released: &Arc<Released>) -> bool {
        Arc::ptr_eq(&self.released, released)
    }

    /// Whether both are the same object: Python's `is`.
    pub fn is(&self, other: &Self) -> bool {
        self.addr == other.addr && Arc::ptr_eq(&self.released, &other.released)
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        if self.addr != 0 {
            self.released.push(Release::Object(self.addr));
        }
    }
}

/// Which interpreter something belongs to.
#[derive(Clone, Debug)]
pub struct Identity(pub(crate) Arc<Released>);

/// What handles have dropped and the guest has not been told of.
#[derive(Debug, Default)]
pub(crate) struct Released(Mutex<Vec<Release>>);

/// Something to be given back to the guest.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Release {
    /// A reference to the object at this address.
    Object(u32),
    /// The `Py_buffer` at this address, and its memory.
    Buffer(u32),
}

impl Released {
    pub(crate) fn push(&self, release: Release) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(release);
    }

    /// All of them; the queue is empty afterwards.
    pub(crate) fn take(&self) -> Vec<Release> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
