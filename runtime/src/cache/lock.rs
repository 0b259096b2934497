//! The lock of an entry that is being made.
//!
//! Advisory (`flock`), so a process that dies gives it up. The file is left behind; [`clear`](super::Cache::clear)
//! removes it, so whoever gets the lock looks whether the file is still the one at that path.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// Keeps others from making the same entry until it is dropped.
#[derive(Debug)]
#[must_use = "the lock is given up when this is dropped"]
pub(crate) struct KeyLock(Option<File>);

impl KeyLock {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// Whether anything is locked: not without a folder, nor on a file system without locks.
    #[must_use]
    pub(crate) const fn is_held(&self) -> bool {
        self.0.is_some()
    }

    /// Waits for the lock at this path.
    pub(super) fn acquire(path: &Path) -> io::Result<Self> {
        loop {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt as _;
                // Neither a link that leads elsewhere nor a FIFO, which would wait for a reader.
                options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
            }
            let file = options.open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    tracing::info!("waiting for another process that computes the same");
                    file.lock()?;
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            if is_at(&file, path) {
                return Ok(Self(Some(file)));
            }
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// An open file cannot be removed there.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_locks_nothing_and_hangs_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        std::os::unix::fs::symlink(at("elsewhere"), at("link")).unwrap();
        assert!(KeyLock::acquire(&at("fifo")).is_err());
        assert!(KeyLock::acquire(&at("link")).is_err());
        assert!(!at("elsewhere").exists());
        assert!(KeyLock::acquire(&at("lock")).unwrap().is_held());
    }
}
