//! The queue of a pipe, and of each direction of a connection.
//!
//! Replaces Emscripten's `libpipefs.js`, whose queue is unbounded and never ends. Here it is bounded like Linux's
//! (64 KiB), a read gives the end once all writers are closed, a write without readers is `EPIPE`, and since the guest
//! has one thread, what would block is `EAGAIN` whatever the flags say.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::errno::{Errno, Result};
use crate::stream::Readiness;

/// Bytes that fit.
pub(crate) const CAPACITY: usize = 64 * 1024;
/// Writes up to this size go in whole or not at all (`PIPE_BUF`).
pub(crate) const ATOMIC: usize = 4096;

/// A bounded queue of bytes and how many descriptions hold each end, which an image does not keep: it follows from them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PipeBuffer {
    bytes: VecDeque<u8>,
    #[serde(skip)]
    readers: u32,
    #[serde(skip)]
    writers: u32,
}

impl PipeBuffer {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn open(&mut self, reads: bool, writes: bool) {
        self.readers = self.readers.saturating_add(reads.into());
        self.writers = self.writers.saturating_add(writes.into());
    }

    pub(crate) fn close(&mut self, reads: bool, writes: bool) {
        self.readers = self.readers.saturating_sub(reads.into());
        self.writers = self.writers.saturating_sub(writes.into());
        if self.readers == 0 && self.writers == 0 {
            self.bytes = VecDeque::new();
        }
    }

    pub(crate) fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        if self.bytes.is_empty() {
            return if self.writers == 0 { Ok(0) } else { Err(Errno::Again) };
        }
        let count = buf.len().min(self.bytes.len());
        for (target, byte) in buf.iter_mut().zip(self.bytes.drain(..count)) {
            *target = byte;
        }
        Ok(count)
    }

    /// As `read`, but the bytes stay.
    pub(crate) fn peek(&self, buf: &mut [u8]) -> Result<usize> {
        if self.bytes.is_empty() && !buf.is_empty() && self.writers > 0 {
            return Err(Errno::Again);
        }
        let count = buf.len().min(self.bytes.len());
        for (target, byte) in buf.iter_mut().zip(&self.bytes) {
            *target = *byte;
        }
        Ok(count)
    }

    pub(crate) fn has_no_writer(&self) -> bool {
        self.writers == 0
    }

    pub(crate) fn write(&mut self, buf: &[u8]) -> Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        if self.readers == 0 {
            return Err(Errno::Pipe);
        }
        let room = CAPACITY.saturating_sub(self.bytes.len());
        if room == 0 || (buf.len() <= ATOMIC && room < buf.len()) {
            return Err(Errno::Again);
        }
        let count = buf.len().min(room);
        self.bytes.extend(buf.get(..count).unwrap_or_default());
        Ok(count)
    }

    pub(crate) fn readiness(&self, reads: bool, writes: bool) -> Readiness {
        let mut ready = Readiness::empty();
        if reads {
            if !self.bytes.is_empty() {
                ready |= Readiness::IN | Readiness::RDNORM;
            }
            if self.writers == 0 {
                ready |= Readiness::HUP;
            }
        }
        if writes {
            if CAPACITY.saturating_sub(self.bytes.len()) >= ATOMIC {
                ready |= Readiness::OUT | Readiness::WRNORM;
            }
            if self.readers == 0 {
                ready |= Readiness::ERR;
            }
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::{ATOMIC, CAPACITY, PipeBuffer};
    use crate::errno::Errno;
    use crate::stream::Readiness;

    fn both_ends() -> PipeBuffer {
        let mut pipe = PipeBuffer::default();
        pipe.open(true, false);
        pipe.open(false, true);
        pipe
    }

    #[test]
    fn ends_once_the_writers_are_gone() {
        let mut pipe = both_ends();
        let mut buf = [0; 8];
        assert_eq!(pipe.read(&mut buf), Err(Errno::Again));
        assert_eq!(pipe.write(b"abc"), Ok(3));
        pipe.close(false, true);
        assert_eq!(pipe.readiness(true, false), Readiness::IN | Readiness::RDNORM | Readiness::HUP);
        assert_eq!(pipe.read(&mut buf), Ok(3));
        assert_eq!(pipe.read(&mut buf), Ok(0));
    }

    #[test]
    fn is_bounded_and_atomic_for_small_writes() {
        let mut pipe = both_ends();
        assert_eq!(pipe.write(&vec![1; CAPACITY - 10]), Ok(CAPACITY - 10));
        assert_eq!(pipe.write(&[2; ATOMIC]), Err(Errno::Again));
        assert_eq!(pipe.write(&[2; ATOMIC + 1]), Ok(10));
        assert_eq!(pipe.write(&[2; ATOMIC + 1]), Err(Errno::Again));
        assert_eq!(pipe.readiness(false, true), Readiness::empty());
        pipe.close(true, false);
        assert_eq!(pipe.write(b"x"), Err(Errno::Pipe));
        assert!(pipe.readiness(false, true).contains(Readiness::ERR));
    }
}
