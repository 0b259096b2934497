//! A read-only tree that lies under the writable one: a zip, a wheel, a list of files.
//!
//! A layer is shared by all interpreters of a process and is never copied: directories are asked for their entries when
//! the guest first touches them, files are read in place, and a file becomes the guest's own when it is first written
//! (copy up).

use serde::{Deserialize, Serialize};

use crate::errno::{Errno, Result};
use crate::metadata::FileKind;
use crate::time::Timespec;

/// The number of a file within its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LayerNode(pub u32);

/// One entry of a layer's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerEntry {
    /// Its name: 1 to 255 bytes, no slash, no zero, not `.` or `..`. Other entries are not shown.
    pub name: Box<[u8]>,
    /// Its number.
    pub node: LayerNode,
    /// File, directory or symbolic link. Other kinds are not shown.
    pub kind: FileKind,
    /// Length in bytes.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Last change.
    pub mtime: Timespec,
}

/// A read-only tree. Its answers never change, and a number that it never gave is answered with an error: a damaged image
/// ([`VfsImage`](crate::VfsImage)) may say any.
pub trait Layer: Send + Sync {
    /// What it is, e.g. `sha256:…`: names it in images and caches.
    fn identity(&self) -> &str;

    /// The number of its root directory.
    fn root(&self) -> LayerNode;

    /// The entries of a directory, in a fixed order, without `.` and `..`.
    ///
    /// # Errors
    /// [`Errno::NotDir`] when `dir` is not a directory, [`Errno::Io`] when the layer is damaged.
    fn entries(&self, dir: LayerNode) -> Result<Vec<LayerEntry>>;

    /// Reads from `offset` on, as much as is there and fits; 0 only at the end.
    ///
    /// # Errors
    /// [`Errno::IsDir`] for a directory, [`Errno::Io`] when the layer is damaged.
    fn read_at(&self, file: LayerNode, offset: u64, buf: &mut [u8]) -> Result<usize>;

    /// The text of a symbolic link.
    ///
    /// # Errors
    /// [`Errno::Inval`] when `link` is not a symbolic link, [`Errno::Io`] when the layer is damaged.
    fn read_link(&self, link: LayerNode) -> Result<Vec<u8>> {
        let _ = link;
        Err(Errno::Inval)
    }
}

/// Copies the part of `bytes` that begins at `offset` into `buf`.
pub(crate) fn copy_from(bytes: &[u8], offset: u64, buf: &mut [u8]) -> usize {
    let rest = usize::try_from(offset).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
    let count = rest.len().min(buf.len());
    if let (Some(target), Some(source)) = (buf.get_mut(..count), rest.get(..count)) {
        target.copy_from_slice(source);
    }
    count
}
