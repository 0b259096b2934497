//! How long pyrun waits for whoever reads what it writes itself.
//!
//! A pipe that nobody empties takes nothing more, and who writes into it waits. Of a program whose time is limited pyrun waits no longer
//! than a little beyond that: neither for a reader of its audit nor with its own last lines.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use pyrun::Limits;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long a program may be cleaning up when no limit says so.
const GRACE: Duration = Duration::from_secs(1);
/// Limit: how long somebody who reads may take nothing once the program's time is over.
const BEYOND: Duration = Duration::from_secs(2);
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
        let mut rest = bytes;
        while !rest.is_empty() {
            self.wait(file)?;
            match rustix::io::write(file, rest.get(..PIECE).unwrap_or(rest)) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Waits until somebody reads; a file takes everything at once.
    fn wait(self, file: impl AsFd) -> io::Result<()> {
        let until = self.end.map(|end| end.max(Instant::now()) + BEYOND);
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            match poll(&mut [PollFd::new(&file, PollFlags::OUT)], left.as_ref()) {
                Ok(0) => return Err(io::Error::other("nobody reads it, and the program's time is over")),
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
