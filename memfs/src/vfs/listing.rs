//! `getdents`, `chdir`, `getcwd`, and what `/proc/self/fd` holds.
//!
//! A directory's position is an entry's sequence number times [`DIRENT_STRIDE`], so a listing needs no copy and stays good
//! while entries come and go. Only a mounted folder's listing is kept with the description, until it is rewound.

use std::sync::Arc;

use super::Vfs;
use super::stat::descriptor_ino;
use crate::descriptor::{Listing, Place};
use crate::directory::FIRST_SEQUENCE;
use crate::errno::{Errno, Result};
use crate::flags::{AT_FDCWD, OpenFlags, X_OK};
use crate::folder::FolderDirEntry;
use crate::inode::{Body, Inode, InodeId};
use crate::metadata::{DIRENT_STRIDE, DirEntry, FileKind};
use crate::node::{FolderNode, Node};
use crate::observer::FileOperation;

/// Limit: directories above one that are walked to find its path. Beyond it `ELOOP`.
const MAX_DEPTH: usize = 1 << 20;

/// The path of these names, from the last one to the first.
fn joined(names: &[Arc<[u8]>]) -> Vec<u8> {
    if names.is_empty() {
        return b"/".to_vec();
    }
    let mut path = Vec::new();
    for name in names.iter().rev() {
        path.push(b'/');
        path.extend_from_slice(name);
    }
    path
}

fn entry(index: u64, ino: u64, kind: FileKind, name: &[u8]) -> DirEntry {
    DirEntry { ino, offset: index.saturating_add(1).saturating_mul(DIRENT_STRIDE), kind, name: name.to_vec() }
}

impl Vfs {
    /// Up to `max` entries of an open directory from its position on, which it moves; `.` and `..` come first. None at the
    /// end.
    ///
    /// # Errors
    /// `BadF`, `NotDir`; `NoEnt` (the directory was removed); `Io` (a damaged layer); `NoMem` (the listing of a mounted folder does not
    /// fit into what [`Vfs::charge`] allows).
    pub fn getdents(&mut self, fd: i32, max: usize) -> Result<Vec<DirEntry>> {
        let description = self.files.get(fd)?;
        let (node, from) = (description.node, description.position / DIRENT_STRIDE);
        if self.kind(node)? != FileKind::Directory {
            return Err(Errno::NotDir);
        }
        let mut entries = self.dot_entries(node, from, max)?;
        let from = from.max(FIRST_SEQUENCE);
        let room = max.saturating_sub(entries.len());
        match node {
            Node::Inode(id) => self.list_inode(id, from, room, &mut entries)?,
            Node::Folder(folder) => self.list_folder(fd, folder, from, room, &mut entries)?,
            Node::FdLink(_) => {}
        }
        if let Some(last) = entries.last() {
            self.files.get_mut(fd)?.position = last.offset;
        }
        Ok(entries)
    }

    fn dot_entries(&mut self, node: Node, from: u64, max: usize) -> Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        if let Node::Inode(id) = node
            && self.inodes.get(id)?.nlink == 0
        {
            return Err(Errno::NoEnt);
        }
        if from == 0 && max > 0 {
            entries.push(entry(0, self.ino(node)?, FileKind::Directory, b"."));
        }
        if from <= 1 && entries.len() < max {
            let parent = self.parent(node)?;
            entries.push(entry(1, self.ino(parent)?, FileKind::Directory, b".."));
        }
        Ok(entries)
    }

    fn ino(&mut self, node: Node) -> Result<u64> {
        match node {
            Node::Inode(id) => Ok(self.inodes.get(id)?.ino),
            Node::Folder(node) => Ok(self.folder(node)?.get_attr(node.node)?.ino),
            Node::FdLink(fd) => Ok(descriptor_ino(fd)),
        }
    }

    fn list_inode(&mut self, id: InodeId, from: u64, room: usize, entries: &mut Vec<DirEntry>) -> Result<()> {
        self.populate(id)?;
        match &self.inodes.get(id)?.body {
            Body::Directory(directory) => {
                for (sequence, name, child) in directory.listing(from).take(room) {
                    let child = self.inodes.get(child)?;
                    entries.push(entry(sequence, child.ino, child.kind(), name));
                }
            }
            Body::Descriptors { .. } => {
                let first = usize::try_from(from - FIRST_SEQUENCE).unwrap_or(usize::MAX);
                for fd in self.files.open_from(first).take(room) {
                    let index = FIRST_SEQUENCE.saturating_add_signed(i64::from(fd));
                    entries.push(entry(index, descriptor_ino(fd), FileKind::Symlink, fd.to_string().as_bytes()));
                }
            }
            _ => return Err(Errno::NotDir),
        }
        Ok(())
    }

    fn list_folder(
        &mut self,
        fd: i32,
        node: FolderNode,
        from: u64,
        room: usize,
        entries: &mut Vec<DirEntry>,
    ) -> Result<()> {
        let listing = match &self.files.get(fd)?.listing {
            Some(listing) => listing.clone(),
            None => {
                let mut charge = self.account.empty_charge();
                let entries = self.folder(node)?.read_dir(node.node, &mut charge)?.into_boxed_slice();
                charge.shrink_to(entries.iter().map(FolderDirEntry::held).sum());
                let listing = Arc::new(Listing { entries, _charge: charge });
                self.files.get_mut(fd)?.listing = Some(listing.clone());
                listing
            }
        };
        let first = usize::try_from(from - FIRST_SEQUENCE).unwrap_or(usize::MAX);
        for (found, index) in listing.entries.iter().skip(first).zip(from..).take(room) {
            entries.push(entry(index, found.ino, found.kind, &found.name));
        }
        Ok(())
    }

    /// Makes a directory the working directory.
    ///
    /// # Errors
    /// What a path can give; `NotDir`, `Acces`.
    pub fn chdir(&mut self, path: &[u8]) -> Result<()> {
        self.observed(FileOperation::Enter, (AT_FDCWD, path, true), |vfs| vfs.chdir_here(path))
    }

    fn chdir_here(&mut self, path: &[u8]) -> Result<()> {
        let node = self.resolve(AT_FDCWD, path, true)?;
        self.enter_directory(node)
    }

    /// Makes an open directory the working directory.
    ///
    /// # Errors
    /// `BadF`, `NotDir`, `Acces`.
    pub fn fchdir(&mut self, fd: i32) -> Result<()> {
        let node = self.files.get(fd)?.node;
        self.enter_directory(node)
    }

    pub(super) fn enter_directory(&mut self, node: Node) -> Result<()> {
        self.require(node, X_OK)?;
        self.hold(node, OpenFlags::RDONLY)?;
        let left = core::mem::replace(&mut self.cwd, node);
        self.release(left, OpenFlags::RDONLY);
        Ok(())
    }

    /// The path of the working directory.
    ///
    /// # Errors
    /// `NoEnt` when it was removed.
    pub fn getcwd(&self) -> Result<Vec<u8>> {
        self.path_of(self.cwd)
    }

    /// The path of a directory without symbolic links, `.` and `..`: where something that is mounted at `path` appears.
    /// Permissions are not looked at.
    ///
    /// # Errors
    /// What a path can give; `NotDir`; `NoEnt` when it was removed.
    pub fn real_folder(&mut self, path: &[u8]) -> Result<Vec<u8>> {
        let enforce = core::mem::replace(&mut self.enforce_permissions, false);
        let found = self.resolve(AT_FDCWD, path, true);
        self.enforce_permissions = enforce;
        let node = found?;
        if self.kind(node)? != FileKind::Directory {
            return Err(Errno::NotDir);
        }
        self.path_of(node)
    }

    /// The path of a directory, found by walking up from it.
    pub(super) fn path_of(&self, dir: Node) -> Result<Vec<u8>> {
        let mut names: Vec<Arc<[u8]>> = Vec::new();
        let mut at = dir;
        let top = self.top();
        for _ in 0..MAX_DEPTH {
            if at == top {
                return Ok(joined(&names));
            }
            names.push(self.name_of(at)?);
            at = self.parent(at)?;
        }
        Err(Errno::Loop)
    }

    /// The name that a directory other than the root has in its parent.
    fn name_of(&self, dir: Node) -> Result<Arc<[u8]>> {
        match dir {
            Node::Inode(id) => {
                let inode = self.inodes.get(id)?;
                match &inode.body {
                    Body::Directory(directory) if inode.nlink > 0 => Ok(directory.name.clone()),
                    Body::Descriptors { .. } => Ok(Arc::from(b"fd".as_slice())),
                    _ => Err(Errno::NoEnt),
                }
            }
            Node::Folder(node) => {
                let mount = self.mounts.get(node.mount as usize).ok_or(Errno::NoDev)?;
                if mount.folder.root() == node.node {
                    return self.name_of(mount.point);
                }
                Ok(mount.folder.parent(node.node)?.1.into())
            }
            Node::FdLink(_) => Err(Errno::NotDir),
        }
    }

    /// What the link of a descriptor in `/proc/self/fd` says: the path of the file, or what Linux says of one without.
    pub(super) fn descriptor_path(&mut self, fd: i32) -> Result<Vec<u8>> {
        let description = self.files.get(fd).map_err(|_| Errno::NoEnt)?;
        let (node, place) = (description.node, description.place.clone());
        if self.kind(node)? == FileKind::Directory {
            return self.path_of(node).or_else(|_| Ok(b"/ (deleted)".to_vec()));
        }
        match place {
            Some(place) => self.path_at(node, &place),
            None => {
                let kind = if self.kind(node)? == FileKind::Socket { "socket" } else { "pipe" };
                Ok(format!("{kind}:[{}]", self.ino(node)?).into_bytes())
            }
        }
    }

    fn path_at(&mut self, node: Node, place: &Place) -> Result<Vec<u8>> {
        let Place { dir, name } = place;
        let mut path = self.path_of(*dir).unwrap_or_else(|_| b"/".to_vec());
        if path != b"/" {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        if self.lookup(*dir, name).ok().flatten() != Some(node) {
            path.extend_from_slice(b" (deleted)");
        }
        Ok(path)
    }

    /// Makes `/proc/self/fd`.
    pub(super) fn make_descriptor_directory(&mut self, parent: Node, name: &[u8]) -> Result<()> {
        let Node::Inode(id) = parent else {
            return Err(Errno::XDev);
        };
        let inode = Inode::new(Body::Descriptors { parent: id }, 0o500, self.now());
        self.add_child(parent, &Arc::from(name), inode).map(drop)
    }
}
