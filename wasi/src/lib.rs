//! WASI for guests that run under `wasmer`: preview 1.
//!
//! There is one idea of what a guest can see: its [`Process`](pyrun_emscripten_shim::Process), which is made of the same
//! grants and limits as that of an Emscripten guest. Files, descriptors and directories are [`pyrun_memfs::Vfs`]'s; clocks,
//! entropy and waiting are the traits of [`pyrun_emscripten_shim::host`].
//!
//! | here | is |
//! |---|---|
//! | [`preview1`] | the 46 functions of `wasi_snapshot_preview1`, a file for each family |
//! | [`kernel`] | what the functions work on: the process, its arguments, preopened directories, rights |
//! | [`instance`] | a module with its imports: `_start`, `_initialize` |
//! | [`rights`] | preview 1's rights, by the kind of a descriptor |
//!
//! # The descriptors of a guest
//! 0, 1 and 2 are the standard streams; from 3 on come the preopened directories that [`Setup`] names. A path that starts at a
//! descriptor stays below it ([`Vfs::confine_descriptors`](pyrun_memfs::Vfs::confine_descriptors)).
//!
//! # Invariants
//! No import reaches the host except through the process. Every address, length and count of the guest's is checked where it
//! is used. A structure is written whole, with zeros in its padding. What a call would have to answer in the guest's memory
//! has its place checked before the call changes anything.
#![forbid(unsafe_code)]

mod env;
mod error;
pub mod instance;
pub mod kernel;
#[macro_use]
mod macros;
pub mod preview1;
pub mod rights;

pub use env::WasiEnv;
pub use error::StartError;
pub use instance::Wasi;
pub use kernel::{Kernel, Preopen, Setup};
