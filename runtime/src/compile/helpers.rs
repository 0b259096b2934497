//! Helper modules: code that is generated for a function type, for libffi's calls and callbacks, and for functions that are bound late.
//!
//! Which there are is up to the guests: each type that `ctypes` calls or makes has its own, and an engine never gives code back. So a
//! process shares few, its cache keeps few, and a guest that asks for more has an engine of its own.

use pyrun_translate::Options;
use sha2::{Digest as _, Sha256};
use wasmer::{Engine, Module};

use super::compiler::Compiler;
use super::{Compiled, Job, Modules, lock};
use crate::cache::Kind;
use crate::error::Error;

/// How helper modules are translated.
fn helper_options() -> Options<'static> {
    Options { stack_checks: true, ..Options::default() }
}

/// Limit: helper modules that one process has for all its guests.
pub(super) const MOST_HELPERS: usize = 256;

impl Modules {
    /// A helper module of ours.
    pub(crate) fn helper(&self, wasm: &[u8]) -> Result<Compiled, Error> {
        self.get(&Self::helper_job(wasm), &helper_options(), || Ok(wasm.to_vec()))
    }

    /// A helper module that a guest asks for, as long as this process has room for one that all its guests share; `None` when it has
    /// not, and a guest has to have its own: [`Modules::own_helper`].
    pub(crate) fn shared_helper(&self, wasm: &[u8]) -> Option<Result<Compiled, Error>> {
        let key = self.key(&Self::helper_job(wasm), Compiler::Cranelift);
        let loaded = lock(&self.loaded);
        let has_room = || loaded.keys().filter(|key| key.kind() == Kind::Helper).count() < MOST_HELPERS;
        let is_shared = loaded.contains_key(&key) || has_room();
        drop(loaded);
        is_shared.then(|| self.helper(wasm))
    }

    /// A helper module by an engine of the guest's own, with which it goes.
    pub(crate) fn own_helper(&self, engine: &Engine, wasm: &[u8]) -> Result<Module, Error> {
        let job = Self::helper_job(wasm);
        let wasm = self.translate(&job, &helper_options(), wasm)?.0.wasm;
        self.compile(job.what, engine, &wasm, None).map_err(|why| job.failed(why))
    }

    fn helper_job(wasm: &[u8]) -> Job<'static> {
        Job { what: "a helper module", kind: Kind::Helper, source: Sha256::digest(wasm).into(), flavour: &["helper"] }
    }
}
