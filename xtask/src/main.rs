//! Chores of the repository, as `cargo xtask COMMAND`.

mod release;

use std::error::Error;
use std::path::{Path, PathBuf};

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
}

fn main() -> Result<(), Box<dyn Error>> {
    match Arguments::parse().command {
        Command::Release(arguments) => release::run(&arguments),
    }
}

/// A path of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).join(path)
}
