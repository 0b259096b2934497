//! `mkdir`, `mknod`, `unlink`, `rmdir`, `link`, `symlink`, `readlink`.

use std::sync::Arc;

use super::Vfs;
use super::walk::LastKind;
use crate::content::Content;
use crate::directory::Directory;
use crate::errno::{Errno, Result};
use crate::flags::{W_OK, X_OK};
use crate::inode::{Body, FileBody, Inode, InodeId, LinkText};
use crate::metadata::{FileKind, PATH_MAX};
use crate::node::Node;
use crate::observer::FileOperation;

impl Vfs {
    /// Whether a name may be made in a directory: `NotDir`, `NoEnt` (it was removed), `Acces`, `RoFs`, `Perm`.
    pub(super) fn check_create(&mut self, dir: Node) -> Result<()> {
        match dir {
            Node::Inode(id) => {
                if self.inodes.get(id)?.nlink == 0 {
                    return Err(Errno::NoEnt);
                }
                self.check_change(dir)
            }
            _ => self.check_change(dir),
        }
    }

    /// Whether the entries of a directory may be changed.
    pub(super) fn check_change(&mut self, dir: Node) -> Result<()> {
        self.require(dir, W_OK | X_OK)?;
        match dir {
            Node::Inode(id) => self.directory(id).map(drop).map_err(|_| Errno::Perm),
            Node::Folder(node) => self.writable_folder(node).map(drop),
            Node::FdLink(_) => Err(Errno::NotDir),
        }
    }

    /// The directory and the name to create; `Exist` when something is there. A slash after the name is only for a
    /// directory to make (`NoEnt`).
    pub(super) fn creation(&mut self, dirfd: i32, path: &[u8], directory: bool) -> Result<(Node, Arc<[u8]>)> {
        let mut cursor = self.start(dirfd, path)?;
        let last = self.advance(&mut cursor)?;
        if last.kind != LastKind::Name || self.lookup(cursor.dir, cursor.name(&last))?.is_some() {
            return Err(Errno::Exist);
        }
        if last.slash && !directory {
            return Err(Errno::NoEnt);
        }
        self.check_create(cursor.dir)?;
        Ok((cursor.dir, Arc::from(cursor.name(&last))))
    }

    /// Adds a new inode to a directory in memory, under a name that is free.
    pub(super) fn add_child(&mut self, dir: Node, name: &Arc<[u8]>, inode: Inode) -> Result<InodeId> {
        let Node::Inode(parent) = dir else {
            return Err(Errno::XDev);
        };
        self.directory(parent)?;
        let child = self.inodes.insert(inode)?;
        self.attach(parent, name.clone(), child)?;
        Ok(child)
    }

    /// Gives an inode a name, and counts the links that this makes.
    pub(super) fn attach(&mut self, parent: InodeId, name: Arc<[u8]>, child: InodeId) -> Result<()> {
        let inode = self.inodes.get_mut(child)?;
        let is_directory = inode.kind() == FileKind::Directory;
        if is_directory {
            inode.nlink = 2;
        } else {
            inode.nlink = inode.nlink.saturating_add(1);
        }
        if let Body::Directory(directory) = &mut inode.body {
            let directory = Arc::make_mut(directory);
            directory.parent = parent;
            directory.name = name.clone();
        }
        let now = self.now();
        let directory = self.inodes.get_mut(parent)?;
        directory.nlink = directory.nlink.saturating_add(u32::from(is_directory));
        directory.touch(now);
        self.directory_mut(parent)?.insert(name, child);
        Ok(())
    }

    /// Takes a name away, and the inode with it when that was the last thing that kept it.
    pub(super) fn detach(&mut self, parent: InodeId, name: &[u8], child: InodeId) -> Result<()> {
        let now = self.now();
        self.directory_mut(parent)?.remove(name);
        let inode = self.inodes.get_mut(child)?;
        let is_directory = inode.kind() == FileKind::Directory;
        inode.nlink = if is_directory { 0 } else { inode.nlink.saturating_sub(1) };
        inode.ctime = now;
        let further = inode.nlink > 0;
        if further {
            self.inodes.forget_name();
        }
        let directory = self.inodes.get_mut(parent)?;
        directory.nlink = directory.nlink.saturating_sub(u32::from(is_directory));
        directory.touch(now);
        self.free_if_unused(child);
        Ok(())
    }

    /// Makes a directory, with the nine permission bits and the sticky bit of `mode`.
    ///
    /// # Errors
    /// What a path can give; `Exist`, `Acces`, `RoFs`, `NoSpc`.
    pub fn mkdirat(&mut self, dirfd: i32, path: &[u8], mode: u32) -> Result<()> {
        self.observed(FileOperation::MakeDirectory, (dirfd, path, false), |vfs| vfs.mkdirat_here(dirfd, path, mode))
    }

    fn mkdirat_here(&mut self, dirfd: i32, path: &[u8], mode: u32) -> Result<()> {
        let (dir, name) = self.creation(dirfd, path, true)?;
        let mode = mode & 0o1777;
        match dir {
            Node::Folder(parent) => self.writable_folder(parent)?.mkdir(parent.node, &name, mode),
            Node::Inode(parent) => {
                let body = Body::Directory(Arc::new(Directory::new(parent, name.clone())));
                self.add_child(dir, &name, Inode::new(body, mode, self.now())).map(drop)
            }
            Node::FdLink(_) => Err(Errno::NotDir),
        }
    }

    /// Makes a regular file or a character device (`dev` is `major << 8 | minor`).
    ///
    /// # Errors
    /// What a path can give; `Exist`, `Acces`, `RoFs`, `NoSpc`; `Perm` (another kind, or a device in a mounted folder);
    /// `Inval` (no kind at all).
    pub fn mknodat(&mut self, dirfd: i32, path: &[u8], mode: u32, dev: u64) -> Result<()> {
        self.observed(FileOperation::Create, (dirfd, path, false), |vfs| vfs.mknodat_here(dirfd, path, mode, dev))
    }

    fn mknodat_here(&mut self, dirfd: i32, path: &[u8], mode: u32, dev: u64) -> Result<()> {
        let kind = match mode & crate::metadata::S_IFMT {
            0 => FileKind::File,
            _ => FileKind::from_mode(mode).ok_or(Errno::Inval)?,
        };
        let body = match kind {
            FileKind::File => Body::File(FileBody::Memory(Arc::new(Content::default()))),
            FileKind::CharDevice => Body::Device(dev),
            _ => return Err(Errno::Perm),
        };
        let (dir, name) = self.creation(dirfd, path, false)?;
        match dir {
            Node::Folder(parent) if kind == FileKind::File => {
                self.writable_folder(parent)?.create(parent.node, &name, mode & 0o7777).map(drop)
            }
            Node::Folder(_) => Err(Errno::Perm),
            _ => self.add_child(dir, &name, Inode::new(body, mode, self.now())).map(drop),
        }
    }

    /// Removes the name of anything but a directory. The file lives on while it is open or has another name.
    ///
    /// # Errors
    /// What a path can give; `IsDir`, `NotDir` (a slash after the name), `Acces`, `RoFs`.
    pub fn unlinkat(&mut self, dirfd: i32, path: &[u8]) -> Result<()> {
        self.observed(FileOperation::Remove, (dirfd, path, false), |vfs| vfs.unlinkat_here(dirfd, path))
    }

    fn unlinkat_here(&mut self, dirfd: i32, path: &[u8]) -> Result<()> {
        let mut cursor = self.start(dirfd, path)?;
        let last = self.advance(&mut cursor)?;
        if last.kind != LastKind::Name {
            return Err(Errno::IsDir);
        }
        let name = cursor.name(&last);
        let node = self.lookup(cursor.dir, name)?.ok_or(Errno::NoEnt)?;
        let kind = self.kind(node)?;
        if last.slash {
            return Err(if kind == FileKind::Directory { Errno::IsDir } else { Errno::NotDir });
        }
        self.check_change(cursor.dir)?;
        if kind == FileKind::Directory {
            return Err(Errno::IsDir);
        }
        match (cursor.dir, node) {
            (Node::Inode(parent), Node::Inode(child)) => self.detach(parent, name, child),
            (Node::Folder(parent), Node::Folder(child)) if parent.mount == child.mount => {
                self.writable_folder(parent)?.unlink(parent.node, name)
            }
            // A file that is mounted there.
            (_, Node::Folder(_)) => Err(Errno::Busy),
            _ => Err(Errno::Perm),
        }
    }

    /// Removes an empty directory. It may be the working directory, as in Linux.
    ///
    /// # Errors
    /// What a path can give; `NotDir`, `NotEmpty` (also for `..`), `Inval` (`.`), `Busy` (the root, a mount point), `Acces`,
    /// `RoFs`.
    pub fn rmdirat(&mut self, dirfd: i32, path: &[u8]) -> Result<()> {
        self.observed(FileOperation::RemoveDirectory, (dirfd, path, false), |vfs| vfs.rmdirat_here(dirfd, path))
    }

    fn rmdirat_here(&mut self, dirfd: i32, path: &[u8]) -> Result<()> {
        let mut cursor = self.start(dirfd, path)?;
        let last = self.advance(&mut cursor)?;
        match last.kind {
            LastKind::Name => {}
            LastKind::Dot => return Err(Errno::Inval),
            LastKind::DotDot => return Err(Errno::NotEmpty),
            LastKind::Root => return Err(Errno::Busy),
        }
        let name = cursor.name(&last);
        let node = self.lookup(cursor.dir, name)?.ok_or(Errno::NoEnt)?;
        self.check_change(cursor.dir)?;
        if self.kind(node)? != FileKind::Directory {
            return Err(Errno::NotDir);
        }
        match (cursor.dir, node) {
            (Node::Inode(parent), Node::Inode(child)) => {
                self.check_removable(child)?;
                self.detach(parent, name, child)
            }
            (Node::Folder(parent), Node::Folder(child)) if parent.mount == child.mount => {
                self.writable_folder(parent)?.rmdir(parent.node, name)
            }
            _ => Err(Errno::Busy),
        }
    }

    /// Whether a directory in memory is empty and nothing is mounted on it.
    pub(super) fn check_removable(&mut self, id: InodeId) -> Result<()> {
        self.populate(id)?;
        match &self.inodes.get(id)?.body {
            Body::Directory(directory) if directory.mounted.is_some() || self.overlays.contains(&id) => {
                Err(Errno::Busy)
            }
            Body::Directory(directory) if directory.is_empty() => Ok(()),
            Body::Directory(_) => Err(Errno::NotEmpty),
            Body::Descriptors { .. } => Err(Errno::Busy),
            _ => Err(Errno::NotDir),
        }
    }

    /// Gives a file another name. With `follow`, a link at the end of `old` is followed.
    ///
    /// # Errors
    /// What the paths can give; `Exist`, `XDev`, `Perm` (a directory), `NoEnt` (the file has no name left), `MLink`, `Acces`,
    /// `RoFs`, `NoSpc`.
    pub fn linkat(&mut self, olddir: i32, old: &[u8], newdir: i32, new: &[u8], follow: bool) -> Result<()> {
        self.observed_twice(FileOperation::Link, ((olddir, old, follow), (newdir, new, false)), |vfs| {
            vfs.linkat_here(olddir, old, newdir, new, follow)
        })
    }

    fn linkat_here(&mut self, olddir: i32, old: &[u8], newdir: i32, new: &[u8], follow: bool) -> Result<()> {
        let node = self.resolve(olddir, old, follow)?;
        let (dir, name) = self.creation(newdir, new, false)?;
        match (node, dir) {
            (Node::Inode(child), Node::Inode(parent)) => self.link_inode(child, parent, name),
            (Node::Folder(child), Node::Folder(parent)) if child.mount == parent.mount => {
                if child.kind == FileKind::Directory {
                    return Err(Errno::Perm);
                }
                self.writable_folder(parent)?.link(child.node, parent.node, &name)
            }
            _ => Err(Errno::XDev),
        }
    }

    fn link_inode(&mut self, child: InodeId, parent: InodeId, name: Arc<[u8]>) -> Result<()> {
        let inode = self.inodes.get(child)?;
        match inode.kind() {
            FileKind::Directory => return Err(Errno::Perm),
            FileKind::Fifo => return Err(Errno::XDev),
            _ => {}
        }
        match inode.nlink {
            0 => return Err(Errno::NoEnt),
            u32::MAX => return Err(Errno::MLink),
            _ => self.inodes.check_room()?,
        }
        self.inodes.count_name()?;
        let now = self.now();
        self.inodes.get_mut(child)?.ctime = now;
        self.attach(parent, name, child)
    }

    /// Makes a symbolic link that says `target`, which need not exist.
    ///
    /// # Errors
    /// What a path can give; `Exist`, `Acces`, `RoFs`, `NoSpc`; `NoEnt` (no target), `NameTooLong` (a target of 4,096 bytes or
    /// more), `Inval` (a target with a zero byte).
    pub fn symlinkat(&mut self, target: &[u8], dirfd: i32, path: &[u8]) -> Result<()> {
        self.observed(FileOperation::SymbolicLink, (dirfd, path, false), |vfs| vfs.symlinkat_here(target, dirfd, path))
    }

    fn symlinkat_here(&mut self, target: &[u8], dirfd: i32, path: &[u8]) -> Result<()> {
        if target.is_empty() {
            return Err(Errno::NoEnt);
        }
        if target.len() >= PATH_MAX {
            return Err(Errno::NameTooLong);
        }
        if target.contains(&0) {
            return Err(Errno::Inval);
        }
        let (dir, name) = self.creation(dirfd, path, false)?;
        if let Node::Folder(parent) = dir {
            return self.writable_folder(parent)?.symlink(parent.node, &name, target);
        }
        self.inodes.check_room()?;
        self.budget.take(target.len() as u64)?;
        let inode = Inode::new(Body::Symlink(LinkText::Text(target.into())), 0o777, self.now());
        let made = self.add_child(dir, &name, inode).map(drop);
        if made.is_err() {
            self.budget.give_back(target.len() as u64);
        }
        made
    }

    /// What a symbolic link says.
    ///
    /// # Errors
    /// What a path can give; `Inval` (no link).
    pub fn readlinkat(&mut self, dirfd: i32, path: &[u8]) -> Result<Vec<u8>> {
        self.observed(FileOperation::ReadLink, (dirfd, path, false), |vfs| vfs.readlinkat_here(dirfd, path))
    }

    fn readlinkat_here(&mut self, dirfd: i32, path: &[u8]) -> Result<Vec<u8>> {
        let node = self.resolve(dirfd, path, false)?;
        self.link_text(node)
    }
}
