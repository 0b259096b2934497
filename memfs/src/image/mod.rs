//! Images: a file system at rest, from which any number of file systems start.
//!
//! An image is the same tables that a [`Vfs`](crate::Vfs) works on. They are cut into parts behind `Arc` (a page of inodes,
//! the entries of a directory, 64 KiB of a file), and whoever changes a part copies it first. So freezing and thawing copy
//! a list of pointers, not a tree, and a file system that was thawed takes memory for what it changes.
//!
//! What can be counted (links, holders, the ends of pipes, bytes and inodes in use) is not written but counted anew when
//! an image is read, so it cannot be wrong. Everything else that is read is checked then (`check`), once; every image that
//! exists is sound, and thawing has only layers and limits left to look at.

mod check;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::descriptor::DescriptorTable;
use crate::inode::InodeId;
use crate::inode_table::InodeTable;
use crate::socket::SocketNames;

/// A file system at rest: what [`Vfs::freeze`](crate::Vfs::freeze) takes and [`Vfs::thaw`](crate::Vfs::thaw) starts from.
///
/// # What is in it
/// Every file, directory and link in memory with its bytes, number, owner, permissions and times; directories' order; what
/// layers still have to add, and the layers' identities; pipes and connections with the bytes under way; descriptors with
/// positions and flags; the working directory. Files that are open without a name are in it too. Holes stay holes.
///
/// # What is not
/// The host's ends: streams, clock and entropy come with the [`VfsConfig`](crate::VfsConfig) of each start, and so do the
/// limits. The bytes of layers. Mounted folders: where one was mounted, there is the directory that it hid, and nothing of
/// the host's is kept. Mount them again after thawing.
///
/// # Reading one
/// With any format of serde's. The content has no version: what is written around it must have one. A damaged or forged
/// image is an error of the format, and never makes a file system that panics or hangs; it is *not* noticed when damage
/// makes it another sound image, so keep a checksum with it.
///
/// # Sharing
/// A clone is cheap, and so is a file system made from it: all of them share the bytes of files and the tables until one
/// side changes a part. Each counts all bytes and inodes against its own limits as if it had made them itself, so a
/// guest can neither exceed its limits nor notice with whom it shares.
#[derive(Clone)]
pub struct VfsImage {
    pub(crate) layers: Vec<String>,
    pub(crate) inodes: InodeTable,
    pub(crate) root: InodeId,
    pub(crate) cwd: InodeId,
    pub(crate) files: DescriptorTable,
    pub(crate) sockets: SocketNames,
    /// What the files take of the budget.
    pub(crate) bytes: u64,
    pub(crate) enforce_permissions: bool,
}

impl VfsImage {
    /// The identities of the layers that [`Vfs::thaw`](crate::Vfs::thaw) wants, in order.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &str> {
        self.layers.iter().map(String::as_str)
    }

    /// Bytes of files and of the texts of links, as [`StorageLimits::max_bytes`](crate::StorageLimits::max_bytes) counts them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Serialize for VfsImage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = wire::Wire::new(self).ok_or_else(|| ser::Error::custom("an image holds no mounted folder"))?;
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for VfsImage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        check::restore(wire::Wire::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl core::fmt::Debug for VfsImage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (inodes, _) = self.inodes.usage();
        let mut debug = f.debug_struct("VfsImage");
        debug.field("layers", &self.layers).field("inodes", &inodes).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Why a file system cannot be frozen: it has something of the host's in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FreezeError {
    /// A descriptor is open in a mounted folder.
    #[error(
        "descriptor {fd} has {} of a mounted folder open, which an image cannot hold: close it first",
        .path.escape_ascii()
    )]
    FolderDescriptor {
        /// The descriptor.
        fd: i32,
        /// The guest's path of the file.
        path: Vec<u8>,
    },
    /// A folder is shown as an overlay, whose changes an image cannot hold.
    #[error("a folder is shown as an overlay, which an image cannot hold: show it read-only")]
    Overlay,
    /// The working directory is in a mounted folder.
    #[error(
        "the working directory, {}, is in a mounted folder, which an image cannot hold: change to another one first",
        .path.escape_ascii()
    )]
    FolderWorkingDirectory {
        /// The guest's path of it.
        path: Vec<u8>,
    },
}

/// Why an image cannot be thawed as it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThawError {
    /// The layers are not the image's. Give those that [`VfsImage::layers`] names, in its order, or make the image anew.
    #[error(
        "layer {index} of the image is {}, but {} was given: give the image's layers in its order, or make it anew",
        .expected.as_deref().unwrap_or("not there"),
        .given.as_deref().unwrap_or("none")
    )]
    Layer {
        /// The first place where they differ.
        index: usize,
        /// The image's layer there, if it has so many.
        expected: Option<String>,
        /// The layer that was given there, if there were so many.
        given: Option<String>,
    },
    /// The image holds more than the [`StorageLimits`](crate::StorageLimits) allow. Raise the limit, or make an image that holds less.
    #[error("the image holds {held} {what}, but the limit is {limit}: raise it, or make an image that holds less")]
    Limit {
        /// What there is too much of: `bytes`, `inodes` or `descriptors` (counted up to the highest one).
        what: &'static str,
        /// How many the image has.
        held: u64,
        /// How many there may be.
        limit: u64,
    },
}
