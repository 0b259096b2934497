//! An inode-based POSIX file system in memory, for a guest that has no other.
//!
//! [`Vfs`] is everything that a guest's file calls need: files, directories, hard and symbolic links, pipes, sockets,
//! devices, descriptors and the working directory, with the errors of POSIX ([`Errno`], in WASI's numbers) and the order of checks
//! of Linux. It knows no WebAssembly and no Python, does no I/O of its own, and has no `unsafe`.
//!
//! What is not in memory comes through three traits:
//!
//! | trait | is | e.g. |
//! |---|---|---|
//! | [`Stream`] | one end of the outside world behind a character device | the terminal |
//! | [`Layer`] | a read-only tree under ours, shared by all guests and never copied | a wheel ([`ZipLayer`]), files ([`MapLayer`]) |
//! | [`Folder`] | a folder of the host, mounted read-only or writable | `--mount ./data:/data` |
//!
//! and time and randomness through [`Clock`] and [`Entropy`], so that a run can be repeated to the byte.
//!
//! ```
//! use std::sync::Arc;
//! use pyrun_memfs::*;
//!
//! struct Zeros;
//! impl Entropy for Zeros {
//!     fn fill(&mut self, buf: &mut [u8]) {
//!         buf.fill(0);
//!     }
//! }
//!
//! let mut vfs = Vfs::new(VfsConfig {
//!     clock: Box::new(FixedClock::default()),
//!     entropy: Box::new(Zeros),
//!     stdin: Box::new(NullStream),
//!     stdout: Box::new(NullStream),
//!     stderr: Box::new(NullStream),
//!     limits: StorageLimits::default(),
//! });
//!
//! // A read-only layer appears in the tree and is not copied until it is written to.
//! let wheel = MapLayer::new("example", vec![MapFile::new("pkg/data.txt", *b"from the layer")])?;
//! vfs.mount_layer(b"/lib/site-packages", Arc::new(wheel))?;
//! vfs.chdir(b"/lib/site-packages/pkg")?;
//! assert!(vfs.layer_origin(AT_FDCWD, b"data.txt").is_some());
//!
//! // What the guest does with it is POSIX: here, a file outlives its name while it is open.
//! let fd = vfs.openat(AT_FDCWD, b"data.txt", OpenFlags::RDWR | OpenFlags::APPEND, 0)?;
//! vfs.unlinkat(AT_FDCWD, b"data.txt")?;
//! vfs.write(fd, b", and more")?;
//! let mut text = [0; 64];
//! let length = vfs.pread(fd, &mut text, 0)?;
//! assert_eq!(&text[..length], b"from the layer, and more");
//! assert_eq!(vfs.stat(AT_FDCWD, b"data.txt", true), Err(Errno::NoEnt));
//! vfs.close(fd)?;
//! # Ok::<(), Errno>(())
//! ```
//!
//! # Where Linux and Emscripten differ
//! Semantics are Linux's: an unlinked file lives while it is open, a directory may be removed while it is somebody's working
//! directory, `truncate` moves the times, a pipe ends when its writers are gone, hard links exist. From Emscripten come the
//! error numbers, the position of directory entries ([`DIRENT_STRIDE`]), the device numbers of file systems, and the
//! permission model: the guest is user 0 *with* permission checks, and a right exists when any of the three classes (user,
//! group, others) has it ([`Vfs::set_enforce_permissions`] turns that off). There is no umask. FIFOs and sockets have no names
//! (`mknod` is `EPERM`), and nothing blocks but a [`Stream`]: a guest with one thread would wait for itself, so an empty pipe
//! is `EAGAIN` whatever its flags. Sockets connect to others of the same guest and reach nothing else.
//!
//! # Time
//! The times of a directory move with every change of its entries, by at least a microsecond, even when the [`Clock`] stands
//! still: CPython's path finder caches a directory until its mtime (a double) differs. Reading moves no time. Files are stamped
//! with whole microseconds, and a mounted folder's times are shown so, since `utimes` can set no others.
//!
//! # Images
//! [`Vfs::freeze`] takes a [`VfsImage`], which is plain data for any format of serde's, and [`Vfs::thaw`] starts from one: in
//! about a microsecond, since the parts of both (pages of inodes, directories, chunks of files) are shared until one side
//! changes them. A file system and those that come of its image go on alike, to inode numbers and times.
//!
//! # Safety of the host
//! No argument makes it panic, and [`StorageLimits`] bound what it takes: bytes that exist in files (holes are free), inodes and hard
//! links, descriptors. A path is at most [`PATH_MAX`] bytes and a name [`NAME_MAX`].
#![forbid(unsafe_code)]

mod budget;
mod content;
mod descriptor;
mod device;
mod directory;
mod entropy;
mod errno;
mod flags;
pub mod folder;
mod image;
mod inode;
mod inode_table;
mod layer;
mod layer_tree;
mod lock_table;
mod locks;
mod map_layer;
mod metadata;
mod node;
mod observer;
mod pipe;
mod socket;
mod stream;
mod time;
mod vfs;
mod whence;
mod zip_layer;

pub use budget::{Budget, Charge, OverBudget, Shortage, StorageLimits};
pub use entropy::Entropy;
pub use errno::{Errno, Result};
pub use flags::{AT_FDCWD, FD_CLOEXEC, OpenFlags, R_OK, W_OK, X_OK};
pub use folder::Folder;
pub use image::{FreezeError, ThawError, VfsImage};
pub use layer::{Layer, LayerEntry, LayerNode};
pub use locks::{FileLock, LockKind, LockOwner, LockRange, LockScope};
pub use map_layer::{MapFile, MapLayer};
pub use metadata::{DIRENT_STRIDE, DirEntry, FileKind, Metadata, NAME_MAX, PATH_MAX, S_IFMT, StatFs};
pub use observer::{Asked, AskedFile, FileOperation, FilePlace, Observer};
pub use socket::SocketFamily;
pub use stream::{
    LineRequest, NullStream, Readiness, SPECIAL_CODES, Stream, StreamFile, TerminalModes, WaitHandle, WindowSize,
};
pub use time::{Clock, FixedClock, SetTime, Timespec};
pub use vfs::{ChangeKind, LockRequest, NewSince, Overlay, OverlayChange, Vfs, VfsConfig};
pub use whence::Whence;
pub use zip_layer::{ZipBytes, ZipLayer, ZipLayerError};
