//! Standard input, of which the audit is told when it is first read.

use std::sync::Arc;

use pyrun_memfs::{Result, Stream};

use crate::audit::{Audit, Permission};
use crate::host::InterruptHandle;

/// A stream that is told of, if somebody wants to know; else the stream itself.
pub(super) fn over(inner: Box<dyn Stream>, interrupt: &InterruptHandle) -> Box<dyn Stream> {
    match interrupt.account().audit() {
        Some(audit) => Box::new(Audited { inner, audit: Some(audit.clone()) }),
        None => inner,
    }
}

/// A stream of which reading is told.
struct Audited {
    inner: Box<dyn Stream>,
    /// Until it was told.
    audit: Option<Arc<Audit>>,
}

impl Audited {
    fn tell(&mut self) {
        if let Some(audit) = self.audit.take() {
            audit.allow(Permission::Stdin, "read", b"stdin", Some("stdin"));
        }
    }
}

impl Stream for Audited {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        self.tell();
        self.inner.read(buf)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        self.inner.write(buf)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.tell();
        self.inner.read_at(offset, buf)
    }

    fn write_at(&mut self, offset: u64, buf: &[u8]) -> Result<usize> {
        self.inner.write_at(offset, buf)
    }

    fn set_len(&mut self, len: u64) -> Result<()> {
        self.inner.set_len(len)
    }

    passed_on!();
}
