//! Descriptors and descriptions.
//!
//! A *descriptor* is a small number of the guest; a *description* is an open file with its position and status flags.
//! `dup` makes another descriptor of the same description.

use std::sync::Arc;

use crate::budget::{Charge, Shortage};
use crate::errno::{Errno, Result};
use crate::flags::OpenFlags;
use crate::folder::FolderDirEntry;
use crate::node::Node;

/// Where a description's file was found, for `/proc/self/fd`.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The directory.
    pub(crate) dir: Node,
    /// The name in it.
    pub(crate) name: Arc<[u8]>,
}

/// The entries of a mounted folder's directory, charged as long as they are kept.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) entries: Box<[FolderDirEntry]>,
    pub(crate) _charge: Charge,
}

/// An open file.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) node: Node,
    /// Access mode and status flags.
    pub(crate) flags: OpenFlags,
    /// Position in bytes; for a directory in units of [`DIRENT_STRIDE`](crate::DIRENT_STRIDE) per entry.
    pub(crate) position: u64,
    pub(crate) place: Option<Place>,
    /// The listing of a mounted folder's directory, taken at its first `getdents`.
    pub(crate) listing: Option<Arc<Listing>>,
    /// Descriptors that share it.
    references: u32,
}

impl Description {
    pub(crate) fn new(node: Node, flags: OpenFlags, place: Option<Place>) -> Self {
        Self { node, flags: flags - OpenFlags::TRANSIENT, position: 0, place, listing: None, references: 0 }
    }
}

#[derive(Clone, Copy, Debug)]
struct Descriptor {
    description: usize,
    flags: u32,
}

/// Limit: descriptors that `StorageLimits` can allow, as in Linux. A guest that duplicates onto a high number makes the
/// table that long. Beyond it `EMFILE`.
const MAX_DESCRIPTORS: u32 = 1 << 20;

/// The guest's descriptors.
#[derive(Clone, Debug)]
pub(crate) struct DescriptorTable {
    descriptors: Vec<Option<Descriptor>>,
    descriptions: Vec<Option<Description>>,
    vacant: Vec<usize>,
    /// No descriptor below this is free.
    lowest: usize,
    limit: usize,
    shortage: Shortage,
    /// The numbers of 0, 1 and 2 that are not handed out, as bits. An image does not keep them.
    reserved: u8,
}

impl DescriptorTable {
    pub(crate) fn new(limit: u32) -> Self {
        let limit = usize::try_from(limit.min(MAX_DESCRIPTORS)).unwrap_or(usize::MAX);
        Self {
            descriptors: Vec::new(),
            descriptions: Vec::new(),
            vacant: Vec::new(),
            lowest: 0,
            limit,
            shortage: Shortage::default(),
            reserved: 0,
        }
    }

    fn entry(&self, fd: i32) -> Result<Descriptor> {
        let index = usize::try_from(fd).map_err(|_| Errno::BadF)?;
        self.descriptors.get(index).copied().flatten().ok_or(Errno::BadF)
    }

    pub(crate) fn get(&self, fd: i32) -> Result<&Description> {
        self.descriptions.get(self.entry(fd)?.description).and_then(Option::as_ref).ok_or(Errno::BadF)
    }

    pub(crate) fn get_mut(&mut self, fd: i32) -> Result<&mut Description> {
        let index = self.entry(fd)?.description;
        self.descriptions.get_mut(index).and_then(Option::as_mut).ok_or(Errno::BadF)
    }

    /// A number that the descriptor's description has to itself as long as it is open.
    pub(crate) fn description_number(&self, fd: i32) -> Result<u64> {
        Ok(self.entry(fd)?.description as u64)
    }

    /// From now on this number, one of 0, 1 and 2, is handed out to nobody who does not ask for it.
    pub(crate) fn reserve(&mut self, fd: i32) {
        if let 0..3 = fd {
            self.reserved |= 1 << fd;
        }
    }

    /// Whether `count` more descriptors fit: `MFile`.
    pub(crate) fn check_room(&mut self, count: usize) -> Result<()> {
        let mut from = self.lowest;
        for _ in 0..count {
            from = self.free_from(from)? + 1;
        }
        Ok(())
    }

    fn free_from(&self, lowest: usize) -> Result<usize> {
        let is_reserved = |index: usize| index < 3 && self.reserved >> index & 1 != 0;
        let lowest = (lowest..).find(|index| !is_reserved(*index)).unwrap_or(lowest);
        let taken = self.descriptors.get(lowest..).unwrap_or_default();
        let is_free = |(index, slot): (usize, &Option<Descriptor>)| slot.is_none() && !is_reserved(lowest + index);
        let index = lowest + taken.iter().enumerate().position(is_free).unwrap_or(taken.len());
        if index < self.limit { Ok(index) } else { Err(self.shortage.error(Errno::MFile)) }
    }

    /// Opens the lowest free descriptor.
    pub(crate) fn open(&mut self, mut description: Description, flags: u32) -> Result<i32> {
        let fd = self.free_from(self.lowest)?;
        description.references = 1;
        let index = match self.vacant.pop() {
            Some(index) => index,
            None => {
                self.descriptions.push(None);
                self.descriptions.len() - 1
            }
        };
        if let Some(slot) = self.descriptions.get_mut(index) {
            *slot = Some(description);
        }
        self.lowest = fd + 1;
        self.put(fd, Descriptor { description: index, flags });
        i32::try_from(fd).map_err(|_| Errno::MFile)
    }

    fn put(&mut self, fd: usize, descriptor: Descriptor) {
        if fd >= self.descriptors.len() {
            self.descriptors.resize(fd + 1, None);
        }
        if let Some(slot) = self.descriptors.get_mut(fd) {
            *slot = Some(descriptor);
        }
    }

    /// Another descriptor, at least `lowest`, of the same description.
    pub(crate) fn dup_from(&mut self, fd: i32, lowest: i32) -> Result<i32> {
        let entry = self.entry(fd)?;
        let lowest = usize::try_from(lowest).ok().filter(|low| *low < self.limit).ok_or(Errno::Inval)?;
        let new = self.free_from(lowest.max(self.lowest))?;
        self.share(entry.description);
        self.put(new, Descriptor { flags: 0, ..entry });
        i32::try_from(new).map_err(|_| Errno::MFile)
    }

    /// Another descriptor of the same description, where the guest's own do not come soon.
    pub(crate) fn dup_highest(&mut self, fd: i32) -> Result<i32> {
        let entry = self.entry(fd)?;
        let is_free = |index: &usize| self.descriptors.get(*index).is_none_or(Option::is_none);
        let new = (0..self.limit).rev().find(is_free).ok_or_else(|| self.shortage.error(Errno::MFile))?;
        self.share(entry.description);
        self.put(new, Descriptor { flags: 0, ..entry });
        i32::try_from(new).map_err(|_| Errno::MFile)
    }

    /// Makes `new` a descriptor of `fd`'s description; gives the description that `new` was the last one of.
    pub(crate) fn dup_to(&mut self, fd: i32, new: i32) -> Result<Option<Description>> {
        let entry = self.entry(fd)?;
        let target = usize::try_from(new).ok().filter(|index| *index < self.limit).ok_or(Errno::BadF)?;
        if fd == new {
            return Ok(None);
        }
        self.share(entry.description);
        let closed = self.close(new).unwrap_or(None);
        self.put(target, Descriptor { flags: 0, ..entry });
        Ok(closed)
    }

    fn share(&mut self, description: usize) {
        if let Some(Some(description)) = self.descriptions.get_mut(description) {
            description.references = description.references.saturating_add(1);
        }
    }

    /// Closes a descriptor; gives the description when it was the last one.
    pub(crate) fn close(&mut self, fd: i32) -> Result<Option<Description>> {
        let entry = self.entry(fd)?;
        let index = usize::try_from(fd).map_err(|_| Errno::BadF)?;
        if let Some(slot) = self.descriptors.get_mut(index) {
            *slot = None;
        }
        self.lowest = self.lowest.min(index);
        let slot = self.descriptions.get_mut(entry.description).ok_or(Errno::BadF)?;
        let description = slot.as_mut().ok_or(Errno::BadF)?;
        description.references = description.references.saturating_sub(1);
        if description.references > 0 {
            return Ok(None);
        }
        self.vacant.push(entry.description);
        Ok(slot.take())
    }

    pub(crate) fn descriptor_flags(&self, fd: i32) -> Result<u32> {
        Ok(self.entry(fd)?.flags)
    }

    pub(crate) fn set_descriptor_flags(&mut self, fd: i32, flags: u32) -> Result<()> {
        let entry = self.entry(fd)?;
        let index = usize::try_from(fd).map_err(|_| Errno::BadF)?;
        self.put(index, Descriptor { flags, ..entry });
        Ok(())
    }

    /// The open descriptors at or above `from`, ascending.
    pub(crate) fn open_from(&self, from: usize) -> impl Iterator<Item = i32> {
        let range = self.descriptors.get(from..).unwrap_or_default();
        range
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.is_some())
            .filter_map(move |(index, _)| i32::try_from(index + from).ok())
    }
}

/// What an image needs.
impl DescriptorTable {
    /// A table of these descriptors (number, index of the description, flags), with the highest limit. `None` when a
    /// number is there twice or too high, when a description is not there, or when nothing refers to one.
    pub(crate) fn from_parts(descriptions: Vec<Description>, descriptors: &[(u32, u32, u32)]) -> Option<Self> {
        let mut table = Self::new(MAX_DESCRIPTORS);
        table.descriptions =
            descriptions.into_iter().map(|found| Some(Description { references: 0, ..found })).collect();
        for (fd, description, flags) in descriptors.iter().copied() {
            let (fd, description) = (usize::try_from(fd).ok()?, usize::try_from(description).ok()?);
            let taken = table.descriptors.get(fd).is_some_and(Option::is_some);
            if taken || fd >= table.limit || description >= table.descriptions.len() {
                return None;
            }
            table.put(fd, Descriptor { description, flags });
            table.share(description);
        }
        table.lowest = table.descriptors.iter().position(Option::is_none).unwrap_or(table.descriptors.len());
        let unused = table.descriptions().any(|description| description.references == 0);
        if unused { None } else { Some(table) }
    }

    /// The descriptions, and for each descriptor its number, the index of its description among them, and its flags.
    pub(crate) fn parts(&self) -> (Vec<Description>, Vec<(u32, u32, u32)>) {
        let mut places = vec![None; self.descriptions.len()];
        let mut descriptions = Vec::new();
        let mut descriptors = Vec::new();
        for (fd, entry) in (0..).zip(&self.descriptors) {
            let Some(Descriptor { description, flags }) = *entry else { continue };
            let (Some(Some(found)), Some(place)) = (self.descriptions.get(description), places.get_mut(description))
            else {
                continue;
            };
            let index = *place.get_or_insert_with(|| {
                descriptions.push(found.clone());
                descriptions.len() - 1
            });
            descriptors.push((fd, index as u32, flags));
        }
        (descriptions, descriptors)
    }

    pub(crate) fn descriptions(&self) -> impl Iterator<Item = &Description> {
        self.descriptions.iter().flatten()
    }

    /// One more than the highest open descriptor.
    pub(crate) fn end(&self) -> usize {
        self.descriptors.iter().rposition(Option::is_some).map_or(0, |last| last + 1)
    }

    /// Whether the limit was reached.
    pub(crate) fn shortage(&self) -> &Shortage {
        &self.shortage
    }

    pub(crate) fn with_limit(self, limit: u32) -> Self {
        Self { limit: Self::new(limit).limit, shortage: Shortage::default(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::{Description, DescriptorTable, MAX_DESCRIPTORS};
    use crate::flags::OpenFlags;
    use crate::node::Node;

    fn description() -> Description {
        Description::new(Node::FdLink(0), OpenFlags::RDWR, None)
    }

    #[test]
    fn parts_that_fit_make_a_table() {
        let parts = [(0, 1, 0), (2, 0, 1), (5, 1, 0)];
        let table = DescriptorTable::from_parts(vec![description(), description()], &parts).unwrap();
        assert_eq!(table.open_from(0).collect::<Vec<_>>(), [0, 2, 5]);
        assert_eq!(table.lowest, 1);
        // The descriptions come out in the order of the descriptors.
        let (descriptions, again) = table.parts();
        assert_eq!((descriptions.len(), again), (2, vec![(0, 0, 0), (2, 1, 1), (5, 0, 0)]));
        assert_eq!(DescriptorTable::from_parts(Vec::new(), &[]).unwrap().lowest, 0);
        assert!(DescriptorTable::from_parts(vec![description()], &[(MAX_DESCRIPTORS - 1, 0, 0)]).is_some());
    }

    #[test]
    fn parts_that_do_not_fit_make_none() {
        for parts in [
            // A number twice or too high; a description that is not there; one that nothing refers to.
            &[(0, 0, 0), (0, 0, 0)][..],
            &[(MAX_DESCRIPTORS, 0, 0)],
            &[(0, 0, 0), (1, 1, 0)],
            &[(0, 1, 0)],
            &[],
        ] {
            assert!(DescriptorTable::from_parts(vec![description()], parts).is_none(), "{parts:?}");
        }
    }
}
