//! What makes an Emscripten guest Pyodide: releases, boot, CPython's own imports, packages.
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
//! | [`packages`] | `load-package.ts`, `lockfile.ts`, `_package_loader.py`: the lock file, wheels, packs |
//! | [`interpreter`], [`capi`] | driving CPython through its exported C API |
//! | [`package_import`] | packages that appear when they are imported |
//! | [`snapshot`] | `makeMemorySnapshot` and what restores one |
//! | [`core`](mod@core) | Python objects for the host: conversions, exceptions, host functions, buffers |
#![forbid(unsafe_code)]

pub mod boot;
pub mod capi;
pub mod core;
mod guest_code;
pub mod imports;
pub mod interpreter;
mod link;
pub mod package_import;
pub mod packages;
pub mod release;
mod renew;
pub mod snapshot;
pub mod state;
pub mod trampoline;

pub use boot::{Boot, BootError};
pub use interpreter::{Ending, Interpreter};
pub use release::{DEFAULT_RELEASE, Era, KnownRelease, RELEASES};
pub use renew::{Invocation, Renewal, Target};
pub use snapshot::{InterpreterImage, Restore};
