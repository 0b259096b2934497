//! `truncate`, `fallocate`, `fsync`.
//!
//! Unlike Emscripten's, `truncate` moves the times.

use std::sync::Arc;

use super::Vfs;
use crate::content::{Content, MAX_SIZE};
use crate::device::Device;
use crate::errno::{Errno, Result};
use crate::flags::W_OK;
use crate::folder::AttrChanges;
use crate::inode::{Body, FileBody};
use crate::metadata::FileKind;
use crate::node::Node;
use crate::observer::FileOperation;

impl Vfs {
    /// Cuts a file, or grows it with a hole.
    ///
    /// # Errors
    /// What a path can give; `Inval` (negative, or no regular file), `IsDir`, `Acces`, `FBig`, `NoSpc`, `RoFs`.
    pub fn truncate(&mut self, dirfd: i32, path: &[u8], len: i64) -> Result<()> {
        self.observed(FileOperation::Truncate, (dirfd, path, true), |vfs| vfs.truncate_here(dirfd, path, len))
    }

    fn truncate_here(&mut self, dirfd: i32, path: &[u8], len: i64) -> Result<()> {
        let len = u64::try_from(len).map_err(|_| Errno::Inval)?;
        let node = self.resolve(dirfd, path, true)?;
        match self.kind(node)? {
            FileKind::File => {}
            FileKind::Directory => return Err(Errno::IsDir),
            _ => return Err(Errno::Inval),
        }
        if let Node::Inode(id) = node
            && !self.permits(self.inodes.get(id)?, W_OK)
        {
            return Err(Errno::Acces);
        }
        self.resize(node, len)
    }

    /// Cuts an open file, or grows it with a hole.
    ///
    /// # Errors
    /// `BadF`; `Inval` (negative, no regular file, or not open for writing); `FBig`, `NoSpc`.
    pub fn ftruncate(&mut self, fd: i32, len: i64) -> Result<()> {
        let len = u64::try_from(len).map_err(|_| Errno::Inval)?;
        let description = self.files.get(fd)?;
        let (node, writable) = (description.node, description.flags.writable());
        if writable && let Ok(device) = self.device(node) {
            return self.devices.set_len(device, len);
        }
        if !writable || self.kind(node)? != FileKind::File {
            return Err(Errno::Inval);
        }
        self.resize(node, len)
    }

    /// Sets the length of a regular file, which is at most [`MAX_SIZE`].
    pub(super) fn resize(&mut self, node: Node, len: u64) -> Result<()> {
        let id = match node {
            Node::Inode(id) => id,
            Node::Folder(node) => {
                let changes = AttrChanges { size: Some(len), ..AttrChanges::default() };
                return self.writable_folder(node)?.set_attr(node.node, &changes);
            }
            Node::FdLink(_) => return Err(Errno::Inval),
        };
        if len > 0 {
            self.copy_up(id)?;
        }
        let now = self.now();
        let inode = self.inodes.get_mut(id)?;
        let Body::File(body) = &mut inode.body else {
            return Err(Errno::Inval);
        };
        match body {
            FileBody::Layer { .. } => *body = FileBody::Memory(Arc::new(Content::default())),
            FileBody::Memory(content) => Arc::make_mut(content).set_size(len, &self.budget)?,
        }
        inode.touch(now);
        Ok(())
    }

    /// Makes the bytes from `offset` on exist, and the file at least `offset + len` long. All of it, or nothing.
    ///
    /// # Errors
    /// `BadF` (closed, or not open for writing), `Inval` (negative, or no length), `FBig`, `NoSpc`, `SPipe` (a pipe),
    /// `NoDev` (another kind), `NotSup` (a mounted folder that would have to grow by a hole).
    pub fn fallocate(&mut self, fd: i32, offset: i64, len: i64) -> Result<()> {
        let offset = u64::try_from(offset).map_err(|_| Errno::Inval)?;
        let len = u64::try_from(len).ok().filter(|len| *len > 0).ok_or(Errno::Inval)?;
        let description = self.files.get(fd)?;
        let (node, writable) = (description.node, description.flags.writable());
        if !writable {
            return Err(Errno::BadF);
        }
        match self.kind(node)? {
            FileKind::File => {}
            FileKind::Fifo => return Err(Errno::SPipe),
            _ => return Err(Errno::NoDev),
        }
        let end = offset.checked_add(len).filter(|end| *end <= MAX_SIZE).ok_or(Errno::FBig)?;
        let Node::Inode(id) = node else {
            return self.grow(node, end);
        };
        self.copy_up(id)?;
        let now = self.now();
        let inode = self.inodes.get_mut(id)?;
        let Body::File(FileBody::Memory(content)) = &mut inode.body else {
            return Err(Errno::NoDev);
        };
        Arc::make_mut(content).allocate(offset, len, &self.budget)?;
        inode.touch(now);
        Ok(())
    }

    /// Makes a folder's file at least `end` long; the host gives the room when it is written.
    fn grow(&mut self, node: Node, end: u64) -> Result<()> {
        if self.size(node)? < end { self.resize(node, end) } else { Ok(()) }
    }

    /// Brings an open file to where it lasts: a folder's to the disk, a stream's to its reader.
    ///
    /// # Errors
    /// `BadF`, `Inval` (a pipe or socket), `Io`.
    pub fn fsync(&mut self, fd: i32) -> Result<()> {
        let node = self.files.get(fd)?.node;
        match self.kind(node)? {
            FileKind::Fifo | FileKind::Socket => Err(Errno::Inval),
            FileKind::CharDevice => match self.device(node)? {
                device if Device::is_stream(device) => self.devices.flush(device),
                _ => Err(Errno::Inval),
            },
            _ => match node {
                Node::Folder(node) => self.folder(node)?.sync(node.node),
                _ => Ok(()),
            },
        }
    }
}
