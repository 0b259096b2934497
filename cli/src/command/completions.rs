//! `pyrun completions`: a script for a shell.

use std::io::Write as _;

use crate::flags::{Command, CompletionsArgs};

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Command::table(), "pyrun", &mut script);
    // A closed pipe is no reason to fail.
    let _ = std::io::stdout().write_all(&script);
}
