//! What runs the tests: Node with the release's own glue, or pyrun.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::suite::Suite;

/// A program that runs Python programs of the release.
pub(crate) enum Host {
    /// Pyodide under Node, as `tests/oracle/run.mjs` starts it.
    Node {
        script: PathBuf,
        core: PathBuf,
        wheels: PathBuf,
    },
    Pyrun {
        binary: PathBuf,
    },
}

impl Host {
    /// A command that lacks the program and its arguments. It sees the suite and its driver, and the clock of UTC.
    pub(crate) fn command(&self, suite: &Suite) -> Command {
        let (mut command, packages) = match self {
            Self::Node { script, core, wheels } => {
                let mut command = Command::new("node");
                command.arg(script).arg("--core").arg(core).arg("--wheels").arg(wheels);
                (command, "--packages")
            }
            Self::Pyrun { binary } => {
                let mut command = Command::new(binary);
                command.args(["--env", "TZ=UTC"]);
                (command, "--with")
            }
        };
        for folder in [Some(suite.folder.as_path()), suite.driver.parent()].into_iter().flatten() {
            command.arg("--dir").arg(folder);
        }
        if !suite.packages.is_empty() {
            command.arg(packages).arg(suite.packages.join(","));
        }
        if let Self::Node { .. } = self {
            command.arg("--");
        }
        command
    }

    pub(crate) fn node(oracle: &Path, home: &Path, release: &str) -> Self {
        Self::Node {
            script: oracle.join("run.mjs"),
            core: home.join("oracle").join(release),
            wheels: home.join("releases").join(release).join("wheels"),
        }
    }
}
