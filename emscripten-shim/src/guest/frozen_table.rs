//! What the function table of a restored guest holds, to find out at a reset whether somebody has changed it.
//!
//! Only code that the guest brings changes a slot behind the host's back: no module of a release has an instruction that writes to this
//! table (their `table.set` and `table.grow` are for tables of references, which hold nothing here), and the imports fill only slots
//! that they give out. So a slot that differs is not put back; the guest is given up, since what else such code has done is not known.

use wasmer::AsStoreMut;

use crate::sys::table::TableSlots;

/// The slots that the snapshot has, as they were when the guest had been restored.
#[derive(Debug)]
pub(crate) struct FrozenTable {
    table: TableSlots,
    /// By slot. Those of closures are empty.
    slots: Vec<usize>,
}

impl FrozenTable {
    pub(super) fn of(table: TableSlots, store: &mut impl AsStoreMut, own: &[u32]) -> Option<Self> {
        let mut slots = table.read(store)?.to_vec();
        for slot in own {
            if let Some(slot) = slots.get_mut(*slot as usize) {
                *slot = 0;
            }
        }
        Some(Self { table, slots })
    }

    /// How many slots the snapshot has.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The first slot that holds something else than the snapshot has there, or anything where that has none.
    pub(super) fn changed(&self, store: &mut impl AsStoreMut) -> Option<usize> {
        let now = self.table.read(store).unwrap_or_default();
        let (own, more) = now.split_at_checked(self.slots.len()).unwrap_or((now, &[]));
        if own == self.slots && more.iter().all(|slot| *slot == 0) {
            return None;
        }
        let differs = own.iter().zip(&self.slots).position(|(now, then)| now != then);
        Some(differs.unwrap_or_else(|| own.len() + more.iter().position(|slot| *slot != 0).unwrap_or(0)))
    }
}
