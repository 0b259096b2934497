//! A folder of the outside world, mounted into the guest's tree.
//!
//! The shape is that of FUSE's low level: everything is said by *node number*, never by path, so the implementor resolves
//! exactly one name at a time (`openat` with `O_NOFOLLOW` in its own directory) and cannot be led out of the folder. The
//! [`Vfs`](crate::Vfs) walks the path. It also follows the folder's symbolic links: their text is resolved in the
//! **guest's** tree, so a link to `/etc/passwd` means the guest's `/etc/passwd`.
//!
//! # Node numbers
//! The folder chooses them; [`root`](Folder::root) is the first. The same file must keep its number while it has a name
//! or is [open](Folder::open), also across renames (an index into a table keyed by device and inode will do). A number
//! whose file is gone answers [`Errno::NoEnt`] (or [`Errno::Stale`]).
//!
//! # Rights
//! A folder mounted read-only gets none of the calls that change it: the `Vfs` answers [`Errno::RoFs`] itself. Permission
//! bits are the folder's business ([`Errno::Acces`]); the guest's permission model is not applied to it.
//!
//! # Errors
//! Every call may give [`Errno::Io`]; names are never empty, `.`, `..`, longer than 255 bytes, or with a slash or a zero.

use crate::budget::Charge;
use crate::errno::{Errno, Result};
use crate::locks::{FileLock, LockKind, LockOwner, LockScope};
use crate::metadata::{FileKind, Metadata, StatFs};
use crate::time::SetTime;

/// A name found in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderEntry {
    /// Its node number.
    pub node: u64,
    /// Its kind.
    pub kind: FileKind,
}

/// One entry of a folder's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderDirEntry {
    /// The name.
    pub name: Vec<u8>,
    /// The inode number to show. It need not be a node number that [`Folder`] knows.
    pub ino: u64,
    /// Its kind.
    pub kind: FileKind,
}

impl FolderDirEntry {
    /// Charges what an entry with a name of so many bytes takes while it is listed.
    ///
    /// # Errors
    /// [`Errno::NoMem`]
    pub fn charge(charge: &mut Charge, name: usize) -> Result<()> {
        // A list that grows has room for twice as many.
        charge.grow(Self::bytes(name).saturating_add(size_of::<Self>() as u64)).map_err(|_| Errno::NoMem)
    }

    /// What it takes once it is there.
    pub(crate) fn held(&self) -> u64 {
        Self::bytes(self.name.len())
    }

    fn bytes(name: usize) -> u64 {
        (size_of::<Self>() + name.next_multiple_of(16) + 16) as u64
    }
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FolderAccess {
    /// It will be read.
    pub read: bool,
    /// It will be written.
    pub write: bool,
}

/// What [`set_attr`](Folder::set_attr) changes; `None` and [`SetTime::Omit`] leave a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttrChanges {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Length: cuts, or fills with zeros.
    pub size: Option<u64>,
    /// Last access.
    pub atime: SetTime,
    /// Last change.
    pub mtime: SetTime,
}

impl Default for AttrChanges {
    fn default() -> Self {
        Self { mode: None, size: None, atime: SetTime::Omit, mtime: SetTime::Omit }
    }
}

/// A lock that is taken, changed or given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderLock {
    /// Who holds it.
    pub owner: LockOwner,
    /// What of the file.
    pub scope: LockScope,
    /// How; `None` gives it up.
    pub kind: Option<LockKind>,
}

/// A folder of the outside world. See the [module](self) for the contract.
pub trait Folder: Send {
    /// The node number of the folder itself; for a single file that is mounted by [`Vfs::mount_file`](crate::Vfs::mount_file), the
    /// file's.
    fn root(&self) -> u64;

    /// Finds a name in a directory; a symbolic link is not followed.
    ///
    /// # Errors
    /// [`Errno::NoEnt`], [`Errno::NotDir`], [`Errno::Acces`].
    fn lookup(&mut self, dir: u64, name: &[u8]) -> Result<FolderEntry>;

    /// The parent of a directory other than the root, and the directory's name in it.
    ///
    /// # Errors
    /// [`Errno::NoEnt`] when the directory was removed.
    fn parent(&self, dir: u64) -> Result<(u64, Vec<u8>)>;

    /// What `stat` tells. `dev` is replaced by the mount's own number.
    ///
    /// # Errors
    /// [`Errno::NoEnt`] when it is gone and not open.
    fn get_attr(&mut self, node: u64) -> Result<Metadata>;

    /// Changes mode, length or times; all or nothing.
    ///
    /// # Errors
    /// [`Errno::Acces`], [`Errno::Perm`], [`Errno::IsDir`] (length of a directory), [`Errno::FBig`], [`Errno::NoSpc`].
    fn set_attr(&mut self, node: u64, changes: &AttrChanges) -> Result<()>;

    /// The entries of a directory, without `.` and `..`. Each is charged before it is made ([`FolderDirEntry::charge`]): a directory may
    /// have millions.
    ///
    /// # Errors
    /// [`Errno::NotDir`], [`Errno::Acces`]; [`Errno::NoMem`] when they do not fit.
    fn read_dir(&mut self, dir: u64, charge: &mut Charge) -> Result<Vec<FolderDirEntry>>;

    /// The text of a symbolic link.
    ///
    /// # Errors
    /// [`Errno::Inval`] when the node is not a symbolic link.
    fn read_link(&mut self, node: u64) -> Result<Vec<u8>>;

    /// Makes a file or directory usable until the matching [`close`](Self::close), even when its name goes. Counted:
    /// two opens need two closes.
    ///
    /// # Errors
    /// [`Errno::Acces`], [`Errno::NoEnt`], [`Errno::MFile`]; [`Errno::Loop`] for a symbolic link.
    fn open(&mut self, node: u64, access: FolderAccess) -> Result<()>;

    /// Undoes one [`open`](Self::open).
    fn close(&mut self, node: u64, access: FolderAccess);

    /// Reads from an open file; 0 at the end.
    ///
    /// # Errors
    /// [`Errno::IsDir`].
    fn read_at(&mut self, node: u64, offset: u64, buf: &mut [u8]) -> Result<usize>;

    /// Writes to an open file, past its end too.
    ///
    /// # Errors
    /// [`Errno::NoSpc`], [`Errno::FBig`].
    fn write_at(&mut self, node: u64, offset: u64, buf: &[u8]) -> Result<usize>;

    /// Writes at the end of an open file; gives the count and the new end. The default is not atomic against others
    /// who write to the same host file.
    ///
    /// # Errors
    /// As for [`write_at`](Self::write_at).
    fn append(&mut self, node: u64, buf: &[u8]) -> Result<(usize, u64)> {
        let end = self.get_attr(node)?.size;
        let count = self.write_at(node, end, buf)?;
        Ok((count, end.saturating_add(count as u64)))
    }

    /// Makes an empty regular file. It is not open yet.
    ///
    /// # Errors
    /// [`Errno::Exist`], [`Errno::Acces`], [`Errno::NoSpc`].
    fn create(&mut self, dir: u64, name: &[u8], mode: u32) -> Result<FolderEntry>;

    /// Makes a directory.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    fn mkdir(&mut self, dir: u64, name: &[u8], mode: u32) -> Result<()>;

    /// Makes a symbolic link. Whether to allow one that leads out of the folder on the host is the folder's decision
    /// ([`Errno::Perm`]).
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    fn symlink(&mut self, dir: u64, name: &[u8], target: &[u8]) -> Result<()>;

    /// Gives a file another name.
    ///
    /// # Errors
    /// As for [`create`](Self::create); [`Errno::Perm`] when the folder does not do it (the default).
    fn link(&mut self, _node: u64, _dir: u64, _name: &[u8]) -> Result<()> {
        Err(Errno::Perm)
    }

    /// Removes the name of anything but a directory.
    ///
    /// # Errors
    /// [`Errno::NoEnt`], [`Errno::IsDir`], [`Errno::Acces`].
    fn unlink(&mut self, dir: u64, name: &[u8]) -> Result<()>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// [`Errno::NoEnt`], [`Errno::NotDir`], [`Errno::NotEmpty`], [`Errno::Acces`].
    fn rmdir(&mut self, dir: u64, name: &[u8]) -> Result<()>;

    /// Moves a name within the folder; replaces what is there, as `rename(2)` does.
    ///
    /// # Errors
    /// Those of `rename(2)`.
    fn rename(&mut self, from: u64, old: &[u8], to: u64, new: &[u8]) -> Result<()>;

    /// Brings an open file to the disk (`fsync`).
    ///
    /// # Errors
    /// [`Errno::Io`], [`Errno::NoSpc`].
    fn sync(&mut self, _node: u64) -> Result<()> {
        Ok(())
    }

    /// Locks an open file against others of the outside world and against other owners, or gives the lock up; never waits. The
    /// rules are those of `flock` and `fcntl`, see [`Vfs::lock`](crate::Vfs::lock).
    ///
    /// # Errors
    /// [`Errno::Again`] when somebody holds a lock that excludes it; [`Errno::NoLck`] when there are too many, or the folder has no
    /// locks (the default).
    fn lock(&mut self, _node: u64, _lock: FolderLock) -> Result<()> {
        Err(Errno::NoLck)
    }

    /// A lock that stands in the way of this one.
    ///
    /// # Errors
    /// As for [`lock`](Self::lock).
    fn lock_in_the_way(&mut self, _node: u64, _wanted: FileLock) -> Result<Option<FileLock>> {
        Err(Errno::NoLck)
    }

    /// Gives up all that an owner holds of a file.
    fn release_locks(&mut self, _node: u64, _owner: LockOwner) {}

    /// What `statfs` tells.
    ///
    /// # Errors
    /// None of its own.
    fn stat_fs(&mut self) -> Result<StatFs>;
}
