//! `cargo xtask release VERSION`: a release's folder, made from its files, and all that is made from the folders.

mod fetch;
mod folder;
mod module;
mod news;
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use self::folder::{ReleaseFile, releases};
use crate::paths::repository;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The release, by its version on npm; without one, only what is made from the folders is made again.
    version: Option<String>,
    /// The folder of its files: the core, `pyodide.mjs`, and wheels beside or in `wheels`. npm is asked otherwise.
    #[arg(long, requires = "version")]
    from: Option<PathBuf>,
    /// The package of PyPI that carries its wheels, e.g. open_webui==0.12.4.
    #[arg(long, requires = "version", conflicts_with = "from")]
    carrier: Option<String>,
    /// Only says whether all that is generated is up to date; changes nothing.
    #[arg(long, conflicts_with = "version")]
    check: bool,
}

/// Where a carrier has the wheels.
const CARRIER_FOLDER: &str = "open_webui/frontend/pyodide/";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.check {
        let stale = stale()?;
        if !stale.is_empty() {
            return Err(format!("not up to date: {}; run `cargo xtask release`", stale.join(", ")).into());
        }
        return tables(&["check"]);
    }
    match &arguments.version {
        Some(version) => add(version, arguments),
        None => write_generated(),
    }
}

/// Makes a release's folder and says what is new.
fn add(version: &str, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let temp = tempfile::tempdir()?;
    let recorded = ReleaseFile::recorded(version).ok();
    let source = match &arguments.from {
        Some(folder) => folder.clone(),
        None => fetch::from_npm(version, &temp)?,
    };
    let mut release = ReleaseFile::of(version, &source, recorded)?;
    if let Some(carrier) = &arguments.carrier {
        release.carriers.pypi.clone_from(carrier);
        CARRIER_FOLDER.clone_into(&mut release.carriers.pypi_folder);
        fetch::wheels_from_pypi(&release.carriers, &source)?;
    }
    let folder = releases(version);
    let assets = folder::manifest(&release, &source, &manifest_of(version))?;
    std::fs::create_dir_all(&folder)?;
    write(&folder.join("release.toml"), &release.to_toml())?;
    write(&folder.join("assets.tsv"), &assets)?;

    if let Some(older) = table::versions()?.iter().take_while(|known| *known != version).last() {
        print!("{}", news::news(&release, &ReleaseFile::recorded(older)?, (&manifest_of(older), &assets)));
    }
    if arguments.from.is_none() {
        fetch::install(version, &source)?;
    }
    write_generated()?;
    tables(&["missing", version, &source.join(folder::FILES[0]).to_string_lossy()])
}

/// The recorded manifest of a release, or nothing.
fn manifest_of(version: &str) -> String {
    std::fs::read_to_string(releases(version).join("assets.tsv")).unwrap_or_default()
}

fn write_generated() -> Result<(), Box<dyn Error>> {
    write(&repository(table::PATH), &table::generate()?)?;
    tables(&["write"])
}

/// What is made from the tables of imports is made by a program that is compiled with them.
fn tables(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--bin", "tables", "--"]).args(arguments).current_dir(repository("."));
    fetch::run(&mut command)
}

/// Writes a file unless it is so already.
fn write(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    if std::fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    std::fs::write(path, text)?;
    println!("wrote {}", path.display());
    Ok(())
}

/// What of the folders, and of what is made from them, is not as the command would make it.
fn stale() -> Result<Vec<String>, Box<dyn Error>> {
    let mut stale = Vec::new();
    if std::fs::read_to_string(repository(table::PATH)).ok() != Some(table::generate()?) {
        stale.push(table::PATH.to_owned());
    }
    for version in table::versions()? {
        let text = std::fs::read_to_string(releases(&version).join("release.toml"))?;
        if ReleaseFile::recorded(&version)?.to_toml() != text {
            stale.push(format!("releases/{version}/release.toml"));
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_up_to_date() {
        assert_eq!(stale().unwrap(), Vec::<String>::new(), "run `cargo xtask release`");
    }

    /// The data folder's files are the published ones, by their hashes.
    #[test]
    fn every_folder_is_what_the_releases_files_say() {
        for version in table::versions().unwrap() {
            let recorded = ReleaseFile::recorded(&version).unwrap();
            let files = data_folder().join("releases").join(&version);
            let again = ReleaseFile::of(&version, &files, ReleaseFile::recorded(&version).ok());
            let again = again.unwrap_or_else(|error| panic!("{error}: run ./assets-fetch.sh --all"));
            assert!(again == recorded, "{version}: run `cargo xtask release {version}`");
            let assets = manifest_of(&version);
            assert!(folder::manifest(&recorded, &files, &assets).unwrap() == assets, "{version}: assets.tsv");
        }
    }

    /// Where `assets-fetch.sh` puts the files.
    fn data_folder() -> PathBuf {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let data = if cfg!(target_vendor = "apple") { "Library/Application Support" } else { ".local/share" };
        variable("PYRUN_HOME")
            .or_else(|| variable("XDG_DATA_HOME").map(|data| data.join("pyrun")))
            .or_else(|| variable("HOME").map(|home| home.join(data).join("pyrun")))
            .expect("PYRUN_HOME or HOME is set")
    }

    #[test]
    fn the_script_that_fetches_passes_its_own_tests() {
        let script = repository("tests/assets-fetch.test.sh");
        assert!(Command::new("bash").arg(&script).status().unwrap().success(), "{}", script.display());
    }
}
