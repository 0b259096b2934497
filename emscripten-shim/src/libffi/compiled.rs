//! The engine's handles on generated code: what was compiled, what is instantiated, what is free to be used again.
//!
//! Nothing here is part of the guest's state. An engine never gives back what was instantiated before its store drops,
//! so closures that were freed lend their functions to later ones of the same signature, and both counts are bounded.

use std::collections::HashMap;

use wasmer::{Function, FunctionType, Global, Table};

use super::cif::CSignature;
use pyrun_memfs::{Budget, Charge};

use crate::guest::trap::Trap;

/// What an instance of a helper module takes, its handles included, in bytes: 1.7 KiB as measured with 65,536 callbacks of one type.
pub(crate) const INSTANCE: u64 = 2 << 10;
/// What a helper module takes that is the guest's own, in bytes: 40 KiB as measured with 4,096 types.
pub(crate) const MODULE: u64 = 48 << 10;

/// Generated code of one guest.
#[derive(Debug)]
pub struct Compiled {
    /// Limit: different adapters of both kinds that one guest may cause to be compiled. One more ends with an error.
    pub max_modules: usize,
    /// Limit: closure functions that one guest may cause to be instantiated. One more ends with an error.
    pub max_instances: usize,
    pub(super) front: Option<Front>,
    /// Slots of call adapters in the front's table.
    pub(super) calls: HashMap<(CSignature, FunctionType), u32>,
    /// Modules of closures.
    pub(super) closures: HashMap<CSignature, wasmer::Module>,
    /// Functions that no closure uses at present.
    pub(super) idle: HashMap<CSignature, Vec<Code>>,
    /// Functions in use, by slot of the guest's table.
    pub(super) installed: HashMap<u32, (CSignature, Code)>,
    pub(super) instances: usize,
    /// What the engine has of it, of the guest's host memory.
    kept: Option<Charge>,
}

impl Default for Compiled {
    fn default() -> Self {
        Self {
            max_modules: 4096,
            max_instances: 1 << 16,
            front: None,
            calls: HashMap::new(),
            closures: HashMap::new(),
            idle: HashMap::new(),
            installed: HashMap::new(),
            instances: 0,
            kept: None,
        }
    }
}

impl Compiled {
    /// Whether so much of what is never given back is used up that the next tenant of the guest could miss it.
    pub(super) fn is_worn(&self) -> bool {
        self.calls.len() + self.closures.len() > self.max_modules / 2 || self.instances > self.max_instances / 2
    }

    /// Charges what the engine is about to make, and keeps as long as the store is there.
    ///
    /// # Errors
    /// [`Trap::OverHostMemory`].
    pub(crate) fn keep(&mut self, account: &Budget, bytes: u64) -> Result<(), Trap> {
        self.kept.get_or_insert_with(|| account.empty_charge()).grow(bytes).map_err(Trap::OverHostMemory)
    }

    /// Charges all that is kept to the account of the guest's next tenant.
    ///
    /// # Errors
    /// [`Trap::OverHostMemory`]: the account is too small for it.
    pub(super) fn move_to(&mut self, account: &Budget) -> Result<(), Trap> {
        if let Some(kept) = &mut self.kept {
            *kept = account.charge(kept.bytes()).map_err(Trap::OverHostMemory)?;
        }
        Ok(())
    }

    pub(super) fn has_room(&self) -> Result<(), Trap> {
        if self.calls.len() + self.closures.len() >= self.max_modules {
            return Err(Trap::Aborted(format!("libffi: more than {} different signatures", self.max_modules)));
        }
        Ok(())
    }
}

/// The function of one closure.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) function: Function,
    /// The address of the closure that it serves.
    pub(super) closure: Global,
}

/// The import `ffi_call_js`, and the table of call adapters behind it.
#[derive(Clone, Debug)]
pub(super) struct Front {
    pub(super) call: Function,
    pub(super) adapters: Table,
}

#[cfg(test)]
mod tests {
    use super::Compiled;

    #[test]
    fn a_guest_is_worn_when_half_is_used_up() {
        let of = |instances| Compiled { max_instances: 8, instances, ..Compiled::default() };
        assert!(!of(4).is_worn() && of(5).is_worn());
        let signature = "i()".parse::<super::CSignature>().unwrap();
        let mut full = Compiled { max_modules: 1, ..Compiled::default() };
        assert!(!full.is_worn());
        full.idle.insert(signature.clone(), Vec::new());
        assert!(!full.is_worn(), "what can be used again is not used up");
        full.calls.insert((signature, wasmer::FunctionType::new([], [])), 0);
        assert!(full.is_worn());
    }
}
