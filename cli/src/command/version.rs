//! `pyrun --version`: what runs a program. `-V` is CPython's.

use pyrun::home::Home;
use pyrun::{DEFAULT_RELEASE, ENGINE, Error, supported_releases};

use crate::output::print;
use crate::report::Failure;

/// Prints pyrun's version, the engine's, and those of the release and its Python.
pub(crate) fn run(release: Option<&str>) -> Result<(), Failure> {
    let version = release.unwrap_or(DEFAULT_RELEASE);
    let known = supported_releases(&Home::locate().map_err(Error::from)?);
    let python = known.iter().find(|known| known.version == version).map(|known| known.python);
    let Some((major, minor)) = python else {
        return Err(Failure::Usage(format!(
            "--release {version}: there is no such release; `pyrun releases` lists them"
        )));
    };
    print(format!("pyrun {}\n{ENGINE}\nPyodide {version}\nCPython {major}.{minor}\n", env!("CARGO_PKG_VERSION")))
}
