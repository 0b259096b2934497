//! Remembers a restored guest's function table, and looks at a reset whether it is as it was.

use crate::guest::caller::Caller;
use crate::guest::frozen_table::FrozenTable;
use crate::guest::trap::Trap;
use crate::memory::Restoring;

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
        match frozen.filter(|frozen| frozen.len() == size as usize) {
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
