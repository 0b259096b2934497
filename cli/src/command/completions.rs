//! `pyrun completions`: a script for a shell.

use crate::flags::{Command, CompletionsArgs};

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs) {
    clap_complete::generate(args.shell, &mut Command::table(), "pyrun", &mut std::io::stdout());
}
