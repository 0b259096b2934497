//! The engine's handles on generated code: what was compiled, what is instantiated, what is free to be used again.
//!
//! Nothing here is part of the guest's state. An engine never gives back what was instantiated before its store drops,
//! so closures that were freed lend their functions to later ones of the same signature, and both counts are bounded.

use std::collections::HashMap;

use wasmer::{Function, FunctionType, Global, Table};

use super::cif::Signature;
use crate::guest::trap::Trap;

/// Limit: different adapters of both kinds that one guest may cause to be compiled.
const MAX_MODULES: usize = 4096;
/// Limit: closure functions that one guest may cause to be instantiated.
pub(super) const MAX_INSTANCES: usize = 1 << 16;

/// Generated code of one guest.
#[derive(Debug, Default)]
pub struct Compiled {
    pub(super) front: Option<Front>,
    /// Slots of call adapters in the front's table.
    pub(super) calls: HashMap<(Signature, FunctionType), u32>,
    /// Modules of closures.
    pub(super) closures: HashMap<Signature, wasmer::Module>,
    /// Functions that no closure uses at present.
    pub(super) idle: HashMap<Signature, Vec<Code>>,
    /// Functions in use, by slot of the guest's table.
    pub(super) installed: HashMap<u32, (Signature, Code)>,
    pub(super) instances: usize,
}

impl Compiled {
    pub(super) fn has_room(&self) -> Result<(), Trap> {
        if self.calls.len() + self.closures.len() >= MAX_MODULES {
            return Err(Trap::Aborted(format!("libffi: more than {MAX_MODULES} different signatures")));
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
