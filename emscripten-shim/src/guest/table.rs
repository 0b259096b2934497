//! What the host knows of the function table.

use std::collections::HashMap;

use wasmer::{AsStoreRef, Function, Table};

/// The function table, and which of its slots are whose.
#[derive(Clone)]
pub struct Slots {
    pub(crate) table: Table,
    /// How many slots the table had at the start: the main module's own.
    own: u32,
    /// How many slots are given out. The table may have more, left over from before a reset, and they are empty.
    pub(crate) used: u32,
    /// The table's size when the host last saw it. A guest that has grown it by itself since has slots of its own there.
    pub(crate) seen: u32,
    /// Slots that the host has looked at: `Table::get` allocates in the store for good.
    pub(crate) known: HashMap<u32, Function>,
}

impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slots").field("own", &self.own).field("used", &self.used).finish_non_exhaustive()
    }
}

impl Slots {
    pub(crate) fn new(store: &impl AsStoreRef, table: Table) -> Self {
        let own = table.size(store);
        Self { table, own, used: own, seen: own, known: HashMap::new() }
    }

    /// The table itself.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// How many slots the table had when the main module was instantiated.
    pub fn own(&self) -> u32 {
        self.own
    }

    /// How many slots are given out.
    pub fn used(&self) -> u32 {
        self.used
    }
}
