//! The folder that a module's file lies in: the file itself, and what lies beside it.
//!
//! What lies beside a module (its JavaScript, a file of names, its data package, libraries that it is linked with) is read without
//! a grant, under names that the module and its JavaScript choose, and whoever made the module made the folder, too. So this is
//! the only way to it: below a descriptor of the folder, one plain name, no link, only a regular file.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::error::ModuleError;
use crate::host::read::{self, Links};

/// The folder of a module's file. It stays the same one when it is moved, or when the process changes its working folder.
#[derive(Debug)]
pub(crate) struct ModuleFolder {
    folder: OwnedFd,
    /// The module's file, as the embedder named it.
    file: PathBuf,
}

impl ModuleFolder {
    /// Opens the folder of this file and reads the file, of at most `most` bytes. Links in the path are followed: it is the
    /// embedder's.
    ///
    /// # Errors
    /// [`ModuleError::Unreadable`].
    pub(crate) fn open(file: PathBuf, most: u64) -> Result<(Self, Vec<u8>), ModuleError> {
        let (parent, name) = match (file.parent(), file.file_name()) {
            (Some(parent), Some(name)) => (parent, Path::new(name)),
            // `..` and `/` are folders, and refused as such.
            _ => (file.as_path(), Path::new(".")),
        };
        let read = read::open_folder(parent)
            .and_then(|folder| Ok((read::read_file(&folder, name, Links::Followed, most)?, folder)));
        match read {
            Ok((bytes, folder)) => Ok((Self { folder, file }, bytes)),
            Err(source) => Err(ModuleError::Unreadable { path: file, source }),
        }
    }

    /// The name beside the module's that has another extension.
    pub(crate) fn sibling(&self, extension: &str) -> PathBuf {
        Path::new(self.file.file_name().unwrap_or_default()).with_extension(extension)
    }

    /// Where a file beside the module is, for messages.
    pub(crate) fn path(&self, name: &Path) -> PathBuf {
        self.file.with_file_name(name)
    }

    /// Whether anything beside the module has this name; nothing has one that leads elsewhere.
    pub(crate) fn has(&self, name: &Path) -> bool {
        is_plain(name.as_os_str()) && read::exists(&self.folder, name)
    }

    /// Reads the file of this name beside the module; `None` when nothing has it, or when it leads elsewhere.
    ///
    /// # Errors
    /// [`ModuleError::Beside`], when what has this name is no regular file, is longer than `most` bytes or cannot be read.
    pub(crate) fn read(&self, name: &Path, most: u64) -> Result<Option<Vec<u8>>, ModuleError> {
        if !is_plain(name.as_os_str()) {
            return Ok(None);
        }
        match read::read_file(&self.folder, name, Links::Refused, most) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ModuleError::Beside { path: self.path(name), why: error.to_string() }),
        }
    }
}

/// Whether a name stands for something in the folder itself.
fn is_plain(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    !matches!(bytes, b"" | b"." | b"..") && !bytes.iter().any(|byte| matches!(byte, b'/' | b'\\' | 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_never_looked_up() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("inner");
        std::fs::create_dir_all(inner.join("deeper")).unwrap();
        for file in ["secret", "inner/x.wasm", "inner/x.data", "inner/deeper/file"] {
            std::fs::write(outer.path().join(file), "secret").unwrap();
        }
        let (folder, bytes) = ModuleFolder::open(inner.join("x.wasm"), 6).unwrap();
        assert_eq!((bytes.as_slice(), folder.sibling("data").as_path()), (&b"secret"[..], Path::new("x.data")));
        let absolute = outer.path().join("secret");
        for name in ["", ".", "..", "../secret", "deeper/file", "./x.data", "x.data/", "a\\b", "x.data\0", "/", "//"] {
            assert_eq!(folder.read(Path::new(name), 9).unwrap(), None, "{name:?}");
            assert!(!folder.has(Path::new(name)), "{name:?}");
        }
        assert_eq!(folder.read(&absolute, 9).unwrap(), None);
        assert!(folder.has(Path::new("x.data")) && folder.has(Path::new("deeper")) && !folder.has(Path::new("y")));
        // The folder stays the one that was opened.
        std::fs::rename(&inner, outer.path().join("moved")).unwrap();
        assert_eq!(folder.read(Path::new("x.data"), 6).unwrap().as_deref(), Some(&b"secret"[..]));
        for wrong in ["..", "/", "", "/nowhere/x.wasm"] {
            assert!(ModuleFolder::open(wrong.into(), 9).is_err(), "{wrong:?}");
        }
    }
}
