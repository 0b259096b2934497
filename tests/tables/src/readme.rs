//! README's table of releases. What it says is what tests show: `tests/releases.rs` starts every release of the table and runs
//! the standard library, `tests/scripts.rs` compares every recorded script with Node and fails when one differs that
//! `known.toml` does not name, or one is equal that it names.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use pyrun_pyodide_loader::{DEFAULT_RELEASE, RELEASES};

use crate::repository;

const HEAD: &str = "| release | Python | starts and runs the standard library | scripts equal to Node or better |\n";

/// README with the table that it should have.
pub(crate) fn document() -> Result<String, Box<dyn Error>> {
    let text = std::fs::read_to_string(repository("README.md"))?;
    let (before, rest) = text.split_once(HEAD).ok_or("README.md has no table of releases")?;
    let after: String = rest.split_inclusive('\n').skip_while(|line| line.starts_with('|')).collect();
    Ok(format!("{before}{HEAD}|---|---|---|---|\n{}{after}", rows()?))
}

fn rows() -> Result<String, Box<dyn Error>> {
    let mut rows = String::new();
    for release in RELEASES {
        let (major, minor) = release.python;
        writeln!(rows, "| {} | {major}.{minor} | yes | {} |", release.version, scripts(release.version)?)?;
    }
    Ok(rows)
}

/// `303 of 304`, or a dash where none was recorded.
fn scripts(version: &str) -> Result<String, Box<dyn Error>> {
    let all = repository("tests/scripts");
    let (folder, total) = if version == DEFAULT_RELEASE {
        let total = count_scripts(&all)?;
        (all, total)
    } else {
        let folder = all.join(version);
        let Ok(recorded) = std::fs::read_to_string(folder.join(RECORDED)) else { return Ok("—".to_owned()) };
        (folder, recorded.lines().count())
    };
    let path = folder.join("known.toml");
    let known: toml::Table = if path.exists() { std::fs::read_to_string(&path)?.parse()? } else { toml::Table::new() };
    let worse = known.get("worse").and_then(toml::Value::as_table).map_or(0, toml::Table::len);
    Ok(format!("{} of {total}", total.saturating_sub(worse)))
}

/// In the folder of a release: the scripts that were recorded with it.
const RECORDED: &str = "recorded";

/// How many scripts there are in a folder and those in it, apart from those of releases.
fn count_scripts(folder: &Path) -> Result<usize, Box<dyn Error>> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.join(RECORDED).exists() {
            count += count_scripts(&path)?;
        }
        count += usize::from(path.extension().is_some_and(|extension| extension == "py"));
    }
    Ok(count)
}
