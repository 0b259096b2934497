//! From a node number to a descriptor, without ever leaving the folder.
//!
//! Every path begins at the folder's own descriptor and consists of names that we have read from it. On Linux,
//! `openat2` with `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS` walks it in one call; elsewhere, and
//! where a sandbox forbids that call, it is walked name by name with `O_NOFOLLOW`. Either way a directory that the host
//! has meanwhile replaced by a link, or by another directory, is an error and not a way out.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use pyrun_memfs::{Errno, FileKind, Result};
use rustix::fs::{AtFlags, Mode, OFlags, Stat};
use rustix::io::Errno as HostErrno;

use super::HostFolder;
use super::attr::{file_id, kind};
use super::nodes::{FileId, Place, ROOT};
use crate::host::errno::guest;

/// How a directory is opened that is only a place to start from.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const DIR: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// How a directory is opened that is only a place to start from.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const DIR: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What every file is opened with: links are not followed, and nothing that blocks on opening (a FIFO that was put in
/// place of a file) holds us up.
pub(super) const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Where a file is right now.
pub(super) struct Located {
    pub(super) dir: Arc<OwnedFd>,
    pub(super) name: Box<[u8]>,
    pub(super) stat: Stat,
}

impl Located {
    /// Opens the file; an error if it is no longer the one that was located.
    pub(super) fn open(&self, flags: OFlags) -> Result<OwnedFd> {
        let file = rustix::fs::openat(&self.dir, &*self.name, flags | FILE, Mode::empty()).map_err(guest)?;
        let stat = rustix::fs::fstat(&file).map_err(guest)?;
        if file_id(&stat) != file_id(&self.stat) || kind(&stat) != kind(&self.stat) {
            return Err(Errno::NoEnt);
        }
        Ok(file)
    }
}

impl HostFolder {
    /// A descriptor of a directory, to start from.
    pub(super) fn dir(&mut self, dir: u64) -> Result<Arc<OwnedFd>> {
        if dir == ROOT {
            return Ok(self.root.clone());
        }
        if let Some(open) = self.open.get(&dir) {
            return open.dir.clone().ok_or(Errno::NotDir);
        }
        let node = self.nodes.get(dir)?;
        if node.kind != FileKind::Directory {
            return Err(Errno::NotDir);
        }
        let id = node.id;
        let path = self.nodes.path(dir)?;
        let opened = self.walk(&path).map_err(|error| match error {
            // A link or a file in place of a directory: what we knew is gone.
            HostErrno::LOOP | HostErrno::XDEV | HostErrno::NOTDIR => Errno::NoEnt,
            other => guest(other),
        })?;
        let found = file_id(&rustix::fs::fstat(&opened).map_err(guest)?);
        if found != id { Err(Errno::NoEnt) } else { Ok(Arc::new(opened)) }
    }

    /// Where a file is now: a name of it that still leads to it.
    pub(super) fn locate(&mut self, number: u64) -> Result<Located> {
        let node = self.nodes.get(number)?;
        let (id, file_kind, places) = (node.id, node.kind, node.places.clone());
        if number == ROOT {
            let dir = self.root.clone();
            let stat = rustix::fs::fstat(&dir).map_err(guest)?;
            return Ok(Located { dir, name: (*b".").into(), stat });
        }
        let mut error = Errno::NoEnt;
        for place in places.into_iter().rev() {
            match self.locate_at(place, id, file_kind) {
                Ok(located) => return Ok(located),
                Err(Errno::NoEnt) => {}
                Err(other) => error = other,
            }
        }
        Err(error)
    }

    fn locate_at(&mut self, place: Place, id: FileId, file_kind: FileKind) -> Result<Located> {
        let dir = self.dir(place.dir)?;
        let stat = stat_name(&dir, &place.name)?;
        // The host may have given the inode number to something else.
        if file_id(&stat) == id && kind(&stat) == file_kind {
            Ok(Located { dir, name: place.name, stat })
        } else {
            Err(Errno::NoEnt)
        }
    }

    pub(super) fn walk(&mut self, path: &[Box<[u8]>]) -> rustix::io::Result<OwnedFd> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if self.openat2 {
            match walk_at_once(&self.root, path) {
                // An old kernel, or a sandbox that does not know the call (some say "not permitted").
                Err(HostErrno::NOSYS | HostErrno::PERM) => self.openat2 = false,
                // Too long for one call, or the host moved something meanwhile.
                Err(HostErrno::NAMETOOLONG | HostErrno::AGAIN) => {}
                result => return result,
            }
        }
        walk_by_name(&self.root, path)
    }
}

/// What a name stands for; a link is not followed.
pub(super) fn stat_name(dir: impl AsFd, name: &[u8]) -> Result<Stat> {
    rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).map_err(guest)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn walk_at_once(root: &OwnedFd, path: &[Box<[u8]>]) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let joined = path.join(&b'/');
    rustix::fs::openat2(root, joined, DIR, Mode::empty(), resolve)
}

pub(super) fn walk_by_name(root: &OwnedFd, path: &[Box<[u8]>]) -> rustix::io::Result<OwnedFd> {
    let mut here = rustix::fs::openat(root, c".", DIR, Mode::empty())?;
    for name in path {
        // `DIR` has O_NOFOLLOW and O_DIRECTORY: a link is ENOTDIR or ELOOP.
        here = rustix::fs::openat(&here, &**name, DIR, Mode::empty())?;
    }
    Ok(here)
}
