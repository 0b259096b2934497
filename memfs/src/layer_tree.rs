//! The tree of a layer that is given as a list of paths: a zip's central directory, a list of files.
//!
//! Directories that no entry names are made. Two entries for one file, a file that is also a directory, and names that a
//! path cannot have are refused, not mended: what one reader takes for one file and another for a different one is how
//! checks are got around.

use std::collections::HashMap;

use crate::errno::{Errno, Result};
use crate::layer::{LayerEntry, LayerNode};
use crate::metadata::{FileKind, NAME_MAX};
use crate::time::Timespec;

/// What an entry is, apart from its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) kind: FileKind,
    pub(crate) size: u64,
    pub(crate) mode: u32,
    pub(crate) mtime: Timespec,
    /// What the layer knows it by.
    pub(crate) payload: u32,
}

#[derive(Debug)]
struct TreeNode {
    name: Box<[u8]>,
    leaf: Leaf,
    children: Vec<u32>,
    /// Whether an entry names it (a directory may be there only because something is in it).
    explicit: bool,
}

/// A finished tree. Node 0 is the root.
#[derive(Debug)]
pub(crate) struct LayerTree {
    nodes: Vec<TreeNode>,
}

/// A tree being made.
pub(crate) struct TreeBuilder<'p> {
    nodes: Vec<TreeNode>,
    by_path: HashMap<&'p [u8], u32>,
    /// The directory of the last entry: the next one is mostly in it too.
    last: (&'p [u8], u32),
}

const IMPLICIT_DIRECTORY: Leaf =
    Leaf { kind: FileKind::Directory, size: 0, mode: 0o755, mtime: Timespec { secs: 0, nanos: 0 }, payload: u32::MAX };

/// Why an entry cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

impl<'p> TreeBuilder<'p> {
    pub(crate) fn with_capacity(entries: usize) -> Self {
        let root = TreeNode { name: Box::default(), leaf: IMPLICIT_DIRECTORY, children: Vec::new(), explicit: false };
        let mut nodes = Vec::with_capacity(entries.saturating_add(1));
        nodes.push(root);
        let mut by_path = HashMap::with_capacity(entries.saturating_add(1));
        by_path.insert([].as_slice(), 0);
        Self { nodes, by_path, last: (&[], 0) }
    }

    /// Adds an entry. `path` is relative, without a slash at the end.
    pub(crate) fn add(&mut self, path: &'p [u8], leaf: Leaf) -> Result<(), Refused> {
        if path.split(|byte| *byte == b'/').any(is_bad) {
            return Err(Refused);
        }
        if let Some(index) = self.by_path.get(path) {
            let node = self.nodes.get_mut(*index as usize).ok_or(Refused)?;
            if node.explicit || node.leaf.kind != FileKind::Directory || leaf.kind != FileKind::Directory {
                return Err(Refused);
            }
            node.leaf = leaf;
            node.explicit = true;
            return Ok(());
        }
        let parent = self.directory(parent_of(path))?;
        self.push(parent, path, leaf, true).map(drop)
    }

    /// The directory at `path`, made with those above it when it is not there yet.
    fn directory(&mut self, path: &'p [u8]) -> Result<u32, Refused> {
        if self.last.0 == path {
            return Ok(self.last.1);
        }
        let mut missing = Vec::new();
        let mut at = path;
        let mut parent = loop {
            if let Some(index) = self.by_path.get(at) {
                break *index;
            }
            missing.push(at);
            at = parent_of(at);
        };
        while let Some(path) = missing.pop() {
            parent = self.push(parent, path, IMPLICIT_DIRECTORY, false)?;
        }
        self.last = (path, parent);
        Ok(parent)
    }

    fn push(&mut self, parent: u32, path: &'p [u8], leaf: Leaf, explicit: bool) -> Result<u32, Refused> {
        let index = u32::try_from(self.nodes.len()).map_err(|_| Refused)?;
        let directory = self.nodes.get_mut(parent as usize).ok_or(Refused)?;
        if directory.leaf.kind != FileKind::Directory {
            return Err(Refused);
        }
        directory.children.push(index);
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        self.nodes.push(TreeNode { name: name.into(), leaf, children: Vec::new(), explicit });
        self.by_path.insert(path, index);
        Ok(index)
    }

    pub(crate) fn finish(self) -> LayerTree {
        LayerTree { nodes: self.nodes }
    }
}

fn is_bad(name: &[u8]) -> bool {
    name.is_empty() || name == b"." || name == b".." || name.len() > NAME_MAX || name.contains(&0)
}

fn parent_of(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    path.get(..slash).unwrap_or_default()
}

impl LayerTree {
    pub(crate) fn root(&self) -> LayerNode {
        LayerNode(0)
    }

    fn node(&self, node: LayerNode) -> Result<&TreeNode> {
        self.nodes.get(node.0 as usize).ok_or(Errno::NoEnt)
    }

    /// What the layer knows a file by.
    pub(crate) fn file(&self, node: LayerNode) -> Result<u32> {
        self.payload(node, FileKind::File, Errno::IsDir)
    }

    /// What the layer knows a symbolic link by.
    pub(crate) fn link(&self, node: LayerNode) -> Result<u32> {
        self.payload(node, FileKind::Symlink, Errno::Inval)
    }

    fn payload(&self, node: LayerNode, kind: FileKind, otherwise: Errno) -> Result<u32> {
        let leaf = self.node(node)?.leaf;
        if leaf.kind == kind { Ok(leaf.payload) } else { Err(otherwise) }
    }

    pub(crate) fn entries(&self, dir: LayerNode) -> Result<Vec<LayerEntry>> {
        let dir = self.node(dir)?;
        if dir.leaf.kind != FileKind::Directory {
            return Err(Errno::NotDir);
        }
        let entry = |index: &u32| {
            let TreeNode { name, leaf, .. } = self.node(LayerNode(*index))?;
            let Leaf { kind, size, mode, mtime, .. } = *leaf;
            Ok(LayerEntry { name: name.clone(), node: LayerNode(*index), kind, size, mode, mtime })
        };
        dir.children.iter().map(entry).collect()
    }
}
