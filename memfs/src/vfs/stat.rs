//! `stat`, `access`, `chmod`, `chown`, `utimens`, `statfs`.
//!
//! Unlike Emscripten's, times are microseconds, `chown` is kept, a directory counts its links, and `blocks` counts what is
//! allocated, in units of 512 bytes.

use super::Vfs;
use crate::errno::{Errno, Result};
use crate::flags::{R_OK, W_OK, X_OK};
use crate::folder::AttrChanges;
use crate::inode::{Body, Inode};
use crate::metadata::{FileKind, Metadata, NAME_MAX, StatFs};
use crate::node::Node;
use crate::observer::FileOperation;
use crate::stream::StreamFile;
use crate::time::{SetTime, Timespec};

/// Device number of the tree in memory, as in Emscripten.
const DEV_MEMORY: u64 = 1;
/// Device number of pipes, as in Emscripten.
const DEV_PIPE: u64 = 14;
/// Device number of sockets.
const DEV_SOCKET: u64 = 15;
/// Device number of the first mounted folder.
const DEV_FOLDER: u64 = 100;
/// Inode number of the link of descriptor 0 in `/proc/self/fd`.
const INO_DESCRIPTORS: u64 = 1 << 48;
const BLOCK: u32 = 4096;

/// The inode number of a link in `/proc/self/fd`.
pub(super) fn descriptor_ino(fd: i32) -> u64 {
    INO_DESCRIPTORS.saturating_add_signed(i64::from(fd))
}

fn describe(inode: &Inode) -> Metadata {
    Metadata {
        dev: match inode.body {
            Body::Pipe(_) => DEV_PIPE,
            Body::Socket(_) => DEV_SOCKET,
            _ => DEV_MEMORY,
        },
        ino: inode.ino,
        mode: inode.kind().mode_bits() | inode.permissions,
        nlink: inode.nlink.max(u32::from(matches!(inode.body, Body::Pipe(_) | Body::Socket(_)))),
        uid: inode.uid,
        gid: inode.gid,
        rdev: if let Body::Device(rdev) = inode.body { rdev } else { 0 },
        size: inode.size(),
        atime: inode.atime,
        mtime: inode.mtime,
        ctime: inode.ctime,
        blksize: BLOCK,
        blocks: inode.allocated().div_ceil(512),
    }
}

/// A standard stream is what stands behind it.
fn describe_stream(device: &Metadata, file: &StreamFile) -> Metadata {
    let [atime, mtime, ctime] = file.times.unwrap_or([device.atime, device.mtime, device.ctime]);
    Metadata {
        mode: file.kind.mode_bits() | file.permissions & 0o7777,
        rdev: if file.kind == FileKind::CharDevice { device.rdev } else { 0 },
        size: file.size,
        atime,
        mtime,
        ctime,
        blksize: file.blksize,
        blocks: file.blocks,
        ..*device
    }
}

fn describe_descriptor_link(fd: i32) -> Metadata {
    let never = Timespec::default();
    Metadata {
        dev: DEV_MEMORY,
        ino: descriptor_ino(fd),
        mode: FileKind::Symlink.mode_bits() | 0o700,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        size: 64,
        atime: never,
        mtime: never,
        ctime: never,
        blksize: BLOCK,
        blocks: 0,
    }
}

impl Vfs {
    /// What is known about a file.
    ///
    /// # Errors
    /// What a path can give.
    pub fn stat(&mut self, dirfd: i32, path: &[u8], follow: bool) -> Result<Metadata> {
        self.observed(FileOperation::Stat, (dirfd, path, follow), |vfs| vfs.stat_here(dirfd, path, follow))
    }

    fn stat_here(&mut self, dirfd: i32, path: &[u8], follow: bool) -> Result<Metadata> {
        let node = self.resolve(dirfd, path, follow)?;
        self.metadata(node)
    }

    /// What is known about an open file.
    ///
    /// # Errors
    /// `BadF`.
    pub fn fstat(&mut self, fd: i32) -> Result<Metadata> {
        let node = self.files.get(fd)?.node;
        self.metadata(node)
    }

    pub(super) fn metadata(&mut self, node: Node) -> Result<Metadata> {
        match node {
            Node::Inode(id) => {
                // A directory's link count is only known once its layers' directories are in it.
                self.populate(id)?;
                let told = describe(self.inodes.get(id)?);
                let behind = self.device(node).ok().and_then(|device| self.devices.file(device));
                Ok(behind.map_or(told, |file| describe_stream(&told, &file)))
            }
            Node::Folder(node) => {
                let host = self.folder(node)?.get_attr(node.node)?;
                let shown = |time: Timespec| if self.shows_nanoseconds { time } else { time.stamp() };
                let (atime, mtime, ctime) = (shown(host.atime), shown(host.mtime), shown(host.ctime));
                Ok(Metadata { dev: DEV_FOLDER + u64::from(node.mount), atime, mtime, ctime, ..host })
            }
            Node::FdLink(fd) => Ok(describe_descriptor_link(fd)),
        }
    }

    pub(super) fn size(&mut self, node: Node) -> Result<u64> {
        match node {
            Node::Inode(id) => Ok(self.inodes.get(id)?.size()),
            Node::Folder(node) => Ok(self.folder(node)?.get_attr(node.node)?.size),
            Node::FdLink(_) => Ok(0),
        }
    }

    /// Whether a file exists (`amode` 0) and gives the rights in `amode` ([`R_OK`], [`W_OK`], [`X_OK`]). Follows links.
    ///
    /// # Errors
    /// What a path can give; `Inval` (other bits), `Acces`, `RoFs`.
    pub fn access(&mut self, dirfd: i32, path: &[u8], amode: u32) -> Result<()> {
        self.observed(FileOperation::Access, (dirfd, path, true), |vfs| vfs.access_here(dirfd, path, amode))
    }

    fn access_here(&mut self, dirfd: i32, path: &[u8], amode: u32) -> Result<()> {
        if amode & !(R_OK | W_OK | X_OK) != 0 {
            return Err(Errno::Inval);
        }
        let node = self.resolve(dirfd, path, true)?;
        match node {
            Node::Inode(id) => {
                let inode = self.inodes.get(id)?;
                let bits = inode.permissions;
                let executable = (bits | bits >> 3 | bits >> 6) & X_OK != 0 || inode.kind() == FileKind::Directory;
                let executable = executable || amode & X_OK == 0;
                if executable && self.permits(inode, amode) { Ok(()) } else { Err(Errno::Acces) }
            }
            Node::Folder(node) => {
                if amode & W_OK != 0 {
                    self.writable_folder(node)?;
                }
                let bits = self.folder(node)?.get_attr(node.node)?.mode;
                if (bits | bits >> 3 | bits >> 6) & amode == amode { Ok(()) } else { Err(Errno::Acces) }
            }
            Node::FdLink(_) => Ok(()),
        }
    }

    /// Sets the twelve permission bits.
    ///
    /// # Errors
    /// What a path can give; `NotSup` (a symbolic link, with `follow` false); `RoFs`.
    pub fn chmod(&mut self, dirfd: i32, path: &[u8], mode: u32, follow: bool) -> Result<()> {
        self.observed(FileOperation::SetMode, (dirfd, path, follow), |vfs| vfs.chmod_here(dirfd, path, mode, follow))
    }

    fn chmod_here(&mut self, dirfd: i32, path: &[u8], mode: u32, follow: bool) -> Result<()> {
        let node = self.resolve(dirfd, path, follow)?;
        self.set_mode(node, mode)
    }

    /// Sets the twelve permission bits of an open file.
    ///
    /// # Errors
    /// `BadF`, `RoFs`.
    pub fn fchmod(&mut self, fd: i32, mode: u32) -> Result<()> {
        self.observed_descriptor(FileOperation::SetMode, fd, |vfs| vfs.fchmod_here(fd, mode))
    }

    fn fchmod_here(&mut self, fd: i32, mode: u32) -> Result<()> {
        let node = self.files.get(fd)?.node;
        self.set_mode(node, mode)
    }

    fn set_mode(&mut self, node: Node, mode: u32) -> Result<()> {
        if self.kind(node)? == FileKind::Symlink {
            return Err(Errno::NotSup);
        }
        let now = self.now();
        match node {
            Node::Inode(id) => {
                let inode = self.inodes.get_mut(id)?;
                inode.permissions = mode & 0o7777;
                inode.ctime = now;
                Ok(())
            }
            Node::Folder(node) => {
                let changes = AttrChanges { mode: Some(mode & 0o7777), ..AttrChanges::default() };
                self.writable_folder(node)?.set_attr(node.node, &changes)
            }
            Node::FdLink(_) => Err(Errno::NotSup),
        }
    }

    /// Sets owner and group; `u32::MAX` leaves one. They are only shown: no right depends on them.
    ///
    /// # Errors
    /// What a path can give; `RoFs`; `Perm` (a mounted folder).
    pub fn chown(&mut self, dirfd: i32, path: &[u8], uid: u32, gid: u32, follow: bool) -> Result<()> {
        self.observed(FileOperation::SetOwner, (dirfd, path, follow), |vfs| {
            vfs.chown_here(dirfd, path, uid, gid, follow)
        })
    }

    fn chown_here(&mut self, dirfd: i32, path: &[u8], uid: u32, gid: u32, follow: bool) -> Result<()> {
        let node = self.resolve(dirfd, path, follow)?;
        self.set_owner(node, uid, gid)
    }

    /// Sets owner and group of an open file, as [`chown`](Self::chown).
    ///
    /// # Errors
    /// `BadF`, `RoFs`, `Perm`.
    pub fn fchown(&mut self, fd: i32, uid: u32, gid: u32) -> Result<()> {
        self.observed_descriptor(FileOperation::SetOwner, fd, |vfs| vfs.fchown_here(fd, uid, gid))
    }

    fn fchown_here(&mut self, fd: i32, uid: u32, gid: u32) -> Result<()> {
        let node = self.files.get(fd)?.node;
        self.set_owner(node, uid, gid)
    }

    fn set_owner(&mut self, node: Node, uid: u32, gid: u32) -> Result<()> {
        let now = self.now();
        match node {
            Node::Inode(id) => {
                let inode = self.inodes.get_mut(id)?;
                inode.uid = if uid == u32::MAX { inode.uid } else { uid };
                inode.gid = if gid == u32::MAX { inode.gid } else { gid };
                inode.ctime = now;
                Ok(())
            }
            Node::Folder(node) => {
                let metadata = self.writable_folder(node)?.get_attr(node.node)?;
                let same = |wanted: u32, present: u32| wanted == u32::MAX || wanted == present;
                let unchanged = same(uid, metadata.uid) && same(gid, metadata.gid);
                if unchanged { Ok(()) } else { Err(Errno::Perm) }
            }
            Node::FdLink(_) => Err(Errno::Perm),
        }
    }

    /// Sets the times of last access and last change.
    ///
    /// # Errors
    /// What a path can give; `Inval` (a time with 10⁹ nanoseconds or more), `RoFs`.
    pub fn utimens(&mut self, dirfd: i32, path: &[u8], atime: SetTime, mtime: SetTime, follow: bool) -> Result<()> {
        self.observed(FileOperation::SetTimes, (dirfd, path, follow), |vfs| {
            vfs.utimens_here(dirfd, path, atime, mtime, follow)
        })
    }

    fn utimens_here(&mut self, dirfd: i32, path: &[u8], atime: SetTime, mtime: SetTime, follow: bool) -> Result<()> {
        let node = self.resolve(dirfd, path, follow)?;
        self.set_times(node, atime, mtime)
    }

    /// Sets the times of an open file.
    ///
    /// # Errors
    /// `BadF`, `Inval` (a time with 10⁹ nanoseconds or more), `RoFs`.
    pub fn futimens(&mut self, fd: i32, atime: SetTime, mtime: SetTime) -> Result<()> {
        self.observed_descriptor(FileOperation::SetTimes, fd, |vfs| vfs.futimens_here(fd, atime, mtime))
    }

    fn futimens_here(&mut self, fd: i32, atime: SetTime, mtime: SetTime) -> Result<()> {
        let node = self.files.get(fd)?.node;
        self.set_times(node, atime, mtime)
    }

    fn set_times(&mut self, node: Node, atime: SetTime, mtime: SetTime) -> Result<()> {
        let is_bad = |time| matches!(time, SetTime::To(Timespec { nanos: 1_000_000_000.., .. }));
        if is_bad(atime) || is_bad(mtime) {
            return Err(Errno::Inval);
        }
        if (atime, mtime) == (SetTime::Omit, SetTime::Omit) {
            return Ok(());
        }
        let now = self.now();
        match node {
            Node::Inode(id) => {
                let inode = self.inodes.get_mut(id)?;
                inode.atime = atime.resolve(now).unwrap_or(inode.atime);
                inode.mtime = mtime.resolve(now).unwrap_or(inode.mtime);
                inode.ctime = now;
                Ok(())
            }
            Node::Folder(node) => {
                let changes = AttrChanges { atime, mtime, ..AttrChanges::default() };
                self.writable_folder(node)?.set_attr(node.node, &changes)
            }
            Node::FdLink(_) => Err(Errno::Perm),
        }
    }

    /// What is known about the file system that a file is on.
    ///
    /// # Errors
    /// What a path can give.
    pub fn statfs(&mut self, dirfd: i32, path: &[u8]) -> Result<StatFs> {
        self.observed(FileOperation::FileSystem, (dirfd, path, true), |vfs| vfs.statfs_here(dirfd, path))
    }

    fn statfs_here(&mut self, dirfd: i32, path: &[u8]) -> Result<StatFs> {
        let node = self.resolve(dirfd, path, true)?;
        self.describe_file_system(node)
    }

    /// What is known about the file system that an open file is on.
    ///
    /// # Errors
    /// `BadF`.
    pub fn fstatfs(&mut self, fd: i32) -> Result<StatFs> {
        let node = self.files.get(fd)?.node;
        self.describe_file_system(node)
    }

    fn describe_file_system(&mut self, node: Node) -> Result<StatFs> {
        if let Node::Folder(node) = node {
            let writable = self.mount(node.mount)?.writable;
            let mut answer = self.folder(node)?.stat_fs()?;
            answer.flags |= u32::from(!writable);
            return Ok(answer);
        }
        let free = self.budget.free() / u64::from(BLOCK);
        let (names, limit) = self.inodes.usage();
        Ok(StatFs {
            bsize: BLOCK,
            blocks: self.budget.limit() / u64::from(BLOCK),
            bfree: free,
            bavail: free,
            files: u64::from(limit),
            ffree: u64::from(limit.saturating_sub(names)),
            fsid: 42,
            namelen: NAME_MAX as u32,
            flags: 2,
        })
    }
}
