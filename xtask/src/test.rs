//! `cargo xtask test`: the tests in the order in which a mistake shows soonest.

use std::error::Error;
use std::process::Command;

use crate::paths::repository;

/// Runs the tests: the unit tests of all crates, which need no release (`fast`), or all there are.
pub(crate) fn run(fast: bool) -> Result<(), Box<dyn Error>> {
    let has_nextest = cargo(&["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    commands(fast, has_nextest).iter().try_for_each(|arguments| {
        let status = cargo(arguments).status()?;
        if status.success() { Ok(()) } else { Err(format!("cargo {}: {status}", arguments.join(" ")).into()) }
    })
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(repository(""));
    command
}

/// What is run. The whole workspace is built in either case, since one package alone would be built with other features, and
/// the engine again.
fn commands(fast: bool, has_nextest: bool) -> Vec<Vec<&'static str>> {
    match (fast, has_nextest) {
        (true, true) => vec![vec!["nextest", "run", "--workspace", "--lib", "--bins"]],
        (true, false) => vec![vec!["test", "--quiet", "--workspace", "--lib", "--bins"]],
        // nextest does not run the examples in the documentation.
        (false, true) => vec![
            vec!["nextest", "run", "--workspace", "--no-fail-fast"],
            vec!["test", "--quiet", "--workspace", "--doc"],
        ],
        (false, false) => vec![vec!["test", "--workspace", "--no-fail-fast"]],
    }
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn the_whole_workspace_is_built_and_nothing_is_forgotten() {
        let all = [(true, true), (true, false), (false, true), (false, false)].map(|(fast, has)| commands(fast, has));
        assert!(all.iter().flatten().all(|arguments| arguments.contains(&"--workspace")));
        assert!(commands(false, true).iter().any(|arguments| arguments.contains(&"--doc")));
        assert!(commands(true, true).iter().all(|arguments| arguments.contains(&"--lib")));
    }
}
