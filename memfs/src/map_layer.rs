//! A layer made from a list of files in memory, for embedders and tests.

use std::sync::Arc;

use crate::errno::{Errno, Result};
use crate::layer::{Layer, LayerEntry, LayerNode, copy_from};
use crate::layer_tree::{LayerTree, Leaf, TreeBuilder};
use crate::metadata::FileKind;
use crate::time::Timespec;

/// One file of a [`MapLayer`].
#[derive(Clone, Debug)]
pub struct MapFile {
    /// Relative, without `.` and `..`, e.g. `b"pkg/__init__.py"`. The directories on the way are made.
    pub path: Vec<u8>,
    /// Kind and permission bits. A symbolic link's content is its text; no kind at all is a regular file.
    pub mode: u32,
    /// Last change.
    pub mtime: Timespec,
    /// The content.
    pub bytes: Arc<[u8]>,
}

impl MapFile {
    /// A regular file with mode 0644 of 1970.
    #[must_use]
    pub fn new(path: impl Into<Vec<u8>>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { path: path.into(), mode: 0o100_644, mtime: Timespec::default(), bytes: bytes.into() }
    }
}

/// A [`Layer`] over a list of files.
///
/// ```
/// use pyrun_memfs::{Layer, MapFile, MapLayer};
/// let layer = MapLayer::new("example", vec![MapFile::new("pkg/__init__.py", *b"x = 1\n")])?;
/// let pkg = layer.entries(layer.root())?.remove(0);
/// let init = layer.entries(pkg.node)?.remove(0);
/// assert_eq!((&*init.name, init.size), (b"__init__.py".as_slice(), 6));
/// # Ok::<(), pyrun_memfs::Errno>(())
/// ```
#[derive(Debug)]
pub struct MapLayer {
    identity: String,
    tree: LayerTree,
    contents: Vec<Arc<[u8]>>,
}

impl MapLayer {
    /// A layer of these files. Listings have their order.
    ///
    /// # Errors
    /// [`Errno::Inval`] for a path that is absolute, has an empty component, `.` or `..`, a zero or a name beyond 255
    /// bytes, that is there twice or is both file and directory; and for a kind other than file, directory and link.
    pub fn new(identity: impl Into<String>, files: Vec<MapFile>) -> Result<Self> {
        let mut tree = TreeBuilder::with_capacity(files.len());
        for (file, payload) in files.iter().zip(0..) {
            let kind = match file.mode & crate::S_IFMT {
                0 => FileKind::File,
                _ => FileKind::from_mode(file.mode).ok_or(Errno::Inval)?,
            };
            if !matches!(kind, FileKind::File | FileKind::Directory | FileKind::Symlink) {
                return Err(Errno::Inval);
            }
            let size = file.bytes.len() as u64;
            let leaf = Leaf { kind, size, mode: file.mode & 0o7777, mtime: file.mtime, payload };
            tree.add(&file.path, leaf).map_err(|_| Errno::Inval)?;
        }
        let tree = tree.finish();
        let contents = files.into_iter().map(|file| file.bytes).collect();
        Ok(Self { identity: identity.into(), tree, contents })
    }

    fn content(&self, payload: u32) -> Result<&[u8]> {
        self.contents.get(payload as usize).map(|bytes| &**bytes).ok_or(Errno::Io)
    }
}

impl Layer for MapLayer {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn root(&self) -> LayerNode {
        self.tree.root()
    }

    fn entries(&self, dir: LayerNode) -> Result<Vec<LayerEntry>> {
        self.tree.entries(dir)
    }

    fn read_at(&self, file: LayerNode, offset: u64, buf: &mut [u8]) -> Result<usize> {
        Ok(copy_from(self.content(self.tree.file(file)?)?, offset, buf))
    }

    fn read_link(&self, link: LayerNode) -> Result<Vec<u8>> {
        Ok(self.content(self.tree.link(link)?)?.to_vec())
    }
}
