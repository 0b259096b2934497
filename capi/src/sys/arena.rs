//! Memory that records point into: a result owns one.

use std::ptr::NonNull;

use pyrun::PyHandle;

use super::record::{Kind, RawFrame, Record};

/// Owns what the records of a value point to. It never moves or changes what was put in, until it is dropped.
#[derive(Default)]
pub(crate) struct Arena {
    bytes: Vec<Owned<u8>>,
    records: Vec<Owned<Record>>,
    objects: Vec<Owned<PyHandle>>,
}

/// A boxed slice that is only pointed to, so that pointers to it stay good when this is moved.
struct Owned<T>(NonNull<[T]>);

// SAFETY: it owns its elements alone, as a box does.
unsafe impl<T: Send> Send for Owned<T> {}
// SAFETY: through a shared reference to it nothing can be done at all.
unsafe impl<T: Sync> Sync for Owned<T> {}

impl<T> Owned<T> {
    fn new(elements: Box<[T]>) -> Self {
        Self(NonNull::from(Box::leak(elements)))
    }

    fn address(&self) -> u64 {
        self.0.as_ptr().cast::<T>().expose_provenance() as u64
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer is the one that `new` took out of a box, and this is the only place that puts it back.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl Arena {
    /// Bytes with a zero behind them; their address.
    pub(crate) fn keep(&mut self, bytes: &[u8]) -> u64 {
        let mut owned = Vec::with_capacity(bytes.len() + 1);
        owned.extend_from_slice(bytes);
        owned.push(0);
        let owned = Owned::new(owned.into_boxed_slice());
        let address = owned.address();
        self.bytes.push(owned);
        address
    }

    /// A record of a kind that is a text or bytes.
    pub(crate) fn text(&mut self, kind: Kind, bytes: &[u8]) -> Record {
        Record::new(kind, self.keep(bytes), bytes.len() as u64)
    }

    /// A record of a kind that holds others.
    pub(crate) fn items(&mut self, kind: Kind, items: Vec<Record>) -> Record {
        let count = items.len() as u64;
        let owned = Owned::new(items.into_boxed_slice());
        let record = Record::new(kind, owned.address(), count);
        self.records.push(owned);
        record
    }

    /// A record of an object.
    pub(crate) fn object(&mut self, handle: PyHandle) -> Record {
        let owned = Owned::new(Box::new([handle]));
        let record = Record::new(Kind::Object, owned.address(), 0);
        self.objects.push(owned);
        record
    }

    /// A frame.
    pub(crate) fn frame(&mut self, file: &str, function: &str, line: u32) -> RawFrame {
        RawFrame { file: self.keep(file.as_bytes()), function: self.keep(function.as_bytes()), line, reserved: 0 }
    }

    /// A record that points to nothing.
    pub(crate) fn words(kind: Kind, first: u64, second: u64) -> Record {
        Record::new(kind, first, second)
    }
}
