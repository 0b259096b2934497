//! The global offset table: mutable `i32` globals that side modules import by symbol name.

use std::collections::HashMap;

use wasmer::{AsStoreMut, Global, Value};

use crate::guest::trap::Trap;

/// One symbol's entry.
#[derive(Clone, Debug)]
struct Entry {
    global: Global,
    resolved: bool,
    /// Whether some module needs it, rather than testing whether it is there (a weak import).
    required: bool,
}

/// All entries, by symbol.
#[derive(Debug, Default)]
pub(super) struct OffsetTable {
    entries: HashMap<String, Entry>,
}

impl OffsetTable {
    /// The symbol's global, made on first use, for a module that may find it null. Nothing requires it.
    pub(super) fn null_global(&mut self, store: &mut impl AsStoreMut, symbol: &str) -> Global {
        let entry = self.entries.entry(symbol.to_owned()).or_insert_with(|| Entry {
            global: Global::new_mut(store, Value::I32(0)),
            resolved: false,
            required: false,
        });
        entry.global.clone()
    }

    /// The symbol's global, made on first use. Until it is resolved it holds −1.
    pub(super) fn global(&mut self, store: &mut impl AsStoreMut, symbol: &str, required: bool) -> Global {
        if let Some(entry) = self.entries.get_mut(symbol) {
            entry.required |= required;
            return entry.global.clone();
        }
        let global = Global::new_mut(store, Value::I32(-1));
        let entry = Entry { global: global.clone(), resolved: false, required };
        self.entries.insert(symbol.to_owned(), entry);
        global
    }

    /// Whether the symbol has its final address.
    pub(super) fn is_resolved(&self, symbol: &str) -> bool {
        self.entries.get(symbol).is_some_and(|entry| entry.resolved)
    }

    /// Whether a missing definition of the symbol is an error.
    pub(super) fn is_required(&self, symbol: &str) -> bool {
        self.entries.get(symbol).is_some_and(|entry| entry.required)
    }

    /// Gives the symbol its final address, unless it has one.
    pub(super) fn resolve(&mut self, store: &mut impl AsStoreMut, symbol: &str, address: u32) -> Result<(), Trap> {
        let Some(entry) = self.entries.get_mut(symbol) else { return Ok(()) };
        if entry.resolved {
            return Ok(());
        }
        entry.global.set(store, Value::I32(address.cast_signed()))?;
        entry.resolved = true;
        Ok(())
    }

    /// Every symbol with its address (`None` until it is resolved) and whether it is required.
    pub(super) fn entries(&self, store: &mut impl AsStoreMut) -> Vec<(String, Option<u32>, bool)> {
        let entry = |(symbol, entry): (&String, &Entry)| {
            let address = entry.global.get(store).i32().map(i32::cast_unsigned);
            (symbol.clone(), address.filter(|_| entry.resolved), entry.required)
        };
        self.entries.iter().map(entry).collect()
    }

    /// Back to the entries of a snapshot from which the guest was restored.
    pub(super) fn reset(
        &mut self,
        store: &mut impl AsStoreMut,
        entries: &[(String, Option<u32>, bool)],
    ) -> Result<(), Trap> {
        let mut before = std::mem::take(&mut self.entries);
        for (symbol, address, required) in entries {
            let Some(mut entry) = before.remove(symbol) else {
                return Err(Trap::bug("snapshot", format!("the offset of {symbol} is gone")));
            };
            let value = address.map_or(-1, u32::cast_signed);
            entry.global.set(store, Value::I32(value))?;
            (entry.resolved, entry.required) = (address.is_some(), *required);
            self.entries.insert(symbol.clone(), entry);
        }
        Ok(())
    }

    /// Forgets symbols that a library which failed to load has brought in and nobody has resolved.
    pub(super) fn forget(&mut self, symbols: &[String]) {
        for symbol in symbols {
            if !self.is_resolved(symbol) {
                self.entries.remove(symbol);
            }
        }
    }
}
