//! The entries of a directory in memory.
//!
//! Names are found by hash and listed in the order in which they were made. A listing's position is the sequence number
//! of an entry, so it stays good while entries come and go: a name that stays is listed exactly once.
//!
//! Invariant: `by_name` and `by_sequence` hold the same names, each once.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::inode::InodeId;
use crate::layer::LayerNode;
use crate::metadata::NAME_MAX;

/// Sequence number of the first entry; `.` and `..` are 0 and 1.
pub(crate) const FIRST_SEQUENCE: u64 = 2;
/// Limit: the sequence number of an entry, of a directory; more than are ever made, so that counting on from an image's
/// number cannot overflow. An image that says more is damaged.
const MAX_SEQUENCE: u64 = 1 << 48;

/// Whether an entry may have this name, which a layer or an image says.
pub(crate) fn is_acceptable(name: &[u8]) -> bool {
    let is_dot = name.is_empty() || name == b"." || name == b"..";
    !is_dot && name.len() <= NAME_MAX && !name.contains(&b'/') && !name.contains(&0)
}

/// A layer's directory whose entries have not been taken over yet.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct LayerDirectory {
    /// Index among the layers of the file system.
    pub(crate) layer: u32,
    /// The directory in it.
    pub(crate) node: LayerNode,
}

/// A directory.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    /// The directory it is in; the root's is the root.
    pub(crate) parent: InodeId,
    /// Its name there; the root's is empty.
    pub(crate) name: Arc<[u8]>,
    /// What layers still have to add, in order.
    pub(crate) pending: VecDeque<LayerDirectory>,
    /// The directory of a layer that this is. An image does not keep it.
    pub(crate) origin: Option<LayerDirectory>,
    /// The folder mounted here: index among the mounts.
    pub(crate) mounted: Option<u32>,
    by_name: HashMap<Arc<[u8]>, (u64, InodeId)>,
    by_sequence: BTreeMap<u64, Arc<[u8]>>,
    next_sequence: u64,
}

impl Directory {
    pub(crate) fn new(parent: InodeId, name: Arc<[u8]>) -> Self {
        Self {
            parent,
            name,
            pending: VecDeque::new(),
            origin: None,
            mounted: None,
            by_name: HashMap::new(),
            by_sequence: BTreeMap::new(),
            next_sequence: FIRST_SEQUENCE,
        }
    }

    /// Fills a new directory with entries of these sequence numbers. Whether they are in order, no two have one name, and
    /// the next number is above them all.
    pub(crate) fn fill(&mut self, entries: Vec<(u64, Arc<[u8]>, InodeId)>, next_sequence: u64) -> bool {
        self.by_name.reserve(entries.len());
        for (sequence, name, inode) in entries {
            let in_order = sequence >= self.next_sequence && sequence < next_sequence;
            if !in_order || self.by_name.contains_key(&name) {
                return false;
            }
            self.next_sequence = sequence;
            self.insert(name, inode);
        }
        self.next_sequence = next_sequence;
        (FIRST_SEQUENCE..=MAX_SEQUENCE).contains(&next_sequence)
    }

    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<InodeId> {
        self.by_name.get(name).map(|(_, inode)| *inode)
    }

    /// The name as the directory stores it, to share it.
    pub(crate) fn stored_name(&self, name: &[u8]) -> Option<Arc<[u8]>> {
        self.by_name.get_key_value(name).map(|(stored, _)| stored.clone())
    }

    /// Adds a name, or lets an existing name mean `inode` (it keeps its place in listings).
    pub(crate) fn insert(&mut self, name: Arc<[u8]>, inode: InodeId) {
        if let Some((_, present)) = self.by_name.get_mut(&name) {
            *present = inode;
            return;
        }
        self.by_sequence.insert(self.next_sequence, name.clone());
        self.by_name.insert(name, (self.next_sequence, inode));
        self.next_sequence += 1;
    }

    pub(crate) fn remove(&mut self, name: &[u8]) {
        if let Some((sequence, _)) = self.by_name.remove(name) {
            self.by_sequence.remove(&sequence);
        }
    }

    /// The entries whose sequence number is at least `from`, in order.
    pub(crate) fn listing(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<[u8]>, InodeId)> {
        self.by_sequence.range(from..).filter_map(|(sequence, name)| Some((*sequence, name, self.get(name)?)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Directory, FIRST_SEQUENCE, MAX_SEQUENCE, is_acceptable};
    use crate::inode::InodeId;

    #[test]
    fn names_are_acceptable_or_not() {
        let long = [b'x'; 256];
        for (name, expected) in [
            (&b"a"[..], true),
            (b"", false),
            (b".", false),
            (b"..", false),
            (b"...", true),
            (b".a", true),
            (b"a/", false),
            (b"a\0", false),
            (&long[..255], true),
            (&long, false),
        ] {
            assert_eq!(is_acceptable(name), expected, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn entries_of_an_image_are_in_order() {
        let id = |index| InodeId { index, generation: 0 };
        for (entries, next, expected) in [
            (&[][..], FIRST_SEQUENCE, true),
            (&[], FIRST_SEQUENCE - 1, false),
            (&[], MAX_SEQUENCE, true),
            (&[], MAX_SEQUENCE + 1, false),
            (&[(2, "a"), (5, "b")], 6, true),
            (&[(2, "a"), (5, "b")], 5, false),
            (&[(1, "a")], 6, false),
            (&[(5, "a"), (2, "b")], 6, false),
            (&[(5, "a"), (5, "b")], 6, false),
            (&[(2, "a"), (3, "a")], 6, false),
        ] {
            let mut directory = Directory::new(id(0), Arc::from(&b"d"[..]));
            let named =
                (1..).zip(entries).map(|(index, (sequence, name))| (*sequence, Arc::from(name.as_bytes()), id(index)));
            assert_eq!(directory.fill(named.collect(), next), expected, "{entries:?} {next}");
            if expected {
                let listed: Vec<_> =
                    directory.listing(0).map(|(sequence, name, _)| (sequence, name.to_vec())).collect();
                let told: Vec<_> =
                    entries.iter().map(|(sequence, name)| (*sequence, name.as_bytes().to_vec())).collect();
                assert_eq!((listed, directory.next_sequence()), (told, next));
            }
        }
    }
}
