//! How a test says that it is skipped: the one way, so that no test passes by doing nothing unseen.
//!
//! `needs.toml` lists what a test may need and not find. A test calls [`skip`] with the name of such a need and returns. In CI
//! (the variable `CI` is set) that is a failure for a need that CI must have; anything else is written to the file that
//! `PYRUN_SKIPPED` names, and `cargo xtask skipped` prints it. `cargo xtask tidy` finds tests that return early without this.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write as _;
use std::process::Command;

use serde::Deserialize;

/// The list.
const NEEDS: &str = include_str!("../needs.toml");

/// A row of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Need {
    what: String,
    ci: Ci,
    get: String,
}

/// Whether CI has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ci {
    Must,
    May,
}

fn needs() -> BTreeMap<String, Need> {
    toml::from_str(NEEDS).expect("needs.toml is right")
}

/// Says that the calling test is skipped, because `need`, a name in `needs.toml`, is not there; `why` is what was seen.
///
/// # Panics
/// In CI, when the list says that CI must have it; anywhere, when it is not in the list.
#[track_caller]
pub fn skip(need: &str, why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let record = std::env::var_os("PYRUN_SKIPPED");
    skip_in(&test, need, why, std::env::var_os("CI").is_some(), record.as_deref());
}

#[track_caller]
fn skip_in(test: &str, need: &str, why: &str, is_ci: bool, record: Option<&OsStr>) {
    let needs = needs();
    let Some(row) = needs.get(need) else { panic!("{test}: {need} is not in tests/needs/needs.toml") };
    // One line: a compiler's complaint has several.
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!is_ci || row.ci == Ci::May, "{test} may not be skipped in CI: {why}; it needs {}: {}", row.what, row.get);
    eprintln!("skipped: {test}: {why}; it needs {}: {}", row.what, row.get);
    if let Some(record) = record {
        // One write of a short line at the end of the file: those of other processes come before or after it.
        let file = std::fs::OpenOptions::new().append(true).create(true).open(record);
        let written = file.and_then(|mut file| file.write_all(format!("{need}\t{test}\t{why}\n").as_bytes()));
        written.unwrap_or_else(|error| panic!("PYRUN_SKIPPED: {}: {error}", record.display()));
    }
}

/// Whether all these programs answer to `--version`; the calling test is [skipped](skip) for the want of `need` if not.
///
/// # Panics
/// As [`skip`].
#[track_caller]
pub fn programs(need: &str, programs: &[&str]) -> bool {
    let Some(missing) = programs.iter().find(|program| Command::new(program).arg("--version").output().is_err()) else {
        return true;
    };
    skip(need, &format!("there is no {missing}"));
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_says_what_it_is_and_how_to_get_it() {
        for (name, need) in needs() {
            assert!(!need.what.is_empty() && !need.get.is_empty(), "{name}");
        }
    }

    /// What is asked for where, and whether that fails.
    #[test]
    fn ci_fails_by_name_for_what_it_must_have() {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("skipped");
        let fails = |need: &str, is_ci: bool| {
            let skip = || skip_in("area::a_test", need, "not\n  here", is_ci, Some(record.as_os_str()));
            std::panic::catch_unwind(skip)
                .err()
                .map(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
        };
        let failure = fails("cc", true).expect("it is on the list");
        assert!(
            failure.starts_with("area::a_test may not be skipped in CI: not here; it needs a C compiler"),
            "{failure}"
        );
        assert_eq!(fails("no such need", false).expect("it is not").split(": ").next(), Some("area::a_test"));
        assert_eq!([fails("cc", false), fails("clang", false), fails("clang", true)], [None, None, None]);
        let written = std::fs::read_to_string(&record).unwrap();
        assert_eq!(
            written,
            "cc\tarea::a_test\tnot here\nclang\tarea::a_test\tnot here\nclang\tarea::a_test\tnot here\n"
        );
    }
}
