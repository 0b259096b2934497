//! What a guest has used, as the embedder sees it.

use std::fmt;
use std::time::Duration;

use super::names::amount_text;

/// What a guest has used up to now: with every [`Outcome`](crate::Outcome), and by
/// [`InterruptHandle::usage`](crate::InterruptHandle::usage) while it runs, from any thread.
///
/// `Display` gives a line for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Bytes of linear memory at this moment; 0 when the guest is gone. What the program has freed is among them: linear memory does not
    /// shrink.
    pub memory: u64,
    /// The most bytes of linear memory at any time.
    pub memory_peak: u64,
    /// The time that a program has run, its start among it, counted as [`Limits::wall`](crate::Limits::wall) counts it: compiling, and looking
    /// for a snapshot to start from, are not among it. Of one that is still compiled, or that nothing came of, it is the time up to now.
    /// `None` for what the embedder drives: its calls are not timed.
    pub wall: Option<Duration>,
    /// The processor time of the thread on which a program has run, likewise without compiling. `None` as for [`Usage::wall`], and where the system has no such
    /// clock (macOS).
    pub cpu: Option<Duration>,
    /// Bytes that were written to standard output and error.
    pub output_bytes: u64,
    /// Bytes of the files in memory that the guest has made, at this moment.
    pub file_bytes: u64,
    /// The most bytes of them at any time.
    pub file_bytes_peak: u64,
    /// Bytes that the host holds for the guest at this moment, as [`Limits::host_memory`](crate::Limits::host_memory) counts them: its files
    /// are among them, linear memory is not.
    pub host_memory: u64,
    /// The most bytes of them at any time.
    pub host_memory_peak: u64,
    /// How often the guest has called the host. Functions of a standalone module's embedder are not among them.
    pub host_calls: u64,
    /// The time that passed while the code of the program, or of the instance, was compiled, or loaded from the cache. `None` while that
    /// goes on, and for an [`Interpreter`](crate::Interpreter), which has the code of its engine. Libraries that are loaded later are not
    /// among it. It is bounded by [`Limits::compile_time`](crate::Limits::compile_time), which is processor time of all threads.
    pub compile: Option<Duration>,
    /// Bytes by which granted folders have grown that may grow by no more than so much
    /// ([`FolderMode::ReadWriteUpTo`](crate::FolderMode::ReadWriteUpTo)).
    pub folder_bytes: u64,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.memory {
            // The guest is gone.
            0 => writeln!(f, "{:<24} {:>13} bytes at most", "memory", self.memory_peak)?,
            memory => writeln!(f, "{:<24} {memory:>13} bytes, {} at most", "memory", self.memory_peak)?,
        }
        let times = [("processor time", self.cpu), ("wall time", self.wall), ("compile time", self.compile)];
        for (what, time) in times.into_iter().filter_map(|(what, time)| Some((what, time?))) {
            writeln!(f, "{what:<24} {:>13.3} ms", time.as_secs_f64() * 1e3)?;
        }
        writeln!(f, "{:<24} {:>13} bytes", "output", self.output_bytes)?;
        writeln!(f, "{:<24} {:>13} bytes, {} at most", "files", self.file_bytes, self.file_bytes_peak)?;
        writeln!(f, "{:<24} {:>13} bytes, {} at most", "host memory", self.host_memory, self.host_memory_peak)?;
        if self.folder_bytes > 0 {
            writeln!(f, "{:<24} {:>13} bytes", "growth of folders", self.folder_bytes)?;
        }
        writeln!(f, "{:<24} {:>13}", "calls of the host", self.host_calls)
    }
}

/// A limit that a program has reached. It was told of it where it asked for more: by a `MemoryError`, `ENOSPC` or the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit {which} of {} was reached", amount_text(which, *limit))]
#[non_exhaustive]
pub struct LimitReached {
    /// Its name, as in [`Limits::names`](crate::Limits::names); `folder-bytes` for the growth of a granted folder.
    pub which: &'static str,
    /// The limit.
    pub limit: u64,
    /// What there would have been, had it been allowed; the limit itself, for output.
    pub used: u64,
}
