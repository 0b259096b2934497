//! How long pyrun waits for whoever reads what it writes itself.
//!
//! A pipe that nobody empties takes nothing more, and who writes into it waits. Of a program whose time is limited pyrun waits no longer
//! than a little beyond that: neither for a reader of its audit nor with its own last lines.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use pyrun::Limits;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long a program may be cleaning up when no limit says so.
const GRACE: Duration = Duration::from_secs(1);
/// Limit: how long all lines together wait for who reads them once the program's time is over.
const BEYOND: Duration = Duration::from_secs(2);
/// What a line has when that is over, too: somebody who reads takes it at once.
const AT_LEAST: Duration = Duration::from_millis(100);
/// What a pipe takes without waiting, once it takes anything.
const PIECE: usize = 4096;

/// How long to wait.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    /// When the program has ended at the latest; none where its time is not limited.
    end: Option<Instant>,
}

impl Patience {
    /// With a program that begins now, and has these limits.
    pub(crate) fn with(limits: &Limits) -> Self {
        let time = limits.wall.map(|wall| wall.saturating_add(limits.grace.unwrap_or(GRACE)));
        Self { end: time.and_then(|time| Instant::now().checked_add(time)) }
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// Those of the system; that nobody reads it.
    pub(crate) fn write(self, file: impl AsFd, bytes: &[u8]) -> io::Result<()> {
        let file = file.as_fd();
        let until = self.end.map(|end| (end + BEYOND).max(Instant::now() + AT_LEAST));
        match until {
            Some(until) if rustix::termios::isatty(file) => write_beside(file, bytes, until),
            _ => write_when_ready(file, bytes, until),
        }
    }
}

/// A terminal that says it can be written to may wait in the middle of a line, and nothing ends that. So the write has a thread of its own,
/// which ends with the process.
fn write_beside(file: BorrowedFd<'_>, bytes: &[u8], until: Instant) -> io::Result<()> {
    let (file, bytes) = (file.try_clone_to_owned()?, bytes.to_vec());
    let (done, written) = mpsc::channel();
    thread::Builder::new().name("last words".to_owned()).spawn(move || {
        // Nobody waits for it any more when this fails.
        let _ = done.send(write_when_ready(file.as_fd(), &bytes, Some(until)));
    })?;
    written.recv_timeout(until.saturating_duration_since(Instant::now())).unwrap_or_else(|_| Err(nobody_reads()))
}

fn nobody_reads() -> io::Error {
    io::Error::other("nobody reads it, and the program's time is over")
}

fn write_when_ready(file: BorrowedFd<'_>, bytes: &[u8], until: Option<Instant>) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        wait(file, until)?;
        match rustix::io::write(file, rest.get(..PIECE).unwrap_or(rest)) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Waits until somebody reads; a file takes everything at once.
fn wait(file: BorrowedFd<'_>, until: Option<Instant>) -> io::Result<()> {
    loop {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut [PollFd::new(&file, PollFlags::OUT)], left.as_ref()) {
            Ok(0) => return Err(nobody_reads()),
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
