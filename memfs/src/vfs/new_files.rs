//! Which files a guest has made in memory: they go with it.

use super::Vfs;
use crate::inode::{Body, FileBody, InodeId};

/// A moment in the life of a file system: what is made later is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSince(u64);

impl Vfs {
    /// This moment.
    #[must_use]
    pub fn now_on(&self) -> NewSince {
        NewSince(self.inodes.next_ino())
    }

    /// Calls `each` with the path of every file in memory that was made since and has a name, in the order of the directories' entries.
    /// A directory for whose path `enters` says no is left out, with all that is in it. Files in mounted folders are not in memory, and
    /// what a layer brings was not made.
    pub fn new_files(&self, since: NewSince, enters: impl Fn(&[u8]) -> bool, mut each: impl FnMut(&[u8])) {
        let mut rest = vec![(Vec::new(), self.root)];
        while let Some((path, dir)) = rest.pop() {
            self.new_files_in(since, &path, dir, &mut each, |path, dir| {
                if enters(&path) {
                    rest.push((path, dir));
                }
            });
        }
    }

    fn new_files_in(
        &self,
        since: NewSince,
        path: &[u8],
        dir: InodeId,
        each: &mut impl FnMut(&[u8]),
        mut later: impl FnMut(Vec<u8>, InodeId),
    ) {
        let Ok(directory) = self.directory(dir) else { return };
        // What is written into an overlay is told as its changes.
        if directory.mounted.is_some() || self.overlays.contains(&dir) {
            return;
        }
        for (_, name, child) in directory.listing(0) {
            let path = [path, b"/", &**name].concat();
            match self.inodes.get(child).map(|inode| (&inode.body, inode.ino)) {
                Ok((Body::Directory(_), _)) => later(path, child),
                Ok((Body::File(FileBody::Memory(_)), ino)) if ino >= since.0 && !self.is_hidden(child) => each(&path),
                _ => {}
            }
        }
    }

    /// Whether a single file is mounted there.
    fn is_hidden(&self, id: InodeId) -> bool {
        self.mounts.iter().any(|mount| mount.point.inode() == Some(id))
    }
}
