//! `openat`, `close`, `pipe`.
//!
//! The order of checks is Linux's. A created file gets the mode as given (there is no umask), and its descriptor is usable
//! whatever the mode says.

use std::sync::Arc;

use super::Vfs;
use super::walk::{Cursor, LastKind, Target};
use crate::content::Content;
use crate::descriptor::{Description, Place};
use crate::device::Device;
use crate::errno::{Errno, Result};
use crate::flags::{FD_CLOEXEC, OpenFlags, R_OK, W_OK};
use crate::inode::{Body, FileBody, Inode};
use crate::locks::LockOwner;
use crate::metadata::FileKind;
use crate::node::{FolderNode, Node};

/// The descriptor flags that open flags ask for.
pub(super) fn descriptor_flags(flags: OpenFlags) -> u32 {
    if flags.contains(OpenFlags::CLOEXEC) { FD_CLOEXEC } else { 0 }
}

/// Limit: how often a file that is to be opened or made is looked for again when it has come or gone meanwhile.
const RACES: u32 = 3;

impl Vfs {
    /// Opens a file and gives the lowest free descriptor.
    ///
    /// # Errors
    /// `MFile`; what a path can give (`NoEnt`, `NotDir`, `Acces`, `Loop`, `NameTooLong`, `BadF`); `Exist` (`EXCL`); `IsDir`
    /// (a directory for writing, or a slash after a name to create); `NotDir` (`DIRECTORY`); `Loop` (`NOFOLLOW`); `Acces`;
    /// `RoFs`; `NxIo` (a device that is not there); `NoSpc`; `Inval` (both access modes, or `CREAT` with `DIRECTORY`).
    pub fn openat(&mut self, dirfd: i32, path: &[u8], flags: OpenFlags, mode: u32) -> Result<i32> {
        self.observed_open((dirfd, path, flags), |vfs| vfs.openat_here(dirfd, path, flags, mode))
    }

    fn openat_here(&mut self, dirfd: i32, path: &[u8], flags: OpenFlags, mode: u32) -> Result<i32> {
        if flags.contains(OpenFlags::ACCESS_MODE) || flags.contains(OpenFlags::CREAT | OpenFlags::DIRECTORY) {
            return Err(Errno::Inval);
        }
        let is_either = flags.contains(OpenFlags::CREAT) && !flags.contains(OpenFlags::EXCL);
        for _ in 0..RACES {
            match self.open_once(dirfd, path, flags, mode) {
                // In a folder of the host's somebody else has made or removed it since it was looked for.
                Err(Errno::NoEnt | Errno::Exist) if is_either => {}
                done => return done,
            }
        }
        self.open_once(dirfd, path, flags, mode)
    }

    fn open_once(&mut self, dirfd: i32, path: &[u8], flags: OpenFlags, mode: u32) -> Result<i32> {
        let mut cursor = self.start(dirfd, path)?;
        self.files.check_room(1)?;
        let create = flags.contains(OpenFlags::CREAT);
        let exclusive = flags.contains(OpenFlags::CREAT | OpenFlags::EXCL);
        let follow = !exclusive && !flags.contains(OpenFlags::NOFOLLOW);
        let target = self.finish(&mut cursor, follow, create)?;
        let place = self.place(&cursor, &target);
        let description = match target.node {
            Some(node) => self.open_existing(node, flags, place)?,
            None if create => self.open_new(cursor.dir, place, flags, mode)?,
            None => return Err(Errno::NoEnt),
        };
        self.files.open(description, descriptor_flags(flags))
    }

    /// Where the walk found its file, for `/proc/self/fd`.
    fn place(&self, cursor: &Cursor<'_>, target: &Target) -> Option<Place> {
        if target.last.kind != LastKind::Name {
            return None;
        }
        let name = cursor.name(&target.last);
        let stored = match cursor.dir {
            Node::Inode(id) => self.directory(id).ok().and_then(|directory| directory.stored_name(name)),
            _ => None,
        };
        Some(Place { dir: cursor.dir, name: stored.unwrap_or_else(|| Arc::from(name)) })
    }

    fn open_existing(&mut self, node: Node, flags: OpenFlags, place: Option<Place>) -> Result<Description> {
        let kind = self.kind(node)?;
        self.check_kind(node, kind, flags)?;
        let changes = flags.writable() || flags.contains(OpenFlags::TRUNC);
        match node {
            Node::Inode(id) => {
                let reads = if flags.readable() { R_OK } else { 0 };
                let writes = if changes { W_OK } else { 0 };
                if !self.permits(self.inodes.get(id)?, reads | writes) {
                    return Err(Errno::Acces);
                }
            }
            Node::Folder(folder) if changes => drop(self.writable_folder(folder)?),
            _ => {}
        }
        self.hold(node, flags)?;
        if flags.contains(OpenFlags::TRUNC)
            && kind == FileKind::File
            && let Err(errno) = self.resize(node, 0)
        {
            self.release(node, flags);
            return Err(errno);
        }
        Ok(Description::new(node, flags, place))
    }

    fn check_kind(&self, node: Node, kind: FileKind, flags: OpenFlags) -> Result<()> {
        let create = flags.contains(OpenFlags::CREAT);
        if create && flags.contains(OpenFlags::EXCL) {
            return Err(Errno::Exist);
        }
        let changes = flags.writable() || flags.intersects(OpenFlags::TRUNC | OpenFlags::CREAT);
        match kind {
            FileKind::Directory if changes => Err(Errno::IsDir),
            FileKind::Directory => Ok(()),
            _ if flags.contains(OpenFlags::DIRECTORY) => Err(Errno::NotDir),
            FileKind::Symlink => Err(Errno::Loop),
            FileKind::CharDevice => match self.device(node)? {
                // What Linux says to a process without a controlling terminal.
                Device::Tty if self.devices.terminal(Device::Tty).is_none() => Err(Errno::NxIo),
                _ => Ok(()),
            },
            FileKind::BlockDevice | FileKind::Socket => Err(Errno::NxIo),
            FileKind::Fifo if matches!(node, Node::Folder(_)) => Err(Errno::NxIo),
            FileKind::Fifo | FileKind::File => Ok(()),
        }
    }

    /// The device that a node is: `NxIo` when memfs does not implement the device, and for every device in a mounted folder.
    pub(super) fn device(&self, node: Node) -> Result<Device> {
        let Node::Inode(id) = node else {
            return Err(Errno::NxIo);
        };
        match self.inodes.get(id)?.body {
            Body::Device(rdev) => Device::from_number(rdev),
            _ => Err(Errno::NxIo),
        }
    }

    fn open_new(&mut self, dir: Node, place: Option<Place>, flags: OpenFlags, mode: u32) -> Result<Description> {
        let name = place.as_ref().map(|place| place.name.clone()).ok_or(Errno::Exist)?;
        self.check_create(dir)?;
        let node = match dir {
            Node::Folder(parent) => {
                let entry = self.writable_folder(parent)?.create(parent.node, &name, mode & 0o7777)?;
                Node::Folder(FolderNode { node: entry.node, kind: entry.kind, ..parent })
            }
            _ => {
                let body = Body::File(FileBody::Memory(Arc::new(Content::default())));
                Node::Inode(self.add_child(dir, &name, Inode::new(body, mode, self.now()))?)
            }
        };
        self.hold(node, flags)?;
        Ok(Description::new(node, flags, place))
    }

    /// Closes a descriptor. The guest's record locks on its file go, whatever descriptor they were asked for by.
    ///
    /// # Errors
    /// `BadF`.
    pub fn close(&mut self, fd: i32) -> Result<()> {
        self.release_process_locks(fd);
        self.close_held(fd)
    }

    /// Closes a descriptor that the guest does not know ([`Vfs::dup_highest`]): its record locks stay.
    ///
    /// # Errors
    /// `BadF`.
    pub fn close_held(&mut self, fd: i32) -> Result<()> {
        let number = self.files.description_number(fd)?;
        if let Some(description) = self.files.close(fd)? {
            self.release_locks(description.node, LockOwner::Description(number));
            self.release(description.node, description.flags);
        }
        Ok(())
    }

    /// Makes a pipe: the end to read and the end to write. `flags` may hold `CLOEXEC` and `NONBLOCK`; reads and writes
    /// that would block are `Again` either way, since the guest has one thread.
    ///
    /// # Errors
    /// `MFile`, `NFile` (no inode left), `Inval` (other flags).
    pub fn pipe(&mut self, flags: OpenFlags) -> Result<(i32, i32)> {
        if !(OpenFlags::CLOEXEC | OpenFlags::NONBLOCK).contains(flags) {
            return Err(Errno::Inval);
        }
        self.files.check_room(2)?;
        let inode = Inode::new(Body::Pipe(Box::default()), 0o600, self.now());
        let node = Node::Inode(self.inodes.insert(inode).map_err(|_| Errno::NFile)?);
        let status = flags & OpenFlags::NONBLOCK;
        let reader = self.open_pipe_end(node, status, descriptor_flags(flags))?;
        let writer = self.open_pipe_end(node, status | OpenFlags::WRONLY, descriptor_flags(flags))?;
        Ok((reader, writer))
    }

    fn open_pipe_end(&mut self, node: Node, status: OpenFlags, flags: u32) -> Result<i32> {
        self.hold(node, status)?;
        self.files.open(Description::new(node, status, None), flags)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::flags::{AT_FDCWD, OpenFlags};
    use crate::{Entropy, FixedClock, MapFile, MapLayer, NullStream, StorageLimits, Vfs, VfsConfig};

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&mut self, buf: &mut [u8]) {
            buf.fill(0);
        }
    }

    /// A name may have 255 bytes, and descriptors are not charged for it: so they have the directory's own.
    #[test]
    fn an_open_file_shares_its_name_with_its_directory() {
        let clock = Box::new(FixedClock::default());
        let stream = || Box::new(NullStream);
        let (stdin, stdout, stderr, limits) = (stream(), stream(), stream(), StorageLimits::default());
        let mut vfs = Vfs::new(VfsConfig { clock, entropy: Box::new(Zeros), stdin, stdout, stderr, limits });
        vfs.mount_layer(b"/l", Arc::new(MapLayer::new("layer", vec![MapFile::new("f", *b"")]).unwrap())).unwrap();
        let create = OpenFlags::RDWR | OpenFlags::CREAT;
        for (path, flags) in [("/tmp/new", create), ("/tmp/new", create), ("/tmp", OpenFlags::RDONLY), ("/l/f", create)]
        {
            let fd = vfs.openat(AT_FDCWD, path.as_bytes(), flags, 0o644).unwrap();
            let place = vfs.files.get(fd).unwrap().place.clone().unwrap();
            let directory = vfs.directory(place.dir.inode().unwrap()).unwrap();
            let stored = directory.stored_name(path.rsplit('/').next().unwrap().as_bytes()).unwrap();
            assert!(Arc::ptr_eq(&stored, &place.name), "{path}");
        }
    }
}
