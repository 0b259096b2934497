//! The finder that makes packages appear when they are imported.
//!
//! The host defines a builtin module `_pyrun` with `knows(name)`, true for a module that [`Lock::packages_for_module`] has
//! and that is not mounted yet, and `load(name)`, which mounts its packages or raises `ModuleNotFoundError`; then it imports
//! the module [`FINDER_MODULE`] and calls `install()` of it. The module lies in the standard library, where it is
//! precompiled with the rest.
//!
//! [`Lock::packages_for_module`]: pyrun_packages::Lock::packages_for_module

pub(crate) mod package_source;

use pyrun_memfs::Timespec;
use pyrun_packages::{SitePaths, TreeFile};

/// The name of the finder's module.
pub const FINDER_MODULE: &str = "_pyrun_finder";

/// The source of the finder's module.
pub const FINDER_SCRIPT: &str = include_str!("_pyrun_finder.py");

/// The finder's module, to be packed with the standard library.
#[must_use]
pub fn finder_file(site: &SitePaths) -> TreeFile {
    // 1 January 1980, the first day that a zip knows: the time is part of the bytecode, so it must not be the clock's.
    let mtime = Timespec { secs: 315_532_800, nanos: 0 };
    let path = format!("{}/{FINDER_MODULE}.py", site.stdlib_zip());
    TreeFile { path, mtime, bytes: FINDER_SCRIPT.as_bytes().to_vec() }
}
