//! Chores of the repository, as `cargo xtask COMMAND`.
#![forbid(unsafe_code)]

mod api;
mod notices;
mod paths;
mod pins;
mod release;
mod skipped;
mod test;
mod tidy;

use std::error::Error;

use clap::{Parser, Subcommand};

/// Chores of the repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Adds a release of Pyodide, or makes its folder again, and says what is new in it; makes the tables and documents that
    /// are made from the folders.
    Release(release::Arguments),
    /// Writes the listing of what the crate `pyrun` exports, docs/api/pyrun.txt.
    Api,
    /// Writes the list of the crates that binaries contain, docs/third-party-crates.txt; with a file, the texts of their licences
    /// to that.
    Notices {
        /// Where the texts go.
        file: Option<std::path::PathBuf>,
    },
    /// Says whether there are newer patch releases of the pinned engine crates; needs the network.
    Pins,
    /// Says which tests were skipped, as the file has it that `PYRUN_SKIPPED` named while they ran; fails for those that CI must
    /// run.
    Skipped {
        /// The file.
        record: std::path::PathBuf,
    },
    /// Runs the tests.
    Test {
        /// Only the unit tests of all crates: seconds, and no release is needed.
        #[arg(long)]
        fast: bool,
    },
    /// Checks what holds for the whole repository; xtask/tidy.toml lists the exceptions.
    Tidy {
        /// Take exceptions that are in order now from the list, and lower the others.
        #[arg(long)]
        shrink: bool,
        /// Print what is not in order as lines of the list, to be given reasons.
        #[arg(long, conflicts_with = "shrink")]
        lines: bool,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    match Arguments::parse().command {
        Command::Release(arguments) => release::run(&arguments),
        Command::Api => api::run(&paths::repository("")),
        Command::Notices { file } => notices::run(file.as_deref()),
        Command::Pins => pins::run(),
        Command::Skipped { record } => skipped::run(&record),
        Command::Test { fast } => test::run(fast),
        Command::Tidy { shrink, lines } => {
            let mode = match (shrink, lines) {
                (true, _) => tidy::Mode::Shrink,
                (_, true) => tidy::Mode::Lines,
                _ => tidy::Mode::Check,
            };
            if tidy::run(&paths::repository(""), mode)? { Ok(()) } else { Err("the repository is not tidy".into()) }
        }
    }
}
