//! Inodes and the table that holds them.
//!
//! Replaces Emscripten's `FSNode`. An inode lives while it has a name or something holds it open; [`InodeTable`] hands
//! out identifiers that are never valid again once an inode is gone.

use std::sync::Arc;

use crate::content::Content;
use crate::directory::Directory;
use crate::errno::{Errno, Result};
use crate::layer::LayerNode;
use crate::metadata::FileKind;
use crate::pipe::PipeBuffer;
use crate::socket::Socket;
use crate::time::Timespec;

/// Names an inode of one table. A stale one is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InodeId {
    index: u32,
    generation: u32,
}

/// The bytes of a regular file.
#[derive(Debug)]
pub(crate) enum FileBody {
    /// Still the layer's own.
    Layer { layer: u32, node: LayerNode, size: u64 },
    /// In memory.
    Memory(Content),
}

/// What a symbolic link says.
#[derive(Debug)]
pub(crate) enum LinkText {
    /// In the layer.
    Layer { layer: u32, node: LayerNode, size: u64 },
    /// Here.
    Text(Box<[u8]>),
}

/// What an inode is.
#[derive(Debug)]
pub(crate) enum Body {
    File(FileBody),
    Directory(Box<Directory>),
    Symlink(LinkText),
    Device(u64),
    Pipe(PipeBuffer),
    Socket(Box<Socket>),
    /// `/proc/self/fd`, whose entries are made on demand.
    Descriptors {
        parent: InodeId,
    },
}

/// A file of any kind.
#[derive(Debug)]
pub(crate) struct Inode {
    pub(crate) ino: u64,
    pub(crate) body: Body,
    /// The twelve permission bits.
    pub(crate) permissions: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Names that lead here; a directory also counts its own `.` and its children's `..`.
    pub(crate) nlink: u32,
    /// Descriptions (and the working directory) that hold it.
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

#[derive(Debug)]
struct Slot {
    generation: u32,
    inode: Option<Inode>,
}

/// All inodes of one file system.
#[derive(Debug)]
pub(crate) struct InodeTable {
    slots: Vec<Slot>,
    vacant: Vec<u32>,
    next_ino: u64,
    counted: u32,
    limit: u32,
}

impl InodeTable {
    pub(crate) fn new(limit: u32) -> Self {
        Self { slots: Vec::new(), vacant: Vec::new(), next_ino: 1, counted: 0, limit }
    }

    pub(crate) fn get(&self, id: InodeId) -> Result<&Inode> {
        self.slots
            .get(id.index as usize)
            .filter(|slot| slot.generation == id.generation)
            .and_then(|slot| slot.inode.as_ref())
            .ok_or(Errno::NoEnt)
    }

    pub(crate) fn get_mut(&mut self, id: InodeId) -> Result<&mut Inode> {
        self.slots
            .get_mut(id.index as usize)
            .filter(|slot| slot.generation == id.generation)
            .and_then(|slot| slot.inode.as_mut())
            .ok_or(Errno::NoEnt)
    }

    /// Whether one more name or inode fits: `NoSpc`.
    pub(crate) fn check_room(&self) -> Result<()> {
        if self.counted < self.limit { Ok(()) } else { Err(Errno::NoSpc) }
    }

    /// Counts a further name of an inode (a hard link takes room too).
    pub(crate) fn count_name(&mut self) {
        self.counted = self.counted.saturating_add(1);
    }

    pub(crate) fn forget_name(&mut self) {
        self.counted = self.counted.saturating_sub(1);
    }

    /// Takes an inode in. Fails when the limit on inodes is reached (unless it does not count).
    pub(crate) fn insert(&mut self, mut inode: Inode) -> Result<InodeId> {
        if inode.counted {
            self.check_room()?;
            self.count_name();
        }
        inode.ino = self.next_ino;
        self.next_ino += 1;
        if let Some(index) = self.vacant.pop()
            && let Some(slot) = self.slots.get_mut(index as usize)
        {
            slot.inode = Some(inode);
            return Ok(InodeId { index, generation: slot.generation });
        }
        let index = u32::try_from(self.slots.len()).map_err(|_| Errno::NoSpc)?;
        self.slots.push(Slot { generation: 0, inode: Some(inode) });
        Ok(InodeId { index, generation: 0 })
    }

    /// The root directory, which does not count against the limit, so that there always is one.
    pub(crate) fn insert_root(&mut self, now: Timespec) -> InodeId {
        let id = InodeId { index: u32::try_from(self.slots.len()).unwrap_or(u32::MAX), generation: 0 };
        let root = Directory::new(id, Arc::from([].as_slice()));
        let mut inode = Inode::new(Body::Directory(Box::new(root)), 0o777, now);
        inode.nlink = 2;
        inode.counted = false;
        inode.ino = self.next_ino;
        self.next_ino += 1;
        self.slots.push(Slot { generation: 0, inode: Some(inode) });
        id
    }

    /// Takes an inode out.
    pub(crate) fn remove(&mut self, id: InodeId) -> Option<Inode> {
        let slot = self.slots.get_mut(id.index as usize).filter(|slot| slot.generation == id.generation)?;
        let inode = slot.inode.take()?;
        if inode.counted {
            self.counted = self.counted.saturating_sub(1);
        }
        // A slot whose generations are used up stays empty for good.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.vacant.push(id.index);
        }
        Some(inode)
    }

    /// How many names and inodes there are, and may be.
    pub(crate) fn usage(&self) -> (u32, u32) {
        (self.counted, self.limit)
    }
}
