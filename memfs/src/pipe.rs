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

    /// What may be written and what is told as ready, around the bounds.
    #[test]
    fn room_is_as_pipes_of_linux_have_it() {
        let out = Readiness::OUT | Readiness::WRNORM;
        for (queued, length, written) in [
            (CAPACITY - ATOMIC, ATOMIC, Ok(ATOMIC)),
            (CAPACITY - ATOMIC + 1, ATOMIC, Err(Errno::Again)),
            (CAPACITY - ATOMIC + 1, ATOMIC - 1, Ok(ATOMIC - 1)),
            (CAPACITY - ATOMIC + 1, ATOMIC + 1, Ok(ATOMIC - 1)),
            (0, CAPACITY + 1, Ok(CAPACITY)),
            (CAPACITY - 1, 1, Ok(1)),
            (CAPACITY, 1, Err(Errno::Again)),
            (CAPACITY, 0, Ok(0)),
        ] {
            let mut pipe = both_ends();
            pipe.write(&vec![1; queued]).unwrap();
            let ready = if queued <= CAPACITY - ATOMIC { out } else { Readiness::empty() };
            assert_eq!(pipe.readiness(false, true), ready, "{queued}");
            assert_eq!(pipe.write(&vec![2; length]), written, "{queued} {length}");
            assert_eq!(pipe.len(), queued + written.unwrap_or(0));
        }
        assert_eq!((CAPACITY, ATOMIC), (65_536, 4096));
    }

    #[test]
    fn looking_takes_nothing() {
        let mut pipe = both_ends();
        let mut buf = [0; 4];
        assert_eq!((pipe.peek(&mut buf), pipe.peek(&mut [])), (Err(Errno::Again), Ok(0)));
        pipe.write(b"abcdef").unwrap();
        for _ in 0..2 {
            assert_eq!((pipe.peek(&mut buf), buf, pipe.peek(&mut [0; 9])), (Ok(4), *b"abcd", Ok(6)));
        }
        assert_eq!((pipe.read(&mut []), pipe.read(&mut [0; 9]), pipe.read(&mut [])), (Ok(0), Ok(6), Ok(0)));
        assert_eq!(pipe.peek(&mut buf), Err(Errno::Again));
        pipe.close(false, true);
        assert_eq!((pipe.peek(&mut buf), pipe.has_no_writer()), (Ok(0), true));
    }

    /// What is queued stays while anybody could read it, and goes with the last end.
    #[test]
    fn each_end_is_counted() {
        let mut pipe = both_ends();
        pipe.open(true, true);
        pipe.write(b"x").unwrap();
        for (reads, writes, queued, ready) in [
            (true, false, 1, Readiness::IN | Readiness::RDNORM),
            (false, true, 1, Readiness::IN | Readiness::RDNORM),
            (false, true, 1, Readiness::IN | Readiness::RDNORM | Readiness::HUP),
            (true, false, 0, Readiness::HUP),
        ] {
            pipe.close(reads, writes);
            assert_eq!((pipe.len(), pipe.readiness(true, false)), (queued, ready));
        }
        pipe.open(false, true);
        assert_eq!(pipe.readiness(false, true), Readiness::OUT | Readiness::WRNORM | Readiness::ERR);
        assert_eq!(pipe.readiness(true, true), Readiness::OUT | Readiness::WRNORM | Readiness::ERR);
        assert_eq!((pipe.write(b"x"), pipe.write(b"")), (Err(Errno::Pipe), Ok(0)));
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
