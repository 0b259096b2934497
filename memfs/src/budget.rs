//! Bytes that are held for a guest, counted against a limit before they are taken.
//!
//! A [`Budget`] is a count that its clones share. A part of it ([`Budget::part`]) has a limit of its own and counts
//! against the whole as well, so that one limit can bind several holders: the files of a guest, what else the host
//! keeps for it, and all guests of one tenant.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::errno::{Errno, Result};

/// How many inodes, descriptors and bytes of files a guest may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageLimits {
    /// Limit: bytes that files take in memory, over all files: their content, up to an eighth more, and 128 for each 64 KiB in which
    /// something was written; and the texts of links. Holes are free, layers do not count. Beyond it, [`Errno::NoSpc`].
    pub max_bytes: u64,
    /// Limit: inodes, each further hard link counting as one; what layers bring does not count. Beyond it,
    /// [`Errno::NoSpc`].
    pub max_inodes: u32,
    /// Limit: open descriptors, at most 2²⁰. Beyond it, [`Errno::MFile`]. A pipe or a socket can hold 64 KiB apart from
    /// `max_bytes`, so this bounds those too.
    pub max_descriptors: u32,
}

impl Default for StorageLimits {
    /// 1 GiB, a million inodes, and Emscripten's 4,096 descriptors.
    fn default() -> Self {
        Self { max_bytes: 1 << 30, max_inodes: 1 << 20, max_descriptors: 4096 }
    }
}

/// Whether something was refused since a limit on how many there may be was reached. Clones say the same.
#[derive(Clone, Debug, Default)]
pub struct Shortage(Arc<AtomicBool>);

impl Shortage {
    /// Whether it was.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The error, which is noted.
    #[cold]
    pub(crate) fn error(&self, errno: Errno) -> Errno {
        self.0.store(true, Ordering::Relaxed);
        errno
    }
}

/// A count of bytes with a limit. Clones share the count.
///
/// ```
/// use pyrun_memfs::{Budget, Errno};
/// let tenant = Budget::new(100);
/// let (first, second) = (tenant.part(80), tenant.part(80));
/// first.take(60)?;
/// assert_eq!(first.take(30), Err(Errno::NoSpc), "its own limit");
/// assert_eq!(second.take(60), Err(Errno::NoSpc), "the limit of the whole");
/// second.take(40)?;
/// assert_eq!((tenant.used(), tenant.free()), (100, 0));
/// drop(first);
/// assert_eq!(tenant.used(), 40, "what a part held is free once the part is gone");
/// # Ok::<(), Errno>(())
/// ```
#[derive(Clone, Debug)]
pub struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    used: AtomicU64,
    /// The most that were taken at any time.
    peak: AtomicU64,
    /// The most that would have been taken, had it been allowed; 0 while all was.
    refused: AtomicU64,
    limit: u64,
    whole: Option<Budget>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(whole) = &self.whole {
            whole.give_back(*self.used.get_mut());
        }
    }
}

impl Budget {
    /// A budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self::of(limit, None)
    }

    /// A part of this budget, of at most `limit` bytes. What it takes counts here too; when it and its clones are gone,
    /// all of that is given back.
    #[must_use]
    pub fn part(&self, limit: u64) -> Self {
        Self::of(limit, Some(self.clone()))
    }

    fn of(limit: u64, whole: Option<Self>) -> Self {
        Self {
            shared: Arc::new(Shared {
                used: AtomicU64::new(0),
                peak: AtomicU64::new(0),
                refused: AtomicU64::new(0),
                limit,
                whole,
            }),
        }
    }

    /// Takes `bytes`, or nothing.
    ///
    /// # Errors
    /// [`Errno::NoSpc`] when they do not fit into this budget, or into one that it is a part of.
    pub fn take(&self, bytes: u64) -> Result<()> {
        let Shared { used, peak, refused, limit, whole } = &*self.shared;
        let within = |present: u64| present.checked_add(bytes).filter(|sum| sum <= limit);
        match used.fetch_update(Ordering::AcqRel, Ordering::Acquire, within) {
            Ok(before) => peak.fetch_max(before.saturating_add(bytes), Ordering::AcqRel),
            Err(present) => {
                refused.fetch_max(present.saturating_add(bytes), Ordering::AcqRel);
                return Err(Errno::NoSpc);
            }
        };
        let Some(Err(errno)) = whole.as_ref().map(|whole| whole.take(bytes)) else { return Ok(()) };
        subtract(used, bytes);
        Err(errno)
    }

    /// Gives back `bytes` that were taken.
    pub fn give_back(&self, bytes: u64) {
        let given = subtract(&self.shared.used, bytes);
        if let Some(whole) = &self.shared.whole {
            whole.give_back(given);
        }
    }

    /// Takes `bytes` for as long as what is given is held.
    ///
    /// # Errors
    /// [`OverBudget`] when they do not fit.
    ///
    /// ```
    /// use pyrun_memfs::Budget;
    /// let budget = Budget::new(100);
    /// let mut charge = budget.charge(60)?;
    /// charge.grow(30)?;
    /// let over = charge.grow(20).unwrap_err();
    /// assert_eq!((over.limit, over.used, budget.used()), (100, 110, 90));
    /// drop(charge);
    /// assert_eq!(budget.used(), 0);
    /// # Ok::<(), pyrun_memfs::OverBudget>(())
    /// ```
    pub fn charge(&self, bytes: u64) -> core::result::Result<Charge, OverBudget> {
        let mut charge = self.empty_charge();
        charge.grow(bytes)?;
        Ok(charge)
    }

    /// A charge of nothing as yet.
    pub fn empty_charge(&self) -> Charge {
        Charge { budget: self.clone(), bytes: 0 }
    }

    /// Bytes that are taken.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.shared.used.load(Ordering::Acquire)
    }

    /// How many of `bytes`, which somebody wants to take, do not fit: who takes fewer then has been refused the rest.
    #[must_use]
    pub fn shortage(&self, bytes: u64) -> u64 {
        let own = bytes.saturating_sub(self.limit().saturating_sub(self.used()));
        if own > 0 {
            self.shared.refused.fetch_max(self.used().saturating_add(bytes), Ordering::AcqRel);
        }
        self.shared.whole.as_ref().map_or(own, |whole| own.max(whole.shortage(bytes)))
    }

    /// The most bytes that were taken at any time.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.shared.peak.load(Ordering::Acquire)
    }

    /// How many bytes would have been taken by the largest request that was refused, in part or whole; 0 when none was.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Acquire)
    }

    /// The most that may be taken, whatever the budgets that it is a part of allow.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.shared.limit
    }

    /// Bytes that could be taken now, here and in the budgets that it is a part of.
    #[must_use]
    pub fn free(&self) -> u64 {
        let own = self.limit().saturating_sub(self.used());
        self.shared.whole.as_ref().map_or(own, |whole| own.min(whole.free()))
    }
}

/// Bytes of a [`Budget`] that are taken while this is held: it is kept with the memory that it stands for, and dropped with it.
#[derive(Debug)]
#[must_use = "what is charged is given back when this is dropped"]
pub struct Charge {
    budget: Budget,
    bytes: u64,
}

impl Charge {
    /// Takes so many more.
    ///
    /// # Errors
    /// [`OverBudget`] when they do not fit; what was taken before stays.
    pub fn grow(&mut self, bytes: u64) -> core::result::Result<(), OverBudget> {
        let sum = self.bytes.saturating_add(bytes);
        match self.budget.take(bytes) {
            Ok(()) => {
                self.bytes = sum;
                Ok(())
            }
            Err(_) => Err(OverBudget { limit: self.budget.limit(), used: self.budget.used().saturating_add(bytes) }),
        }
    }

    /// Gives back all but so many.
    pub fn shrink_to(&mut self, bytes: u64) {
        let less = self.bytes.saturating_sub(bytes);
        self.budget.give_back(less);
        self.bytes -= less;
    }

    /// How many are taken.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What they are taken from.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

/// Bytes that a [`Budget`] has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of {limit} bytes is reached: {used} are asked for")]
pub struct OverBudget {
    /// The budget's limit.
    pub limit: u64,
    /// What there would have been, had it been allowed.
    pub used: u64,
}

/// Subtracts `bytes`, at most what is there; gives what was subtracted.
fn subtract(used: &AtomicU64, bytes: u64) -> u64 {
    let less = |present: u64| Some(present.saturating_sub(bytes));
    used.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).map_or(0, |present| present.min(bytes))
}

#[cfg(test)]
mod tests {
    use super::Budget;
    use crate::errno::Errno;

    #[test]
    fn takes_all_or_nothing_up_to_the_limit() {
        let budget = Budget::new(10);
        assert_eq!((budget.take(11), budget.used()), (Err(Errno::NoSpc), 0));
        assert_eq!((budget.take(10), budget.free()), (Ok(()), 0));
        assert_eq!((budget.take(0), budget.take(1)), (Ok(()), Err(Errno::NoSpc)));
        assert_eq!((budget.peak(), budget.refused()), (10, 11));
        assert_eq!(budget.take(u64::MAX), Err(Errno::NoSpc), "a sum beyond 64 bits");
        budget.give_back(4);
        assert_eq!((budget.peak(), budget.refused()), (10, u64::MAX));
        assert_eq!((budget.used(), budget.free(), budget.limit()), (6, 4, 10));
        budget.give_back(100);
        assert_eq!(budget.used(), 0);
    }

    /// Whoever takes less, since more does not fit, is told by the budget whose limit it was.
    #[test]
    fn a_shortage_is_noted_where_it_is() {
        let whole = Budget::new(10);
        let part = whole.part(20);
        assert_eq!((part.shortage(10), part.refused(), whole.refused()), (0, 0, 0));
        assert_eq!((part.shortage(15), part.refused(), whole.refused()), (5, 0, 15));
        assert_eq!((part.shortage(25), part.refused(), whole.refused()), (15, 25, 25));
    }

    #[test]
    fn a_refusal_of_the_whole_changes_no_count() {
        let whole = Budget::new(10);
        let part = whole.part(8);
        let inner = part.part(8);
        whole.take(5).unwrap();
        assert_eq!(inner.take(6), Err(Errno::NoSpc));
        assert_eq!((inner.used(), part.used(), whole.used()), (0, 0, 5));
        assert_eq!(inner.free(), 5, "the least of all that it is a part of");
        inner.take(3).unwrap();
        assert_eq!((inner.used(), part.used(), whole.used()), (3, 3, 8));
        inner.give_back(100);
        assert_eq!((part.used(), whole.used()), (0, 5), "no more is given back than was taken");
    }

    #[test]
    fn a_part_gives_everything_back_once_its_last_clone_is_gone() {
        let whole = Budget::new(10);
        let part = whole.part(10);
        let clone = part.clone();
        part.take(7).unwrap();
        drop(part);
        assert_eq!((clone.used(), whole.used()), (7, 7));
        drop(clone);
        assert_eq!(whole.used(), 0);
    }

    #[test]
    fn a_charge_is_held_as_long_as_it_lives() {
        let whole = Budget::new(10);
        let part = whole.part(8);
        let mut charge = part.charge(3).unwrap();
        assert_eq!(part.charge(6).unwrap_err(), super::OverBudget { limit: 8, used: 9 });
        assert_eq!(charge.grow(u64::MAX).unwrap_err().used, u64::MAX);
        charge.grow(5).unwrap();
        assert_eq!((charge.bytes(), whole.used(), part.refused()), (8, 8, u64::MAX));
        charge.shrink_to(2);
        charge.shrink_to(4);
        assert_eq!((charge.bytes(), whole.used()), (2, 2));
        drop(charge);
        assert_eq!((part.used(), whole.used(), whole.peak()), (0, 0, 8));
    }

    #[test]
    fn threads_never_take_more_than_there_is() {
        let whole = Budget::new(1000);
        let taken: u64 = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    let part = whole.part(u64::MAX);
                    scope.spawn(move || {
                        let taken = (0..1000).filter(|_| part.take(1).is_ok()).count() as u64;
                        std::mem::forget(part);
                        taken
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        assert_eq!((taken, whole.used()), (1000, 1000));
    }
}
