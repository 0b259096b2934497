//! What a guest says by its C runtime: a line among what it writes to its standard error, or an event of the embedder's log.

/// Limit: bytes of what a guest says by its C runtime (`emscripten_log`, failed assertions) in the log, of each guest. What goes to its
/// standard error is bounded as that is.
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
    /// The guest's own standard error, a line each.
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
    /// Says it, unless it is for the guest's standard error.
    pub(super) fn say(&mut self, line: &str) -> bool {
        if matches!(self.reports, Reports::Stderr) {
            return false;
        }
        if self.said > MOST_REPORTED {
            return true;
        }
        self.said = self.said.saturating_add(line.len() + 1);
        let line = if self.said > MOST_REPORTED { LEFT_OUT } else { line };
        match &mut self.reports {
            Reports::Log | Reports::Stderr => tracing::warn!(target: "pyrun::guest", "{line}"),
            Reports::Call(function) => function(line),
        }
        true
    }
}
