//! A folder of the host, mounted into the guest's tree.
//!
//! Replaces Emscripten's `libnodefs.js` and Pyodide's `mountNodeFS`, which hand paths to the host and so follow its
//! links. Left out on purpose: owners, extended attributes, watching for changes, memory mapping.
//!
//! # What the guest cannot do
//! - Leave the folder. Names are opened one directory at a time, beneath the folder's descriptor, and never through a
//!   link, whatever the host or another guest puts in their place meanwhile (see `resolve`). Links are given to the
//!   [`Vfs`](pyrun_memfs::Vfs) as text, which follows them in the guest's tree.
//! - Change anything in a folder that was opened read-only: not by opening with truncation, not by its times, not by
//!   its mode, not by a new name. Each of these is refused here, whatever the mount says.
//! - Open a FIFO, socket or device: that could block, or reach something that is not a file. It sees that they exist.
//! - Make, move or name a link that leads out of the folder when a program of the *host* follows it (see `links`).
//! - Make the host keep more than a bounded number of nodes and descriptors for it.
//!
//! What it can do: use up the disk (unless its growth is bounded, see `growth`), and reach through a hard link or a mount that the host has put
//! inside the folder.

mod attr;
mod growth;
mod layer;
mod links;
mod listing;
mod locks;
mod nodes;
mod open;
mod resolve;
mod setup;

use std::collections::HashMap;
use std::hash::RandomState;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use pyrun_memfs::folder::{AttrChanges, Folder, FolderAccess, FolderDirEntry, FolderEntry, FolderLock};
use pyrun_memfs::{Budget, Charge, Errno, FileKind, FileLock, LockOwner, Metadata, Result, StatFs, Timespec};
use rustix::fs::{AtFlags, Mode, OFlags};

use crate::host::errno::guest;
use crate::limits::account::Account;
pub(crate) use attr::metadata;
use attr::{file_id, kind, mode};
pub(crate) use growth::Growth;
pub(crate) use layer::HostLayer;
use nodes::{NodeTable, Place, ROOT};
use open::OpenNode;
use resolve::stat_name;

/// Limit: nodes of a granted folder that are remembered; see `nodes`.
const MAX_NODES: usize = 65_536;
/// Limit: entries of one directory of a granted folder.
const MAX_ENTRIES: usize = 1 << 20;

/// What a guest may do with a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FolderRights {
    /// Look and read.
    ReadOnly,
    /// Everything.
    ReadWrite,
}

/// A folder that cannot be granted.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the folder {}; it must exist and be a directory", path.display())]
#[non_exhaustive]
pub struct FolderError {
    /// The folder.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub cause: io::Error,
}

/// A folder of the host; give it to [`Vfs::mount_folder`](pyrun_memfs::Vfs::mount_folder).
#[derive(Debug)]
pub(crate) struct HostFolder {
    root: Arc<OwnedFd>,
    rights: FolderRights,
    nodes: NodeTable,
    open: HashMap<u64, OpenNode>,
    /// The descriptions by which files are locked, for each owner of locks.
    locks: HashMap<(u64, LockOwner), OwnedFd>,
    /// Files' times are told in steps of this; zero for as they are.
    clock_step: Duration,
    /// Of a folder that looks the same each time: when it was opened. What was changed since is told as from the start of the clock.
    steady_since: Option<Timespec>,
    /// What the host's memory for it is charged to.
    account: Budget,
    /// What bounds its growth.
    growth: Option<Growth>,
    /// With what inode numbers are made others, if the host's are nobody's business.
    disguise: Option<RandomState>,
    /// The guest's account, which knows whether the guest is stopped.
    watched: Weak<Account>,
    /// The one file that is shown of it, if it is one.
    only: Option<u64>,
    /// Whether the host has `openat2`, as far as is known.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    openat2: bool,
}

impl HostFolder {
    /// Opens a folder. Links in `path` are followed: it is the embedder's, not the guest's. The folder stays the same
    /// one when it is moved.
    ///
    /// # Errors
    /// [`FolderError`] when it does not exist, is not a directory, or may not be opened.
    pub(crate) fn open(path: impl AsRef<Path>, rights: FolderRights) -> Result<Self, FolderError> {
        Self::with_limit(path.as_ref(), rights, MAX_NODES)
            .map_err(|cause| FolderError { path: path.as_ref().to_owned(), cause: cause.into() })
    }

    /// Opens a single file: its folder, of which nothing else is shown. Links in `path` are followed.
    ///
    /// # Errors
    /// [`FolderError`] when it does not exist, is no regular file, or its folder may not be opened.
    pub(crate) fn open_single(path: &Path, rights: FolderRights) -> Result<Self, FolderError> {
        let failed = |cause: io::Error| FolderError { path: path.to_owned(), cause };
        let real = path.canonicalize().map_err(failed)?;
        let wrong = || failed(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else { return Err(wrong()) };
        let mut folder = Self::open(parent, rights)?;
        let entry = folder.lookup(ROOT, name.as_encoded_bytes());
        let entry = entry.ok().filter(|entry| entry.kind == FileKind::File).ok_or_else(wrong)?;
        folder.only = Some(entry.node);
        Ok(folder)
    }

    fn with_limit(path: &Path, rights: FolderRights, max_nodes: usize) -> rustix::io::Result<Self> {
        let flags = resolve::DIR - OFlags::NOFOLLOW;
        let root = rustix::fs::open(path, flags, Mode::empty())?;
        let id = file_id(&rustix::fs::fstat(&root)?);
        Ok(Self {
            root: Arc::new(root),
            rights,
            nodes: NodeTable::new(id, max_nodes),
            open: HashMap::new(),
            locks: HashMap::new(),
            clock_step: Duration::ZERO,
            steady_since: None,
            account: Budget::new(u64::MAX),
            growth: None,
            disguise: None,
            watched: Weak::new(),
            only: None,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            openat2: true,
        })
    }

    fn may_change(&self) -> Result<()> {
        match self.rights {
            FolderRights::ReadOnly => Err(Errno::RoFs),
            FolderRights::ReadWrite => Ok(()),
        }
    }

    /// The directory and the checked name of something to be made or removed.
    fn changing(&mut self, dir: u64, name: &[u8]) -> Result<(Arc<OwnedFd>, Place)> {
        self.may_change()?;
        let place = Place::new(dir, name)?;
        Ok((self.dir(dir)?, place))
    }

    /// Gives what is at a place a number.
    fn enter(&mut self, dir: &OwnedFd, place: Place) -> Result<FolderEntry> {
        let stat = stat_name(dir, &place.name)?;
        let kind = kind(&stat);
        let open = &self.open;
        let is_open = |number| open.contains_key(&number);
        let node = self.nodes.intern(file_id(&stat), kind, place, is_open)?;
        Ok(FolderEntry { node, kind })
    }

    /// The number of what is at a place, if it has one.
    fn known(&self, dir: &OwnedFd, name: &[u8]) -> Option<u64> {
        let stat = stat_name(dir, name).ok()?;
        self.nodes.known(file_id(&stat))
    }

    fn forget(&mut self, node: Option<u64>, place: &Place) {
        if let Some(node) = node {
            let is_open = self.open.contains_key(&node);
            self.nodes.forget_place(node, place, is_open);
        }
    }
}

impl Folder for HostFolder {
    fn root(&self) -> u64 {
        self.only.unwrap_or(ROOT)
    }

    fn lookup(&mut self, dir: u64, name: &[u8]) -> Result<FolderEntry> {
        let place = Place::new(dir, name)?;
        let dir = self.dir(dir)?;
        self.enter(&dir, place)
    }

    fn parent(&self, dir: u64) -> Result<(u64, Vec<u8>)> {
        let node = self.nodes.peek(dir)?;
        let place = node.places.last().ok_or(Errno::NoEnt)?;
        Ok((place.dir, place.name.to_vec()))
    }

    fn get_attr(&mut self, node: u64) -> Result<Metadata> {
        if let Some(file) = self.open.get(&node).and_then(OpenNode::any) {
            return rustix::fs::fstat(file).map_err(guest).map(|stat| self.told(node, &stat));
        }
        let located = self.locate(node)?;
        Ok(self.told(node, &located.stat))
    }

    fn set_attr(&mut self, node: u64, changes: &AttrChanges) -> Result<()> {
        self.may_change()?;
        self.change(node, changes)
    }

    fn read_dir(&mut self, node: u64, charge: &mut Charge) -> Result<Vec<FolderDirEntry>> {
        self.list(node, charge)
    }

    fn read_link(&mut self, node: u64) -> Result<Vec<u8>> {
        if self.nodes.get(node)?.kind != FileKind::Symlink {
            return Err(Errno::Inval);
        }
        let located = self.locate(node)?;
        let text = rustix::fs::readlinkat(&located.dir, &*located.name, Vec::new()).map_err(guest)?;
        Ok(text.into_bytes())
    }

    fn open(&mut self, node: u64, access: FolderAccess) -> Result<()> {
        self.open_node(node, access)
    }

    fn close(&mut self, node: u64, access: FolderAccess) {
        self.close_node(node, access);
    }

    fn read_at(&mut self, node: u64, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.read_open(node, offset, buf)
    }

    fn write_at(&mut self, node: u64, offset: u64, buf: &[u8]) -> Result<usize> {
        self.write_open(node, offset, buf)
    }

    fn append(&mut self, node: u64, buf: &[u8]) -> Result<(usize, u64)> {
        self.append_open(node, buf)
    }

    fn create(&mut self, dir: u64, name: &[u8], bits: u32) -> Result<FolderEntry> {
        let (dir, place) = self.changing(dir, name)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | resolve::FILE;
        self.charged_name(|_| rustix::fs::openat(&dir, &*place.name, flags, mode(bits)).map_err(guest))?;
        self.begin_file(&dir, &place.name);
        self.enter(&dir, place)
    }

    fn mkdir(&mut self, dir: u64, name: &[u8], bits: u32) -> Result<()> {
        let (dir, place) = self.changing(dir, name)?;
        self.charged_name(|_| rustix::fs::mkdirat(&dir, &*place.name, mode(bits)).map_err(guest))
    }

    fn symlink(&mut self, dir: u64, name: &[u8], target: &[u8]) -> Result<()> {
        let (dir, place) = self.changing(dir, name)?;
        self.charged_name(|folder| folder.make_link(&dir, &place.name, target))
    }

    fn link(&mut self, node: u64, dir: u64, name: &[u8]) -> Result<()> {
        let (dir, place) = self.changing(dir, name)?;
        let source = self.locate(node)?;
        if kind(&source.stat) == FileKind::Directory {
            return Err(Errno::Perm);
        }
        self.charged_name(|folder| folder.hard_link((&source.dir, &source.name), (&dir, &place.name)))?;
        self.enter(&dir, place).map(drop)
    }

    fn unlink(&mut self, dir: u64, name: &[u8]) -> Result<()> {
        let (dir, place) = self.changing(dir, name)?;
        let node = self.known(&dir, name);
        if stat_name(&dir, name).is_ok_and(|stat| kind(&stat) == FileKind::Directory) {
            return Err(Errno::IsDir); // macOS would say EPERM
        }
        let was = self.before_removal(&dir, name);
        rustix::fs::unlinkat(&dir, &*place.name, AtFlags::empty()).map_err(guest)?;
        self.removed(was.as_ref());
        self.forget(node, &place);
        Ok(())
    }

    fn rmdir(&mut self, dir: u64, name: &[u8]) -> Result<()> {
        let (dir, place) = self.changing(dir, name)?;
        let node = self.known(&dir, name);
        let was = self.before_removal(&dir, name);
        rustix::fs::unlinkat(&dir, &*place.name, AtFlags::REMOVEDIR).map_err(guest)?;
        self.removed(was.as_ref());
        self.forget(node, &place);
        Ok(())
    }

    fn rename(&mut self, from: u64, old: &[u8], to: u64, new: &[u8]) -> Result<()> {
        let (from, source) = self.changing(from, old)?;
        let (to, target) = self.changing(to, new)?;
        let (moved, replaced) = (self.known(&from, old), self.known(&to, new));
        let was = self.before_removal(&to, new);
        self.move_name((&from, &source.name), (&to, &target.name))?;
        if moved == replaced && moved.is_some() {
            return Ok(()); // two names of one file, or the same name: nothing has happened
        }
        self.removed(was.as_ref());
        self.forget(replaced, &target);
        // First the new name, so that the node is not forgotten between its two names.
        if moved.is_some() {
            self.enter(&to, target)?;
        }
        self.forget(moved, &source);
        Ok(())
    }

    fn sync(&mut self, node: u64) -> Result<()> {
        self.sync_open(node)
    }

    fn lock(&mut self, node: u64, lock: FolderLock) -> Result<()> {
        self.lock_open(node, lock)
    }

    fn lock_in_the_way(&mut self, node: u64, wanted: FileLock) -> Result<Option<FileLock>> {
        self.lock_in_the_way_of(node, wanted)
    }

    fn release_locks(&mut self, node: u64, owner: LockOwner) {
        self.release_locks_of(node, owner);
    }

    fn stat_fs(&mut self) -> Result<StatFs> {
        self.space()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
