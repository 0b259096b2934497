//! Taking a snapshot of a started interpreter, and starting from one without booting.
//!
//! Replaces Pyodide's `makeMemorySnapshot` and the `_loadSnapshot` path of boot. Upstream saves linear memory before any
//! library is loaded; here loaded libraries, closures, files and descriptors are part of it.
//!
//! Interpreters that start from one snapshot must not share entropy, clocks, environment and arguments:
//! [`Instance::after_restore`] gives each its own.

use std::sync::Arc;

use pyrun_emscripten_shim::dylink::{Linker, ModuleSource};
use pyrun_emscripten_shim::memory::{GuestStore, Restoring};
use pyrun_emscripten_shim::snapshot::{self, GuestImage};
use pyrun_emscripten_shim::{Caller, Env, Process, Trap};
use pyrun_translate::ModuleInfo;
use serde::{Deserialize, Serialize};
use wasmer::{FunctionEnv, Module};

use crate::error::BootError;
use crate::guest_modules::Placement;
use crate::guest_modules::finder::{PackageSource, Packages};
use crate::guest_modules::snapshot::{self as guest_code, GuestCode, SnapshotCode};
use crate::instance::Instance;
use crate::object::Functions;
use crate::object::dispatch;
use crate::object::function::FunctionsImage;
use crate::release::KnownRelease;
use crate::trampoline::ArityTable;
use crate::{extensions, flock, guest_modules, instantiate, trampoline};

/// Identifies the form of snapshots. It changes when the Python code that is part of every snapshot, or what this module does,
/// changes. Code that is packed with the standard library is told by that pack's key.
pub fn identity() -> String {
    let sources: Vec<&str> = guest_modules::all()
        .filter(|module| module.placement == Placement::Snapshot)
        .flat_map(|module| [module.name, module.source])
        .collect();
    format!("form 3, {}", pyrun_packages::Digest::of(sources.join("\0").as_bytes()))
}

/// A frozen interpreter, without its linear memory. Plain data, for any format of serde's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InstanceImage {
    /// The guest below Python.
    pub guest: GuestImage,
    /// Packages that were mounted because something imported them, in order.
    pub packages: Vec<String>,
    /// Its slot; that of `flock` is the next.
    trampoline: u32,
    functions: FunctionsImage,
    guest_code: GuestCode,
}

impl Instance {
    /// Takes the interpreter's state. Its linear memory is taken with [`Instance::with_memory`], before anything else
    /// runs in it.
    ///
    /// # Errors
    /// [`Trap::Aborted`] when it holds something that no snapshot can, such as an open file of a mounted folder.
    pub fn freeze(&mut self) -> Result<InstanceImage, Trap> {
        let caller = &mut self.caller();
        let guest_code = guest_code::functions(caller)?;
        let extensions = &caller.env().extensions;
        let trampoline = extensions.get::<ArityTable>()?.slot();
        let trampoline = trampoline.ok_or_else(|| Trap::bug("snapshot", "there is no trampoline"))?;
        let functions = extensions.get::<Functions>()?.freeze();
        let packages = extensions.get::<Packages>()?.0.as_ref().map_or_else(Vec::new, |packages| packages.mounted());
        let slots: Vec<u32> = functions.slot().into_iter().chain([trampoline, trampoline + 1]).collect();
        let guest = snapshot::freeze(caller, &slots)?;
        Ok(InstanceImage { guest, packages, trampoline, functions, guest_code })
    }

    /// Returns to the snapshot that the instance was restored from, whatever has run since. Call [`Instance::after_restore`]
    /// next. The cost grows with what was changed. Handles on earlier objects become invalid.
    ///
    /// # Errors
    /// When that is not possible; the interpreter must not be used then.
    pub fn reset(
        &mut self,
        image: &InstanceImage,
        process: Process,
        packages: Option<Box<dyn PackageSource>>,
    ) -> Result<(), Trap> {
        let caller = &mut self.caller();
        trampoline::forget_from(caller, image.guest.slots())?;
        snapshot::reset(caller, &image.guest, process)?;
        caller.env().extensions.give(Functions::from_image(&image.functions))?;
        give_from_image(caller, image, packages)
    }

    /// Sets which modules the guest may load from now on. Code of its own that it has loaded already would lose its owner: this is
    /// for after a [`Instance::reset`], which refuses a guest that has any.
    pub fn set_modules(&mut self, modules: Box<dyn ModuleSource>) {
        self.caller().env().modules = modules;
    }

    /// Passes all of linear memory to `body`. It is that of the snapshot if nothing has run since.
    ///
    /// # Errors
    /// As [`Caller::with_mem`]; what `body` returns comes back as it is.
    pub fn with_memory<R>(&mut self, body: impl FnOnce(&[u8]) -> R) -> Result<R, Trap> {
        self.caller().with_mem(|mem| body(mem.all()))
    }
}

/// Gives the extensions what the image holds; the host functions must be there already.
fn give_from_image(
    caller: &mut Caller<'_>,
    image: &InstanceImage,
    packages: Option<Box<dyn PackageSource>>,
) -> Result<(), Trap> {
    let extensions = &mut caller.env().extensions;
    extensions.give(Packages(packages))?;
    extensions.give(SnapshotCode(Some(image.guest_code)))?;
    guest_modules::bind_functions(extensions)?;
    extensions.check_complete()
}

/// What a restored interpreter is made of.
pub struct Restore {
    /// The release that it is of.
    pub release: &'static KnownRelease,
    /// The compiled, translated main module.
    pub module: Module,
    /// The facts about it.
    pub info: Arc<ModuleInfo>,
    /// The kernel's side, its file system thawed from the image's.
    pub process: Process,
    /// Compiles helper modules and side modules.
    pub modules: Box<dyn ModuleSource>,
    /// What can be imported besides what is mounted.
    pub packages: Option<Box<dyn PackageSource>>,
}

impl std::fmt::Debug for Restore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restore").field("process", &self.process).finish_non_exhaustive()
    }
}

impl Restore {
    /// Makes the instance that the snapshot was taken of, in a store that starts from its memory. Call
    /// [`Instance::after_restore`] next.
    ///
    /// # Errors
    /// [`BootError`] when the image does not fit the module or a library cannot be found.
    pub fn start(
        mut self,
        (GuestStore { mut store, gate }, restoring): (GuestStore, Restoring),
        image: &InstanceImage,
    ) -> Result<Instance, BootError> {
        image.guest.process.apply(&mut self.process);
        let release = self.release;
        let linker = Linker::new(self.info);
        let env =
            Env::new(gate, self.process, release.host_functions(), linker, self.modules, extensions::restore(release));
        let env = FunctionEnv::new(&mut store, env);
        instantiate::instantiate(&mut store, &env, &self.module, release)?;
        let caller = &mut Caller::from_store(&env, &mut store);
        snapshot::restore(caller, &image.guest)?;
        trampoline::install(caller, image.trampoline)?;
        flock::install(caller, image.trampoline.checked_add(1).ok_or_else(|| Trap::bug("snapshot", "a slot"))?)?;
        dispatch::restore(caller, &image.functions)?;
        give_from_image(caller, image, self.packages)?;
        caller.freeze_table(&restoring)?;
        restoring.finish();
        tracing::debug!("restored");
        Ok(Instance::new(store, env))
    }
}
