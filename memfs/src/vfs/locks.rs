//! `flock`, and the record locks of `fcntl`. Nothing waits here: whoever may wait tries again.

use super::Vfs;
use crate::errno::{Errno, Result};
use crate::folder::FolderLock;
use crate::locks::{FileLock, LockKind, LockOwner, LockRange, LockScope};
use crate::node::Node;

/// Which locks a call of the guest's is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockRequest {
    /// `flock`: the whole file, for the description.
    Whole,
    /// `F_SETLK`: these bytes, for the process.
    Process(LockRange),
    /// `F_OFD_SETLK`: these bytes, for the description.
    Description(LockRange),
}

impl Vfs {
    /// Takes a lock, changes it, or gives it up (`None`). Of record locks what overlaps is replaced. As on Linux a `flock` that
    /// cannot be changed is gone.
    ///
    /// # Errors
    /// `BadF` (closed; or a record lock of a kind that the descriptor is not open for), `Again` (somebody holds one that excludes
    /// it), `NoLck` (too many); what the folder says, for a file in a mounted folder.
    pub fn lock(&mut self, fd: i32, request: LockRequest, kind: Option<LockKind>) -> Result<()> {
        let (node, owner, scope) = self.lock_of(fd, request, kind)?;
        let granted = self.locks.grant(node, owner, scope, kind)?;
        let taken = match node {
            Node::Folder(node) => self.folder(node)?.lock(node.node, FolderLock { owner, scope, kind }),
            _ => match kind.and_then(|kind| self.locks.blocker(node, &FileLock { owner, scope, kind })) {
                Some(_) => Err(Errno::Again),
                None => Ok(()),
            },
        };
        match taken {
            Ok(()) => self.locks.put(granted),
            Err(_) if scope == LockScope::Whole => {
                let given_up = self.locks.grant(node, owner, scope, None)?;
                self.locks.put(given_up);
            }
            Err(_) => {}
        }
        taken
    }

    /// A lock that stands in the way of one that would be asked for (`F_GETLK`).
    ///
    /// # Errors
    /// As for [`Vfs::lock`].
    pub fn lock_in_the_way(&mut self, fd: i32, request: LockRequest, kind: LockKind) -> Result<Option<FileLock>> {
        let (node, owner, scope) = self.lock_of(fd, request, None)?;
        let wanted = FileLock { owner, scope, kind };
        match node {
            Node::Folder(node) => self.folder(node)?.lock_in_the_way(node.node, wanted),
            _ => Ok(self.locks.blocker(node, &wanted)),
        }
    }

    fn lock_of(&self, fd: i32, request: LockRequest, kind: Option<LockKind>) -> Result<(Node, LockOwner, LockScope)> {
        let description = self.files.get(fd)?;
        let own = LockOwner::Description(self.files.description_number(fd)?);
        let (owner, scope) = match request {
            LockRequest::Whole => (own, LockScope::Whole),
            LockRequest::Process(range) => (LockOwner::Process, LockScope::Bytes(range)),
            LockRequest::Description(range) => (own, LockScope::Bytes(range)),
        };
        let is_open = match kind {
            _ if scope == LockScope::Whole => true,
            Some(LockKind::Shared) => description.flags.readable(),
            Some(LockKind::Exclusive) => description.flags.writable(),
            None => true,
        };
        if is_open { Ok((description.node, owner, scope)) } else { Err(Errno::BadF) }
    }

    /// Where a range begins and ends that is told as `struct flock` does: from the start (0), the position (1) or the end (2) of the
    /// file; with a length of 0 to the end, with a negative one what lies before.
    ///
    /// # Errors
    /// `BadF`; `Inval` for a range that begins before the file; `Overflow` for one that ends too late.
    pub fn lock_range(&mut self, fd: i32, whence: i32, start: i64, len: i64) -> Result<LockRange> {
        let description = self.files.get(fd)?;
        let (node, position) = (description.node, description.position);
        let base = match whence {
            0 => 0,
            1 => position,
            2 => self.size(node)?,
            _ => return Err(Errno::Inval),
        };
        let base = i64::try_from(base).map_err(|_| Errno::Overflow)?;
        let from = base.checked_add(start).ok_or(Errno::Overflow)?;
        let to = from.checked_add(len).ok_or(Errno::Overflow)?;
        let (start, end) = (from.min(to), from.max(to));
        let start = u64::try_from(start).map_err(|_| Errno::Inval)?;
        let end = if len == 0 { LockRange::END } else { u64::try_from(end).map_err(|_| Errno::Inval)? };
        Ok(LockRange { start, end })
    }

    /// What goes when a descriptor is closed: the process's record locks on its file.
    pub(super) fn release_process_locks(&mut self, fd: i32) {
        if let Ok(description) = self.files.get(fd) {
            self.release_locks(description.node, LockOwner::Process);
        }
    }

    /// What goes with a description.
    pub(super) fn release_locks(&mut self, node: Node, owner: LockOwner) {
        self.locks.release(node, owner);
        if let Node::Folder(node) = node
            && let Ok(folder) = self.folder(node)
        {
            folder.release_locks(node.node, owner);
        }
    }
}
