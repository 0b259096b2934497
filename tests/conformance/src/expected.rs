//! What is expected of each test: what Node recorded, and what a person has written about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::outcome::{IMPORT, Outcome, Outcomes};

/// `expected/NAME.toml`, which `record` writes.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub modules: BTreeMap<String, Module>,
}

/// A module's outcomes: how many passed, and the names of all others. A test function that is skipped with each of its
/// parameters is named once.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Module {
    pub passed: usize,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skipped: BTreeSet<String>,
    /// Functions, with how many parameters each was skipped.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped_functions: BTreeMap<String, usize>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub failed: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub died: BTreeSet<String>,
}

impl Module {
    pub(crate) fn new(outcomes: &Outcomes) -> Self {
        let with = |wanted| {
            let of = outcomes.iter().filter(move |(_, told)| told.outcome == wanted);
            of.map(|(name, _)| name.clone())
        };
        let skipped_functions = skipped_functions(outcomes);
        let is_alone = |name: &String| !function(name).is_some_and(|name| skipped_functions.contains_key(name));
        Self {
            passed: with(Outcome::Passed).count(),
            skipped: with(Outcome::Skipped).filter(is_alone).collect(),
            skipped_functions,
            failed: with(Outcome::Failed).collect(),
            died: with(Outcome::Died).collect(),
        }
    }

    /// What this test did under Node. Where the import of its module failed, nothing could be worse.
    pub(crate) fn outcome(&self, test: &str) -> Outcome {
        let import =
            self.named_outcome(IMPORT).map(|import| if import == Outcome::Failed { Outcome::Died } else { import });
        self.named_outcome(test).or(import).unwrap_or(Outcome::Passed)
    }

    fn named_outcome(&self, test: &str) -> Option<Outcome> {
        let lists = [(&self.died, Outcome::Died), (&self.failed, Outcome::Failed), (&self.skipped, Outcome::Skipped)];
        let listed = lists.into_iter().find(|(names, _)| names.contains(test)).map(|(_, outcome)| outcome);
        listed.or_else(|| self.skipped_functions.contains_key(function(test)?).then_some(Outcome::Skipped))
    }

    pub(crate) fn total(&self) -> usize {
        let named = self.died.len() + self.failed.len() + self.skipped.len();
        self.passed + named + self.skipped_functions.values().sum::<usize>()
    }
}

/// The function of a test that has parameters: `test_x` of `test_x[1-a]`.
fn function(test: &str) -> Option<&str> {
    test.split_once('[').map(|(name, _)| name)
}

/// The functions that are skipped with each of several parameters, and with how many.
fn skipped_functions(outcomes: &Outcomes) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::<&str, (usize, usize)>::new();
    for (test, told) in outcomes {
        if let Some(name) = function(test) {
            let (all, skipped) = counts.entry(name).or_default();
            *all += 1;
            *skipped += usize::from(told.outcome == Outcome::Skipped);
        }
    }
    let whole = counts.into_iter().filter(|(_, (all, skipped))| all == skipped && *all > 1);
    whole.map(|(name, (all, _))| (name.to_owned(), all)).collect()
}

/// `expected/NAME-known.toml`, which a person writes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// The modules that `--fast` leaves to a full run.
    #[serde(default)]
    pub slow: Vec<String>,
    /// Modules (`test_x`) and tests (`test_x/Class.test`) that are run nowhere.
    #[serde(default)]
    left_out: Vec<Entry>,
    /// Tests that are worse than under Node.
    #[serde(default)]
    worse: Vec<Entry>,
}

/// Some tests and what is to be said of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    reason: String,
    tests: Vec<String>,
    /// The outcome changes from run to run, so one that is not worse is no news.
    #[serde(default)]
    unsteady: bool,
}

/// What is known of a test that is worse than under Node.
pub(crate) struct Worse<'a> {
    pub reason: &'a str,
    pub unsteady: bool,
}

impl Known {
    pub(crate) fn leaves_out(&self, module: &str) -> bool {
        self.left_out.iter().flat_map(|entry| &entry.tests).any(|name| name == module)
    }

    /// The tests that are run nowhere, of modules that are.
    pub(crate) fn left_out_tests(&self) -> Vec<String> {
        let names = self.left_out.iter().flat_map(|entry| &entry.tests);
        names.filter(|name| name.contains('/')).cloned().collect()
    }

    /// What is known of the tests of a module that are worse.
    pub(crate) fn worse_in<'a>(&'a self, module: &str) -> BTreeMap<&'a str, Worse<'a>> {
        let pairs = self.worse.iter().flat_map(|entry| entry.tests.iter().map(move |name| (name, entry)));
        pairs
            .filter_map(|(name, entry)| {
                let test = name.strip_prefix(module)?.strip_prefix('/')?;
                Some((test, Worse { reason: &entry.reason, unsteady: entry.unsteady }))
            })
            .collect()
    }
}

/// Why a file of expectations cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: toml::de::Error },
    #[error("{}: {source}", path.display())]
    Write { path: PathBuf, source: toml::ser::Error },
}

/// Reads a file; one that is not there says nothing.
pub(crate) fn read<T: Default + for<'a> Deserialize<'a>>(path: &Path) -> Result<T, FileError> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(T::default()),
        text => text.map_err(|source| FileError::Io { path: path.into(), source })?,
    };
    toml::from_str(&text).map_err(|source| FileError::Read { path: path.into(), source })
}

pub(crate) fn write(path: &Path, recorded: &Recorded) -> Result<(), FileError> {
    let text = toml::to_string_pretty(recorded).map_err(|source| FileError::Write { path: path.into(), source })?;
    let text = format!("# What each test does under Node: `conformance record` writes this file.\n\n{text}");
    std::fs::write(path, text).map_err(|source| FileError::Io { path: path.into(), source })
}
