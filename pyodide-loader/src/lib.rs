//! What makes an Emscripten guest Pyodide: releases, boot, CPython's own imports, objects.
//!
//! The loader takes a compiled main module and the standard library as a read-only layer, and gives back an
//! interpreter that runs what CPython's command line says. It opens no file and no socket itself: compiled modules
//! come through [`ModuleSource`](pyrun_emscripten_shim::dylink::ModuleSource), files through
//! [`Vfs`](pyrun_memfs::Vfs), the outside world through [`Host`](pyrun_emscripten_shim::host::Host).
//!
//! | here | replaces |
//! |---|---|
//! | [`release`] | the differences between releases |
//! | [`boot`] | `loadPyodide`, `createSettings`, `callMain` up to the end of `main` |
//! | [`imports`] | CPython's `EM_JS` functions, Pyodide's hooks; refusals for the bridge |
//! | [`trampoline`] | `setEmscriptenTrampoline` |
//! | [`instance`], `c_api` | driving CPython through its exported C API |
//! | [`guest_modules`] | pyrun's own modules in Python: packages that appear when they are imported, work around freezing |
//! | [`snapshot`] | `makeMemorySnapshot` and what restores one |
//! | [`after_restore`] | what a restored interpreter must not share with others |
//! | [`object`] | Python objects for the host: conversions, exceptions, host functions, buffers |
#![forbid(unsafe_code)]

pub mod after_restore;
pub mod boot;
mod c_api;
pub mod embedder;
mod error;
pub mod extensions;
mod flock;
pub mod guest_modules;
mod guest_release;
pub mod imports;
pub mod instance;
mod instantiate;
pub mod object;
pub mod release;
pub mod snapshot;
pub mod trampoline;

pub use after_restore::{AfterRestore, Invocation, RunTarget};
pub use boot::Boot;
pub use c_api::{C_FUNCTIONS, C_OBJECTS};
pub use error::BootError;
pub use instance::{Ending, Instance};
pub use release::{DEFAULT_RELEASE, Era, KnownRelease, RELEASES};
pub use snapshot::{InstanceImage, Restore};
