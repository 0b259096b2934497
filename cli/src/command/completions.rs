//! `pyrun completions`: a script for a shell.

use crate::flags::{Command, CompletionsArgs};
use crate::output::print_bytes;
use crate::report::Failure;

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Command::table(), "pyrun", &mut script);
    print_bytes(&script)
}
