//! The node table of a host folder: which number stands for which file, and under which names it was last seen.
//!
//! A file is its device and inode number, so it keeps its node number across renames and under several names. The names
//! are only hints, since the host may move anything at any time: whoever uses one compares device and inode afterwards.
//! Numbers are never used twice. The table is bounded; when it is full, the nodes that were used least recently go, but
//! never one that is open and never a directory on the way to one that stays.

use std::collections::HashMap;

use pyrun_memfs::{Budget, Charge, Errno, FileKind, NAME_MAX, Result};

/// The number of the folder itself.
pub(super) const ROOT: u64 = 1;

/// Limit: names that are remembered for one file; the oldest is forgotten.
const MAX_NAMES: usize = 8;

/// Limit: the parts of a path that is followed. Records that form a circle, which a host that moves directories about can
/// bring us to, end here.
const MAX_DEPTH: usize = 2048;

/// What the host holds for a node beside its places: its entries in both tables, of which a quarter may be empty.
const NODE: u64 = 192;

/// What tells two files of the host apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FileId {
    pub(super) dev: u64,
    pub(super) ino: u64,
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) dir: u64,
    pub(super) name: Box<[u8]>,
}

/// One file.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: FileId,
    pub(super) kind: FileKind,
    /// Where it was seen, the latest last. A directory has at most one.
    pub(super) places: Vec<Place>,
    used: u64,
}

/// All files that the guest has seen and may still name.
#[derive(Debug)]
pub(super) struct NodeTable {
    nodes: HashMap<u64, Node>,
    by_id: HashMap<FileId, u64>,
    next: u64,
    clock: u64,
    limit: usize,
    /// What all of it takes.
    charge: Charge,
}

impl NodeTable {
    pub(super) fn new(root: FileId, limit: usize) -> Self {
        let node = Node { id: root, kind: FileKind::Directory, places: Vec::new(), used: 0 };
        Self {
            nodes: HashMap::from([(ROOT, node)]),
            by_id: HashMap::from([(root, ROOT)]),
            next: ROOT + 1,
            clock: 0,
            limit: limit.max(2),
            charge: Budget::new(u64::MAX).empty_charge(),
        }
    }

    /// Has the nodes that come charged to this account.
    pub(super) fn charge_to(&mut self, account: &Budget) {
        self.charge = account.empty_charge();
    }

    /// The node with this number; counts as use.
    pub(super) fn get(&mut self, number: u64) -> Result<&Node> {
        self.clock += 1;
        let node = self.nodes.get_mut(&number).ok_or(Errno::NoEnt)?;
        node.used = self.clock;
        Ok(node)
    }

    /// The node with this number; does not count as use.
    pub(super) fn peek(&self, number: u64) -> Result<&Node> {
        self.nodes.get(&number).ok_or(Errno::NoEnt)
    }

    /// The number of a file seen at a place; a new one if it was not known. `is_open` says which nodes must stay.
    ///
    /// # Errors
    /// `NoMem`: there is no host memory for it, also when others are forgotten.
    pub(super) fn intern(
        &mut self,
        id: FileId,
        kind: FileKind,
        place: Place,
        is_open: impl Fn(u64) -> bool,
    ) -> Result<u64> {
        self.clock += 1;
        if let Some(&number) = self.by_id.get(&id)
            && let Some(node) = self.nodes.get_mut(&number)
            && node.kind == kind
        {
            node.used = self.clock;
            self.see_again(number, place);
            return Ok(number);
        }
        let bytes = NODE + place.held();
        if self.nodes.len() >= self.limit {
            self.evict(place.dir, &is_open);
        }
        if self.charge.grow(bytes).is_err() {
            self.evict(place.dir, &is_open);
            self.charge.grow(bytes).map_err(|_| Errno::NoMem)?;
        }
        let number = self.next;
        self.next += 1;
        let used = self.clock;
        self.nodes.insert(number, Node { id, kind, places: vec![place], used });
        // The host has given the inode number of a file that is gone to one of another kind: the old number goes with
        // the old file.
        if let Some(old) = self.by_id.insert(id, number) {
            let gone = self.nodes.remove(&old);
            self.give_back(gone.as_ref().map_or(0, Node::held));
        }
        Ok(number)
    }

    /// Notes where a known file was seen. A name less is remembered where there is no room for it.
    fn see_again(&mut self, number: u64, place: Place) {
        let Some(node) = self.nodes.get_mut(&number).filter(|_| number != ROOT) else { return };
        if node.places.last() != Some(&place) && self.charge.grow(place.held()).is_ok() {
            let forgotten = node.seen_at(place);
            self.give_back(forgotten);
        }
    }

    fn give_back(&mut self, bytes: u64) {
        let left = self.charge.bytes().saturating_sub(bytes);
        self.charge.shrink_to(left);
    }

    /// The number of a file, if it is known.
    pub(super) fn known(&self, id: FileId) -> Option<u64> {
        self.by_id.get(&id).copied()
    }

    /// Forgets one name of a file; the file too if that was the last one and nothing has it open.
    pub(super) fn forget_place(&mut self, number: u64, place: &Place, is_open: bool) {
        if let Some(node) = self.nodes.get_mut(&number) {
            let before = node.held();
            node.places.retain(|known| known != place);
            let (bytes, is_last) = (before - node.held(), node.places.is_empty());
            self.give_back(bytes);
            if is_last && !is_open {
                self.forget(number);
            }
        }
    }

    /// Forgets a file that nothing has open any more, if it has no name.
    pub(super) fn closed(&mut self, number: u64) {
        if self.nodes.get(&number).is_some_and(|node| node.places.is_empty()) {
            self.forget(number);
        }
    }

    /// The names that lead from the folder to a directory.
    pub(super) fn path(&mut self, dir: u64) -> Result<Vec<Box<[u8]>>> {
        let mut names = Vec::new();
        let mut number = dir;
        while number != ROOT {
            if names.len() >= MAX_DEPTH {
                return Err(Errno::NoEnt);
            }
            let node = self.get(number)?;
            let place = node.places.last().ok_or(Errno::NoEnt)?;
            names.push(place.name.clone());
            number = place.dir;
        }
        names.reverse();
        Ok(names)
    }

    fn forget(&mut self, number: u64) {
        if number == ROOT {
            return;
        }
        if let Some(node) = self.nodes.remove(&number) {
            self.give_back(node.held());
            if self.by_id.get(&node.id) == Some(&number) {
                self.by_id.remove(&node.id);
            }
        }
    }

    /// Halves the table.
    fn evict(&mut self, current: u64, is_open: &impl Fn(u64) -> bool) {
        let mut uses: Vec<u64> = self.nodes.values().map(|node| node.used).collect();
        let middle = uses.len() / 2;
        let (_, &mut median, _) = uses.select_nth_unstable(middle);
        let stays: Vec<u64> = self
            .nodes
            .iter()
            .filter(|&(&number, node)| number == ROOT || number == current || node.used > median || is_open(number))
            .map(|(&number, _)| number)
            .collect();
        let mut kept = std::collections::HashSet::with_capacity(stays.len());
        for number in stays {
            // The directories above stay too. One that is already kept has its own kept.
            let mut above = Some(number);
            while let Some(number) = above.filter(|&number| kept.insert(number)) {
                above = self.nodes.get(&number).and_then(|node| node.places.last()).map(|place| place.dir);
            }
        }
        self.nodes.retain(|number, _| kept.contains(number));
        self.by_id.retain(|_, number| kept.contains(number));
        let held = self.nodes.iter().filter(|(number, _)| **number != ROOT).map(|(_, node)| node.held()).sum();
        self.charge.shrink_to(held);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// What all nodes take, counted anew; the folder's own is not charged.
    #[cfg(test)]
    pub(super) fn held(&self) -> u64 {
        self.nodes.iter().filter(|(number, _)| **number != ROOT).map(|(_, node)| node.held()).sum()
    }
}

impl Node {
    /// Notes where it was seen last, and gives what the places take that are forgotten for it.
    fn seen_at(&mut self, place: Place) -> u64 {
        let after = self.held() + place.held();
        if self.kind == FileKind::Directory {
            self.places.clear();
        }
        self.places.retain(|known| *known != place);
        if self.places.len() >= MAX_NAMES {
            self.places.remove(0);
        }
        self.places.push(place);
        after.saturating_sub(self.held())
    }

    /// What the host holds for it.
    fn held(&self) -> u64 {
        NODE + self.places.iter().map(Place::held).sum::<u64>()
    }
}

impl Place {
    /// What the host holds for it: itself, with room for a second one in its list, and its name.
    fn held(&self) -> u64 {
        64 + self.name.len() as u64
    }

    /// A name that is one component and cannot lead anywhere else. The `Vfs` gives no other; this crate does not rely
    /// on it.
    pub(super) fn new(dir: u64, name: &[u8]) -> Result<Self> {
        match name {
            b"" => Err(Errno::NoEnt),
            b"." | b".." => Err(Errno::Inval),
            _ if name.len() > NAME_MAX => Err(Errno::NameTooLong),
            _ if name.contains(&b'/') || name.contains(&0) => Err(Errno::Inval),
            _ => Ok(Self { dir, name: name.into() }),
        }
    }
}
