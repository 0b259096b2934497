//! System calls: `__syscall_*`, over [`pyrun_memfs::Vfs`].
//!
//! Replaces `libsyscall.js`, `libsockfs.js` and the name resolution of `libcore.js`. One file per family. Every handler
//! has the same steps: decode the arguments, check them and the guest memory that the answer needs, make one call of the
//! file system, write the answer. So an error leaves guest memory and files as they were. The sign of an errno is
//! applied by the `imports!` table, never here.

pub mod descriptors;
pub mod embedded;
pub mod identity;
pub mod ioctl;
pub mod layout;
pub mod legalised;
pub mod locks;
pub mod metadata;
pub mod names;
pub mod netdb;
pub mod poll;
pub mod size;
pub(crate) mod sockaddr;
pub mod socket;

/// `AT_SYMLINK_NOFOLLOW`.
pub(crate) const AT_SYMLINK_NOFOLLOW: u32 = 0x100;
/// `AT_REMOVEDIR`.
pub(crate) const AT_REMOVEDIR: u32 = 0x200;
/// `AT_SYMLINK_FOLLOW`.
pub(crate) const AT_SYMLINK_FOLLOW: u32 = 0x400;
/// `AT_EMPTY_PATH`.
pub(crate) const AT_EMPTY_PATH: u32 = 0x1000;
