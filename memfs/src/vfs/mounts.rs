//! Layers and folders, and what the host does with the tree.
//!
//! Layers are merged, not copied: a mounted layer is a note at its directory, and a directory takes over what its notes
//! say when it is first looked into. Names that are there already win, so earlier layers win over later ones.

use std::sync::Arc;

use super::{Mount, Vfs};
use crate::directory::{Directory, LayerDirectory, is_acceptable};
use crate::errno::{Errno, Result};
use crate::flags::{AT_FDCWD, OpenFlags};
use crate::folder::Folder;
use crate::inode::{Body, FileBody, Inode, InodeId, LinkText};
use crate::layer::{Layer, LayerEntry, LayerNode};
use crate::metadata::FileKind;
use crate::node::Node;

/// Bytes of a file that the host reads at first; as many again as it has, afterwards.
const FIRST_READ: usize = 1 << 20;

impl Vfs {
    /// Lets a layer's tree appear at `at`, merged with what is there; directories are made as needed. Several layers may
    /// share a directory; a name that is there already stays what it is.
    ///
    /// # Errors
    /// What a path can give; `NotDir`; `XDev` (inside a mounted folder); `NoSpc`.
    pub fn mount_layer(&mut self, at: &[u8], layer: Arc<dyn Layer>) -> Result<()> {
        self.create_dir_all(at)?;
        let enforce = core::mem::replace(&mut self.enforce_permissions, false);
        let found = self.resolve(AT_FDCWD, &rooted(at), true);
        self.enforce_permissions = enforce;
        let Node::Inode(id) = found? else {
            return Err(Errno::XDev);
        };
        let index = u32::try_from(self.layers.len()).map_err(|_| Errno::NoSpc)?;
        let source = LayerDirectory { layer: index, node: layer.root() };
        self.directory(id)?;
        self.layers.push(layer);
        self.add_source(id, source)
    }

    /// Notes a layer's directory at a directory, whose times then tell that its entries changed.
    fn add_source(&mut self, id: InodeId, source: LayerDirectory) -> Result<()> {
        let now = self.now();
        self.directory_mut(id)?.pending.push_back(source);
        self.inodes.get_mut(id)?.touch(now);
        Ok(())
    }

    /// Takes over what layers still have to add to a directory.
    pub(super) fn populate(&mut self, id: InodeId) -> Result<()> {
        while let Some(source) = self.next_source(id)? {
            let layer = self.layers.get(source.layer as usize).ok_or(Errno::Io)?.clone();
            let entries = layer.entries(source.node)?;
            self.directory_mut(id)?.pending.pop_front();
            for entry in entries {
                self.take_over(id, source.layer, entry)?;
            }
        }
        Ok(())
    }

    fn next_source(&self, id: InodeId) -> Result<Option<LayerDirectory>> {
        match &self.inodes.get(id)?.body {
            Body::Directory(directory) => Ok(directory.pending.front().copied()),
            _ => Ok(None),
        }
    }

    fn take_over(&mut self, parent: InodeId, layer: u32, entry: LayerEntry) -> Result<()> {
        let LayerEntry { name, node, kind, size, mode, mtime } = entry;
        if !is_acceptable(&name) {
            return Ok(());
        }
        if let Some(present) = self.directory(parent)?.get(&name) {
            let merges = kind == FileKind::Directory && self.directory(present).is_ok();
            return if merges { self.add_source(present, LayerDirectory { layer, node }) } else { Ok(()) };
        }
        let name: Arc<[u8]> = name.into();
        let body = match kind {
            FileKind::File => Body::File(FileBody::Layer { layer, node, size }),
            FileKind::Symlink => Body::Symlink(LinkText::Layer { layer, node, size }),
            FileKind::Directory => {
                let mut directory = Directory::new(parent, name.clone());
                directory.pending.push_back(LayerDirectory { layer, node });
                directory.origin = Some(LayerDirectory { layer, node });
                Body::Directory(Arc::new(directory))
            }
            _ => return Ok(()),
        };
        let is_directory = u32::from(kind == FileKind::Directory);
        let mut inode = Inode::new(body, mode, mtime);
        inode.counted = false;
        inode.nlink = 1 + is_directory;
        let child = self.inodes.insert(inode)?;
        let directory = self.inodes.get_mut(parent)?;
        directory.nlink = directory.nlink.saturating_add(is_directory);
        self.directory_mut(parent)?.insert(name, child);
        Ok(())
    }

    /// Lets a folder of the outside world appear at `at`, hiding what is there, which may be in a folder that was mounted
    /// before or be that folder; directories are made as needed. On the root it hides all that is there, and is where absolute paths
    /// start from then on; the working directory, if it was the root, is the new one.
    ///
    /// # Errors
    /// What a path can give; `NotDir`; `NoSpc`; what the folder below says when it has no such directory.
    pub fn mount_folder(&mut self, at: &[u8], folder: Box<dyn Folder>, writable: bool) -> Result<()> {
        self.create_dir_all(at)?;
        let enforce = core::mem::replace(&mut self.enforce_permissions, false);
        let found = self.resolve(AT_FDCWD, &rooted(at), true);
        self.enforce_permissions = enforce;
        let point = found?;
        let index = u32::try_from(self.mounts.len()).map_err(|_| Errno::NoSpc)?;
        match point {
            Node::Inode(id) => self.directory_mut(id)?.mounted = Some(index),
            // The folder below keeps the directory's number as long as the mount is there.
            Node::Folder(_) => self.hold(point, OpenFlags::RDONLY)?,
            Node::FdLink(_) => return Err(Errno::NotDir),
        }
        let was_at_top = self.cwd == self.top();
        self.mounts.push(Mount { folder, writable, point, kind: FileKind::Directory });
        if was_at_top { self.enter_directory(self.top()) } else { Ok(()) }
    }

    /// Lets a single file of the outside world, the [`root`](Folder::root) of `folder`, appear at `at`, hiding the file that is there;
    /// directories and an empty file are made as needed. Its name can be neither moved nor removed (`Busy`).
    ///
    /// # Errors
    /// What a path can give; `IsDir`, `Exist` (there is something else than a file); `NoSpc`; what the folder below says.
    pub fn mount_file(&mut self, at: &[u8], folder: Box<dyn Folder>, writable: bool) -> Result<()> {
        let at = rooted(at);
        let parent = at.iter().rposition(|byte| *byte == b'/').and_then(|end| at.get(..end)).unwrap_or_default();
        if !parent.is_empty() {
            self.create_dir_all(parent)?;
        }
        let enforce = core::mem::replace(&mut self.enforce_permissions, false);
        let found = self.unobserved(|vfs| match vfs.resolve(AT_FDCWD, &at, true) {
            Err(Errno::NoEnt) => {
                let made = vfs.openat(AT_FDCWD, &at, OpenFlags::WRONLY | OpenFlags::CREAT, 0o644)?;
                vfs.close(made)?;
                vfs.resolve(AT_FDCWD, &at, true)
            }
            found => found,
        });
        self.enforce_permissions = enforce;
        let point = found?;
        match self.kind(point)? {
            FileKind::File => {}
            FileKind::Directory => return Err(Errno::IsDir),
            _ => return Err(Errno::Exist),
        }
        // The file below is there as long as the mount is.
        self.hold(point, OpenFlags::RDONLY)?;
        self.mounts.push(Mount { folder, writable, point, kind: FileKind::File });
        Ok(())
    }

    /// Makes a directory and those above it. Fine when it exists.
    ///
    /// # Errors
    /// What a path can give; `NotDir`, `NoSpc`.
    pub fn create_dir_all(&mut self, path: &[u8]) -> Result<()> {
        let path = rooted(path);
        let enforce = core::mem::replace(&mut self.enforce_permissions, false);
        let made = self.unobserved(|vfs| vfs.create_dirs(&path));
        self.enforce_permissions = enforce;
        made
    }

    fn create_dirs(&mut self, path: &[u8]) -> Result<()> {
        let ends = path.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/').map(|(index, _)| index);
        for end in ends.chain([path.len()]) {
            match self.mkdirat(AT_FDCWD, path.get(..end).unwrap_or_default(), 0o777) {
                Ok(()) | Err(Errno::Exist) => {}
                Err(errno) => return Err(errno),
            }
        }
        let node = self.resolve(AT_FDCWD, path, true)?;
        if self.kind(node)? == FileKind::Directory { Ok(()) } else { Err(Errno::NotDir) }
    }

    /// Writes a whole file, which is made (mode 0666) or replaced.
    ///
    /// # Errors
    /// As for `openat` and `write`; a file that does not fit is left cut short.
    pub fn write_file(&mut self, path: &[u8], bytes: &[u8]) -> Result<()> {
        let fd = self.open_for_host(path, OpenFlags::WRONLY | OpenFlags::CREAT | OpenFlags::TRUNC)?;
        let mut rest = bytes;
        let mut written = Ok(());
        while !rest.is_empty() {
            match self.write(fd, rest) {
                Ok(0) => written = Err(Errno::NoSpc),
                Ok(count) => {
                    rest = rest.get(count..).unwrap_or_default();
                    continue;
                }
                Err(errno) => written = Err(errno),
            }
            break;
        }
        self.close(fd)?;
        written
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// As for `openat` and `read`; `Inval` for what is no regular file; `FBig` when it cannot fit in memory, or is larger than
    /// [`StorageLimits::max_bytes`](crate::StorageLimits::max_bytes) and therefore mostly a hole; `NoMem` when the copy, holes and all,
    /// does not fit into what [`Vfs::charge`] allows.
    pub fn read_file(&mut self, path: &[u8]) -> Result<Vec<u8>> {
        let fd = self.open_for_host(path, OpenFlags::RDONLY)?;
        let read = self.read_whole(fd);
        self.close(fd)?;
        read
    }

    fn read_whole(&mut self, fd: i32) -> Result<Vec<u8>> {
        let node = self.files.get(fd)?.node;
        match self.kind(node)? {
            FileKind::File => {}
            FileKind::Directory => return Err(Errno::IsDir),
            _ => return Err(Errno::Inval),
        }
        let size = self.size(node)?;
        let mut limit = u64::MAX;
        if let Node::Inode(id) = node
            && let Body::File(FileBody::Memory(_)) = self.inodes.get(id)?.body
        {
            limit = self.budget.limit();
        }
        let size = usize::try_from(size).ok().filter(|_| size <= limit).ok_or(Errno::FBig)?;
        // The copy is the caller's from then on.
        let _copy = self.account.charge(size as u64).map_err(|_| Errno::NoMem)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|_| Errno::FBig)?;
        let mut filled = 0;
        while filled < size {
            // The room is touched as bytes come: the size is the word of a layer or an image, which may be damaged.
            bytes.resize(filled + (size - filled).min(filled.max(FIRST_READ)), 0);
            match self.read(fd, bytes.get_mut(filled..).unwrap_or_default())? {
                0 => break,
                count => filled += count,
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn open_for_host(&mut self, path: &[u8], flags: OpenFlags) -> Result<i32> {
        let enforce = core::mem::replace(&mut self.enforce_permissions, false);
        let fd = self.unobserved(|vfs| vfs.openat(AT_FDCWD, &rooted(path), flags, 0o666));
        self.enforce_permissions = enforce;
        fd
    }

    /// The layer and its file, while the file at `path` is still the layer's own bytes.
    pub fn layer_origin(&mut self, dirfd: i32, path: &[u8]) -> Option<(Arc<dyn Layer>, LayerNode)> {
        let Node::Inode(id) = self.resolve(dirfd, path, true).ok()? else {
            return None;
        };
        match self.inodes.get(id).ok()?.body {
            Body::File(FileBody::Layer { layer, node, .. }) => Some((self.layers.get(layer as usize)?.clone(), node)),
            _ => None,
        }
    }
}

/// The host's paths start at the root, with or without a slash.
pub(super) fn rooted(path: &[u8]) -> Vec<u8> {
    let mut rooted = vec![b'/'];
    rooted.extend_from_slice(path);
    rooted
}
