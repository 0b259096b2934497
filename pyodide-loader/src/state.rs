//! What the loader keeps beside the shim's own state, in [`Env::extensions`](pyrun_emscripten_shim::Env).

use std::collections::HashMap;
use std::sync::Arc;

use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::{Env, Trap};
use wasmer::Memory;

use crate::c_api::CApi;
use crate::guest_modules::finder::package_source::PackageSource;
use crate::guest_modules::snapshot::GuestCode;
use crate::object::eval::CodeCache;
use crate::object::function::Functions;
use crate::object::{Core, Handle};
use crate::release::KnownRelease;

/// The loader's part of a guest's state.
pub struct LoaderState {
    /// What the guest is.
    pub release: &'static KnownRelease,
    /// The arity trampoline's memory; see [`crate::trampoline`].
    pub arities: Option<Memory>,
    /// The table slot of the arity trampoline.
    pub trampoline: Option<u32>,
    /// Python functions of ours, once they were made; see `guest_modules/snapshot`.
    pub guest_code: Option<GuestCode>,
    /// The C API's functions, as far as they were called.
    pub(crate) c_api: Arc<CApi>,
    /// What the object layer has looked up; absent until it is first used.
    pub(crate) core: Option<Arc<Core>>,
    /// Bytes of the object layer's stack of arguments that are in use.
    pub(crate) arguments: u32,
    /// Host functions that the guest has been given; what it knows of each is its index.
    pub functions: Functions,
    /// Names of attributes and modules that the object layer has made; see [`crate::object::Python`].
    pub(crate) names: HashMap<String, Handle>,
    /// Compiled sources.
    pub(crate) codes: CodeCache,
    /// Whether signals wait: what runs is Python's import system on our own behalf, which ignores exceptions in places.
    pub(crate) signals_wait: bool,
    /// What can be imported besides what is mounted.
    pub packages: Option<Box<dyn PackageSource>>,
}

impl LoaderState {
    /// That of a guest which has not started.
    #[must_use]
    pub fn new(release: &'static KnownRelease) -> Self {
        Self {
            release,
            arities: None,
            trampoline: None,
            guest_code: None,
            c_api: Arc::default(),
            core: None,
            arguments: 0,
            functions: Functions::default(),
            names: HashMap::new(),
            codes: CodeCache::default(),
            signals_wait: false,
            packages: None,
        }
    }
}

impl Extension for LoaderState {
    fn boot() -> Start<Self> {
        Start::Owed
    }

    fn restore() -> Start<Self> {
        Start::Owed
    }

    /// What the guest is and the trampoline's memory stay; what an image holds is filled in by the reset.
    fn reset(self) -> Reset<Self> {
        Reset::Rebuilt(Self { arities: self.arities, c_api: self.c_api, ..Self::new(self.release) })
    }
}

impl std::fmt::Debug for LoaderState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoaderState").field("arities", &self.arities).finish_non_exhaustive()
    }
}

/// The loader's state inside `env`.
///
/// # Errors
/// [`Trap::Bug`] when the environment was made by somebody else.
pub fn of(env: &mut Env) -> Result<&mut LoaderState, Trap> {
    env.extensions.get_mut()
}
