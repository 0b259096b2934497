//! The function table: looking at slots, filling them, giving out new ones.

use wasmer::{Function, Value};

use crate::guest::caller::{Caller, not_instantiated};
use crate::guest::exports::no_table;
use crate::guest::table::Slots;
use crate::guest::trap::Trap;

impl Caller<'_> {
    /// The function in a slot of the table; `None` when the slot is empty or does not exist.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated, [`Trap::MissingExport`] when it has no table.
    pub fn slot(&mut self, slot: u32) -> Result<Option<Function>, Trap> {
        let (env, mut store) = self.env_and_store();
        let slots = env.guest.as_mut().ok_or_else(not_instantiated)?.slots.as_mut().ok_or_else(no_table)?;
        if let Some(function) = slots.known.get(&slot) {
            return Ok(Some(function.clone()));
        }
        if slot >= slots.table.size(&store) {
            return Ok(None);
        }
        let Some(Value::FuncRef(Some(function))) = slots.table.get(&mut store, slot) else {
            return Ok(None);
        };
        slots.known.insert(slot, function.clone());
        Ok(Some(function))
    }

    /// Puts a function into a slot. Only typed host functions and guest functions may sit in a table.
    ///
    /// # Errors
    /// As [`Caller::slot`]; [`Trap::Guest`] when the table does not take it.
    pub fn set_slot(&mut self, slot: u32, function: Option<Function>) -> Result<(), Trap> {
        let (env, mut store) = self.env_and_store();
        let slots = env.guest.as_mut().ok_or_else(not_instantiated)?.slots.as_mut().ok_or_else(no_table)?;
        slots.table.set(&mut store, slot, Value::FuncRef(function.clone())).map_err(Trap::Guest)?;
        match function {
            Some(function) => slots.known.insert(slot, function),
            None => slots.known.remove(&slot),
        };
        Ok(())
    }

    /// Grows the table by `count` empty slots and returns the first.
    ///
    /// # Errors
    /// As [`Caller::slot`]; [`Trap::TableFull`] when the table would pass its limit.
    pub fn grow_table(&mut self, count: u32) -> Result<u32, Trap> {
        let (env, mut store) = self.env_and_store();
        let slots = env.guest.as_mut().ok_or_else(not_instantiated)?.slots.as_mut().ok_or_else(no_table)?;
        let size = slots.table.size(&store);
        if size > slots.seen {
            (slots.used, slots.seen) = (size, size);
        }
        let first = slots.used;
        let end = first.checked_add(count).filter(|end| *end <= env.process.limits.table);
        let Some(end) = end else {
            env.gate.meet_slots(env.process.limits.table);
            return Err(Trap::TableFull(env.process.limits.table));
        };
        if let Some(more) = end.checked_sub(slots.table.size(&store)).filter(|more| *more > 0) {
            slots.table.grow(&mut store, more, Value::FuncRef(None)).map_err(Trap::Guest)?;
            slots.seen = end;
        }
        slots.used = end;
        Ok(first)
    }

    /// Empties all slots from `first` on, for the next [`Caller::grow_table`] to give out again. A guest without a table has
    /// none.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated.
    pub(crate) fn cut_table(&mut self, first: u32) -> Result<(), Trap> {
        let end = self.slots_used()?;
        for slot in first..end {
            self.set_slot(slot, None)?;
        }
        if let Some(slots) = self.env().guest.as_mut().and_then(|guest| guest.slots.as_mut()) {
            slots.used = end.min(first);
        }
        Ok(())
    }

    /// How many slots of the table are given out; 0 for a guest without a table.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated.
    pub fn slots_used(&self) -> Result<u32, Trap> {
        Ok(self.guest()?.slots.as_ref().map_or(0, Slots::used))
    }
}
