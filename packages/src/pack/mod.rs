//! Packs: a zip or wheel, unpacked once and compiled once, as one file that is mapped and mounted as it is.
//!
//! The stock standard library and the wheels hold deflated sources, which cost a second to compile at every start. A pack
//! holds the same files, not compressed, at their places in the guest's tree, and the bytecode beside the sources. It is
//! opened by looking at its last 64 bytes and its root: about a microsecond, however large it is. (A zip with stored
//! entries: 0.2 ms for the 889 files of SymPy, and an allocation for every entry, at every start.)
//!
//! The file, all numbers little-endian:
//!
//! | part | contents |
//! |---|---|
//! | data | the files' bytes: all bytecode first, which is what a start reads; shared libraries at multiples of 4096 |
//! | nodes | [`Node`] records of 32 bytes; node 0 is the root; a directory's entries lie together, sorted by name, behind it |
//! | names | the names of the nodes |
//! | trailer | magic, version, number of nodes, length of the names, 0, offset of the nodes (u64), SHA-256 of all before |
//!
//! The bytecode is of the kind that records time and size of its source, as those show in the guest: a source that the guest
//! changes (its copy, in memory) is compiled anew, as it would be on any disk.

mod builder;
mod layer;

pub use builder::{PackBuildError, PackBuilder};
pub use layer::{PackError, PackLayer};

use pyrun_memfs::FileKind;

const MAGIC: [u8; 8] = *b"pyrunpak";
/// To be raised with any change of the format or of what is put into a pack: caches have it in their keys.
pub const PACK_VERSION: u32 = 1;

const NODE_SIZE: usize = 32;
const TRAILER_SIZE: usize = 64;

/// One file or directory of a pack.
///
/// `name offset u32, name length u16, mode u16, mtime i64, offset u64, size u64`: of a file, offset and size are those of its
/// bytes; of a directory, the number of its first entry and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    name_offset: u32,
    name_len: u16,
    mode: u16,
    mtime: i64,
    offset: u64,
    size: u64,
}

const DIRECTORY_MODE: u16 = 0o040_755;
const FILE_MODE: u16 = 0o100_644;

impl Node {
    fn encode(&self) -> [u8; NODE_SIZE] {
        let mut bytes = [0; NODE_SIZE];
        let fields = [
            (0, &self.name_offset.to_le_bytes()[..]),
            (4, &self.name_len.to_le_bytes()),
            (6, &self.mode.to_le_bytes()),
            (8, &self.mtime.to_le_bytes()),
            (16, &self.offset.to_le_bytes()),
            (24, &self.size.to_le_bytes()),
        ];
        for (at, field) in fields {
            bytes[at..at + field.len()].copy_from_slice(field);
        }
        bytes
    }

    fn decode(bytes: &[u8; NODE_SIZE]) -> Self {
        Self {
            name_offset: u32::from_le_bytes(part(bytes, 0)),
            name_len: u16::from_le_bytes(part(bytes, 4)),
            mode: u16::from_le_bytes(part(bytes, 6)),
            mtime: i64::from_le_bytes(part(bytes, 8)),
            offset: u64::from_le_bytes(part(bytes, 16)),
            size: u64::from_le_bytes(part(bytes, 24)),
        }
    }

    /// Only files and directories are put into packs.
    fn kind(&self) -> Option<FileKind> {
        match self.mode & 0o170_000 {
            0o040_000 => Some(FileKind::Directory),
            0o100_000 => Some(FileKind::File),
            _ => None,
        }
    }
}

/// The fixed end of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trailer {
    version: u32,
    nodes: u32,
    names_len: u32,
    nodes_offset: u64,
    digest: [u8; 32],
}

impl Trailer {
    fn encode(&self) -> [u8; TRAILER_SIZE] {
        let mut bytes = [0; TRAILER_SIZE];
        let fields = [
            (0, &MAGIC[..]),
            (8, &self.version.to_le_bytes()),
            (12, &self.nodes.to_le_bytes()),
            (16, &self.names_len.to_le_bytes()),
            (24, &self.nodes_offset.to_le_bytes()),
            (32, &self.digest),
        ];
        for (at, field) in fields {
            bytes[at..at + field.len()].copy_from_slice(field);
        }
        bytes
    }

    /// `None` unless it begins with the magic.
    fn decode(bytes: &[u8; TRAILER_SIZE]) -> Option<Self> {
        (part(bytes, 0) == MAGIC).then(|| Self {
            version: u32::from_le_bytes(part(bytes, 8)),
            nodes: u32::from_le_bytes(part(bytes, 12)),
            names_len: u32::from_le_bytes(part(bytes, 16)),
            nodes_offset: u64::from_le_bytes(part(bytes, 24)),
            digest: part(bytes, 32),
        })
    }
}

/// The `N` bytes from `at` on of a record, which are within it: `at` is always a literal of the tables above.
fn part<const N: usize, const SIZE: usize>(record: &[u8; SIZE], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(record.iter().skip(at)) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Node, Trailer};

    #[test]
    fn records_survive_encoding() {
        let node = Node { name_offset: 1, name_len: 2, mode: 3, mtime: -4, offset: 5 << 40, size: u64::MAX };
        assert_eq!(Node::decode(&node.encode()), node);
        let trailer = Trailer { version: 1, nodes: 2, names_len: 3, nodes_offset: 4 << 40, digest: [5; 32] };
        assert_eq!(Trailer::decode(&trailer.encode()), Some(trailer));
        assert_eq!(Trailer::decode(&[0; 64]), None);
    }
}
