//! Going through a directory of the host's, which may have a million entries: a guest that is stopped meanwhile gets no further one.

use std::os::fd::OwnedFd;

use pyrun_memfs::folder::FolderDirEntry;
use pyrun_memfs::{Charge, Errno, FileKind, Result};
use rustix::fs::{Mode, OFlags};

use super::attr::{file_id, kind};
use super::nodes::Place;
use super::resolve::stat_name;
use super::{HostFolder, MAX_ENTRIES};
use crate::host::errno::guest;

/// Entries between two looks at whether the guest is stopped: they take about a tenth of a millisecond.
const BETWEEN: usize = 256;

impl HostFolder {
    /// Calls `each` with the name of everything in a directory, and its kind if the file system tells it here.
    ///
    /// # Errors
    /// That of `each`; `Intr` once the guest is stopped.
    pub(super) fn each_entry(
        &self,
        dir: &OwnedFd,
        mut each: impl FnMut(&[u8], Option<FileKind>) -> Result<()>,
    ) -> Result<()> {
        self.each_numbered(dir, |name, kind, _| each(name, kind))
    }

    fn each_numbered(
        &self,
        dir: &OwnedFd,
        mut each: impl FnMut(&[u8], Option<FileKind>, u64) -> Result<()>,
    ) -> Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let listing = rustix::fs::openat(dir, c".", flags, Mode::empty()).map_err(guest)?;
        for (index, entry) in rustix::fs::Dir::new(listing).map_err(guest)?.enumerate() {
            if index % BETWEEN == 0 {
                self.go_on()?;
            }
            let entry = entry.map_err(guest)?;
            let name = entry.file_name().to_bytes();
            #[allow(clippy::useless_conversion)]
            let known = FileKind::from_mode(u32::from(entry.file_type().as_raw_mode()));
            if !matches!(name, b"." | b"..") {
                each(name, known, entry.ino())?;
            }
        }
        Ok(())
    }

    /// The body of [`read_dir`](pyrun_memfs::Folder::read_dir).
    pub(super) fn list(&mut self, node: u64, charge: &mut Charge) -> Result<Vec<FolderDirEntry>> {
        let dir = self.dir(node)?;
        let dev = file_id(&rustix::fs::fstat(&dir).map_err(guest)?).dev;
        let mut entries = Vec::new();
        self.each_numbered(&dir, |name, known, ino| {
            if entries.len() >= MAX_ENTRIES {
                return Err(Errno::Overflow);
            }
            // Some file systems do not tell the kind here; a name that is gone by now is left out.
            if let Some(kind) = known.or_else(|| stat_name(&dir, name).ok().map(|stat| kind(&stat))) {
                FolderDirEntry::charge(charge, name.len())?;
                entries.push(FolderDirEntry { name: name.to_vec(), ino: self.shown_inode(dev, ino), kind });
            }
            Ok(())
        })?;
        if self.steady_since.is_some() {
            entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            for (index, entry) in entries.iter_mut().enumerate() {
                if index % BETWEEN == 0 {
                    self.go_on()?;
                }
                // One that is gone by now has no number.
                let place = Place::new(node, &entry.name)?;
                entry.ino = self.enter(&dir, place).map_or(0, |found| found.node);
            }
        }
        Ok(entries)
    }

    /// # Errors
    /// `Intr`: the guest is stopped, and sees nothing of what is done for it any more.
    pub(super) fn go_on(&self) -> Result<()> {
        match self.watched.upgrade().is_some_and(|account| account.is_over()) {
            true => Err(Errno::Intr),
            false => Ok(()),
        }
    }
}
