//! draft
#![forbid(unsafe_code)]

mod content;
mod descriptor;
mod device;
mod directory;
mod entropy;
mod errno;
mod flags;
pub mod folder;
mod inode;
mod layer;
mod metadata;
mod node;
mod pipe;
mod stream;
mod time;
mod vfs;

pub use entropy::Entropy;
pub use errno::{Errno, Result};
pub use flags::{AT_FDCWD, FD_CLOEXEC, OpenFlags, R_OK, W_OK, Whence, X_OK};
pub use folder::Folder;
pub use layer::{Layer, LayerEntry, LayerNode};
pub use metadata::{
    DIRENT_STRIDE, DirEntry, FileKind, Metadata, NAME_MAX, PATH_MAX, S_IFMT, StatFs,
};
pub use stream::{NullStream, Readiness, Stream, WaitHandle, WindowSize};
pub use time::{Clock, FixedClock, SetTime, Timespec};
pub use vfs::{Limits, Vfs, VfsConfig};
