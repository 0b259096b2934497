//! The files of a release, each known by its SHA-256 before it is used.
//!
//! The core files are in the loader's table of releases, wheels in the release's lock file. What is derived from a file (an
//! artifact, a pack) is cached under the file's digest, so a warm start needs digests, not files: [`Assets::digest`] reads nothing. A file is
//! read whole and hashed when something is derived from it; it is not mapped, since whoever changes a mapped file
//! changes what has been checked, and whoever cuts it off ends this process.

use std::path::{Path, PathBuf};

use pyrun_packages::{ArchiveError, Digest, Lock, LockError, Package};
use pyrun_pyodide_loader::release::CoreFile;
use pyrun_pyodide_loader::{KnownRelease, RELEASES};

use crate::cause::Cause;
use crate::store::home::{Asset, HomeError, Release};

/// Why a file of a release cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// It is not there.
    #[error(transparent)]
    Missing(#[from] HomeError),
    /// It is not what it should be: damaged, cut off, or another file under its name.
    #[error("{} is not the file of release {release} ({difference}): remove it and run `{command}`", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The release.
        release: String,
        /// How it differs: its length or its SHA-256, and what that should be.
        difference: String,
        /// What brings the right one.
        command: String,
    },
    /// The system does not let us read it.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A release that this version of pyrun does not know.
    #[error("release {version} is not supported; this version of pyrun knows {}", supported())]
    UnknownRelease {
        /// The release.
        version: String,
    },
    /// A main module that belongs to no release that this version of pyrun knows.
    #[error("{} is the main module of no release that this version of pyrun knows; it knows {}", path.display(), supported())]
    UnknownModule {
        /// The file.
        path: PathBuf,
    },
    /// A release that was named, and a folder that has the files of another.
    #[error("release {version} was asked for, but the folder has the main module of {found}")]
    OtherRelease {
        /// The release that was named.
        version: String,
        /// The folder's.
        found: &'static str,
    },
    /// The lock file cannot be used.
    #[error(transparent)]
    Lock(Cause),
    /// A zip or wheel cannot be used, although it is the one that the lock file names.
    #[error(transparent)]
    Archive(Cause),
}

impl AssetError {
    pub(crate) fn lock(error: LockError) -> Self {
        Self::Lock(Cause::new(error))
    }

    pub(crate) fn archive(error: ArchiveError) -> Self {
        Self::Archive(Cause::new(error))
    }
}

fn supported() -> String {
    RELEASES.iter().map(|release| release.version).collect::<Vec<_>>().join(", ")
}

/// The checked files of a release.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    release: Release,
}

impl Assets {
    /// The files of `release`, there or not.
    #[must_use]
    pub(crate) fn new(release: Release) -> Self {
        Self { release }
    }

    /// The files of the release that lies in a folder of its own. Which one it is the main module's SHA-256 tells.
    ///
    /// # Errors
    /// [`AssetError`], when that is not there, or is no known release's.
    pub(crate) fn in_folder(folder: PathBuf) -> Result<(Self, &'static KnownRelease), AssetError> {
        let path = folder.join(Asset::Module.file_name());
        let module = std::fs::read(&path).map_err(|source| unreadable(&path, source))?;
        let known = KnownRelease::of_module(&Digest::of(&module).to_string());
        let known = known.ok_or(AssetError::UnknownModule { path })?;
        Ok((Self::new(Release::in_folder(known.version, folder)), known))
    }

    /// The release.
    #[must_use]
    pub(crate) fn release(&self) -> &Release {
        &self.release
    }

    /// Looks whether the core files are there and have the right lengths. None is read.
    ///
    /// # Errors
    /// [`AssetError`] of the first that is not.
    pub(crate) fn check(&self) -> Result<(), AssetError> {
        Asset::ALL.into_iter().try_for_each(|asset| self.digest(asset).map(drop))
    }

    /// The digest of a core file, as it must be. The file is not read, but it is there and has the right length.
    ///
    /// # Errors
    /// [`AssetError`]
    pub(crate) fn digest(&self, asset: Asset) -> Result<Digest, AssetError> {
        let (expected, path) = (self.core_file(asset)?, self.release.asset(asset)?);
        let found = std::fs::metadata(&path).map_err(|source| unreadable(&path, source))?.len();
        if found == expected.length {
            return Ok(digest_of(expected));
        }
        let difference = format!("it has {found} bytes, not {}", expected.length);
        Err(self.wrong(path, difference, self.release.fetch_command()))
    }

    /// The bytes of a core file.
    ///
    /// # Errors
    /// [`AssetError`]
    pub(crate) fn read(&self, asset: Asset) -> Result<Vec<u8>, AssetError> {
        let expected = digest_of(self.core_file(asset)?);
        self.read_checked(self.release.asset(asset)?, expected, self.release.fetch_command())
    }

    /// The lock file.
    ///
    /// # Errors
    /// [`AssetError`]
    pub(crate) fn lock(&self) -> Result<Lock, AssetError> {
        Lock::parse(&self.read(Asset::Lock)?).map_err(AssetError::lock)
    }

    /// The bytes of a package's file.
    ///
    /// # Errors
    /// [`AssetError`]
    pub(crate) fn read_package(&self, package: &Package) -> Result<Vec<u8>, AssetError> {
        let command = self.fetch_package_command(package);
        let path = self.release.wheel(&package.file_name).map_err(|error| match error {
            HomeError::Missing { path, .. } => HomeError::Missing { path, command: command.clone() },
            HomeError::NotAFile { path, .. } => HomeError::NotAFile { path, command: command.clone() },
            other => other,
        })?;
        self.read_checked(path, package.sha256, command)
    }

    /// What brings a package, whether it is in the default set or not.
    #[must_use]
    pub(crate) fn fetch_package_command(&self, package: &Package) -> String {
        format!("{} --wheels {}", self.release.fetch_command(), package.canonical)
    }

    fn read_checked(&self, path: PathBuf, expected: Digest, command: String) -> Result<Vec<u8>, AssetError> {
        let bytes = std::fs::read(&path).map_err(|source| unreadable(&path, source))?;
        let found = Digest::of(&bytes);
        if found == expected {
            return Ok(bytes);
        }
        Err(self.wrong(path, format!("its SHA-256 is {found}, not {expected}"), command))
    }

    fn wrong(&self, path: PathBuf, difference: String, command: String) -> AssetError {
        AssetError::Wrong { path, release: self.release.version().to_owned(), difference, command }
    }

    fn core_file(&self, asset: Asset) -> Result<&'static CoreFile, AssetError> {
        let version = self.release.version();
        let known = KnownRelease::find(version);
        let known = known.ok_or_else(|| AssetError::UnknownRelease { version: version.to_owned() })?;
        Ok(match asset {
            Asset::Module => &known.module,
            Asset::Stdlib => &known.stdlib,
            Asset::Lock => &known.lock,
        })
    }
}

/// The table's digests are digests: a test reads them all. A zero digest would match no file.
fn digest_of(file: &CoreFile) -> Digest {
    file.sha256.parse().unwrap_or(Digest([0; 32]))
}

fn unreadable(path: &Path, source: std::io::Error) -> AssetError {
    AssetError::Unreadable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::{Asset, AssetError, Assets, RELEASES};
    use crate::store::home::{DEFAULT_RELEASE, Home};

    fn assets(folder: &std::path::Path) -> Assets {
        let release = Home::at(folder).release(DEFAULT_RELEASE).unwrap();
        std::fs::create_dir_all(release.wheels()).unwrap();
        Assets::new(release)
    }

    #[test]
    fn a_file_that_is_not_the_releases_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let assets = assets(folder.path());
        let missing = assets.read(Asset::Stdlib).unwrap_err().to_string();
        assert!(missing.contains("python_stdlib.zip is missing: run `./assets-fetch.sh`"), "{missing}");

        let path = assets.release().path().join("python_stdlib.zip");
        std::fs::write(&path, "foreign").unwrap();
        let message = assets.read(Asset::Stdlib).unwrap_err().to_string();
        let wrong = format!("python_stdlib.zip is not the file of release {DEFAULT_RELEASE}");
        assert!(message.contains(&wrong), "{message}");
        assert!(message.contains("not 444c770d") && message.ends_with("run `./assets-fetch.sh`"), "{message}");
        let message = assets.digest(Asset::Stdlib).unwrap_err().to_string();
        assert!(message.contains("it has 7 bytes, not 2545106"), "{message}");
        std::fs::File::create(&path).unwrap().set_len(2_545_106).unwrap();
        assert!(assets.digest(Asset::Stdlib).is_ok(), "digests are of what should be there");
        assert!(matches!(assets.read(Asset::Stdlib), Err(AssetError::Wrong { .. })));
    }

    #[test]
    fn an_unknown_release_is_refused() {
        let assets = Assets::new(Home::at("/nowhere").release("0.1.0").unwrap());
        let message = assets.digest(Asset::Module).unwrap_err().to_string();
        assert!(message.starts_with("release 0.1.0 is not supported; this version of pyrun knows "), "{message}");
        assert!(RELEASES.iter().all(|release| message.contains(release.version)), "{message}");
    }
}
