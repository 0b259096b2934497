//! `cargo xtask skipped FILE`: what tests and steps of `.ci/run` were skipped, by what they needed.
//!
//! The file is the one that `PYRUN_SKIPPED` named, a line each: need, test and reason, with tabs between. The list of needs,
//! `tests/needs/needs.toml`, says which of them CI must have.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use serde::Deserialize;

use crate::paths::repository;

/// A row of the list, as far as it is of interest here.
#[derive(Deserialize)]
struct Need {
    what: String,
    ci: String,
    get: String,
}

/// Prints what was skipped; fails when something was that must run.
pub(crate) fn run(record: &Path) -> Result<(), Box<dyn Error>> {
    let record = match std::fs::read_to_string(record) {
        // Nothing was skipped.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read?,
    };
    let (text, failures) = report(&std::fs::read_to_string(repository("tests/needs/needs.toml"))?, &record)?;
    print!("{text}");
    if failures.is_empty() { Ok(()) } else { Err(format!("skipped, and must run: {}", failures.join(", ")).into()) }
}

/// The text about what was skipped, and the tests that must run.
fn report(needs: &str, record: &str) -> Result<(String, Vec<String>), Box<dyn Error>> {
    let needs: BTreeMap<String, Need> = toml::from_str(needs)?;
    let mut skipped = BTreeMap::<&str, BTreeSet<&str>>::new();
    for line in record.lines() {
        let mut parts = line.splitn(3, '\t');
        let (need, test) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        skipped.entry(need).or_default().insert(test);
    }
    let (mut text, mut failures) = (String::new(), Vec::new());
    for (name, tests) in skipped {
        let need = needs.get(name).ok_or_else(|| format!("{name} is not in tests/needs/needs.toml"))?;
        let list = tests.iter().copied().collect::<Vec<_>>().join(", ");
        text += &format!("skipped for the want of {} ({}): {list}\n", need.what, need.get);
        if need.ci == "must" {
            failures.extend(tests.iter().map(|test| (*test).to_owned()));
        }
    }
    Ok((text, failures))
}

#[cfg(test)]
mod tests {
    use super::report;

    const NEEDS: &str =
        "[a]\nwhat = \"an a\"\nci = \"must\"\nget = \"get a\"\n[b]\nwhat = \"a b\"\nci = \"may\"\nget = \"get b\"\n";

    #[test]
    fn what_may_be_skipped_is_told_and_what_must_run_fails() {
        let (text, failures) = report(NEEDS, "").unwrap();
        assert_eq!((text.as_str(), failures.len()), ("", 0));
        let (text, failures) = report(NEEDS, "b\tx::y\tno b\nb\tx::z\tno b\nb\tx::y\tno b\n").unwrap();
        assert_eq!((text.as_str(), failures.len()), ("skipped for the want of a b (get b): x::y, x::z\n", 0));
        let (_, failures) = report(NEEDS, "b\tx::y\tno b\na\tx::w\tno a\n").unwrap();
        assert_eq!(failures, ["x::w"]);
        assert!(report(NEEDS, "c\tx\ty\n").is_err());
    }
}
