//! A layer made from a list of files in memory, for embedders and tests.

use std::ops::Range;
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
    /// What the content is in; all of it, unless [`MapFile::range`] says otherwise.
    pub bytes: Arc<[u8]>,
    /// Which part of [`MapFile::bytes`] the content is: many files may be parts of one.
    pub range: Option<Range<usize>>,
}

impl MapFile {
    /// A regular file with mode 0644 of 1970.
    #[must_use]
    pub fn new(path: impl Into<Vec<u8>>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { path: path.into(), mode: 0o100_644, mtime: Timespec::default(), bytes: bytes.into(), range: None }
    }

    /// The same, whose content is a part of bytes that others share.
    ///
    /// ```
    /// use pyrun_memfs::MapFile;
    /// let package: std::sync::Arc<[u8]> = (*b"onetwo").into();
    /// assert_eq!(MapFile::part("two", package.clone(), 3..6).content(), Some(&b"two"[..]));
    /// assert_eq!(MapFile::part("beyond", package, 3..7).content(), None);
    /// ```
    #[must_use]
    pub fn part(path: impl Into<Vec<u8>>, bytes: Arc<[u8]>, range: Range<usize>) -> Self {
        Self { range: Some(range), ..Self::new(path, bytes) }
    }

    /// The content; `None` when its range lies outside the bytes.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.range.as_ref().map_or(Some(&*self.bytes), |range| self.bytes.get(range.clone()))
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
    files: Vec<MapFile>,
}

impl MapLayer {
    /// A layer of these files. Listings have their order.
    ///
    /// # Errors
    /// [`Errno::Inval`] for a path that is absolute, has an empty component, `.` or `..`, a zero or a name beyond 255
    /// bytes, that is there twice or is both file and directory; for a kind other than file, directory and link; and for a
    /// range outside its bytes.
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
            let size = file.content().ok_or(Errno::Inval)?.len() as u64;
            let leaf = Leaf { kind, size, mode: file.mode & 0o7777, mtime: file.mtime, payload };
            tree.add(&file.path, leaf).map_err(|_| Errno::Inval)?;
        }
        let tree = tree.finish();
        let files = files.into_iter().map(|file| MapFile { path: Vec::new(), ..file }).collect();
        Ok(Self { identity: identity.into(), tree, files })
    }

    fn content(&self, payload: u32) -> Result<&[u8]> {
        self.files.get(payload as usize).and_then(MapFile::content).ok_or(Errno::Io)
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
