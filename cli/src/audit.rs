//! `--audit`: each decision about what a program asks for, as a line of JSON in a file.
//!
//! A line is written when the decision is made, by the thread that made it: what ends the program, or this process, leaves all lines up to
//! then. So a program waits for whoever reads them from a pipe, until its time is over.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyrun::{AuditEvent, Limits};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::report::{Failure, reason};

/// The file of `--audit`, which is begun anew.
#[derive(Debug)]
pub(crate) struct AuditFile {
    path: PathBuf,
    lines: Arc<Mutex<Lines>>,
}

/// How long a program may be cleaning up when no limit says so.
const GRACE: Duration = Duration::from_secs(1);
/// Limit: how long somebody who reads from a pipe may take nothing once the program's time is over.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a pipe takes without waiting, once it takes anything.
const PIECE: usize = 4096;

#[derive(Debug)]
struct Lines {
    file: File,
    /// It is a pipe, a terminal or the like: writing may wait for whoever reads.
    is_stream: bool,
    /// When the program has ended at the latest.
    end: Option<Instant>,
    /// Why it takes no more.
    failed: Option<io::Error>,
}

impl Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if !self.is_stream {
            return self.file.write_all(line);
        }
        line.chunks(PIECE).try_for_each(|piece| {
            self.wait()?;
            self.file.write_all(piece)
        })
    }

    /// Waits until somebody reads.
    fn wait(&self) -> io::Result<()> {
        let until = self.end.map(|end| end.max(Instant::now()) + PATIENCE);
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            match poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], left.as_ref()) {
                Ok(0) => return Err(io::Error::other("nobody reads it, and the program's time is over")),
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AuditFile {
    /// Opens it.
    ///
    /// # Errors
    /// [`Failure::Usage`], when it cannot be written.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        if path == Path::new("-") {
            return Err(Failure::Usage(
                "--audit -: standard output is the program's; name a file, or /dev/fd/N for a descriptor".to_owned(),
            ));
        }
        let opened = OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let file = opened.map_err(|error| {
            Failure::Usage(format!("--audit {shown}: the file cannot be written: {}", reason(&error)))
        })?;
        let is_stream = !file.metadata().is_ok_and(|metadata| metadata.is_file());
        let lines = Lines { file, is_stream, end: None, failed: None };
        Ok(Self { path: path.to_owned(), lines: Arc::new(Mutex::new(lines)) })
    }

    /// A program with these limits begins.
    pub(crate) fn begin(&self, limits: &Limits) {
        let time = limits.wall.map(|wall| wall.saturating_add(limits.grace.unwrap_or(GRACE)));
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).end =
            time.and_then(|time| Instant::now().checked_add(time));
    }

    /// What writes a line for each decision.
    pub(crate) fn writer(&self) -> impl FnMut(&AuditEvent) + Send + use<> {
        let lines = self.lines.clone();
        move |event| {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.failed.is_none() {
                let line = event.to_json() + "\n";
                lines.failed = lines.write(line.as_bytes()).err();
            }
        }
    }

    /// Why the file is not whole, if it is not.
    pub(crate) fn failed(&self) -> Option<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let error = lines.failed.as_ref()?;
        Some(format!("--audit {}: it cannot be written: {}", self.path.display(), reason(error)))
    }
}
