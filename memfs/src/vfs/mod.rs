//! The file system that a guest sees: one tree, one working directory, one table of descriptors.
//!
//! Replaces Emscripten's `FS` (`libfs.js`, `libmemfs.js`, `libpipefs.js`). One file per family of calls:
//!
//! | file | calls |
//! |---|---|
//! | `walk` | from a path to a node: links, `..`, mounts, search permission |
//! | `nodes` | what holds for a node of any origin: kind, life, permission |
//! | `open` | `openat`, `close`, `pipe` |
//! | `io` | `read`, `write`, `seek` and their kin |
//! | `stat` | `stat`, `access`, `chmod`, `chown`, `utimens`, `statfs` |
//! | `new_files` | what a guest has made in memory |
//! | `names` | `mkdir`, `mknod`, `unlink`, `rmdir`, `link`, `symlink`, `readlink` |
//! | `rename` | `rename` |
//! | `listing` | `getdents`, `chdir`, `getcwd` |
//! | `sockets` | `socket`, `bind`, `listen`, `connect`, `accept`, `shutdown` |
//! | `size` | `truncate`, `fallocate`, `fsync` |
//! | `descriptors` | `dup`, flags, readiness |
//! | `locks` | `flock`, the locks of `fcntl` |
//! | `observed` | telling an observer |
//! | `mounts` | layers, folders, what the host calls |
//! | `image` | `freeze`, `thaw` |
//!
//! Rule for every call: check everything, then change; an error leaves things as they were.

mod descriptors;
mod image;
mod io;
mod listing;
mod locks;
mod mounts;
mod names;
mod new_files;
mod nodes;
mod observed;
mod open;
mod overlay;
mod rename;
mod size;
mod sockets;
mod stat;
mod walk;

use std::sync::Arc;

use crate::budget::{Budget, Shortage, StorageLimits};
use crate::descriptor::DescriptorTable;
use crate::device::{DEFAULT_DEVICES, Devices};
use crate::entropy::Entropy;
use crate::errno::Result;
use crate::flags::{AT_FDCWD, OpenFlags};
use crate::folder::Folder;
use crate::inode::InodeId;
use crate::inode_table::InodeTable;
use crate::layer::Layer;
use crate::lock_table::LockTable;
use crate::metadata::FileKind;
use crate::node::Node;
use crate::observer::Observer;
use crate::socket::SocketNames;
use crate::stream::Stream;
use crate::time::{Clock, Timespec};

pub use locks::LockRequest;
pub use new_files::NewSince;
pub use overlay::{ChangeKind, Overlay, OverlayChange};

/// What a file system is made of.
pub struct VfsConfig {
    /// Where times come from.
    pub clock: Box<dyn Clock>,
    /// Where `/dev/random` and `/dev/urandom` come from.
    pub entropy: Box<dyn Entropy>,
    /// Descriptor 0.
    pub stdin: Box<dyn Stream>,
    /// Descriptor 1.
    pub stdout: Box<dyn Stream>,
    /// Descriptor 2.
    pub stderr: Box<dyn Stream>,
    /// How much the guest may take.
    pub limits: StorageLimits,
}

/// A mounted folder.
struct Mount {
    folder: Box<dyn Folder>,
    writable: bool,
    /// The directory that it hides, or the file: in memory, or in a folder that was mounted before.
    point: Node,
    /// Whether it is a folder or a single file.
    kind: FileKind,
}

/// The file system of one guest. See the [crate's overview](crate).
pub struct Vfs {
    inodes: InodeTable,
    root: InodeId,
    cwd: Node,
    files: DescriptorTable,
    sockets: SocketNames,
    locks: LockTable,
    budget: Budget,
    /// What all that the host holds for it is charged to.
    account: Budget,
    devices: Devices,
    clock: Box<dyn Clock>,
    layers: Vec<Arc<dyn Layer>>,
    mounts: Vec<Mount>,
    enforce_permissions: bool,
    confine_descriptors: bool,
    shows_nanoseconds: bool,
    /// Where what is written over a layer is to be told, so that no image can hold it.
    overlays: Vec<InodeId>,
    at_end: Option<AtEnd>,
    /// Who is told of what is asked for by name.
    observer: Option<Box<dyn Observer>>,
}

/// What is called with the file system when it goes.
type AtEnd = Box<dyn FnOnce(&mut Vfs) + Send>;

impl Vfs {
    /// A file system with `/tmp`, `/home`, `/dev` with its devices and `/dev/shm`, and `/proc/self/fd`, with descriptors
    /// 0, 1 and 2 open. Where the limits leave no room for one of these, it is missing.
    #[must_use]
    pub fn new(config: VfsConfig) -> Self {
        let VfsConfig { clock, entropy, stdin, stdout, stderr, limits } = config;
        let now = clock.now().stamp();
        let mut inodes = InodeTable::new(limits.max_inodes);
        let root = inodes.insert_root(now);
        let mut vfs = Self {
            inodes,
            root,
            cwd: Node::Inode(root),
            files: DescriptorTable::new(limits.max_descriptors),
            sockets: SocketNames::default(),
            locks: LockTable::default(),
            budget: Budget::new(limits.max_bytes),
            account: Budget::new(u64::MAX),
            devices: Devices::new(entropy, stdin, stdout, stderr),
            clock,
            layers: Vec::new(),
            mounts: Vec::new(),
            enforce_permissions: true,
            confine_descriptors: false,
            shows_nanoseconds: false,
            overlays: Vec::new(),
            at_end: None,
            observer: None,
        };
        if let Err(errno) = vfs.populate_at_start() {
            tracing::warn!(%errno, "the limits leave no room for the directories and devices of a new file system");
        }
        vfs
    }

    fn populate_at_start(&mut self) -> Result<()> {
        for (path, mode) in [
            (b"/tmp".as_slice(), 0o777),
            (b"/home", 0o777),
            (b"/home/web_user", 0o777),
            (b"/dev", 0o777),
            (b"/dev/shm", 0o777),
            (b"/dev/shm/tmp", 0o777),
            (b"/proc", 0o777),
            (b"/proc/self", 0o777),
        ] {
            self.mkdirat(AT_FDCWD, path, mode)?;
        }
        for (name, rdev, mode) in DEFAULT_DEVICES {
            let path = [b"/dev/".as_slice(), name].concat();
            self.mknodat(AT_FDCWD, &path, 0o020_000 | mode, rdev)?;
        }
        let parent = self.resolve(AT_FDCWD, b"/proc/self", true)?;
        self.make_descriptor_directory(parent, b"fd")?;
        self.symlinkat(b"/proc/self/fd", AT_FDCWD, b"/dev/fd")?;
        self.openat(AT_FDCWD, b"/dev/stdin", OpenFlags::RDONLY, 0)?;
        self.openat(AT_FDCWD, b"/dev/stdout", OpenFlags::WRONLY, 0)?;
        self.openat(AT_FDCWD, b"/dev/stderr", OpenFlags::WRONLY, 0)?;
        Ok(())
    }

    /// Lets all that the host holds for this file system count against `whole` too, besides the limits of its own: the bytes of files
    /// with what they take besides, inodes and names, pipes and sockets, listings of mounted folders. Layers do not count.
    ///
    /// ```
    /// # use pyrun_memfs::*;
    /// # struct Zeros;
    /// # impl Entropy for Zeros { fn fill(&mut self, buf: &mut [u8]) { buf.fill(0); } }
    /// # let stream = || Box::new(NullStream);
    /// # let config = || VfsConfig { clock: Box::new(FixedClock::default()), entropy: Box::new(Zeros),
    /// #     stdin: stream(), stdout: stream(), stderr: stream(), limits: StorageLimits::default() };
    /// let tenant = Budget::new(100_000);
    /// let (mut first, mut second) = (Vfs::new(config()), Vfs::new(config()));
    /// first.charge(&tenant)?;
    /// second.charge(&tenant)?;
    /// first.write_file(b"/tmp/a", &[1; 60_000])?;
    /// assert_eq!(second.write_file(b"/tmp/b", &[2; 60_000]), Err(Errno::NoSpc));
    /// drop(first);
    /// second.write_file(b"/tmp/b", &[2; 60_000])?;
    /// # Ok::<(), Errno>(())
    /// ```
    ///
    /// # Errors
    /// `NoSpc`: what the file system holds already does not fit; nothing is changed then.
    pub fn charge(&mut self, whole: &Budget) -> Result<()> {
        let part = whole.part(self.budget.limit());
        part.take(self.budget.used())?;
        self.inodes.charge(whole)?;
        (self.budget, self.account) = (part, whole.clone());
        Ok(())
    }

    /// Bytes that the host holds for it at this moment, as [`Vfs::charge`] counts them.
    #[must_use]
    pub fn host_memory(&self) -> u64 {
        self.budget.used().saturating_add(self.inodes.held())
    }

    /// Whether the limits on inodes and on descriptors were reached ([`StorageLimits::max_inodes`], [`StorageLimits::max_descriptors`]), as
    /// it can be asked later.
    #[must_use]
    pub fn shortages(&self) -> [Shortage; 2] {
        [self.inodes.shortage().clone(), self.files.shortage().clone()]
    }

    /// What the bytes that files hold are counted against.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Whether mode bits are looked at (they are, from the start). Off, the guest is root: only executing needs a bit.
    pub fn set_enforce_permissions(&mut self, enforce: bool) {
        self.enforce_permissions = enforce;
    }

    /// From now on a path that starts at an open directory stays below it, as WASI wants it: an absolute path, `..` beyond
    /// the directory, and a link that leads out of it are [`Errno::NotCapable`](crate::Errno::NotCapable). Paths that start at
    /// the working directory ([`AT_FDCWD`]) see the whole tree as before. An image does not keep this.
    pub fn confine_descriptors(&mut self) {
        self.confine_descriptors = true;
    }

    /// From now on the times of files in mounted folders are told to the nanosecond, as `utimensat` sets them, and not in whole
    /// microseconds. An image does not keep this.
    pub fn show_nanoseconds(&mut self) {
        self.shows_nanoseconds = true;
    }

    /// The time that files are stamped with now.
    fn now(&self) -> Timespec {
        self.clock.now().stamp()
    }
}

impl core::fmt::Debug for Vfs {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (inodes, _) = self.inodes.usage();
        f.debug_struct("Vfs").field("inodes", &inodes).field("bytes_free", &self.budget.free()).finish_non_exhaustive()
    }
}
