//! The table that holds the inodes.
//!
//! It hands out identifiers that are never valid again once an inode is gone. The table is cut into pages, and a clone
//! shares them all until one side changes a page: a file system of thousands of inodes is made from an image by copying
//! one pointer for each sixteen of them, and pays for what it changes.

use std::sync::Arc;

use crate::budget::{Budget, Shortage};
use crate::directory::Directory;
use crate::errno::{Errno, Result};
use crate::inode::{Body, Inode, InodeId};
use crate::pipe::CAPACITY;
use crate::time::Timespec;

/// What the host holds for a name and the inode that it is of, with a name of 255 bytes: the slot, the name, and its two places in
/// the directory.
pub(crate) const NAME: u64 = 512;
/// The same for a directory, which has tables of its own.
const DIRECTORY: u64 = 1280;
/// What the host holds for an inode that has no name: the slot.
const NAMELESS: u64 = 256;

/// What the host holds for an inode, and its first name if it has one. What a layer brings is not counted: it is as much as the layer
/// has.
pub(crate) fn held_for(inode: &Inode) -> u64 {
    match &inode.body {
        // What a queue can hold is taken at once.
        Body::Pipe(_) | Body::Socket(_) => NAMELESS + CAPACITY as u64,
        _ if !inode.counted => 0,
        Body::Directory(_) => DIRECTORY,
        _ => NAME,
    }
}

/// Slots of a page: few, since changing one inode copies its page.
const PAGE: usize = 16;

#[derive(Clone, Debug)]
enum SlotState {
    Used(Inode),
    /// The slot to use after this one. One whose generations are used up is in no list.
    Vacant {
        next: Option<u32>,
    },
}

#[derive(Clone, Debug)]
struct Slot {
    generation: u32,
    state: SlotState,
}

/// All inodes of one file system.
#[derive(Clone, Debug)]
pub(crate) struct InodeTable {
    pages: Vec<Arc<[Slot; PAGE]>>,
    vacant: Option<u32>,
    next_ino: u64,
    counted: u32,
    limit: u32,
    shortage: Shortage,
    /// What the host holds for all of it.
    held: u64,
    /// What that is charged to.
    account: Budget,
}

impl InodeTable {
    pub(crate) fn new(limit: u32) -> Self {
        let account = Budget::new(u64::MAX);
        Self {
            pages: Vec::new(),
            vacant: None,
            next_ino: 1,
            counted: 0,
            limit,
            shortage: Shortage::default(),
            held: 0,
            account,
        }
    }

    fn take(&mut self, bytes: u64) -> Result<()> {
        self.account.take(bytes)?;
        self.held = self.held.saturating_add(bytes);
        Ok(())
    }

    fn give_back(&mut self, bytes: u64) {
        self.account.give_back(bytes);
        self.held = self.held.saturating_sub(bytes);
    }

    /// From now on it is charged to this: what it holds already, and all that comes.
    pub(crate) fn charge(&mut self, whole: &Budget) -> Result<()> {
        let account = whole.part(u64::MAX);
        account.take(self.held)?;
        self.account = account;
        Ok(())
    }

    /// A copy that is charged to nobody, for an image.
    pub(crate) fn uncharged(&self) -> Self {
        Self { account: Budget::new(u64::MAX), ..self.clone() }
    }

    /// What the host holds for it.
    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    fn slot(&self, index: u32) -> Option<&Slot> {
        let index = index as usize;
        self.pages.get(index / PAGE)?.get(index % PAGE)
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot> {
        let index = index as usize;
        Arc::make_mut(self.pages.get_mut(index / PAGE)?).get_mut(index % PAGE)
    }

    pub(crate) fn get(&self, id: InodeId) -> Result<&Inode> {
        match self.slot(id.index) {
            Some(Slot { generation, state: SlotState::Used(inode) }) if *generation == id.generation => Ok(inode),
            _ => Err(Errno::NoEnt),
        }
    }

    /// Changes an inode. Copies its page when an image shares it, so it is only for what is changed.
    pub(crate) fn get_mut(&mut self, id: InodeId) -> Result<&mut Inode> {
        self.get(id)?;
        match self.slot_mut(id.index) {
            Some(Slot { state: SlotState::Used(inode), .. }) => Ok(inode),
            _ => Err(Errno::NoEnt),
        }
    }

    /// Whether one more name or inode fits: `NoSpc`.
    pub(crate) fn check_room(&self) -> Result<()> {
        if self.counted < self.limit { Ok(()) } else { Err(self.shortage.error(Errno::NoSpc)) }
    }

    /// Counts a further name of an inode (a hard link takes room too): `NoSpc`.
    pub(crate) fn count_name(&mut self) -> Result<()> {
        self.take(NAME)?;
        self.counted = self.counted.saturating_add(1);
        Ok(())
    }

    pub(crate) fn forget_name(&mut self) {
        self.give_back(NAME);
        self.counted = self.counted.saturating_sub(1);
    }

    /// Takes an inode in. Fails when the limit on inodes is reached (unless it does not count).
    pub(crate) fn insert(&mut self, mut inode: Inode) -> Result<InodeId> {
        if inode.counted {
            self.check_room()?;
        }
        let id = self.next_id()?;
        self.take(held_for(&inode))?;
        self.counted = self.counted.saturating_add(u32::from(inode.counted));
        inode.ino = self.next_ino;
        self.next_ino += 1;
        let slot = self.slot_mut(id.index).ok_or(Errno::NoSpc)?;
        let taken = core::mem::replace(&mut slot.state, SlotState::Used(inode));
        if let SlotState::Vacant { next } = taken {
            self.vacant = next;
        }
        Ok(id)
    }

    /// The identifier that the next inode gets.
    fn next_id(&mut self) -> Result<InodeId> {
        if self.vacant.is_none() {
            self.add_page(&mut std::iter::empty())?;
        }
        let index = self.vacant.ok_or(Errno::NoSpc)?;
        let generation = self.slot(index).ok_or(Errno::NoSpc)?.generation;
        Ok(InodeId { index, generation })
    }

    /// Adds a page of the next `slots`, filled up with vacant ones, which come before those that were vacant already.
    fn add_page(&mut self, slots: &mut dyn Iterator<Item = (u32, Option<Inode>)>) -> Result<()> {
        let first = u32::try_from(self.pages.len() * PAGE).map_err(|_| Errno::NoSpc)?;
        first.checked_add(PAGE as u32).ok_or(Errno::NoSpc)?;
        let mut page: [Slot; PAGE] = core::array::from_fn(|_| match slots.next() {
            Some((generation, Some(inode))) => Slot { generation, state: SlotState::Used(inode) },
            Some((generation, None)) => Slot { generation, state: SlotState::Vacant { next: None } },
            None => Slot { generation: 0, state: SlotState::Vacant { next: None } },
        });
        for (index, slot) in (first..first + PAGE as u32).zip(&mut page).rev() {
            // One whose last generation is over cannot be told from one that waits for it; neither is used.
            if let SlotState::Vacant { next } = &mut slot.state
                && slot.generation < u32::MAX
            {
                *next = self.vacant.replace(index);
            }
        }
        self.pages.push(Arc::new(page));
        Ok(())
    }

    /// The root directory, which does not count against the limit, so that there always is one.
    pub(crate) fn insert_root(&mut self, now: Timespec) -> InodeId {
        let id = InodeId { index: 0, generation: 0 };
        let root = Directory::new(id, Arc::from([].as_slice()));
        let mut inode = Inode::new(Body::Directory(Arc::new(root)), 0o777, now);
        inode.nlink = 2;
        inode.counted = false;
        // The first inode of an empty table gets the first identifier.
        self.insert(inode).unwrap_or(id)
    }

    /// Takes an inode out.
    pub(crate) fn remove(&mut self, id: InodeId) -> Option<Inode> {
        self.get(id).ok()?;
        let vacant = self.vacant;
        let slot = self.slot_mut(id.index)?;
        let taken = core::mem::replace(&mut slot.state, SlotState::Vacant { next: None });
        // A slot whose generations are used up stays empty for good.
        if let Some(generation) = slot.generation.checked_add(1) {
            *slot = Slot { generation, state: SlotState::Vacant { next: vacant } };
            self.vacant = Some(id.index);
        }
        let SlotState::Used(inode) = taken else {
            return None;
        };
        self.give_back(held_for(&inode));
        self.counted = self.counted.saturating_sub(u32::from(inode.counted));
        Some(inode)
    }

    /// How many names and inodes there are, and may be.
    pub(crate) fn usage(&self) -> (u32, u32) {
        (self.counted, self.limit)
    }

    pub(crate) fn with_limit(self, limit: u32) -> Self {
        Self { limit, shortage: Shortage::default(), ..self }
    }

    /// Whether the limit was reached.
    pub(crate) fn shortage(&self) -> &Shortage {
        &self.shortage
    }
}

/// What an image needs.
impl InodeTable {
    /// A table of these slots (generation, inode), for the inodes to come from number `next_ino` on. Nothing is counted
    /// yet. `None` when there are too many.
    pub(crate) fn from_slots(next_ino: u64, slots: Vec<(u32, Option<Inode>)>) -> Option<Self> {
        let mut table = Self { next_ino, ..Self::new(u32::MAX) };
        let pages = slots.len().div_ceil(PAGE);
        let mut slots = slots.into_iter();
        for _ in 0..pages {
            table.add_page(&mut slots).ok()?;
        }
        Some(table)
    }

    pub(crate) fn next_ino(&self) -> u64 {
        self.next_ino
    }

    /// Every slot's generation and inode, in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (u32, Option<&Inode>)> {
        self.pages.iter().flat_map(|page| page.iter()).map(|slot| match &slot.state {
            SlotState::Used(inode) => (slot.generation, Some(inode)),
            SlotState::Vacant { .. } => (slot.generation, None),
        })
    }

    /// Every inode, in the order of the slots.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (InodeId, &Inode)> {
        (0..).zip(self.slots()).filter_map(|(index, (generation, inode))| Some((InodeId { index, generation }, inode?)))
    }

    /// What is counted of it, and what the host holds for it.
    pub(crate) fn set_counted(&mut self, counted: u32, held: u64) {
        self.counted = counted;
        self.held = held;
    }
}

#[cfg(test)]
mod tests {
    use super::{InodeTable, PAGE};
    use crate::inode::{Body, Inode, InodeId};
    use crate::time::Timespec;

    fn device() -> Inode {
        Inode::new(Body::Device(0), 0, Timespec::default())
    }

    #[test]
    fn slots_are_used_again_and_identifiers_are_not() {
        let mut table = InodeTable::new(u32::MAX);
        let ids: Vec<_> = (0..3 * PAGE).map(|_| table.insert(device()).unwrap()).collect();
        let gone = |table: &mut InodeTable| ids.iter().step_by(3).filter(|id| table.remove(**id).is_some()).count();
        assert_eq!(gone(&mut table), PAGE);
        let slots = table.slots().map(|(generation, inode)| (generation, inode.cloned())).collect();
        let read = InodeTable::from_slots(table.next_ino(), slots).unwrap();
        for mut table in [table, read] {
            let again: Vec<_> = (0..PAGE).map(|_| table.insert(device()).unwrap()).collect();
            assert_eq!(table.pages.len(), 3);
            assert!(again.iter().all(|id| !ids.contains(id) && table.get(*id).is_ok()));
            assert!(ids.iter().step_by(3).all(|id| table.get(*id).is_err()));
            table.insert(device()).unwrap();
            assert_eq!(table.pages.len(), 4);
        }
    }

    /// One whose last generation is over cannot be told from one that waits for it.
    #[test]
    fn generations_end() {
        for (generation, again) in [(u32::MAX - 1, true), (u32::MAX, false)] {
            // One is vacant, and one becomes so.
            let mut table = InodeTable::from_slots(9, vec![(generation, None), (generation, Some(device()))]).unwrap();
            let gone = InodeId { index: 1, generation };
            assert!(table.remove(gone).is_some() && table.get(gone).is_err());
            let mut made: Vec<_> = (0..PAGE).map(|_| table.insert(device()).unwrap()).collect();
            made.retain(|id| id.index < 2);
            let expected = if again {
                vec![InodeId { index: 1, generation: u32::MAX }, InodeId { index: 0, generation }]
            } else {
                vec![]
            };
            assert_eq!(made, expected);
        }
    }

    #[test]
    fn a_page_is_copied_when_it_is_changed() {
        let mut table = InodeTable::new(u32::MAX);
        let ids: Vec<_> = (0..2 * PAGE).map(|_| table.insert(device()).unwrap()).collect();
        let mut other = table.clone();
        other.get(ids[0]).unwrap();
        other.get_mut(ids[PAGE]).unwrap().nlink = 7;
        let shared: Vec<_> = table.pages.iter().zip(&other.pages).map(|(a, b)| std::sync::Arc::ptr_eq(a, b)).collect();
        assert_eq!(shared, [true, false]);
        assert_eq!(table.get(ids[PAGE]).unwrap().nlink, 0);
    }
}
