//! Writing a pack: the files of a zip or wheel, and the bytecode of its sources.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

use pyrun_memfs::Timespec;
use sha2::{Digest as _, Sha256};

use super::{DIRECTORY_MODE, FILE_MODE, MAGIC, NODE_SIZE, Node, PACK_VERSION, Trailer};
use crate::archive::{TreeFile, is_safe_path};
use crate::site::{Optimization, SitePaths};

/// Collects the files of a pack and writes it. Nothing is written before all is known to be right.
///
/// ```
/// use pyrun_memfs::{Layer, Timespec};
/// use pyrun_packages::{SitePaths, PackBuilder, PackLayer, TreeFile};
/// let file = TreeFile { path: "lib/x.py".into(), mtime: Timespec { secs: 7, nanos: 0 }, bytes: b"x = 1".to_vec() };
/// let mut builder = PackBuilder::new(SitePaths::new(3, 14), vec![file])?;
/// assert_eq!(builder.sources().collect::<Vec<_>>(), ["/lib/x.py"]);
/// builder.add_bytecode("/lib/x.py", &[0; 20])?; // what the guest compiled it to
/// let mut pack = Vec::new();
/// builder.write_to(&mut pack)?;
/// let layer = PackLayer::open(std::sync::Arc::new(pack))?;
/// let lib = layer.entries(layer.root())?.remove(0).node;
/// assert_eq!(layer.entries(lib)?.len(), 2); // x.py and __pycache__
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PackBuilder {
    site: SitePaths,
    optimization: Optimization,
    files: BTreeMap<String, Contents>,
}

#[derive(Clone, Debug)]
struct Contents {
    mtime: Timespec,
    bytes: Vec<u8>,
}

/// Files cannot be put into a pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackBuildError {
    /// A path is absolute, empty, or has a component that it must not have.
    #[error("unsafe path {0:?}")]
    UnsafePath(String),
    /// A path is a file, and also the directory of another one.
    #[error("{0:?} is both a file and a directory")]
    Conflict(String),
    /// Bytecode came for a file that is no source of this pack, or is no bytecode.
    #[error("no bytecode for {0:?}")]
    Bytecode(String),
    /// More files than a pack can number.
    #[error("too many files")]
    TooMany,
}

/// The length of what precedes the code in a `.pyc`: magic, flags, time and size of the source.
const PYC_HEADER: usize = 16;

impl PackBuilder {
    /// Begins a pack of `files`. Of two with the same path the later one counts, as when they are unpacked in order.
    ///
    /// # Errors
    /// [`PackBuildError`] for a path that does not fit into a tree.
    pub fn new(site: SitePaths, files: Vec<TreeFile>) -> Result<Self, PackBuildError> {
        let mut tree = BTreeMap::new();
        for file in files {
            if !is_safe_path(&file.path) {
                return Err(PackBuildError::UnsafePath(file.path));
            }
            // Whole seconds, because that is what bytecode and nodes record.
            let mtime = Timespec { secs: file.mtime.secs, nanos: 0 };
            tree.insert(file.path, Contents { mtime, bytes: file.bytes });
        }
        let has_conflict = |path: &&String| ancestors(path).any(|directory| tree.contains_key(directory));
        if let Some(path) = tree.keys().find(has_conflict) {
            return Err(PackBuildError::Conflict(path.clone()));
        }
        Ok(Self { site, optimization: Optimization::None, files: tree })
    }

    /// Takes bytecode of another level.
    #[must_use]
    pub fn optimization(mut self, optimization: Optimization) -> Self {
        self.optimization = optimization;
        self
    }

    /// Leaves everything but bytecode out, for a pack that is mounted over one that has the sources.
    #[must_use]
    pub fn bytecode_only(mut self) -> Self {
        self.files.retain(|path, _| is_bytecode(path));
        self
    }

    /// The absolute paths of the sources that lack bytecode.
    pub fn sources(&self) -> impl Iterator<Item = String> {
        let lacks = |path: &&String| self.bytecode_path(path).is_some_and(|pyc| !self.files.contains_key(&pyc));
        self.files.keys().filter(lacks).map(|path| format!("/{path}"))
    }

    fn bytecode_path(&self, source: &str) -> Option<String> {
        self.site.bytecode_path(source, self.optimization)
    }

    /// Puts the `.pyc` file of the source at the absolute path `source` where the import system looks for it. The time and
    /// size that it records become those that the source will show.
    ///
    /// # Errors
    /// [`PackBuildError::Bytecode`] when there is no such source, or `pyc` is too short to be bytecode.
    pub fn add_bytecode(&mut self, source: &str, pyc: &[u8]) -> Result<(), PackBuildError> {
        let refused = || PackBuildError::Bytecode(source.to_owned());
        let path = source.strip_prefix('/').ok_or_else(refused)?;
        let file = self.files.get(path).ok_or_else(refused)?;
        let target = self.bytecode_path(path).ok_or_else(refused)?;
        let (magic, code) = (pyc.get(..4).ok_or_else(refused)?, pyc.get(PYC_HEADER..).ok_or_else(refused)?);
        let mtime = file.mtime;
        // The import system compares both modulo 2³²; flags of 0 say that it shall.
        let [seconds, size] = [mtime.secs.to_le_bytes(), (file.bytes.len() as u64).to_le_bytes()];
        let [flags, seconds, size] = [&[0; 4], &seconds[..4], &size[..4]];
        let bytes = [magic, flags, seconds, size, code].concat();
        self.files.insert(target, Contents { mtime, bytes });
        Ok(())
    }

    /// Writes the pack: once, front to back.
    ///
    /// # Errors
    /// What `writer` says; [`io::ErrorKind::InvalidInput`] when there are too many files.
    pub fn write_to(&self, writer: &mut dyn Write) -> io::Result<()> {
        let mut writer = HashingWriter { writer, hasher: Sha256::new(), position: 0 };
        let offsets = self.write_data(&mut writer)?;
        let (nodes, names) =
            self.index(&offsets).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        writer.align(NODE_SIZE as u64)?;
        let nodes_offset = writer.position;
        for node in &nodes {
            writer.write(&node.encode())?;
        }
        writer.write(&names)?;
        let too_many = |_| io::Error::new(io::ErrorKind::InvalidInput, PackBuildError::TooMany);
        let nodes = u32::try_from(nodes.len()).map_err(too_many)?;
        let names_len = u32::try_from(names.len()).map_err(too_many)?;
        let digest = writer.hasher.finalize().into();
        let trailer = Trailer { version: PACK_VERSION, nodes, names_len, nodes_offset, digest };
        writer.writer.write_all(&trailer.encode())
    }

    /// Writes the contents and tells where each file's begins.
    fn write_data(&self, writer: &mut HashingWriter<'_>) -> io::Result<BTreeMap<&str, u64>> {
        let (first, rest): (Vec<_>, Vec<_>) = self.files.iter().partition(|(path, _)| is_bytecode(path));
        let mut offsets = BTreeMap::new();
        // So that no file is empty where it begins: offset 0 is never data.
        writer.write(&MAGIC)?;
        for (path, contents) in first.into_iter().chain(rest) {
            writer.align(alignment(path))?;
            offsets.insert(path.as_str(), writer.position);
            writer.write(&contents.bytes)?;
        }
        Ok(offsets)
    }

    /// The nodes, breadth first, and their names.
    fn index(&self, offsets: &BTreeMap<&str, u64>) -> Result<(Vec<Node>, Vec<u8>), PackBuildError> {
        let tree = self.tree();
        let mut names = Vec::new();
        let mut nodes = vec![directory_node(&tree, 0, "")?];
        let mut queue = VecDeque::from([(0, &tree)]);
        while let Some((at, directory)) = queue.pop_front() {
            let first = nodes.len() as u64;
            if let Some(node) = nodes.get_mut(at) {
                node.offset = first;
            }
            for (name, entry) in &directory.entries {
                let name_offset = u32::try_from(names.len()).map_err(|_| PackBuildError::TooMany)?;
                names.extend_from_slice(name.as_bytes());
                match entry {
                    Entry::Directory(directory) => {
                        queue.push_back((nodes.len(), directory));
                        nodes.push(directory_node(directory, name_offset, name)?);
                    }
                    Entry::File(path, contents) => nodes.push(Node {
                        name_offset,
                        name_len: name_len(name)?,
                        mode: FILE_MODE,
                        mtime: contents.mtime.secs,
                        offset: offsets.get(path).copied().unwrap_or_default(),
                        size: contents.bytes.len() as u64,
                    }),
                }
            }
        }
        Ok((nodes, names))
    }

    fn tree(&self) -> Directory<'_> {
        let mut root = Directory::default();
        for (path, contents) in &self.files {
            root.insert(path, path, contents);
        }
        root
    }
}

#[derive(Default)]
struct Directory<'a> {
    mtime: i64,
    entries: BTreeMap<&'a str, Entry<'a>>,
}

enum Entry<'a> {
    Directory(Directory<'a>),
    File(&'a str, &'a Contents),
}

impl<'a> Directory<'a> {
    /// A directory is as new as the newest file below it.
    fn insert(&mut self, rest: &'a str, path: &'a str, contents: &'a Contents) {
        self.mtime = self.mtime.max(contents.mtime.secs);
        let Some((name, rest)) = rest.split_once('/') else {
            self.entries.insert(rest, Entry::File(path, contents));
            return;
        };
        let entry = self.entries.entry(name).or_insert_with(|| Entry::Directory(Directory::default()));
        // A file here would be a conflict, which `new` has refused.
        if let Entry::Directory(directory) = entry {
            directory.insert(rest, path, contents);
        }
    }
}

fn is_bytecode(path: &str) -> bool {
    path.ends_with(".pyc")
}

fn directory_node(directory: &Directory<'_>, name_offset: u32, name: &str) -> Result<Node, PackBuildError> {
    let (name_len, size) = (name_len(name)?, directory.entries.len() as u64);
    Ok(Node { name_offset, name_len, mode: DIRECTORY_MODE, mtime: directory.mtime, offset: 0, size })
}

fn name_len(name: &str) -> Result<u16, PackBuildError> {
    u16::try_from(name.len()).map_err(|_| PackBuildError::UnsafePath(name.to_owned()))
}

/// `a/b/c` gives `a/b` and `a`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').filter_map(|(slash, _)| path.get(..slash))
}

/// Shared libraries begin at a page, so that they can be mapped by themselves.
fn alignment(path: &str) -> u64 {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.ends_with(".so") || name.contains(".so.") { 4096 } else { 16 }
}

struct HashingWriter<'a> {
    writer: &'a mut dyn Write,
    hasher: Sha256,
    position: u64,
}

impl HashingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)?;
        self.hasher.update(bytes);
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Writes zeros up to a multiple of `alignment`, which is at most 4096.
    fn align(&mut self, alignment: u64) -> io::Result<()> {
        let missing = self.position.next_multiple_of(alignment) - self.position;
        self.write([0; 4096].get(..usize::try_from(missing).unwrap_or_default()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::{Optimization, PackBuildError, PackBuilder, SitePaths, TreeFile};
    use pyrun_memfs::Timespec;

    fn file(path: &str) -> TreeFile {
        TreeFile { path: path.into(), mtime: Timespec { secs: 1_700_000_000, nanos: 5 }, bytes: b"pass".to_vec() }
    }

    fn builder(paths: &[&str]) -> Result<PackBuilder, PackBuildError> {
        PackBuilder::new(SitePaths::new(3, 14), paths.iter().map(|path| file(path)).collect())
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let error = |paths: &[&str]| builder(paths).unwrap_err();
        assert_eq!(error(&["/a"]), PackBuildError::UnsafePath("/a".into()));
        assert_eq!(error(&["a/../b"]), PackBuildError::UnsafePath("a/../b".into()));
        assert_eq!(error(&["a", "a/b/c"]), PackBuildError::Conflict("a/b/c".into()));
        assert!(builder(&["a", "a.b/c", "ab"]).is_ok());
    }

    #[test]
    fn bytecode_records_what_its_source_shows() {
        let mut builder = builder(&["lib/a.py", "lib/b.txt"]).unwrap();
        let pyc: Vec<u8> = (0..40).collect();
        builder.add_bytecode("/lib/a.py", &pyc).unwrap();
        let stored = &builder.files.get("lib/__pycache__/a.cpython-314.pyc").unwrap().bytes;
        let mut expected = pyc.clone();
        expected.splice(4..8, [0; 4]);
        expected.splice(8..12, 1_700_000_000_u32.to_le_bytes());
        expected.splice(12..16, 4_u32.to_le_bytes());
        assert_eq!(stored, &expected);
        assert_eq!(builder.sources().count(), 0);
        for (source, pyc) in
            [("lib/a.py", &pyc[..]), ("/lib/b.txt", &pyc), ("/lib/c.py", &pyc), ("/lib/a.py", &pyc[..15])]
        {
            assert_eq!(builder.add_bytecode(source, pyc), Err(PackBuildError::Bytecode(source.into())));
        }
    }

    #[test]
    fn a_level_has_bytecode_of_its_own() {
        let builder = builder(&["a.py", "b.txt", "__pycache__/a.cpython-314.pyc"]).unwrap();
        let mut builder = builder.optimization(Optimization::Docstrings);
        assert_eq!(builder.sources().collect::<Vec<_>>(), ["/a.py"]);
        builder.add_bytecode("/a.py", &[0; 20]).unwrap();
        let paths: Vec<String> = builder.bytecode_only().files.into_keys().collect();
        assert_eq!(paths, ["__pycache__/a.cpython-314.opt-2.pyc", "__pycache__/a.cpython-314.pyc"]);
    }

    #[test]
    fn sources_are_what_can_be_imported() {
        let builder =
            builder(&["a.py", "b/.py", "b/c.pyi", "b/d.py", "b/e.so", "b/__pycache__/d.cpython-314.pyc"]).unwrap();
        assert_eq!(builder.sources().collect::<Vec<_>>(), ["/a.py"]);
    }
}
