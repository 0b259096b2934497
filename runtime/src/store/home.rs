//! The data folder: where releases and the cache are.
//!
//! ```text
//! <home>/releases/<version>/pyodide.asm.wasm
//!                           python_stdlib.zip
//!                           pyodide-lock.json
//!                           wheels/
//! <home>/cache/             see the `cache` module
//! ```
//!
//! `<home>` is `PYRUN_HOME`, else the platform's place for a user's data; the cache may lie elsewhere (`PYRUN_CACHE`).
//! Nothing here makes or changes anything: releases are fetched by a script, and the cache makes its own folder.

mod error;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use error::HomeError;

/// The release that is used when none is named.
pub const DEFAULT_RELEASE: &str = pyrun_pyodide_loader::DEFAULT_RELEASE;

/// The data folder.
///
/// ```
/// let home = pyrun::home::Home::at("/opt/pyrun");
/// let release = home.release(pyrun::DEFAULT_RELEASE)?;
/// let error = release.asset(pyrun::home::Asset::Module).unwrap_err();
/// assert!(error.to_string().ends_with("is missing: run `./assets-fetch.sh` to fetch it"));
/// # Ok::<(), pyrun::home::HomeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
    cache: PathBuf,
}

impl Home {
    /// The data folder of this user; it need not exist.
    ///
    /// | | |
    /// |---|---|
    /// | everywhere | `PYRUN_HOME` |
    /// | Linux and other Unix | `$XDG_DATA_HOME/pyrun`, else `~/.local/share/pyrun` |
    /// | macOS | `~/Library/Application Support/pyrun` |
    /// | Windows | `%LOCALAPPDATA%\pyrun` |
    ///
    /// # Errors
    /// [`HomeError::Unknown`] when none of them is known.
    pub fn locate() -> Result<Self, HomeError> {
        Self::locate_with(|name| std::env::var_os(name))
    }

    fn locate_with(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, HomeError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let root = set("PYRUN_HOME")
            .or_else(|| platform_folder(&set).map(|folder| folder.join("pyrun")))
            .ok_or(HomeError::Unknown)?;
        let home = Self::at(root);
        Ok(match set("PYRUN_CACHE") {
            Some(cache) => home.with_cache(cache),
            None => home,
        })
    }

    /// A data folder at a place of one's own.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let cache = root.join("cache");
        Self { root, cache }
    }

    /// The same with the cache elsewhere.
    #[must_use]
    pub fn with_cache(self, cache: impl Into<PathBuf>) -> Self {
        Self { root: self.root, cache: cache.into() }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Where the cache is.
    #[must_use]
    pub fn cache_path(&self) -> &Path {
        &self.cache
    }

    /// Looks whether the data folder is a folder, or may become one.
    ///
    /// # Errors
    /// [`HomeError::NotAFolder`]
    pub(crate) fn check(&self) -> Result<(), HomeError> {
        match std::fs::symlink_metadata(&self.root) {
            Ok(_) if !self.root.is_dir() => Err(HomeError::NotAFolder { path: self.root.clone() }),
            _ => Ok(()),
        }
    }

    /// A release, whether it is there or not.
    ///
    /// # Errors
    /// [`HomeError::BadVersion`] when `version` is no plain name.
    pub fn release(&self, version: &str) -> Result<Release, HomeError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if version.is_empty() || version.starts_with('.') || version.len() > 64 || !version.bytes().all(plain) {
            return Err(HomeError::BadVersion { version: version.to_owned() });
        }
        Ok(Release { version: version.to_owned(), path: self.root.join("releases").join(version), elsewhere: false })
    }

    /// The releases whose main module is there, in the order of their names.
    #[must_use]
    pub fn releases(&self) -> Vec<Release> {
        let Ok(entries) = std::fs::read_dir(self.root.join("releases")) else {
            return Vec::new();
        };
        let mut found: Vec<Release> = entries
            .filter_map(|entry| self.release(entry.ok()?.file_name().to_str()?).ok())
            .filter(|release| release.asset(Asset::Module).is_ok())
            .collect();
        found.sort_by(|a, b| a.version.cmp(&b.version));
        found
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn platform_folder(set: &impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // The XDG specification: a path that is not absolute is to be ignored.
    set("XDG_DATA_HOME").filter(|path| path.is_absolute()).or_else(|| set("HOME").map(|home| home.join(".local/share")))
}

#[cfg(target_vendor = "apple")]
fn platform_folder(set: &impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    set("HOME").map(|home| home.join("Library/Application Support"))
}

#[cfg(windows)]
fn platform_folder(set: &impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    set("LOCALAPPDATA")
}

/// A file of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asset {
    /// `pyodide.asm.wasm`: CPython.
    Module,
    /// `python_stdlib.zip`: its library.
    Stdlib,
    /// `pyodide-lock.json`: the packages built for it, with their hashes.
    Lock,
}

impl Asset {
    /// Those without which no interpreter starts.
    pub(crate) const ALL: [Self; 3] = [Self::Module, Self::Stdlib, Self::Lock];

    /// Its name in the release's folder.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Module => "pyodide.asm.wasm",
            Self::Stdlib => "python_stdlib.zip",
            Self::Lock => "pyodide-lock.json",
        }
    }
}

/// A Pyodide release, in the data folder or in one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    version: String,
    path: PathBuf,
    /// Whether it does not lie in the data folder.
    elsewhere: bool,
}

impl Release {
    /// A release in a folder of its own.
    pub(crate) fn in_folder(version: &str, path: PathBuf) -> Self {
        Self { version: version.to_owned(), path, elsewhere: true }
    }

    /// Its version, such as [`DEFAULT_RELEASE`].
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of its wheels; it need not exist. Of a release in a folder of its own that has no `wheels` it is that folder.
    #[must_use]
    pub fn wheels(&self) -> PathBuf {
        let wheels = self.path.join("wheels");
        if self.elsewhere && !wheels.is_dir() { self.path.clone() } else { wheels }
    }

    /// The path of one of its files, which is there.
    ///
    /// # Errors
    /// [`HomeError::Missing`], which says what fetches it.
    pub fn asset(&self, asset: Asset) -> Result<PathBuf, HomeError> {
        self.require(self.path.join(asset.file_name()))
    }

    /// The path of one of its wheels, which is there.
    ///
    /// # Errors
    /// [`HomeError::Missing`]; [`HomeError::BadVersion`] never.
    pub fn wheel(&self, file_name: &str) -> Result<PathBuf, HomeError> {
        // A name from a lock file is data: only its last component counts.
        let name = Path::new(file_name).file_name().unwrap_or_default();
        self.require(self.wheels().join(name))
    }

    /// What brings its files.
    pub(crate) fn fetch_command(&self) -> String {
        match self.version.as_str() {
            DEFAULT_RELEASE => "./assets-fetch.sh".to_owned(),
            other => format!("./assets-fetch.sh --release {other}"),
        }
    }

    fn require(&self, path: PathBuf) -> Result<PathBuf, HomeError> {
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(path),
            Ok(_) => Err(HomeError::NotAFile { path, command: self.fetch_command() }),
            Err(cause) if cause.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(HomeError::Unreadable { path, cause })
            }
            _ if self.elsewhere => Err(HomeError::NotBeside { path, version: self.version.clone() }),
            _ => Err(HomeError::Missing { path, command: self.fetch_command() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(variables: &[(&str, &str)]) -> Result<Home, HomeError> {
        Home::locate_with(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn our_own_variables_come_first() {
        let home = locate(&[("PYRUN_HOME", "/p"), ("HOME", "/h"), ("XDG_DATA_HOME", "/x")]).unwrap();
        assert_eq!(home, Home::at("/p"));
        assert_eq!(home.cache_path(), Path::new("/p/cache"));
        let home = locate(&[("PYRUN_HOME", "/p"), ("PYRUN_CACHE", "/c")]).unwrap();
        assert_eq!((home.path(), home.cache_path()), (Path::new("/p"), Path::new("/c")));
    }

    #[test]
    #[cfg(all(unix, not(target_vendor = "apple")))]
    fn then_the_platforms() {
        let at = |variables| locate(variables).unwrap().path().to_owned();
        assert_eq!(at(&[("HOME", "/h"), ("XDG_DATA_HOME", "/x")]), Path::new("/x/pyrun"));
        assert_eq!(at(&[("HOME", "/h"), ("XDG_DATA_HOME", "x")]), Path::new("/h/.local/share/pyrun"));
        assert_eq!(at(&[("PYRUN_HOME", ""), ("HOME", "/h")]), Path::new("/h/.local/share/pyrun"));
        assert!(matches!(locate(&[]), Err(HomeError::Unknown)));
    }

    #[test]
    fn versions_are_plain_names() {
        let home = Home::at("/p");
        assert_eq!(home.release("0.29.0").unwrap().path(), Path::new("/p/releases/0.29.0"));
        for version in ["", ".", "..", "../x", "a/b", ".hidden", "a b", "314\n", &"9".repeat(65)] {
            assert!(matches!(home.release(version), Err(HomeError::BadVersion { .. })), "{version:?}");
        }
    }

    #[test]
    fn a_missing_file_says_what_fetches_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let error = home.release("0.29.0").unwrap().asset(Asset::Stdlib).unwrap_err().to_string();
        assert!(error.contains("python_stdlib.zip is missing"), "{error}");
        assert!(error.contains("`./assets-fetch.sh --release 0.29.0`"), "{error}");
        assert!(home.releases().is_empty());
        for version in ["2", "1", "3"] {
            std::fs::create_dir_all(folder.path().join("releases").join(version)).unwrap();
        }
        for version in ["2", "1"] {
            std::fs::write(folder.path().join("releases").join(version).join("pyodide.asm.wasm"), "").unwrap();
        }
        let names: Vec<_> = home.releases().iter().map(|release| release.version().to_owned()).collect();
        assert_eq!(names, ["1", "2"]);
    }

    #[test]
    fn a_release_of_its_own_folder_keeps_its_files_together() {
        let folder = tempfile::tempdir().unwrap();
        let release = Release::in_folder(DEFAULT_RELEASE, folder.path().to_owned());
        std::fs::write(folder.path().join("a.whl"), "").unwrap();
        assert!(release.wheel("a.whl").is_ok());
        std::fs::create_dir(folder.path().join("wheels")).unwrap();
        let error = release.wheel("a.whl").unwrap_err().to_string();
        assert!(error.contains("wheels/a.whl is missing: the files of release"), "{error}");
        assert!(error.ends_with(&format!("`pyrun --release {DEFAULT_RELEASE}`")), "{error}");
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_must_go() {
        let folder = tempfile::tempdir().unwrap();
        let release = Home::at(folder.path()).release(DEFAULT_RELEASE).unwrap();
        std::fs::create_dir_all(release.path().join("python_stdlib.zip")).unwrap();
        let error = release.asset(Asset::Stdlib).unwrap_err().to_string();
        assert!(error.contains("python_stdlib.zip is not a file: remove it and run `./assets-fetch.sh`"), "{error}");
    }

    #[test]
    fn a_data_folder_is_a_folder_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| Home::at(folder.path().join(name)).check();
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(matches!(at("file"), Err(HomeError::NotAFolder { .. })));
        assert!(at("not there").is_ok() && at("").is_ok());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
            std::os::unix::fs::symlink(".", folder.path().join("here")).unwrap();
            assert!(matches!(at("link"), Err(HomeError::NotAFolder { .. })));
            assert!(at("here").is_ok());
        }
    }

    #[test]
    fn a_wheel_cannot_be_named_out_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let release = Home::at(folder.path()).release("1").unwrap();
        std::fs::create_dir_all(release.wheels()).unwrap();
        std::fs::write(folder.path().join("secret.whl"), "").unwrap();
        std::fs::write(release.wheels().join("a.whl"), "").unwrap();
        assert!(release.wheel("a.whl").is_ok());
        assert!(release.wheel("../../../secret.whl").is_err());
        assert!(release.wheel("..").is_err());
    }
}
