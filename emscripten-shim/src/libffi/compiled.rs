//! The engine's handles on generated code: what was compiled, what is instantiated, what is free to be used again.
//!
//! Nothing here is part of the guest's state. An engine never gives back what was instantiated before its store drops,
//! so closures that were freed lend their functions to later ones of the same signature, and both counts are bounded.

use std::collections::HashMap;

use wasmer::{Function, FunctionType, Global, Table};

use super::cif::CSignature;
use crate::guest::trap::Trap;

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
        }
    }
}

impl Compiled {
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
