//! The shim's side of an instance that is driven.

use pyrun_emscripten_shim::{Caller, Env};
use wasmer::{FunctionEnv, Store};

use super::em::Em;

/// What an instance of Emscripten's has besides its exports: the handle on its process.
pub(crate) struct EmGuest {
    pub(crate) env: FunctionEnv<Env>,
}

impl EmGuest {
    /// C's functions of it.
    pub(crate) fn em<'a>(&self, store: &'a mut Store) -> Em<'a> {
        Em::new(Caller::from_store(&self.env, store))
    }
}
