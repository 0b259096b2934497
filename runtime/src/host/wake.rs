//! What wakes whoever waits: a descriptor, for waits in the kernel; and one that a signal handler asks to end the process.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use rustix::event::{PollFd, PollFlags, poll};

use crate::sys::descriptors;

/// A descriptor that becomes readable. On Linux an eventfd, elsewhere a pipe; neither end ever blocks.
#[derive(Debug)]
pub(crate) struct Wake {
    reader: OwnedFd,
    /// `None` when the reader is written to.
    writer: Option<OwnedFd>,
}

impl Wake {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        let reader = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { reader, writer: None })
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = rustix::pipe::pipe()?;
        for end in [&reader, &writer] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
            let flags = rustix::fs::fcntl_getfl(end)?;
            rustix::fs::fcntl_setfl(end, flags | rustix::fs::OFlags::NONBLOCK)?;
        }
        Ok(Self { reader, writer: Some(writer) })
    }

    /// Puts another one under the same numbers: after a `fork(2)` two processes have the one that was there.
    pub(crate) fn renew(&self) -> io::Result<()> {
        let fresh = Self::new()?;
        descriptors::replace(&fresh.reader, &self.reader)?;
        if let (Some(fresh), Some(writer)) = (&fresh.writer, &self.writer) {
            descriptors::replace(fresh, writer)?;
        }
        Ok(())
    }

    fn writer(&self) -> BorrowedFd<'_> {
        self.writer.as_ref().unwrap_or(&self.reader).as_fd()
    }

    /// Makes it readable. Async-signal-safe, but for `errno`.
    pub(crate) fn wake(&self) {
        // An eventfd takes exactly eight bytes, a number that it adds. A full one (EAGAIN) is readable, which is all
        // that is wanted.
        let _ = rustix::io::write(self.writer(), &1_u64.to_ne_bytes());
    }

    /// Takes what wake-ups have left.
    pub(crate) fn drain(&self) {
        let mut bytes = [0; 64];
        // An eventfd is empty after one read; a pipe may hold more, in which case the next wait ends at once and
        // comes here again.
        let _ = rustix::io::read(&self.reader, &mut bytes);
    }

    /// Readable while a wake-up has not been seen.
    pub(crate) fn descriptor(&self) -> i32 {
        self.reader.as_raw_fd()
    }
}

/// What the signal handler and the thread share.
#[derive(Debug)]
pub(crate) struct Asked {
    wake: Wake,
    /// The signal that is to end the process; 0 for none.
    signal: AtomicI32,
    is_over: AtomicBool,
}

impl Asked {
    /// Nobody has asked yet.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub(crate) fn new() -> io::Result<Self> {
        let (signal, is_over) = (AtomicI32::new(0), AtomicBool::new(false));
        Ok(Self { wake: Wake::new()?, signal, is_over })
    }

    /// From now on nobody is asked.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.wake.wake();
    }

    /// Wakes the thread, which ends the process by this signal. Whether it is the first time: else nothing is waited for. Async-signal-safe, but for
    /// `errno`.
    pub(crate) fn ask(&self, signal: i32) -> bool {
        let is_first = || self.signal.compare_exchange(0, signal, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if self.is_over.load(Ordering::Acquire) || !is_first() {
            return false;
        }
        self.wake.wake();
        true
    }

    /// Waits until somebody asks, or it is over; the signal, if somebody has asked.
    pub(crate) fn wait(&self) -> Option<i32> {
        loop {
            if self.is_over.load(Ordering::Acquire) {
                return None;
            }
            let signal = self.signal.load(Ordering::Acquire);
            if signal != 0 {
                return Some(signal);
            }
            let mut set = [PollFd::new(&self.wake.reader, PollFlags::IN)];
            // Interrupted or not: the flags say what there is to do.
            if poll(&mut set, None).is_ok() {
                self.wake.drain();
            }
        }
    }
}
