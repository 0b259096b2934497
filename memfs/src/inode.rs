//! Inodes: what a file of any kind is.
//!
//! Replaces Emscripten's `FSNode`. An inode lives while it has a name or something holds it open. A clone shares the bytes
//! of files and the entries of directories until one side changes them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::directory::Directory;
use crate::image::wire;
use crate::layer::LayerNode;
use crate::metadata::FileKind;
use crate::pipe::PipeBuffer;
use crate::socket::Socket;
use crate::time::Timespec;

/// Names an inode of one table. A stale one is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct InodeId {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

/// The bytes of a regular file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum FileBody {
    /// Still the layer's own.
    Layer { layer: u32, node: LayerNode, size: u64 },
    /// In memory.
    Memory(#[serde(with = "wire::content")] Arc<Content>),
}

/// What a symbolic link says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum LinkText {
    /// In the layer.
    Layer { layer: u32, node: LayerNode, size: u64 },
    /// Here.
    Text(Box<[u8]>),
}

/// What an inode is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Body {
    File(FileBody),
    Directory(#[serde(with = "wire::directory")] Arc<Directory>),
    Symlink(LinkText),
    Device(u64),
    Pipe(Box<PipeBuffer>),
    Socket(Box<Socket>),
    /// `/proc/self/fd`, whose entries are made on demand.
    Descriptors {
        parent: InodeId,
    },
}

/// A file of any kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Inode {
    pub(crate) ino: u64,
    pub(crate) body: Body,
    /// The twelve permission bits.
    pub(crate) permissions: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Names that lead here; a directory also counts its own `.` and its children's `..`. An image counts anew.
    #[serde(skip)]
    pub(crate) nlink: u32,
    /// Descriptions (and the working directory) that hold it. An image counts anew.
    #[serde(skip)]
    pub(crate) holders: u32,
    pub(crate) atime: Timespec,
    pub(crate) mtime: Timespec,
    pub(crate) ctime: Timespec,
    /// Whether it counts against the limit on inodes. What a layer brings does not.
    pub(crate) counted: bool,
}

impl Inode {
    pub(crate) fn new(body: Body, permissions: u32, now: Timespec) -> Self {
        Self {
            ino: 0,
            body,
            permissions: permissions & 0o7777,
            uid: 0,
            gid: 0,
            nlink: 0,
            holders: 0,
            atime: now,
            mtime: now,
            ctime: now,
            counted: true,
        }
    }

    pub(crate) fn kind(&self) -> FileKind {
        match self.body {
            Body::File(_) => FileKind::File,
            Body::Directory(_) | Body::Descriptors { .. } => FileKind::Directory,
            Body::Symlink(_) => FileKind::Symlink,
            Body::Device(_) => FileKind::CharDevice,
            Body::Pipe(_) => FileKind::Fifo,
            Body::Socket(_) => FileKind::Socket,
        }
    }

    /// Length in bytes, as `stat` tells it.
    pub(crate) fn size(&self) -> u64 {
        match &self.body {
            Body::File(FileBody::Layer { size, .. }) | Body::Symlink(LinkText::Layer { size, .. }) => *size,
            Body::File(FileBody::Memory(content)) => content.size(),
            Body::Symlink(LinkText::Text(text)) => text.len() as u64,
            Body::Directory(_) => 4096,
            Body::Device(_) | Body::Pipe(_) | Body::Socket(_) | Body::Descriptors { .. } => 0,
        }
    }

    /// Bytes that it takes: in memory, or in its layer.
    pub(crate) fn allocated(&self) -> u64 {
        match &self.body {
            Body::File(FileBody::Memory(content)) => content.allocated(),
            _ => self.size(),
        }
    }

    /// The content or the entries changed. The times of a directory always move, by as much as a program can see, even
    /// when the clock stands still: CPython's path finder caches a directory by its mtime.
    pub(crate) fn touch(&mut self, now: Timespec) {
        let next = match self.body {
            Body::Directory(_) => now.max(self.mtime.plus_nanos(Timespec::VISIBLE_STEP)),
            _ => now,
        };
        self.mtime = next;
        self.ctime = next;
    }
}
