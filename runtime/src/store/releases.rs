//! Which releases there are, and which of them this machine has.

use pyrun_pyodide_loader::RELEASES;

use crate::store::assets::Assets;
use crate::store::home::Home;

/// A release that this version of pyrun runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SupportedRelease {
    /// Its version, for [`Config::release`](crate::Config::release).
    pub version: &'static str,
    /// Its Python, major and minor version.
    pub python: (u8, u8),
    /// Whether its interpreter, library and lock file are here, with the lengths that they must have.
    pub installed: bool,
    /// How many files of packages are here.
    pub packages: usize,
    /// What brings it, or what of it is not here.
    pub fetch_command: String,
}

/// The releases that are supported, oldest first.
///
/// ```
/// let releases = pyrun::supported_releases(&pyrun::home::Home::at("/nowhere"));
/// let default = releases.iter().find(|release| release.version == pyrun::DEFAULT_RELEASE);
/// assert_eq!(default.map(|release| (release.python, release.installed)), Some(((3, 14), false)));
/// ```
#[must_use]
pub fn supported_releases(home: &Home) -> Vec<SupportedRelease> {
    let supported = RELEASES.iter().filter_map(|known| {
        let folder = home.release(known.version).ok()?;
        Some(SupportedRelease {
            version: known.version,
            python: known.python,
            installed: Assets::new(folder.clone()).check().is_ok(),
            packages: std::fs::read_dir(folder.wheels()).map_or(0, Iterator::count),
            fetch_command: folder.fetch_command(),
        })
    });
    supported.collect()
}
