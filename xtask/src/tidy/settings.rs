//! `xtask/tidy.toml`: what the checks hold the repository to, and what is not in order yet.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Which crates of the workspace each may depend on, tests apart.
    #[serde(default)]
    pub layers: BTreeMap<String, BTreeSet<String>>,
    /// Words that are out, with what to say instead.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// Where a release may be named: beginnings of paths, with the reason.
    #[serde(default)]
    pub releases: BTreeMap<String, String>,
    /// Beginnings of paths that no check looks at, with the reason.
    #[serde(default)]
    pub skip: BTreeMap<String, String>,
    /// By check and key, what is not in order yet or cannot be.
    #[serde(default)]
    pub allow: BTreeMap<String, BTreeMap<String, Allowed>>,
}

/// A line of the list of exceptions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allowed {
    /// The amount that is allowed: of lines where the check counts those, else of occurrences.
    #[serde(default = "one")]
    pub up_to: usize,
    pub why: String,
}

fn one() -> usize {
    1
}
