//! `rename`, with the rules and the order of checks of Linux.

use std::sync::Arc;

use super::Vfs;
use super::walk::LastKind;
use crate::errno::{Errno, Result};
use crate::inode::{Body, InodeId};
use crate::metadata::FileKind;
use crate::node::Node;
use crate::observer::FileOperation;

/// One side of a rename: a name, and what it means now.
struct Side {
    dir: Node,
    name: Arc<[u8]>,
    node: Option<Node>,
    slash: bool,
}

impl Vfs {
    /// Moves a name, also over an existing one, which it replaces at once.
    ///
    /// # Errors
    /// What the paths can give; `Busy` (`.`, `..`, the root, a mount point), `XDev`, `Inval` (a directory into itself),
    /// `NotEmpty` (over an ancestor, or over a directory with entries), `IsDir` (another kind over a directory), `NotDir` (a
    /// directory over another kind, or a slash after a name that is no directory), `Acces`, `RoFs`.
    pub fn renameat(&mut self, olddir: i32, old: &[u8], newdir: i32, new: &[u8]) -> Result<()> {
        self.observed_twice(FileOperation::Rename, ((olddir, old, false), (newdir, new, false)), |vfs| {
            vfs.renameat_here(olddir, old, newdir, new)
        })
    }

    fn renameat_here(&mut self, olddir: i32, old: &[u8], newdir: i32, new: &[u8]) -> Result<()> {
        let mut from = self.rename_parent(olddir, old)?;
        let mut to = self.rename_parent(newdir, new)?;
        let (from_last, to_last) = (from.1, to.1);
        let same_file_system = match (from.0.dir, to.0.dir) {
            (Node::Folder(a), Node::Folder(b)) => a.mount == b.mount,
            (Node::Inode(_), Node::Inode(_)) => true,
            _ => false,
        };
        if !same_file_system {
            return Err(Errno::XDev);
        }
        if from_last != LastKind::Name || to_last != LastKind::Name {
            return Err(Errno::Busy);
        }
        from.0.node = self.lookup(from.0.dir, &from.0.name)?;
        let node = from.0.node.ok_or(Errno::NoEnt)?;
        to.0.node = self.lookup(to.0.dir, &to.0.name)?;
        if self.kind(node)? != FileKind::Directory && (from.0.slash || to.0.slash) {
            return Err(Errno::NotDir);
        }
        match (from.0.dir, to.0.dir) {
            (Node::Inode(source), Node::Inode(target)) => self.rename_inode(source, &from.0, node, target, &to.0),
            (Node::Folder(source), Node::Folder(target)) => {
                if to.0.node == Some(node) {
                    return Ok(());
                }
                let is_mounted = |node| !matches!(node, Node::Folder(it) if it.mount == source.mount);
                if [Some(node), to.0.node].into_iter().flatten().any(is_mounted) {
                    return Err(Errno::Busy);
                }
                let folder = self.writable_folder(source)?;
                folder.rename(source.node, &from.0.name, target.node, &to.0.name)
            }
            _ => Err(Errno::XDev),
        }
    }

    fn rename_parent(&mut self, dirfd: i32, path: &[u8]) -> Result<(Side, LastKind)> {
        let mut cursor = self.start(dirfd, path)?;
        let last = self.advance(&mut cursor)?;
        let name = Arc::from(cursor.name(&last));
        Ok((Side { dir: cursor.dir, name, node: None, slash: last.slash }, last.kind))
    }

    fn rename_inode(&mut self, source: InodeId, from: &Side, node: Node, target: InodeId, to: &Side) -> Result<()> {
        // Something mounted, or a descriptor's link, is no inode of this tree.
        let Node::Inode(moved) = node else {
            return Err(if matches!(node, Node::Folder(_)) { Errno::Busy } else { Errno::Perm });
        };
        if self.is_within(target, moved)? {
            return Err(Errno::Inval);
        }
        let replaced = match to.node {
            None => None,
            Some(Node::Inode(id)) => Some(id),
            Some(Node::Folder(_)) => return Err(Errno::Busy),
            Some(Node::FdLink(_)) => return Err(Errno::Perm),
        };
        if let Some(replaced) = replaced
            && replaced != moved
            && self.is_within(source, replaced)?
        {
            return Err(Errno::NotEmpty);
        }
        if replaced == Some(moved) {
            return Ok(());
        }
        self.check_change(from.dir)?;
        match replaced {
            None => self.check_create(to.dir)?,
            Some(replaced) => {
                self.check_change(to.dir)?;
                self.check_replace(moved, replaced)?;
            }
        }
        if matches!(self.inodes.get(moved)?.body, Body::Descriptors { .. }) || self.overlays.contains(&moved) {
            return Err(Errno::Busy);
        }
        self.move_inode(source, &from.name, target, &to.name, moved, replaced)
    }

    /// Whether `moved` may take the place of `replaced`.
    fn check_replace(&mut self, moved: InodeId, replaced: InodeId) -> Result<()> {
        let moved_is_directory = self.inodes.get(moved)?.kind() == FileKind::Directory;
        let replaced_is_directory = self.inodes.get(replaced)?.kind() == FileKind::Directory;
        match (moved_is_directory, replaced_is_directory) {
            (true, false) => Err(Errno::NotDir),
            (false, true) => Err(Errno::IsDir),
            (true, true) => self.check_removable(replaced),
            (false, false) => Ok(()),
        }
    }

    /// Whether `dir` is `ancestor`, or lies below it.
    fn is_within(&self, dir: InodeId, ancestor: InodeId) -> Result<bool> {
        let mut at = dir;
        while at != ancestor {
            if at == self.root {
                return Ok(false);
            }
            match self.directory(at) {
                Ok(directory) => at = directory.parent,
                // A removed directory whose parents are gone too is below nothing.
                Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    fn move_inode(
        &mut self,
        source: InodeId,
        old: &Arc<[u8]>,
        target: InodeId,
        new: &Arc<[u8]>,
        moved: InodeId,
        replaced: Option<InodeId>,
    ) -> Result<()> {
        let now = self.now();
        let is_directory = u32::from(self.inodes.get(moved)?.kind() == FileKind::Directory);
        self.directory_mut(target)?.insert(new.clone(), moved);
        self.directory_mut(source)?.remove(old);
        for (dir, lost, won) in [(source, is_directory, 0), (target, 0, is_directory)] {
            let inode = self.inodes.get_mut(dir)?;
            inode.nlink = inode.nlink.saturating_sub(lost).saturating_add(won);
            inode.touch(now);
        }
        let inode = self.inodes.get_mut(moved)?;
        inode.ctime = now;
        if let Body::Directory(directory) = &mut inode.body {
            let directory = Arc::make_mut(directory);
            directory.parent = target;
            directory.name = new.clone();
        }
        if let Some(replaced) = replaced {
            self.drop_replaced(target, replaced)?;
        }
        Ok(())
    }

    /// Undoes the links of an inode whose name now means another.
    fn drop_replaced(&mut self, target: InodeId, replaced: InodeId) -> Result<()> {
        let now = self.now();
        let inode = self.inodes.get_mut(replaced)?;
        inode.ctime = now;
        if inode.kind() == FileKind::Directory {
            inode.nlink = 0;
            let parent = self.inodes.get_mut(target)?;
            parent.nlink = parent.nlink.saturating_sub(1);
        } else {
            inode.nlink = inode.nlink.saturating_sub(1);
            if inode.nlink > 0 {
                self.inodes.forget_name();
            }
        }
        self.free_if_unused(replaced);
        Ok(())
    }
}
