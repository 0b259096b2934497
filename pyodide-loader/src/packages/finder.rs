//! The finder that makes packages appear when they are imported.
//!
//! The host defines a builtin module `_pyrun` with `knows(name)`, true for a module that [`Lock::packages_for_module`] has
//! and that is not mounted yet, and `load(name)`, which mounts its packages or raises `ModuleNotFoundError`; then it executes
//! [`FINDER_SCRIPT`] as the module [`FINDER_MODULE`] and calls `install()` of it.
//!
//! [`Lock::packages_for_module`]: super::Lock::packages_for_module

/// The name of the finder's module.
pub const FINDER_MODULE: &str = "_pyrun_finder";

/// The source of the finder's module.
pub const FINDER_SCRIPT: &str = include_str!("../python/_pyrun_finder.py");

/// What to compile it under: CPython leaves frames of this file out of the traceback of a failed import.
pub const FINDER_FILE_NAME: &str = "<frozen importlib._bootstrap_external>";
