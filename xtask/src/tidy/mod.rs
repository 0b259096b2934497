//! `cargo xtask tidy`: what holds for the whole repository and no compiler checks.
//!
//! Each file here is one check: it reads the sources ([`Sources`]) and gives [`Problem`]s, with the place and what to do.
//! What is not in order yet stands in `xtask/tidy.toml`, a line each with the reason; such a line may only go or shrink
//! ([`exceptions`]). Each check has a test in which it fails.

mod bugs;
mod circles;
mod constants;
mod exceptions;
mod face;
mod generated;
mod growth;
mod headers;
mod ignored;
mod layers;
mod links;
mod names;
mod options;
mod package;
mod paths;
mod problem;
mod releases;
mod settings;
mod size;
mod skips;
pub(crate) mod sources;
mod unsafety;
mod words;

use std::error::Error;
use std::path::Path;

use exceptions::Exceptions;
use problem::Problem;
use settings::Settings;
use sources::Sources;

/// A check: its name, which is its section in the list of exceptions, and what it does.
type Check = (&'static str, fn(&Sources, &Settings) -> Vec<Problem>);

const CHECKS: &[Check] = &[
    ("bugs", bugs::check),
    ("circles", circles::check),
    ("constants", constants::limits),
    ("face", face::check),
    ("generated", generated::check),
    ("growth", growth::check),
    ("headers", headers::check),
    ("ignored", ignored::check),
    ("layers", layers::check),
    ("links", links::check),
    ("names", names::check),
    ("options", options::check),
    ("package", package::check),
    ("paths", paths::check),
    ("releases", releases::check),
    ("size", size::check),
    ("skips", skips::check),
    ("statics", constants::statics),
    ("unsafety", unsafety::check),
    ("unused", package::unused),
    ("words", words::check),
];

/// What to do with the list of exceptions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Fail when something is neither in order nor listed, or listed and in order.
    Check,
    /// Take from the list what is in order, and lower its numbers.
    Shrink,
    /// Print what is not in order as lines of the list, without reasons.
    Lines,
}

/// Runs all checks over a repository. `false`: something is not in order.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<bool, Box<dyn Error>> {
    let sources = Sources::read(root)?;
    let path = root.join("xtask/tidy.toml");
    let text = std::fs::read_to_string(&path)?;
    let settings: Settings = toml::from_str(&text)?;
    let exceptions = Exceptions::new(&settings);
    let found: Vec<(&str, Vec<Problem>)> =
        CHECKS.iter().map(|(name, check)| (*name, check(&sources, &settings))).collect();
    match mode {
        Mode::Check => Ok(report(&found, &exceptions)),
        Mode::Shrink => {
            std::fs::write(&path, exceptions::shrink(&text, &found))?;
            Ok(true)
        }
        Mode::Lines => {
            found.iter().for_each(|(name, problems)| print!("{}", exceptions::lines(name, problems)));
            Ok(true)
        }
    }
}

/// Prints what is not in order. `true`: everything is.
fn report(found: &[(&str, Vec<Problem>)], exceptions: &Exceptions<'_>) -> bool {
    let mut all_well = true;
    for (name, problems) in found {
        for problem in problems.iter().filter(|problem| !exceptions.allow(name, problem)) {
            println!("{}: {} [{name}]", problem.at, problem.what);
            all_well = false;
        }
        for stale in exceptions.stale(name, problems) {
            println!("xtask/tidy.toml: [allow.{name}] {stale}: run `cargo xtask tidy --shrink`");
            all_well = false;
        }
    }
    all_well
}

#[cfg(test)]
mod tests {
    use super::problem::add_up;
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        assert!(run(&crate::paths::repository(""), Mode::Check).unwrap(), "see above, or run `cargo xtask tidy`");
    }

    #[test]
    fn problems_of_one_key_are_added_up() {
        let problems =
            vec![Problem::new("a:1", "a", "x"), Problem::new("a:9", "a", "x"), Problem::new("b:1", "b", "x")];
        let sums: Vec<(String, usize)> = add_up(problems).into_iter().map(|p| (p.at, p.amount)).collect();
        assert_eq!(sums, [("a:1".to_owned(), 2), ("b:1".to_owned(), 1)]);
    }
}
