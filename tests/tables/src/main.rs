//! Documents that are made from the tables of releases and imports; `cargo xtask release` runs it.
#![forbid(unsafe_code)]

mod missing;
mod readme;
mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

/// Makes the documents that show the tables of releases and imports.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes docs/SUPPORT.md and README's table of releases.
    Write,
    /// Fails when one of them is not up to date.
    Check,
    /// Says what a release needs that is not here: imports that nothing supplies, exports that the host calls.
    Missing {
        /// The release.
        version: String,
        /// Its main module.
        module: PathBuf,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    match Arguments::parse().command {
        Command::Write => {
            for (path, text) in documents()? {
                if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
                    continue;
                }
                std::fs::write(&path, text)?;
                println!("wrote {}", path.display());
            }
            Ok(())
        }
        Command::Check => match stale()?.as_slice() {
            [] => Ok(()),
            stale => Err(format!("not up to date: {}; run `cargo xtask release`", stale.join(", ")).into()),
        },
        Command::Missing { version, module } => {
            print!("{}", missing::report(&version, &module)?);
            Ok(())
        }
    }
}

/// Each document's path, and the text that it should have.
fn documents() -> Result<Vec<(PathBuf, String)>, Box<dyn Error>> {
    Ok(vec![(repository("docs/SUPPORT.md"), support::document()?), (repository("README.md"), readme::document()?)])
}

fn stale() -> Result<Vec<String>, Box<dyn Error>> {
    let stale =
        documents()?.into_iter().filter(|(path, text)| std::fs::read_to_string(path).ok().as_ref() != Some(text));
    Ok(stale.map(|(path, _)| path.display().to_string()).collect())
}

/// A path of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).join(path)
}

/// What a release imports: `module.name`, and its type in letters.
fn imports(version: &str) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let path = repository("pyodide-loader/releases").join(version).join("release.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut table: toml::Table = text.parse()?;
    Ok(table.remove("imports").ok_or("no [imports]")?.try_into()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_document_is_up_to_date() {
        assert_eq!(super::stale().unwrap(), Vec::<String>::new(), "run `cargo xtask release`");
    }
}
