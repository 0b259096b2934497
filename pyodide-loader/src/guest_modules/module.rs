//! What a row of the table of guest modules says.

use std::sync::Arc;

use pyrun_emscripten_shim::{Caller, Trap};
use pyrun_packages::SitePaths;

use crate::c_api;
use crate::object::function::Body;
use crate::object::{HostFunction, ObjectApi, PySignature, RaiseError};

/// A module in Python that pyrun adds to the guest.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GuestModule {
    /// Its name.
    pub name: &'static str,
    /// Its source, which is part of the identity of every snapshot.
    pub source: &'static str,
    /// How it comes into the guest.
    pub placement: Placement,
    /// What it calls of the host's.
    pub functions: Option<ModuleFunctions>,
    /// A module of the release's without which it is left out.
    pub needs: Option<&'static str>,
}

/// How a module comes into the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// As a file of the standard library, packed and compiled with it, and imported by name. A release that has such a file keeps its own.
    Library,
    /// As the `__init__.py` of a package of the standard library, likewise.
    Package,
    /// At the end of the release's own module of this name, if it has one.
    Appended,
    /// Compiled before a snapshot is taken, and in no list of modules.
    Snapshot,
}

/// Host functions that a module calls.
#[derive(Clone, Copy, Debug)]
pub struct ModuleFunctions {
    /// The builtin module that they are in.
    pub(super) module: &'static str,
    /// Makes them anew.
    pub(super) make: fn() -> Result<Vec<HostFunction>, Trap>,
}

impl ModuleFunctions {
    /// One of them, by its signature in Python, whose first `required` arguments must be given.
    pub(super) fn function(&self, signature: &str, required: usize, body: Arc<Body>) -> Result<HostFunction, Trap> {
        let signature =
            PySignature::parse(signature, required).map_err(|error| Trap::bug(self.module, error.to_string()))?;
        Ok(HostFunction { signature, body })
    }
}

impl GuestModule {
    /// A module of the standard library without functions of the host's.
    pub(super) const fn library(name: &'static str, source: &'static str) -> Self {
        Self { name, source, placement: Placement::Library, functions: None, needs: None }
    }

    /// The same, where the release has this module.
    pub(super) const fn needing(self, module: &'static str) -> Self {
        Self { needs: Some(module), ..self }
    }

    /// A package of the standard library without functions of the host's.
    pub(super) const fn package(name: &'static str, source: &'static str) -> Self {
        Self { placement: Placement::Package, ..Self::library(name, source) }
    }

    /// Makes the builtin module of its functions, imports it, and calls its `install()`.
    pub(super) fn install(&self, caller: &mut Caller<'_>) -> Result<(), Trap> {
        if let Some(ModuleFunctions { module, make }) = self.functions {
            match ObjectApi::enter(caller.reborrow())?.register_module(module, make()?) {
                Ok(_) => {}
                Err(RaiseError::Trap(trap)) => return Err(trap),
                Err(error) => return Err(Trap::bug(self.name, error.to_string())),
            }
        }
        let module = self.present(c_api::call_with_text(caller, |c| &c.PyImport_ImportModule, self.name)?)?;
        let install = c_api::c_string(caller, "install")?;
        let function = self.present(c_api::call(caller, |c| &c.PyObject_GetAttrString, (module, install))?)?;
        let done = self.present(c_api::call(caller, |c| &c.PyObject_CallNoArgs, function)?)?;
        for object in [done, function, module] {
            c_api::call(caller, |c| &c.Py_DecRef, object)?;
        }
        caller.free(install)
    }

    fn present(&self, object: u32) -> Result<u32, Trap> {
        if object == 0 { Err(Trap::bug(self.name, "it cannot be installed")) } else { Ok(object) }
    }
}

/// Where a module's file is: as a module, and as a package.
pub(super) fn library_paths(module: &str, site: &SitePaths) -> [String; 2] {
    let path = format!("{}/{}", site.stdlib_zip(), module.replace('.', "/"));
    [format!("{path}.py"), format!("{path}/__init__.py")]
}
