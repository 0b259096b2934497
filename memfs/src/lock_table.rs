//! The locks that a guest holds.
//!
//! This table decides for files in memory. For a mounted folder's it only keeps count, and the folder decides, since others lock there
//! too. No lock is in an image.

use std::collections::BTreeMap;

use crate::errno::{Errno, Result};
use crate::locks::{FileLock, LockKind, LockOwner, LockRange, LockScope};
use crate::node::Node;

/// Limit: locks that a guest holds at a time, in all files together. Beyond it `ENOLCK`.
const MAX_LOCKS: usize = 4096;

/// What tells two files apart: the mount, if it is in one, and the number.
type File = (u64, u64);

/// The locks of one guest.
#[derive(Debug, Default)]
pub(crate) struct LockTable {
    files: BTreeMap<File, Vec<FileLock>>,
}

/// What a file's locks are once a request is granted.
pub(crate) struct Granted {
    file: File,
    locks: Vec<FileLock>,
}

impl LockTable {
    fn held(&self, node: Node) -> &[FileLock] {
        file(node).and_then(|file| self.files.get(&file)).map_or(&[], Vec::as_slice)
    }

    /// A lock that stands in the way of this one.
    pub(crate) fn blocker(&self, node: Node, wanted: &FileLock) -> Option<FileLock> {
        self.held(node).iter().find(|held| held.conflicts(wanted)).copied()
    }

    /// What becomes of a file's locks when `owner` holds `kind` in `scope`; `None` for nothing. Conflicts are not looked for.
    ///
    /// # Errors
    /// `NoLck`: there would be too many; `BadF`: what cannot be locked.
    pub(crate) fn grant(
        &self,
        node: Node,
        owner: LockOwner,
        scope: LockScope,
        kind: Option<LockKind>,
    ) -> Result<Granted> {
        let file = file(node).ok_or(Errno::BadF)?;
        let held = self.held(node);
        let mut locks = Vec::with_capacity(held.len() + 2);
        let mut new = kind.map(|kind| FileLock { owner, scope, kind });
        for lock in held {
            if lock.owner != owner || lock.scope.is_whole() != scope.is_whole() {
                locks.push(*lock);
                continue;
            }
            let (old, range) = (lock.scope.range(), scope.range());
            if let Some(new) = &mut new
                && lock.kind == new.kind
                && let LockScope::Bytes(grown) = &mut new.scope
                && old.start <= grown.end
                && grown.start <= old.end
            {
                // Neighbours of one kind become one.
                *grown = LockRange { start: old.start.min(grown.start), end: old.end.max(grown.end) };
                continue;
            }
            let rests = [(old.start, old.end.min(range.start)), (old.start.max(range.end), old.end)];
            for (start, end) in rests.into_iter().filter(|(start, end)| start < end) {
                locks.push(FileLock { scope: LockScope::Bytes(LockRange { start, end }), ..*lock });
            }
        }
        locks.extend(new);
        // Giving up a part may split a lock in two, which must not fail for want of room.
        if kind.is_some() && locks.len() > held.len() && self.count_outside(file) + locks.len() > MAX_LOCKS {
            return Err(Errno::NoLck);
        }
        Ok(Granted { file, locks })
    }

    /// The locks of all other files.
    fn count_outside(&self, file: File) -> usize {
        self.files.iter().filter(|(other, _)| **other != file).map(|(_, locks)| locks.len()).sum()
    }

    /// Makes it so.
    pub(crate) fn put(&mut self, granted: Granted) {
        match granted.locks.is_empty() {
            true => drop(self.files.remove(&granted.file)),
            false => drop(self.files.insert(granted.file, granted.locks)),
        }
    }

    /// Drops all that an owner holds of a file.
    pub(crate) fn release(&mut self, node: Node, owner: LockOwner) {
        if let Some(file) = file(node)
            && let Some(locks) = self.files.get_mut(&file)
        {
            locks.retain(|lock| lock.owner != owner);
            if locks.is_empty() {
                self.files.remove(&file);
            }
        }
    }
}

/// What a node's locks are found by; `None` for a link that descriptors have.
fn file(node: Node) -> Option<File> {
    match node {
        Node::Inode(id) => Some((0, u64::from(id.index) << 32 | u64::from(id.generation))),
        Node::Folder(node) => Some((1 + u64::from(node.mount), node.node)),
        Node::FdLink(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inode::InodeId;

    const FILE: Node = Node::Inode(InodeId { index: 7, generation: 1 });

    /// What one byte after another is locked as by the table, and by a model that keeps every byte.
    #[test]
    fn ranges_split_and_join_as_bytes_do() {
        let mut table = LockTable::default();
        let mut model = [[None; 24]; 2];
        let mut seed = 1_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for step in 0..20_000 {
            let (start, len) = (random(23), 1 + random(6));
            let range = LockRange { start, end: (start + len).min(24) };
            let who = random(2) as usize;
            let owner = [LockOwner::Process, LockOwner::Description(3)][who];
            let kind = [None, Some(LockKind::Shared), Some(LockKind::Exclusive)][random(3) as usize];
            let scope = LockScope::Bytes(range);
            let bytes = start as usize..range.end as usize;
            let blocked = kind.is_some_and(|kind| {
                model[1 - who][bytes.clone()].iter().flatten().any(|held: &LockKind| kind.excludes(*held))
            });
            let found = kind.and_then(|kind| table.blocker(FILE, &FileLock { owner, scope, kind }));
            assert_eq!(found.is_some(), blocked, "step {step}");
            if !blocked {
                let granted = table.grant(FILE, owner, scope, kind).unwrap();
                table.put(granted);
                model[who][bytes].fill(kind);
            }
            for (who, owner) in [LockOwner::Process, LockOwner::Description(3)].into_iter().enumerate() {
                let mut bytes = [None; 24];
                for lock in table.held(FILE).iter().filter(|lock| lock.owner == owner) {
                    let range = lock.scope.range();
                    for byte in &mut bytes[range.start as usize..range.end as usize] {
                        assert_eq!(byte.replace(lock.kind), None, "step {step}: two locks of one owner on one byte");
                    }
                }
                assert_eq!(bytes, model[who], "step {step}");
            }
        }
    }

    #[test]
    fn the_number_is_bounded_and_giving_up_never_fails() {
        let mut table = LockTable::default();
        let lock = |table: &mut LockTable, start: u64, kind| {
            let scope = LockScope::Bytes(LockRange { start, end: start + 1 });
            table.grant(FILE, LockOwner::Process, scope, kind).map(|granted| table.put(granted))
        };
        for index in 0..MAX_LOCKS as u64 {
            lock(&mut table, 3 * index, Some(LockKind::Shared)).unwrap();
        }
        assert_eq!(lock(&mut table, 1 << 40, Some(LockKind::Shared)), Err(Errno::NoLck));
        // In the place of one that is there.
        assert_eq!(lock(&mut table, 0, Some(LockKind::Exclusive)), Ok(()));
        assert_eq!(lock(&mut table, 0, None), Ok(()));
        assert_eq!(lock(&mut table, 1 << 40, Some(LockKind::Shared)), Ok(()));
        table.release(FILE, LockOwner::Process);
        assert!(table.files.is_empty());
    }

    #[test]
    fn locks_on_all_of_a_file_and_on_its_bytes_do_not_meet() {
        let mut table = LockTable::default();
        let kind = LockKind::Exclusive;
        let whole = FileLock { owner: LockOwner::Description(1), scope: LockScope::Whole, kind };
        table.put(table.grant(FILE, whole.owner, whole.scope, Some(kind)).unwrap());
        let bytes = FileLock { owner: LockOwner::Process, scope: LockScope::Bytes(LockRange::ALL), kind };
        assert_eq!(table.blocker(FILE, &bytes), None);
        let other = FileLock { owner: LockOwner::Description(2), ..whole };
        assert_eq!(table.blocker(FILE, &other), Some(whole));
        table.put(table.grant(FILE, whole.owner, whole.scope, None).unwrap());
        assert!(table.files.is_empty());
    }
}
