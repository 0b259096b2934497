//! What a guest says by its C runtime to the person who runs it: not output of the program's, and bounded apart.

use std::io::Write as _;

/// Limit: bytes of what a guest says by its C runtime (`emscripten_log`, failed assertions), of each guest. No output of the program's.
pub(super) const MOST_REPORTED: usize = 64 << 10;
/// What stands for the lines beyond.
pub(super) const LEFT_OUT: &str = "more lines of its C runtime are left out";

/// Where the lines go that the C runtime has for the person who runs the program.
#[derive(Default)]
#[cfg_attr(not(test), expect(dead_code, reason = "the embedder cannot choose yet"))]
pub(crate) enum Reports {
    /// A `tracing` event at `warn`.
    #[default]
    Log,
    /// The process's standard error, a line each.
    Stderr,
    /// A function of the embedder.
    Call(Box<dyn FnMut(&str) + Send>),
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Log => "Log",
            Self::Stderr => "Stderr",
            Self::Call(_) => "Call",
        })
    }
}

/// [`Reports`] that end when a guest has said as much as it may.
#[derive(Debug)]
pub(super) struct BoundedReports {
    reports: Reports,
    /// Bytes that were said, or would have been.
    said: usize,
}

impl From<Reports> for BoundedReports {
    fn from(reports: Reports) -> Self {
        Self { reports, said: 0 }
    }
}

impl BoundedReports {
    pub(super) fn say(&mut self, line: &str) {
        if self.said > MOST_REPORTED {
            return;
        }
        self.said = self.said.saturating_add(line.len() + 1);
        let line = if self.said > MOST_REPORTED { LEFT_OUT } else { line };
        match &mut self.reports {
            Reports::Log => tracing::warn!(target: "pyrun::guest", "{line}"),
            // Nobody is left to tell when standard error is gone.
            Reports::Stderr => drop(writeln!(std::io::stderr(), "{line}")),
            Reports::Call(function) => function(line),
        }
    }
}
