//! What became of a test, as the guest reports it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The name of what happens before a module's tests are known: its import.
pub(crate) const IMPORT: &str = "<module>";

/// What became of a test, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// The process ended in it, or it did not come to an end.
    Died,
    /// It found something wrong, or raised.
    #[serde(alias = "error")]
    Failed,
    Skipped,
    /// A failure that the test expects is one that happened as it should.
    #[serde(alias = "expected")]
    Passed,
}

impl Outcome {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Died => "died",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Passed => "passed",
        }
    }
}

/// An outcome, and what the guest said about it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub outcome: Outcome,
    pub why: String,
}

/// The outcomes of a module's tests, by name.
pub(crate) type Outcomes = BTreeMap<String, Told>;

/// A line of a guest's report; `guest/unittests.py` says when each comes.
#[derive(Debug, Deserialize)]
#[serde(tag = "at", rename_all = "lowercase")]
pub(crate) enum Line {
    Start { test: String },
    Loaded,
    End { test: String, outcome: Outcome, why: String },
    Done,
}

impl Line {
    /// What is behind the record separator, if it is a report: everything else is what the tests print.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let start = line.iter().rposition(|&byte| byte == 0x1e)?;
        serde_json::from_slice(&line[start + 1..]).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_found_behind_what_a_test_prints() {
        let line =
            Line::parse(b"noise\x1e{\"at\": \"end\", \"test\": \"A.test\", \"outcome\": \"error\", \"why\": \"x\"}\n");
        assert!(
            matches!(&line, Some(Line::End { test, outcome: Outcome::Failed, .. }) if test == "A.test"),
            "{line:?}"
        );
        assert!(Line::parse(b"{\"at\": \"done\"}\n").is_none());
    }
}
