//! How an image is written: what cannot be derived, because it is kept in another shape.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::VfsImage;
use crate::descriptor::{Description, Place};
use crate::directory::LayerDirectory;
use crate::flags::OpenFlags;
use crate::inode::{Inode, InodeId};
use crate::node::Node;
use crate::socket::SocketNames;

/// The bytes of a chunk, which serde would otherwise take one by one.
#[derive(Debug)]
struct Bytes(Arc<Vec<u8>>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(Arc::new(bytes.to_vec())))
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(Arc::new(bytes)))
            }

            /// For formats without bytes, such as JSON.
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut elements: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = elements.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(Arc::new(bytes)))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}

/// A file's content: its size and the chunks that exist.
pub(crate) mod content {
    use super::{Arc, Bytes, Deserialize, Deserializer, Serialize, Serializer, de};
    use crate::content::Content;

    #[derive(Serialize, Deserialize)]
    struct Wire {
        size: u64,
        chunks: Vec<(u64, Bytes)>,
    }

    pub(crate) fn serialize<S: Serializer>(content: &Arc<Content>, serializer: S) -> Result<S::Ok, S::Error> {
        let chunks = content.chunks().map(|(index, chunk)| (index, Bytes(chunk.clone()))).collect();
        Wire { size: content.size(), chunks }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Content>, D::Error> {
        let Wire { size, chunks } = Wire::deserialize(deserializer)?;
        let chunks = chunks.into_iter().map(|(index, bytes)| (index, bytes.0)).collect();
        let content =
            Content::from_chunks(size, chunks).ok_or_else(|| de::Error::custom("a file's bytes are damaged"))?;
        Ok(Arc::new(content))
    }
}

/// A directory: its entries in the order of a listing.
pub(crate) mod directory {
    use super::{Arc, Deserialize, Deserializer, InodeId, LayerDirectory, Serialize, Serializer, VecDeque, de};
    use crate::directory::Directory;

    #[derive(Serialize, Deserialize)]
    struct Wire {
        parent: InodeId,
        name: Arc<[u8]>,
        pending: VecDeque<LayerDirectory>,
        entries: Vec<(u64, Arc<[u8]>, InodeId)>,
        next_sequence: u64,
    }

    pub(crate) fn serialize<S: Serializer>(directory: &Arc<Directory>, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = directory.listing(0).map(|(sequence, name, inode)| (sequence, name.clone(), inode));
        let wire = Wire {
            parent: directory.parent,
            name: directory.name.clone(),
            pending: directory.pending.clone(),
            entries: entries.collect(),
            next_sequence: directory.next_sequence(),
        };
        wire.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Directory>, D::Error> {
        let Wire { parent, name, pending, entries, next_sequence } = Wire::deserialize(deserializer)?;
        let mut directory = Directory::new(parent, name);
        directory.pending = pending;
        if !directory.fill(entries, next_sequence) {
            return Err(de::Error::custom("a directory's entries are damaged"));
        }
        Ok(Arc::new(directory))
    }
}

/// An open file.
#[derive(Serialize, Deserialize)]
pub(super) struct WireDescription {
    node: InodeId,
    flags: u32,
    position: u64,
    place: Option<(InodeId, Arc<[u8]>)>,
}

impl WireDescription {
    /// `None` for a mounted folder's, which no image holds.
    fn new(description: &Description) -> Option<Self> {
        let place = match &description.place {
            Some(place) => Some((place.dir.inode()?, place.name.clone())),
            None => None,
        };
        let node = description.node.inode()?;
        Some(Self { node, flags: description.flags.bits(), position: description.position, place })
    }

    pub(super) fn read(self) -> Description {
        let Self { node, flags, position, place } = self;
        let place = place.map(|(dir, name)| Place { dir: Node::Inode(dir), name });
        let flags = OpenFlags::from_bits_retain(flags);
        let mut description = Description::new(Node::Inode(node), flags, place);
        description.position = position;
        description
    }
}

/// All of an image, before it is checked. What can be counted is not in it.
#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    pub(super) layers: Vec<String>,
    pub(super) slots: Vec<(u32, Option<Inode>)>,
    pub(super) next_ino: u64,
    pub(super) root: InodeId,
    pub(super) cwd: InodeId,
    pub(super) descriptions: Vec<WireDescription>,
    /// Number, index of the description, flags.
    pub(super) descriptors: Vec<(u32, u32, u32)>,
    pub(super) sockets: SocketNames,
    pub(super) enforce_permissions: bool,
}

impl Wire {
    /// `None` if a descriptor is of a mounted folder, which freezing refuses.
    pub(super) fn new(image: &VfsImage) -> Option<Self> {
        let (descriptions, descriptors) = image.files.parts();
        let slots = image.inodes.slots().map(|(generation, inode)| (generation, inode.cloned()));
        Some(Self {
            layers: image.layers.clone(),
            slots: slots.collect(),
            next_ino: image.inodes.next_ino(),
            root: image.root,
            cwd: image.cwd,
            descriptions: descriptions.iter().map(WireDescription::new).collect::<Option<_>>()?,
            descriptors,
            sockets: image.sockets.clone(),
            enforce_permissions: image.enforce_permissions,
        })
    }
}
