//! What holds for a node of any origin: its kind, its neighbours, its life, and what may be done with it.

use std::sync::Arc;

use super::{Mount, Vfs};
use crate::directory::Directory;
use crate::errno::{Errno, Result};
use crate::flags::OpenFlags;
use crate::folder::{Folder, FolderAccess};
use crate::inode::{Body, FileBody, Inode, InodeId, LinkText};
use crate::metadata::{FileKind, NAME_MAX};
use crate::node::{FolderNode, Node};

/// How an open file's end counts at a folder.
fn folder_access(flags: OpenFlags) -> FolderAccess {
    FolderAccess { read: flags.readable(), write: flags.writable() }
}

impl Vfs {
    pub(super) fn mount(&mut self, index: u32) -> Result<&mut Mount> {
        self.mounts.get_mut(index as usize).ok_or(Errno::NoDev)
    }

    pub(super) fn folder(&mut self, node: FolderNode) -> Result<&mut dyn Folder> {
        Ok(&mut *self.mount(node.mount)?.folder)
    }

    /// The folder, if it may be changed: `RoFs`.
    pub(super) fn writable_folder(&mut self, node: FolderNode) -> Result<&mut dyn Folder> {
        let mount = self.mount(node.mount)?;
        if mount.writable { Ok(&mut *mount.folder) } else { Err(Errno::RoFs) }
    }

    pub(super) fn kind(&self, node: Node) -> Result<FileKind> {
        match node {
            Node::Inode(id) => Ok(self.inodes.get(id)?.kind()),
            Node::Folder(node) => Ok(node.kind),
            Node::FdLink(_) => Ok(FileKind::Symlink),
        }
    }

    /// Whether mode bits give the rights in `want` (`R_OK | W_OK | X_OK`). As in Emscripten, a right exists when any of
    /// the three classes has it.
    pub(super) fn permits(&self, inode: &Inode, want: u32) -> bool {
        let bits = inode.permissions;
        !self.enforce_permissions || (bits | bits >> 3 | bits >> 6) & want == want
    }

    /// `NotDir` when it is no directory, `Acces` when it does not give the rights.
    pub(super) fn require(&self, dir: Node, want: u32) -> Result<()> {
        match dir {
            Node::Inode(id) => {
                let inode = self.inodes.get(id)?;
                match inode.body {
                    Body::Directory(_) | Body::Descriptors { .. } if self.permits(inode, want) => Ok(()),
                    Body::Directory(_) | Body::Descriptors { .. } => Err(Errno::Acces),
                    _ => Err(Errno::NotDir),
                }
            }
            Node::Folder(node) if node.kind == FileKind::Directory => Ok(()),
            Node::Folder(_) | Node::FdLink(_) => Err(Errno::NotDir),
        }
    }

    pub(super) fn directory(&self, id: InodeId) -> Result<&Directory> {
        match &self.inodes.get(id)?.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::NotDir),
        }
    }

    pub(super) fn directory_mut(&mut self, id: InodeId) -> Result<&mut Directory> {
        match &mut self.inodes.get_mut(id)?.body {
            Body::Directory(directory) => Ok(Arc::make_mut(directory)),
            _ => Err(Errno::NotDir),
        }
    }

    /// Finds a name. `None` when it is absent; `NameTooLong`, `NotDir`.
    pub(super) fn lookup(&mut self, dir: Node, name: &[u8]) -> Result<Option<Node>> {
        // A removed directory has no names, not even ones that are too long.
        if let Node::Inode(id) = dir
            && self.inodes.get(id)?.nlink == 0
        {
            return Ok(None);
        }
        if name.len() > NAME_MAX {
            return Err(Errno::NameTooLong);
        }
        match dir {
            Node::Inode(id) => {
                self.populate(id)?;
                match &self.inodes.get(id)?.body {
                    Body::Directory(directory) => directory.get(name).map(|child| self.enter(child)).transpose(),
                    Body::Descriptors { .. } => Ok(self.descriptor_link(name)),
                    _ => Err(Errno::NotDir),
                }
            }
            Node::Folder(parent) => match self.folder(parent)?.lookup(parent.node, name) {
                Ok(entry) => {
                    let found = Node::Folder(FolderNode { node: entry.node, kind: entry.kind, ..parent });
                    let may_be_hidden = entry.kind == FileKind::Directory || self.has_mounted_files();
                    Ok(Some(if may_be_hidden { self.uppermost(found) } else { found }))
                }
                Err(Errno::NoEnt) => Ok(None),
                Err(errno) => Err(errno),
            },
            Node::FdLink(_) => Err(Errno::NotDir),
        }
    }

    /// The node of an inode found by name: the folder mounted on it, if one is.
    fn enter(&self, id: InodeId) -> Result<Node> {
        let Body::Directory(directory) = &self.inodes.get(id)?.body else {
            let node = Node::Inode(id);
            return Ok(if self.has_mounted_files() { self.uppermost(node) } else { node });
        };
        let Some(mount) = directory.mounted else {
            return Ok(Node::Inode(id));
        };
        Ok(self.uppermost(self.mount_root(mount)?))
    }

    pub(super) fn mount_root(&self, mount: u32) -> Result<Node> {
        let it = self.mounts.get(mount as usize).ok_or(Errno::NoDev)?;
        Ok(Node::Folder(FolderNode { mount, node: it.folder.root(), kind: it.kind }))
    }

    fn has_mounted_files(&self) -> bool {
        self.mounts.iter().any(|mount| mount.kind == FileKind::File)
    }

    /// Where absolute paths start: the root, or the folder that is mounted on it.
    pub(super) fn top(&self) -> Node {
        self.uppermost(Node::Inode(self.root))
    }

    /// The directory or file, or what was mounted over it since: later mounts hide earlier ones.
    pub(super) fn uppermost(&self, node: Node) -> Node {
        let above = |(mount, it): (u32, &Mount)| {
            let root = FolderNode { mount, node: it.folder.root(), kind: it.kind };
            (it.point, Node::Folder(root))
        };
        // A mount lies over earlier ones only, so one pass finds all that lie over each other.
        let mounts = (0..).zip(&self.mounts).map(above);
        mounts.fold(node, |top, (point, root)| if point == top { root } else { top })
    }

    /// A link in `/proc/self/fd`, if the name is the number of an open descriptor.
    fn descriptor_link(&self, name: &[u8]) -> Option<Node> {
        let text = core::str::from_utf8(name).ok()?;
        let fd: i32 = text.parse().ok()?;
        (self.files.get(fd).is_ok() && fd.to_string() == text).then_some(Node::FdLink(fd))
    }

    /// The directory that a directory is in. The root's is the root. `NoEnt` when it is gone.
    pub(super) fn parent(&self, dir: Node) -> Result<Node> {
        match dir {
            Node::Inode(id) => {
                let parent = match &self.inodes.get(id)?.body {
                    Body::Directory(directory) => directory.parent,
                    Body::Descriptors { parent } => *parent,
                    _ => return Err(Errno::NotDir),
                };
                self.inodes.get(parent)?;
                Ok(if parent == self.root { self.top() } else { Node::Inode(parent) })
            }
            Node::Folder(node) => {
                let mount = self.mounts.get(node.mount as usize).ok_or(Errno::NoDev)?;
                if mount.folder.root() == node.node {
                    return self.parent(mount.point);
                }
                let (parent, _) = mount.folder.parent(node.node)?;
                Ok(Node::Folder(FolderNode { node: parent, kind: FileKind::Directory, ..node }))
            }
            Node::FdLink(_) => Err(Errno::NotDir),
        }
    }

    /// The text of a symbolic link; `Inval` for any other node.
    pub(super) fn link_text(&mut self, node: Node) -> Result<Vec<u8>> {
        match node {
            Node::Inode(id) => match &self.inodes.get(id)?.body {
                Body::Symlink(LinkText::Text(text)) => Ok(text.to_vec()),
                Body::Symlink(LinkText::Layer { layer, node, .. }) => {
                    self.layers.get(*layer as usize).ok_or(Errno::Io)?.read_link(*node)
                }
                _ => Err(Errno::Inval),
            },
            Node::Folder(node) if node.kind == FileKind::Symlink => self.folder(node)?.read_link(node.node),
            Node::Folder(_) => Err(Errno::Inval),
            Node::FdLink(fd) => self.descriptor_path(fd),
        }
    }

    /// Keeps a node alive for an open description or as working directory.
    pub(super) fn hold(&mut self, node: Node, flags: OpenFlags) -> Result<()> {
        match node {
            Node::Inode(id) => {
                let inode = self.inodes.get_mut(id)?;
                inode.holders = inode.holders.checked_add(1).ok_or(Errno::NFile)?;
                if let Body::Pipe(pipe) = &mut inode.body {
                    pipe.open(flags.readable(), flags.writable());
                }
                Ok(())
            }
            Node::Folder(node) => self.folder(node)?.open(node.node, folder_access(flags)),
            Node::FdLink(_) => Err(Errno::Loop),
        }
    }

    /// Undoes [`hold`](Self::hold).
    pub(super) fn release(&mut self, node: Node, flags: OpenFlags) {
        match node {
            Node::Inode(id) => {
                let Ok(inode) = self.inodes.get_mut(id) else {
                    return;
                };
                inode.holders = inode.holders.saturating_sub(1);
                if let Body::Pipe(pipe) = &mut inode.body {
                    pipe.close(flags.readable(), flags.writable());
                }
                self.free_if_unused(id);
            }
            Node::Folder(node) => {
                if let Ok(folder) = self.folder(node) {
                    folder.close(node.node, folder_access(flags));
                }
            }
            Node::FdLink(_) => {}
        }
    }

    /// Lets an inode go that has neither name nor holder.
    pub(super) fn free_if_unused(&mut self, id: InodeId) {
        if !self.inodes.get(id).is_ok_and(|inode| inode.nlink == 0 && inode.holders == 0) {
            return;
        }
        match self.inodes.remove(id).map(|inode| inode.body) {
            Some(Body::File(FileBody::Memory(content))) => self.budget.give_back(content.held()),
            Some(Body::Socket(socket)) => self.end_socket(id, *socket),
            Some(Body::Symlink(LinkText::Text(text))) => self.budget.give_back(text.len() as u64),
            // Whoever is at the other end of a stream sees that it is closed.
            Some(Body::Device(rdev)) => self.devices.let_go(rdev),
            _ => {}
        }
    }
}
