//! Who wants to know what a guest asks of its file system by name: for a record of what was allowed and what was refused.

use std::net::SocketAddr;

use crate::errno::Result;

/// Is told of each call that names a file, or an address, once it is done. Calls of the host's own
/// ([`Vfs::write_file`](crate::Vfs::write_file) and the like) are not told, nor are those on a descriptor that only use what opening it has
/// allowed.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use pyrun_memfs::*;
/// # struct Zeros;
/// # impl Entropy for Zeros { fn fill(&mut self, buf: &mut [u8]) { buf.fill(0); } }
/// # let stream = || Box::new(NullStream);
/// # let mut vfs = Vfs::new(VfsConfig { clock: Box::new(FixedClock::default()), entropy: Box::new(Zeros),
/// #     stdin: stream(), stdout: stream(), stderr: stream(), limits: StorageLimits::default() });
/// struct Names(Arc<Mutex<Vec<String>>>);
/// impl Observer for Names {
///     fn asked(&mut self, asked: &Asked<'_>) {
///         if let Asked::File(file) = asked {
///             let path = String::from_utf8_lossy(file.path);
///             self.0.lock().unwrap().push(format!("{} {path} {:?}", file.operation.name(), file.outcome.err()));
///         }
///     }
/// }
/// let names = Arc::new(Mutex::new(Vec::new()));
/// vfs.observe(Box::new(Names(names.clone())));
/// vfs.chdir(b"/tmp")?;
/// let _ = vfs.stat(AT_FDCWD, b"../etc/passwd", true);
/// assert_eq!(*names.lock().unwrap(), ["chdir /tmp None", "stat /etc/passwd Some(NoEnt)"]);
/// # Ok::<(), Errno>(())
/// ```
pub trait Observer: Send {
    /// The guest has asked for this.
    fn asked(&mut self, asked: &Asked<'_>);
}

/// What a guest has asked for.
#[derive(Clone, Debug)]
pub enum Asked<'a> {
    /// A file, by its path.
    File(AskedFile<'a>),
    /// An address that a socket is to have (`bind`) or to reach (`connect`).
    Address {
        /// `bind` or `connect`.
        operation: &'static str,
        /// The address.
        address: SocketAddr,
        /// What became of it.
        outcome: Result<()>,
    },
}

/// A file that a guest has asked for.
#[derive(Clone, Debug)]
pub struct AskedFile<'a> {
    /// What was to be done with it.
    pub operation: FileOperation,
    /// Whether that looks at it.
    pub reads: bool,
    /// Whether that changes it.
    pub writes: bool,
    /// Its absolute path in the guest's tree, without links on the way; what is not there stands as it was asked for.
    pub path: &'a [u8],
    /// Where it lies.
    pub place: FilePlace,
    /// Whether something was there before.
    pub existed: bool,
    /// What became of it.
    pub outcome: Result<()>,
}

/// Where a file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePlace {
    /// In the guest's own tree: memory, or a layer.
    Own,
    /// In a mounted folder: which one, in the order of [`Vfs::mount_folder`](crate::Vfs::mount_folder), from 0 on.
    Folder(u32),
    /// In an overlay: which one, in the order of [`Vfs::mount_overlay`](crate::Vfs::mount_overlay), from 0 on.
    Overlay(u32),
}

/// What can be done with a file by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOperation {
    /// `open` of what is there, or without making it.
    Open,
    /// `open` that makes it, `mknod`.
    Create,
    /// `stat`.
    Stat,
    /// `access`.
    Access,
    /// `statfs`.
    FileSystem,
    /// `chdir`.
    Enter,
    /// `readlink`.
    ReadLink,
    /// `chmod`.
    SetMode,
    /// `chown`.
    SetOwner,
    /// `utimens`.
    SetTimes,
    /// `truncate`.
    Truncate,
    /// `mkdir`.
    MakeDirectory,
    /// `unlink`.
    Remove,
    /// `rmdir`.
    RemoveDirectory,
    /// `rename`, of either name.
    Rename,
    /// `link`, of either name.
    Link,
    /// `symlink`.
    SymbolicLink,
}

impl FileOperation {
    /// A word for it: that of POSIX.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Create => "create",
            Self::Stat => "stat",
            Self::Access => "access",
            Self::FileSystem => "statfs",
            Self::Enter => "chdir",
            Self::ReadLink => "readlink",
            Self::SetMode => "chmod",
            Self::SetOwner => "chown",
            Self::SetTimes => "utimens",
            Self::Truncate => "truncate",
            Self::MakeDirectory => "mkdir",
            Self::Remove => "unlink",
            Self::RemoveDirectory => "rmdir",
            Self::Rename => "rename",
            Self::Link => "link",
            Self::SymbolicLink => "symlink",
        }
    }

    /// Whether it changes something.
    #[must_use]
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Open | Self::Stat | Self::Access | Self::FileSystem | Self::Enter | Self::ReadLink)
    }
}
