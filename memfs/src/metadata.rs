//! What `stat`, `statfs` and `getdents` tell, before it is laid out in the guest's structs.

use crate::time::Timespec;

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharDevice,
    /// A block device (only from a mounted folder).
    BlockDevice,
    /// A pipe.
    Fifo,
    /// A socket. One with a name is only ever a mounted folder's.
    Socket,
}

/// The bits of a mode that hold the kind.
pub const S_IFMT: u32 = 0o170_000;

impl FileKind {
    /// The kind's bits in a mode, e.g. `S_IFREG`.
    #[must_use]
    pub const fn mode_bits(self) -> u32 {
        match self {
            Self::Fifo => 0o010_000,
            Self::CharDevice => 0o020_000,
            Self::Directory => 0o040_000,
            Self::BlockDevice => 0o060_000,
            Self::File => 0o100_000,
            Self::Symlink => 0o120_000,
            Self::Socket => 0o140_000,
        }
    }

    /// The kind that a mode's bits say.
    #[must_use]
    pub const fn from_mode(mode: u32) -> Option<Self> {
        Some(match mode & S_IFMT {
            0o010_000 => Self::Fifo,
            0o020_000 => Self::CharDevice,
            0o040_000 => Self::Directory,
            0o060_000 => Self::BlockDevice,
            0o100_000 => Self::File,
            0o120_000 => Self::Symlink,
            0o140_000 => Self::Socket,
            _ => return None,
        })
    }

    /// `d_type` of a directory entry.
    #[must_use]
    pub const fn dirent_type(self) -> u8 {
        (self.mode_bits() >> 12) as u8
    }
}

/// What `stat` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The file system it is on.
    pub dev: u64,
    /// The inode number, never used twice.
    pub ino: u64,
    /// Kind and permission bits.
    pub mode: u32,
    /// How many names it has.
    pub nlink: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The device's number (`major << 8 | minor`), for a device.
    pub rdev: u64,
    /// Length in bytes.
    pub size: u64,
    /// Last access. Reading does not move it.
    pub atime: Timespec,
    /// Last change of the content.
    pub mtime: Timespec,
    /// Last change of the content or of this data.
    pub ctime: Timespec,
    /// The size of a good buffer.
    pub blksize: u32,
    /// Allocated units of 512 bytes (Emscripten counts units of 4,096 of the length instead).
    pub blocks: u64,
}

impl Metadata {
    /// The kind of the file. What no mode of ours says is a regular file.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        match FileKind::from_mode(self.mode) {
            Some(kind) => kind,
            None => FileKind::File,
        }
    }

    /// The twelve permission bits.
    #[must_use]
    pub const fn permissions(&self) -> u32 {
        self.mode & 0o7777
    }
}

/// What `statfs` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatFs {
    /// Size of a block; the counts below are in blocks.
    pub bsize: u32,
    /// All blocks.
    pub blocks: u64,
    /// Free blocks.
    pub bfree: u64,
    /// Free blocks for the guest.
    pub bavail: u64,
    /// All inodes.
    pub files: u64,
    /// Free inodes.
    pub ffree: u64,
    /// Which file system.
    pub fsid: u32,
    /// The longest name.
    pub namelen: u32,
    /// Mount flags (1: read-only, 2: no set-uid).
    pub flags: u32,
}

/// One entry of a directory, as `getdents` gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// Inode number.
    pub ino: u64,
    /// The position after this entry, for `seek`: a multiple of [`DIRENT_STRIDE`].
    pub offset: u64,
    /// The kind.
    pub kind: FileKind,
    /// The name, at most 255 bytes.
    pub name: Vec<u8>,
}

/// How far one entry moves a directory's position: the fixed record of Emscripten's `getdents64`.
pub const DIRENT_STRIDE: u64 = 280;
/// Limit: bytes of a file's name. Beyond it `ENAMETOOLONG`.
pub const NAME_MAX: usize = 255;
/// Limit: bytes of a path, with the zero that ends it in C. Beyond it `ENAMETOOLONG`.
pub const PATH_MAX: usize = 4096;
