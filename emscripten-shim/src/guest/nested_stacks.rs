//! The native stacks of calls into the guest that are nested in each other, and what they are charged to.
//!
//! The engine runs each entry into the guest on a stack of its own, whose pages become real as they are used, and a guest decides how
//! deep it goes before it has the host call it again. So only the outermost entry has a stack of the full size. Each one inside it has
//! half of the one around, down to [`LEAST`], and is charged to the guest's account of host memory as a whole before it is entered.

use pyrun_memfs::{Budget, Charge};

/// Limit: bytes of the native stack of a first nested entry. Guest code that needs more there ends as at the end of any stack.
const FIRST: usize = 64 << 20;
/// Bytes of the native stack of each entry that is nested deeply.
const LEAST: usize = 1 << 20;
/// How much of what is left in the account one entry gets at most: a guest with a small account nests less deeply, but nests.
const PART: u64 = 16;
/// Sizes that an entry may have: the full one, then halves.
pub(crate) const SIZES: usize = 8;
/// Entries that may be nested before pooled stacks are given back first: the engine takes any that is large enough.
const SHALLOW: usize = 4;

/// Bytes of a stack by its index; `None` for the full size.
pub(crate) fn size(index: usize) -> Option<usize> {
    let halved = FIRST >> index.checked_sub(1)?;
    Some(halved.max(LEAST))
}

/// The stacks of entries that are, or were, nested in the outermost one that is active.
#[derive(Debug, Default)]
pub(crate) struct NestedStacks(Vec<(Charge, usize)>);

impl NestedStacks {
    /// The index of the size of the stack for an entry into which `depth` others lead, one at least. `None` when the account has not so
    /// much left. `drain` gives pooled stacks back.
    pub(crate) fn reserve(&mut self, depth: u32, account: &Budget, drain: impl FnOnce()) -> Option<usize> {
        let level = depth as usize;
        if let Some((_, index)) = level.checked_sub(1).and_then(|at| self.0.get(at)) {
            return Some(*index);
        }
        let around = self.0.last().map_or(0, |(_, index)| *index);
        let most = account.free() / PART;
        let fits = |index: &usize| size(*index).is_none_or(|size| size as u64 <= most || size == LEAST);
        let index = (around + 1..SIZES).find(fits).unwrap_or(SIZES - 1);
        let charge = account.charge(size(index)? as u64).ok()?;
        if level > SHALLOW {
            drain();
        }
        self.0.push((charge, index));
        Some(index)
    }

    /// The outermost entry has ended. Whether so many were nested that their stacks are to be given back.
    pub(crate) fn end(&mut self) -> bool {
        let were_many = self.0.len() > SHALLOW;
        self.0.clear();
        were_many
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Bytes that so many more nested entries need at least.
pub(crate) fn least_for(entries: u32) -> u64 {
    u64::from(entries) * LEAST as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_nested_stacks_share_one_account() {
        for (limit, levels) in [(2_u64 << 30, 400), (512 << 20, 400), (64 << 20, 40), (8 << 20, 8), (1 << 20, 1)] {
            let account = Budget::new(limit);
            let (mut stacks, mut drained) = (NestedStacks::default(), 0);
            let mut sizes = Vec::new();
            while let Some(index) = stacks.reserve(sizes.len() as u32 + 1, &account, || drained += 1) {
                sizes.push(size(index).unwrap());
                if sizes.len() == 1000 {
                    break;
                }
            }
            assert!(sizes.len() >= levels, "{limit}: {}", sizes.len());
            assert!(sizes.is_sorted_by(|a, b| a >= b) && sizes.iter().all(|size| (LEAST..=FIRST).contains(size)));
            assert_eq!(account.used(), sizes.iter().sum::<usize>() as u64);
            assert_eq!(drained, sizes.len().saturating_sub(SHALLOW));
            // The same again takes nothing more.
            let used = account.used();
            assert!(stacks.reserve(1, &account, || panic!("nothing is new")).is_some());
            assert_eq!(account.used(), used);
            assert_eq!(stacks.end(), sizes.len() > SHALLOW);
            assert_eq!(account.used(), 0);
        }
        assert!(NestedStacks::default().reserve(1, &Budget::new(1000), || ()).is_none());
    }
}
