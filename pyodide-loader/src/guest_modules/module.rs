//! What a row of the table of guest modules says.

use pyrun_emscripten_shim::Trap;

use crate::object::HostFunction;

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
}

/// How a module comes into the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// As a file of the standard library, packed and compiled with it, and imported by name.
    Library,
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
