//! What the function table of a restored guest holds, to find out at a reset whether somebody has changed it.
//!
//! Only code that the guest brings changes a slot behind the host's back: no module of a release has an instruction that writes to this
//! table (their `table.set` and `table.grow` are for tables of references, which hold nothing here), and the imports fill only slots
//! that they give out. So a slot that differs is not put back; the guest is given up, since what else such code has done is not known.

use wasmer::AsStoreMut;

use crate::guest::caller::Caller;
use crate::guest::trap::Trap;
use crate::memory::Restoring;
use crate::sys::table::TableSlots;

/// The slots that the snapshot has, as they were when the guest had been restored.
#[derive(Debug)]
pub(crate) struct FrozenTable {
    table: TableSlots,
    /// By slot. Those of closures are empty.
    slots: Vec<usize>,
}

impl FrozenTable {
    fn of(table: TableSlots, store: &mut impl AsStoreMut, own: &[u32]) -> Option<Self> {
        let mut slots = table.read(store)?.to_vec();
        for slot in own {
            if let Some(slot) = slots.get_mut(*slot as usize) {
                *slot = 0;
            }
        }
        Some(Self { table, slots })
    }

    /// The first slot that holds something else than the snapshot has there, or anything where that has none.
    fn changed(&self, store: &mut impl AsStoreMut) -> Option<usize> {
        let now = self.table.read(store).unwrap_or_default();
        let (own, more) = now.split_at_checked(self.slots.len()).unwrap_or((now, &[]));
        if own == self.slots && more.iter().all(|slot| *slot == 0) {
            return None;
        }
        let differs = own.iter().zip(&self.slots).position(|(now, then)| now != then);
        Some(differs.unwrap_or_else(|| own.len() + more.iter().position(|slot| *slot != 0).unwrap_or(0)))
    }
}

impl Caller<'_> {
    /// Remembers what the function table holds, at the end of a restore.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the table is not the one of the guest that is restored.
    pub fn freeze_table(&mut self, restoring: &Restoring) -> Result<(), Trap> {
        let Some(table) = restoring.table() else { return Ok(()) };
        let size = self.slots_used()?;
        let closures = &self.env().closures;
        let own: Vec<u32> = closures.live.values().map(|closure| closure.slot).collect();
        let frozen = FrozenTable::of(table, &mut self.store(), &own);
        match frozen.filter(|frozen| frozen.slots.len() == size as usize) {
            Some(frozen) => self.env().frozen_table = Some(frozen),
            None => return Err(Trap::bug("snapshot", "the function table is not the guest's")),
        }
        Ok(())
    }

    /// Finds out whether the function table is that of the snapshot, but for the slots of closures, which must be empty.
    ///
    /// # Errors
    /// [`Trap::Aborted`] when it is not.
    pub(crate) fn check_table(&mut self) -> Result<(), Trap> {
        let (env, mut store) = self.env_and_store();
        match env.frozen_table.as_ref().and_then(|frozen| frozen.changed(&mut store)) {
            None => Ok(()),
            Some(slot) => {
                Err(Trap::Aborted(format!("slot {slot} of its function table holds something else than before")))
            }
        }
    }
}
