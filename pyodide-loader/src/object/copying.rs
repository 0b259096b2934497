//! What is copied out of the guest, charged to the account of host memory before it is copied.

use pyrun_memfs::{Budget, Charge, OverBudget};

/// Bytes that are taken of the account at once, when there are so many: one look at it for many small values.
const STEP: u64 = 64 << 10;

/// The host memory that one crossing takes, until this is dropped.
#[derive(Debug)]
pub(super) struct Copying {
    charge: Charge,
    /// How many of the charged bytes are used.
    spent: u64,
}

impl Copying {
    /// Nothing is copied yet.
    pub(super) fn new(account: &Budget) -> Self {
        Self { charge: account.empty_charge(), spent: 0 }
    }

    /// So many bytes are about to be copied.
    ///
    /// # Errors
    /// When the account has not so many left.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), OverBudget> {
        let spent = self.spent.saturating_add(bytes as u64);
        let lacking = spent.saturating_sub(self.charge.bytes());
        if lacking > 0 {
            self.charge.grow(lacking.max(STEP.min(self.charge.budget().free())))?;
        }
        self.spent = spent;
        Ok(())
    }

    /// So many of them are gone again.
    pub(super) fn regain(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_sub(bytes as u64);
    }

    /// Makes room for one more item, which is charged where the list has none.
    ///
    /// # Errors
    /// As [`Copying::spend`].
    pub(super) fn room_for_one<T>(&mut self, items: &mut Vec<T>) -> Result<(), OverBudget> {
        if items.len() == items.capacity() {
            let more = items.len().max(4);
            self.spend(more.saturating_mul(size_of::<T>()))?;
            items.reserve_exact(more);
        }
        Ok(())
    }

    /// Bytes that are copied and still there.
    pub(super) fn spent(&self) -> usize {
        usize::try_from(self.spent).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_charged_before_and_given_back_after() {
        let account = Budget::new(100_000);
        let mut copying = Copying::new(&account);
        copying.spend(10).unwrap();
        assert_eq!((copying.spent(), account.used()), (10, STEP), "a step at once");
        copying.spend(90_000).unwrap();
        let over = copying.spend(10_000).unwrap_err();
        assert_eq!((over.limit, copying.spent(), account.refused()), (100_000, 90_010, over.used));
        copying.regain(50_000);
        copying.spend(50_000).unwrap();
        let mut items = Vec::<u64>::new();
        for item in 0..1000 {
            copying.room_for_one(&mut items).unwrap();
            items.push(item);
        }
        assert!(copying.spent() >= 90_010 + items.capacity() * 8);
        assert!(copying.room_for_one(&mut Vec::<[u8; 10_000]>::new()).is_err());
        drop(copying);
        assert_eq!(account.used(), 0);
    }
}
