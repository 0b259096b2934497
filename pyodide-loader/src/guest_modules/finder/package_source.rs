//! Packages of the release that appear by themselves when they are imported.
//!
//! Replaces the `ModuleNotFoundError` hook of Pyodide's `_importhook.py`, which tells the person to load the package. The
//! finder is Python ([`FINDER_SCRIPT`](crate::guest_modules::finder::FINDER_SCRIPT)); it asks two builtins of the module `_pyrun`, which ask the embedder.

use std::sync::Arc;

use pyrun_emscripten_shim::{Caller, Trap};
use pyrun_memfs::Vfs;

use crate::guest_modules::finder::FINDER_MODULE;
use crate::object::function::Body;
use crate::object::{Arguments, HostFunction, ObjectApi, PySignature, RaiseError, Value};
use crate::{c_api, state};

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

/// Puts the finder at the end of `sys.meta_path`.
pub(crate) fn install(caller: &mut Caller<'_>, packages: Box<dyn PackageSource>) -> Result<(), Trap> {
    state::of(caller.env())?.packages = Some(packages);
    register(caller)?;
    let module = present(c_api::call_with_text(caller, |c| &c.PyImport_ImportModule, FINDER_MODULE)?)?;
    let install = c_api::c_string(caller, "install")?;
    let function = present(c_api::call(caller, |c| &c.PyObject_GetAttrString, (module, install))?)?;
    let done = present(c_api::call(caller, |c| &c.PyObject_CallNoArgs, function)?)?;
    for object in [done, function, module] {
        c_api::call(caller, |c| &c.Py_DecRef, object)?;
    }
    caller.free(install)
}

fn present(object: u32) -> Result<u32, Trap> {
    if object == 0 { Err(Trap::bug("package import", "the finder does not run")) } else { Ok(object) }
}

/// The name of the module of the functions that the finder calls.
const MODULE: &str = "_pyrun";

/// The functions that the finder calls.
pub(crate) fn functions() -> Result<Vec<HostFunction>, Trap> {
    let function = |name: &str, body: Arc<Body>| {
        let signature = PySignature::parse(name, 1).map_err(|error| Trap::bug("package import", error.to_string()))?;
        Ok::<_, Trap>(HostFunction { signature, body })
    };
    Ok(vec![function("knows", Arc::new(knows))?, function("load", Arc::new(load))?])
}

fn register(caller: &mut Caller<'_>) -> Result<(), Trap> {
    match ObjectApi::enter(caller.reborrow())?.register_module(MODULE, functions()?) {
        Ok(_) => Ok(()),
        Err(RaiseError::Trap(trap)) => Err(trap),
        Err(error) => Err(Trap::bug("package import", error.to_string())),
    }
}

/// Gives the functions of a restored guest their bodies again.
pub(crate) fn restore(caller: &mut Caller<'_>) -> Result<(), Trap> {
    state::of(caller.env())?.functions.bind(MODULE, &functions()?);
    Ok(())
}

/// `_pyrun.knows(name)`.
fn knows(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let Value::Str(name) = arguments.value(python, 0)? else { return Ok(Value::Bool(false)) };
    let packages = state::of(python.caller().env())?.packages.as_mut();
    Ok(Value::Bool(packages.is_some_and(|packages| packages.knows(&name))))
}

/// `_pyrun.load(name)`.
fn load(python: &mut ObjectApi<'_>, arguments: &Arguments<'_>) -> Result<Value, RaiseError> {
    let Value::Str(name) = arguments.value(python, 0)? else {
        return Err(RaiseError::raise("TypeError", "the name of a module is a str"));
    };
    let env = python.caller().env();
    let Some(mut packages) = state::of(env)?.packages.take() else {
        return Err(Trap::bug("package import", "no packages").into());
    };
    let loaded = packages.load(&mut env.process.vfs, &name);
    state::of(env)?.packages = Some(packages);
    match loaded {
        Ok(()) => Ok(Value::Bool(true)),
        Err(why) => Err(RaiseError::raise("ModuleNotFoundError", why)),
    }
}
