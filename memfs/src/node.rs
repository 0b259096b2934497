//! What a path can lead to.

use crate::inode::InodeId;
use crate::metadata::FileKind;

/// A file in a mounted folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FolderNode {
    /// Index among the mounts.
    pub(crate) mount: u32,
    /// The folder's number for it.
    pub(crate) node: u64,
    /// Its kind, which cannot change.
    pub(crate) kind: FileKind,
}

/// A file of any origin. Plain data: it keeps nothing alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// In memory (or still in a layer).
    Inode(InodeId),
    /// In a mounted folder.
    Folder(FolderNode),
    /// A link in `/proc/self/fd`: leads to whatever the descriptor has open, named or not.
    FdLink(i32),
}

impl Node {
    /// The inode, if it is one.
    pub(crate) fn inode(self) -> Option<InodeId> {
        if let Self::Inode(id) = self { Some(id) } else { None }
    }
}
