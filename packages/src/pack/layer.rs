//! Reading a pack: a layer over bytes that somebody else mapped.
//!
//! Opening looks at the trailer and the root only; every other record is checked when it is used. A damaged pack gives
//! `EIO`, never a panic; that its contents are what was written is for the cache to verify, which keeps its digest.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use pyrun_memfs::{Errno, FileKind, Layer, LayerEntry, LayerNode, Timespec};

use super::{NODE_SIZE, Node, PACK_VERSION, TRAILER_SIZE, Trailer};
use crate::digest::Digest;

/// A pack as a read-only layer, to be mounted at `/`.
///
/// Nothing is copied or allocated until a directory is asked for its entries.
pub struct PackLayer {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    identity: String,
    nodes: Range<usize>,
    names: Range<usize>,
}

/// Bytes are not a pack, or not a whole one. It is to be built again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The end is not that of a pack: another kind of file, or cut off.
    #[error("not a pack, or cut off")]
    NotAPack,
    /// It was written by another version of pyrun.
    #[error("a pack of version {0}, not {PACK_VERSION}")]
    Version(u32),
    /// Its parts do not add up to its length.
    #[error("a damaged pack")]
    Damaged,
}

impl PackLayer {
    /// Looks at a pack. `bytes` must stay as they are, as a mapped file in a cache does that only ever replaces files.
    ///
    /// # Errors
    /// [`PackError`] when it must be built again.
    pub fn open(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Result<Self, PackError> {
        let all = (*bytes).as_ref();
        let (front, trailer) = all.split_last_chunk::<TRAILER_SIZE>().ok_or(PackError::NotAPack)?;
        let trailer = Trailer::decode(trailer).ok_or(PackError::NotAPack)?;
        if trailer.version != PACK_VERSION {
            return Err(PackError::Version(trailer.version));
        }
        let (nodes, names) = parts(&trailer, front.len()).ok_or(PackError::Damaged)?;
        let identity = format!("pack:{}", Digest(trailer.digest));
        let layer = Self { bytes, identity, nodes, names };
        layer.directory(layer.root()).map_err(|_| PackError::Damaged)?;
        Ok(layer)
    }

    /// The bytes of a file, in place.
    ///
    /// # Errors
    /// [`Errno::IsDir`] for a directory, [`Errno::Io`] when the pack is damaged or has no such node.
    pub fn file_bytes(&self, file: LayerNode) -> Result<&[u8], Errno> {
        let node = self.node(file)?;
        match node.kind() {
            Some(FileKind::File) => self.slice(node.offset, node.size, self.nodes.start).ok_or(Errno::Io),
            Some(FileKind::Directory) => Err(Errno::IsDir),
            _ => Err(Errno::Io),
        }
    }

    /// Whether a file of the pack has exactly these bytes. Those of another length are not looked at.
    pub fn has_file(&self, bytes: &[u8]) -> bool {
        let size = bytes.len() as u64;
        let nodes = self.all().get(self.nodes.clone()).unwrap_or_default();
        let (nodes, _) = nodes.as_chunks::<NODE_SIZE>();
        let files =
            nodes.iter().map(Node::decode).filter(|node| node.size == size && node.kind() == Some(FileKind::File));
        files.into_iter().any(|node| self.slice(node.offset, node.size, self.nodes.start) == Some(bytes))
    }

    fn all(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    /// `size` bytes at `offset`, which must end by `end`.
    fn slice(&self, offset: u64, size: u64, end: usize) -> Option<&[u8]> {
        let start = usize::try_from(offset).ok()?;
        let stop = start.checked_add(usize::try_from(size).ok()?).filter(|stop| *stop <= end)?;
        self.all().get(start..stop)
    }

    fn node(&self, node: LayerNode) -> Result<Node, Errno> {
        let at = usize::try_from(node.0).ok().and_then(|index| index.checked_mul(NODE_SIZE)).ok_or(Errno::Io)?;
        let nodes = self.all().get(self.nodes.clone()).ok_or(Errno::Io)?;
        nodes.get(at..).and_then(<[u8]>::first_chunk).map(Node::decode).ok_or(Errno::Io)
    }

    fn name(&self, node: &Node) -> Result<&[u8], Errno> {
        let start = u64::from(node.name_offset) + self.names.start as u64;
        self.slice(start, node.name_len.into(), self.names.end).ok_or(Errno::Io)
    }

    /// The numbers of a directory's entries. They are behind its own, so that no directory contains itself.
    fn directory(&self, number: LayerNode) -> Result<Range<u32>, Errno> {
        let node = self.node(number)?;
        match node.kind() {
            Some(FileKind::Directory) => {}
            Some(_) => return Err(Errno::NotDir),
            None => return Err(Errno::Io),
        }
        let first = u32::try_from(node.offset).map_err(|_| Errno::Io)?;
        let end = u32::try_from(node.size).ok().and_then(|count| first.checked_add(count)).ok_or(Errno::Io)?;
        let is_within = end as usize <= self.nodes.len() / NODE_SIZE && first > number.0;
        if is_within { Ok(first..end) } else { Err(Errno::Io) }
    }
}

/// Where nodes and names are in the `len` bytes before the trailer, which they must fill up to the end.
fn parts(trailer: &Trailer, len: usize) -> Option<(Range<usize>, Range<usize>)> {
    let start = usize::try_from(trailer.nodes_offset).ok()?;
    let nodes_len = usize::try_from(trailer.nodes).ok()?.checked_mul(NODE_SIZE)?;
    let names_start = start.checked_add(nodes_len)?;
    let end = names_start.checked_add(usize::try_from(trailer.names_len).ok()?)?;
    (end == len).then_some((start..names_start, names_start..end))
}

impl Layer for PackLayer {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn root(&self) -> LayerNode {
        LayerNode(0)
    }

    fn entries(&self, dir: LayerNode) -> Result<Vec<LayerEntry>, Errno> {
        let entry = |number| {
            let node = self.node(LayerNode(number))?;
            let kind = node.kind().ok_or(Errno::Io)?;
            Ok(LayerEntry {
                name: self.name(&node)?.into(),
                node: LayerNode(number),
                kind,
                size: if kind == FileKind::File { node.size } else { 0 },
                mode: u32::from(node.mode & 0o7777),
                mtime: Timespec { secs: node.mtime, nanos: 0 },
            })
        };
        self.directory(dir)?.map(entry).collect()
    }

    fn read_at(&self, file: LayerNode, offset: u64, buf: &mut [u8]) -> Result<usize, Errno> {
        let bytes = self.file_bytes(file)?;
        let rest = usize::try_from(offset).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
        let count = rest.len().min(buf.len());
        for (target, source) in buf.get_mut(..count).into_iter().zip(rest.get(..count)) {
            target.copy_from_slice(source);
        }
        Ok(count)
    }
}

impl fmt::Debug for PackLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackLayer")
            .field("identity", &self.identity)
            .field("nodes", &(self.nodes.len() / NODE_SIZE))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::{Errno, FileKind, Layer, LayerNode, NODE_SIZE, PackError, PackLayer, Timespec};
    use crate::{PackBuilder, SitePaths, TreeFile};

    fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
        let file = |(path, bytes): &(&str, &[u8])| TreeFile {
            path: (*path).into(),
            mtime: Timespec { secs: 1_000_000_000 + bytes.len() as i64, nanos: 0 },
            bytes: bytes.to_vec(),
        };
        let builder = PackBuilder::new(SitePaths::new(3, 14), files.iter().map(file).collect()).unwrap();
        let mut bytes = Vec::new();
        builder.write_to(&mut bytes).unwrap();
        bytes
    }

    fn sample() -> Vec<u8> {
        pack(&[
            ("lib/a.py", b"a"),
            ("lib/sub/b.so", b"\0asm"),
            ("lib/sub/empty", b""),
            ("usr/c", b"ccc"),
            ("lib.x", b"x"),
        ])
    }

    /// Everything that a walk sees; an error where it sees one.
    fn walk(layer: &PackLayer) -> Result<BTreeMap<String, Vec<u8>>, Errno> {
        let mut found = BTreeMap::new();
        let mut directories = vec![(String::new(), layer.root())];
        while let Some((path, number)) = directories.pop() {
            for entry in layer.entries(number)? {
                let path = format!("{path}/{}", String::from_utf8_lossy(&entry.name));
                match entry.kind {
                    FileKind::Directory => directories.push((path, entry.node)),
                    _ => drop(found.insert(path, layer.file_bytes(entry.node)?.to_vec())),
                }
            }
        }
        Ok(found)
    }

    #[test]
    fn what_is_written_is_read() {
        let layer = PackLayer::open(Arc::new(sample())).unwrap();
        let found = walk(&layer).unwrap();
        let expected: [(&str, &[u8]); 5] = [
            ("/lib.x", b"x"),
            ("/lib/a.py", b"a"),
            ("/lib/sub/b.so", b"\0asm"),
            ("/lib/sub/empty", b""),
            ("/usr/c", b"ccc"),
        ];
        assert!(found.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).eq(expected), "{found:?}");
        let root = layer.entries(layer.root()).unwrap();
        assert_eq!(
            root.iter().map(|e| (&e.name[..], e.mode, e.mtime.secs)).collect::<Vec<_>>(),
            [(&b"lib"[..], 0o755, 1_000_000_004), (b"lib.x", 0o644, 1_000_000_001), (b"usr", 0o755, 1_000_000_003)]
        );
    }

    #[test]
    fn a_file_is_found_by_its_bytes_alone() {
        let layer = PackLayer::open(Arc::new(sample())).unwrap();
        for there in [&b"\0asm"[..], b"ccc", b"x", b""] {
            assert!(layer.has_file(there), "{there:?}");
        }
        for other in [&b"\0asn"[..], b"cc", b"cccc", b"ax"] {
            assert!(!layer.has_file(other), "{other:?}");
        }
    }

    /// Opening costs the same however large the pack is: it reads the root and the trailer, and nothing between.
    #[test]
    fn opening_reads_the_root_and_the_trailer_only() {
        let good = sample();
        let layer = PackLayer::open(Arc::new(good.clone())).unwrap();
        let (root, names) = (layer.nodes.start..layer.nodes.start + NODE_SIZE, layer.names.end);
        let mut bytes = vec![0xff; names];
        bytes.extend_from_slice(good.get(names..).unwrap());
        bytes.get_mut(root.clone()).unwrap().copy_from_slice(good.get(root).unwrap());
        let damaged = PackLayer::open(Arc::new(bytes)).unwrap();
        assert_eq!(damaged.identity(), layer.identity());
        assert_eq!(damaged.entries(damaged.root()), Err(Errno::Io));
    }

    #[test]
    fn reads_are_positioned() {
        let layer = PackLayer::open(Arc::new(pack(&[("f", b"0123456789")]))).unwrap();
        let file = layer.entries(layer.root()).unwrap().first().unwrap().node;
        let read = |offset, len| {
            let mut buf = vec![b'.'; len];
            let count = layer.read_at(file, offset, &mut buf).unwrap();
            buf.truncate(count);
            String::from_utf8(buf).unwrap()
        };
        assert_eq!((read(0, 4).as_str(), read(8, 4).as_str(), read(10, 4).as_str()), ("0123", "89", ""));
        assert_eq!((read(u64::MAX, 4).as_str(), read(3, 0).as_str()), ("", ""));
        assert_eq!(layer.read_at(layer.root(), 0, &mut []), Err(Errno::IsDir));
        assert_eq!(layer.entries(file), Err(Errno::NotDir));
        assert_eq!(layer.entries(LayerNode(u32::MAX)), Err(Errno::Io));
    }

    #[test]
    fn the_identity_follows_the_contents() {
        let identity = |bytes| PackLayer::open(Arc::new(bytes)).unwrap().identity().to_owned();
        assert_eq!(identity(sample()), identity(sample()));
        assert_ne!(identity(pack(&[("a", b"1")])), identity(pack(&[("a", b"2")])));
        assert_ne!(identity(pack(&[("a", b"1")])), identity(pack(&[("b", b"1")])));
    }

    #[test]
    fn shared_libraries_begin_at_a_page() {
        let bytes = sample();
        let at = bytes.windows(4).position(|window| window == b"\0asm").unwrap();
        assert_eq!(at % 4096, 0);
    }

    #[test]
    fn every_cut_is_refused() {
        let good = sample();
        for end in 0..good.len() {
            assert!(PackLayer::open(Arc::new(good.get(..end).unwrap().to_vec())).is_err(), "{end}");
        }
        let longer = [&good[..], b"x"].concat();
        assert_eq!(PackLayer::open(Arc::new(longer)).unwrap_err(), PackError::NotAPack);
        assert_eq!(PackLayer::open(Arc::new(Vec::new())).unwrap_err(), PackError::NotAPack);
        let mut other = good.clone();
        *other.iter_mut().rev().nth(64 - 8 - 1).unwrap() = 9;
        assert_eq!(PackLayer::open(Arc::new(other)).unwrap_err(), PackError::Version(9));
        let front_missing = good.get(1..).unwrap().to_vec();
        assert_eq!(PackLayer::open(Arc::new(front_missing)).unwrap_err(), PackError::Damaged);
    }

    #[test]
    fn no_flipped_bit_makes_a_walk_panic_or_run_on() {
        let good = sample();
        let index = good.len() - 600;
        for at in index..good.len() {
            for bit in 0..8 {
                let mut bytes = good.clone();
                *bytes.get_mut(at).unwrap() ^= 1 << bit;
                if let Ok(layer) = PackLayer::open(Arc::new(bytes)) {
                    let _ = walk(&layer);
                }
            }
        }
    }
}
