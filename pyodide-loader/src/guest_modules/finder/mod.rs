//! Packages of the release that appear by themselves when they are imported.
//!
//! Replaces the `ModuleNotFoundError` hook of Pyodide's `_importhook.py`, which tells the person to load the package. The
//! finder is Python (`_pyrun_finder.py`), a file of the standard library. It asks two functions of the builtin module
//! `_pyrun`: `knows(name)`, true for a module that [`Lock::packages_for_module`] has and that is not mounted yet, and
//! `load(name)`, which mounts its packages and says whether it could. They ask the embedder's [`PackageSource`].
//!
//! [`Lock::packages_for_module`]: pyrun_packages::Lock::packages_for_module

use std::sync::Arc;

use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::{Caller, Trap};
use pyrun_memfs::Vfs;

use super::module::{GuestModule, ModuleFunctions, Placement};
use crate::object::{Arguments, HostFunction, ObjectApi, RaiseError, Value};

/// The builtin module of the functions that the finder calls.
const FUNCTIONS: ModuleFunctions = ModuleFunctions { module: "_pyrun", make: functions };

/// The finder's row.
pub(super) const MODULE: GuestModule = GuestModule {
    name: "_pyrun_finder",
    source: include_str!("_pyrun_finder.py"),
    placement: Placement::Library,
    functions: Some(FUNCTIONS),
    needs: None,
};

/// The packages that the embedder can mount. Lives as long as the interpreter.
pub trait PackageSource: Send {
    /// Whether mounting something would make `module` importable.
    fn knows(&mut self, module: &str) -> bool;

    /// Mounts what `module` needs, if it can. If not, Python says what it says of any module that is not there: why is for the embedder to
    /// remember, and for nobody inside.
    fn load(&mut self, vfs: &mut Vfs, module: &str) -> bool;

    /// Names of the packages that [`load`](Self::load) has mounted, in order: a snapshot must name them.
    fn mounted(&self) -> Vec<String>;
}

/// What can be imported besides what is mounted; none without such a source.
#[derive(Default)]
pub(crate) struct Packages(pub(crate) Option<Box<dyn PackageSource>>);

impl std::fmt::Debug for Packages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Packages").field(&self.0.is_some()).finish()
    }
}

impl Extension for Packages {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        Start::Owed
    }

    fn reset(self) -> Reset<Self> {
        Reset::Owed
    }
}

/// Puts the finder at the end of `sys.meta_path`.
pub(crate) fn install(caller: &mut Caller<'_>, packages: Box<dyn PackageSource>) -> Result<(), Trap> {
    caller.env().extensions.give(Packages(Some(packages)))?;
    MODULE.install(caller)
}

/// The functions that the finder calls.
fn functions() -> Result<Vec<HostFunction>, Trap> {
    Ok(vec![FUNCTIONS.function("knows", 1, Arc::new(knows))?, FUNCTIONS.function("load", 1, Arc::new(load))?])
}

/// `_pyrun.knows(name)`.
fn knows(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let Value::Str(name) = arguments.value(python, 0)? else { return Ok(Value::Bool(false)) };
    let packages = python.caller().env().extensions.get_mut::<Packages>()?.0.as_mut();
    Ok(Value::Bool(packages.is_some_and(|packages| packages.knows(&name))))
}

/// `_pyrun.load(name)`.
fn load(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let Value::Str(name) = arguments.value(python, 0)? else {
        return Err(RaiseError::raise("TypeError", "the name of a module is a str"));
    };
    let env = python.caller().env();
    let Some(mut packages) = env.extensions.get_mut::<Packages>()?.0.take() else {
        return Err(Trap::bug("package import", "no packages").into());
    };
    let loaded = packages.load(&mut env.process.vfs, &name);
    env.extensions.give(Packages(Some(packages)))?;
    Ok(Value::Bool(loaded))
}

#[cfg(test)]
impl Packages {
    /// Leaves something in it, for the test of resets.
    pub(crate) fn spoil(&mut self) {
        struct Secret;
        impl PackageSource for Secret {
            fn knows(&mut self, _module: &str) -> bool {
                true
            }
            fn load(&mut self, _vfs: &mut Vfs, _module: &str) -> bool {
                true
            }
            fn mounted(&self) -> Vec<String> {
                vec!["secret".to_owned()]
            }
        }
        self.0 = Some(Box::new(Secret));
    }
}
