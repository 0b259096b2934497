//! Packages of the release that appear by themselves when they are imported.
//!
//! Replaces the `ModuleNotFoundError` hook of Pyodide's `_importhook.py`, which tells the person to load the package. The
//! finder is Python ([`FINDER_SCRIPT`](crate::packages::FINDER_SCRIPT)); it asks two builtins of the module `_pyrun`, which ask the embedder.

use pyrun_emscripten_shim::{Caller, Trap};
use pyrun_memfs::Vfs;

use crate::packages::FINDER_MODULE;
use crate::{builtin, capi, state};

/// The packages that the embedder can mount. Lives as long as the interpreter.
pub trait PackageSource: Send {
    /// Whether mounting something would make `module` importable.
    fn knows(&mut self, module: &str) -> bool;

    /// Mounts what `module` needs.
    ///
    /// # Errors
    /// What the `ModuleNotFoundError` is to say, such as the command that fetches a missing wheel.
    fn load(&mut self, vfs: &mut Vfs, module: &str) -> Result<(), String>;

    /// Names of the packages that [`load`](Self::load) has mounted, in order: a snapshot must name them.
    fn mounted(&self) -> Vec<String>;
}

/// The builtins of the module `_pyrun`.
pub(crate) const BUILTINS: &[(&str, builtin::Handler)] = &[("knows", knows), ("load", load)];

/// Puts the finder at the end of `sys.meta_path`.
pub(crate) fn install(caller: &mut Caller<'_>, packages: Box<dyn PackageSource>) -> Result<(), Trap> {
    state::of(caller.env())?.packages = Some(packages);
    builtin::define(caller, "_pyrun", BUILTINS)?;
    let module = present(capi::call_with_name(caller, "PyImport_ImportModule", FINDER_MODULE)?)?;
    let install = capi::c_string(caller, "install")?;
    let function = present(capi::call(caller, "PyObject_GetAttrString", (module, install))?)?;
    let done = present(capi::call(caller, "PyObject_CallNoArgs", function)?)?;
    for object in [done, function, module] {
        capi::call::<u32, ()>(caller, "Py_DecRef", object)?;
    }
    caller.free(install)
}

fn present(object: u32) -> Result<u32, Trap> {
    if object == 0 { Err(Trap::bug("package import", "the finder does not run")) } else { Ok(object) }
}

/// `_pyrun.knows(name)`.
fn knows(caller: &mut Caller<'_>, name: u32) -> Result<u32, Trap> {
    let known = match capi::text(caller, name)? {
        Some(name) => state::of(caller.env())?.packages.as_mut().is_some_and(|packages| packages.knows(&name)),
        None => false,
    };
    capi::call::<i32, u32>(caller, "PyBool_FromLong", known.into())
}

/// `_pyrun.load(name)`.
fn load(caller: &mut Caller<'_>, name: u32) -> Result<u32, Trap> {
    let name = capi::text(caller, name)?.unwrap_or_default();
    let env = caller.env();
    let Some(mut packages) = state::of(env)?.packages.take() else {
        return Err(Trap::bug("package import", "no packages"));
    };
    let loaded = packages.load(&mut env.process.vfs, &name);
    state::of(env)?.packages = Some(packages);
    match loaded {
        Ok(()) => capi::call::<i32, u32>(caller, "PyBool_FromLong", 1),
        Err(why) => {
            let class = capi::object(caller, "PyExc_ModuleNotFoundError")?;
            let text = capi::c_string(caller, &why)?;
            capi::call::<(u32, u32), ()>(caller, "PyErr_SetString", (class, text))?;
            caller.free(text)?;
            Ok(0)
        }
    }
}
