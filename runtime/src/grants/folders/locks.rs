//! Locks on a folder's files: the host's own, so that they hold against every other program, other guests of this process too.
//!
//! Each owner of locks on a file (the guest itself, or one of its open descriptions) has a description of the host's of its own, and
//! record locks are asked for as those of that description (`F_OFD_SETLK`). What goes with the owner goes by closing it. Nothing
//! waits here: who may wait asks again.
//!
//! In a folder that is granted read-only a guest gets no exclusive `flock` (`EBADF`, which Linux says for files on NFS, too): it could
//! hold up the host's own programs for ever. Shared ones it gets: without them it could not read a database that others write.

use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};

use pyrun_memfs::folder::FolderLock;
use pyrun_memfs::{Errno, FileKind, FileLock, LockKind, LockOwner, LockRange, LockScope, Result};
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno as HostErrno;

use super::{FolderRights, HostFolder, resolve};
use crate::host::errno::{errno_of, guest};
use crate::sys::locks::{self, RecordLock};

/// Limit: descriptors of the host that are held for the locks of one granted folder. Beyond it `ENOLCK`.
const MAX_LOCK_FILES: usize = 256;

/// What the name of the index of a write-ahead log of SQLite's ends with. Those who have a database open share that file's memory, which a
/// guest cannot: each would write where another has written, and rows would be lost. They say so by a shared lock on one byte of it
/// ([`IN_USE`]), which is an exclusive one for a guest. So it has the database for itself, and others wait, or are told that it is locked.
const INDEX: &[u8] = b"-shm";
/// That byte.
const IN_USE: u64 = 128;

fn is_in_use(range: LockRange) -> bool {
    range.start <= IN_USE && IN_USE < range.end
}

impl HostFolder {
    pub(super) fn lock_open(&mut self, node: u64, lock: FolderLock) -> Result<()> {
        let is_read_only = self.rights == FolderRights::ReadOnly;
        if is_read_only && lock.scope == LockScope::Whole && lock.kind == Some(LockKind::Exclusive) {
            return Err(Errno::BadF);
        }
        if lock.kind.is_none() && !self.locks.contains_key(&(node, lock.owner)) {
            return Ok(());
        }
        let is_index = !is_read_only && self.is_index_of_sqlite(node);
        let file = self.lock_file(node, lock.owner)?;
        let done = match lock.scope {
            LockScope::Whole => rustix::fs::flock(file, whole(lock.kind)).map_err(guest),
            LockScope::Bytes(range) => {
                let kind =
                    if is_index && is_in_use(range) { lock.kind.map(|_| LockKind::Exclusive) } else { lock.kind };
                locks::set(file.as_fd(), record(range, kind)).map_err(|error| errno_of(&error))
            }
        };
        // The host says either for a lock that somebody else holds.
        done.map_err(|errno| if errno == Errno::Acces { Errno::Again } else { errno })
    }

    pub(super) fn lock_in_the_way_of(&mut self, node: u64, wanted: FileLock) -> Result<Option<FileLock>> {
        let LockScope::Bytes(range) = wanted.scope else { return Err(Errno::Inval) };
        let file = self.lock_file(node, wanted.owner)?;
        let found =
            locks::in_the_way(file.as_fd(), record(range, Some(wanted.kind))).map_err(|error| errno_of(&error))?;
        Ok(found.map(|lock| {
            let start = u64::try_from(lock.start).unwrap_or(0);
            let len = u64::try_from(lock.len).unwrap_or(0);
            let end = if len == 0 { LockRange::END } else { start.saturating_add(len) };
            let kind = if lock.kind == locks::READ { LockKind::Shared } else { LockKind::Exclusive };
            // Who it is on the host is not the guest's to know.
            FileLock {
                owner: LockOwner::Description(u64::MAX),
                scope: LockScope::Bytes(LockRange { start, end }),
                kind,
            }
        }))
    }

    pub(super) fn release_locks_of(&mut self, node: u64, owner: LockOwner) {
        self.locks.remove(&(node, owner));
    }

    /// Whether the file is the index of a write-ahead log of SQLite's.
    fn is_index_of_sqlite(&mut self, node: u64) -> bool {
        self.locate(node).is_ok_and(|located| located.name.ends_with(INDEX))
    }

    /// The description by which an owner locks a file.
    fn lock_file(&mut self, node: u64, owner: LockOwner) -> Result<&OwnedFd> {
        if !self.locks.contains_key(&(node, owner)) {
            if self.locks.len() >= MAX_LOCK_FILES {
                return Err(Errno::NoLck);
            }
            let file = self.open_for_locks(node)?;
            self.locks.insert((node, owner), file);
        }
        self.locks.get(&(node, owner)).ok_or(Errno::NoLck)
    }

    /// Opens an open file once more: for writing, too, where that may be, since an exclusive lock on bytes needs it.
    fn open_for_locks(&mut self, node: u64) -> Result<OwnedFd> {
        let is_dir = self.nodes.get(node)?.kind == FileKind::Directory;
        let both = (self.rights == FolderRights::ReadWrite && !is_dir).then_some([
            OFlags::RDWR,
            OFlags::RDONLY,
            OFlags::WRONLY,
        ]);
        let ways = both.as_ref().map_or(&[OFlags::RDONLY][..], |ways| &ways[..]);
        let mut failed = Errno::NoLck;
        for way in ways {
            match self.open_again(node, *way) {
                Ok(file) => return Ok(file),
                Err(Errno::Acces) => failed = Errno::Acces,
                Err(errno) => return Err(errno),
            }
        }
        Err(failed)
    }

    fn open_again(&mut self, node: u64, flags: OFlags) -> Result<OwnedFd> {
        match self.locate(node) {
            Ok(located) => located.open(flags),
            // It has no name any more; Linux opens it by the descriptor.
            Err(Errno::NoEnt) if cfg!(target_os = "linux") => {
                let open = self.open.get(&node).and_then(super::OpenNode::any).ok_or(Errno::NoLck)?;
                let link = format!("/proc/self/fd/{}", open.as_raw_fd());
                let flags = (flags | resolve::FILE) - OFlags::NOFOLLOW;
                rustix::fs::open(link, flags, Mode::empty()).map_err(|error| match error {
                    HostErrno::ACCESS => Errno::Acces,
                    _ => Errno::NoLck,
                })
            }
            Err(errno) => Err(errno),
        }
    }
}

fn whole(kind: Option<LockKind>) -> FlockOperation {
    match kind {
        Some(LockKind::Shared) => FlockOperation::NonBlockingLockShared,
        Some(LockKind::Exclusive) => FlockOperation::NonBlockingLockExclusive,
        None => FlockOperation::NonBlockingUnlock,
    }
}

fn record(range: LockRange, kind: Option<LockKind>) -> RecordLock {
    let kind = match kind {
        Some(LockKind::Shared) => locks::READ,
        Some(LockKind::Exclusive) => locks::WRITE,
        None => locks::NONE,
    };
    let start = i64::try_from(range.start).unwrap_or(i64::MAX);
    let len = i64::try_from(range.end).map_or(0, |end| end.saturating_sub(start));
    RecordLock { kind, start, len }
}
