//! Streams over what an embedder gives: a reader that is called where the guest runs, a writer, and input that is not written to.

use std::io::{Read, Write};

use pyrun_memfs::{Errno, OpenFlags, Readiness, Result, Stream};

use super::answers::READABLE;
use super::guarded::Guarded;
use crate::host::errno::errno_of;

const WRITABLE: Readiness = Readiness::OUT.union(Readiness::WRNORM);

/// Standard input, which is not written to: that would be output that nobody counts or filters, where both are one terminal.
pub(super) struct ReadOnly {
    pub(super) inner: Box<dyn Stream>,
}

impl Stream for ReadOnly {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        self.inner.read(buf)
    }

    fn write(&mut self, _buf: &[u8]) -> Result<usize> {
        Err(Errno::BadF)
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.inner.read_at(offset, buf)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }

    passed_on!();
}

/// A reader that is called where the guest runs.
pub(super) struct Blocking(pub(super) Guarded<Box<dyn Read + Send>>);

impl Stream for Blocking {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        let read = self.0.call(|reader| reader.read(buf));
        read.map(|count| count.min(buf.len())).map_err(|error| errno_of(&error))
    }

    fn write(&mut self, _buf: &[u8]) -> Result<usize> {
        Err(Errno::BadF)
    }

    fn readiness(&mut self) -> Readiness {
        READABLE
    }
}

/// A writer.
pub(super) struct Writer(Guarded<Box<dyn Write + Send>>);

impl Writer {
    pub(super) fn new(writer: Box<dyn Write + Send>) -> Self {
        Self(Guarded::new(writer))
    }
}

impl Stream for Writer {
    fn read(&mut self, _buf: &mut [u8]) -> Result<usize> {
        Err(Errno::BadF)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        let written = self.0.call(|writer| {
            let count = writer.write(buf)?;
            writer.flush()?;
            Ok(count.min(buf.len()))
        });
        written.map_err(|error| errno_of(&error))
    }

    fn readiness(&mut self) -> Readiness {
        WRITABLE
    }
}

/// A descriptor that a guest is given besides its standard streams.
pub(crate) struct GivenStream {
    /// The guest's number.
    pub(crate) number: i32,
    pub(crate) stream: Box<dyn Stream>,
    /// What it is open for.
    pub(crate) flags: OpenFlags,
}
