//! Emscripten's libc and runtime glue, in Rust.
//!
//! An Emscripten program is a WebAssembly module that imports a few hundred functions from JavaScript. This crate
//! supplies them to a module that runs under `wasmer`, with no JavaScript engine: system calls over
//! [`pyrun_memfs`], WASI calls, clocks and time zones, heap growth, the function table, dynamic linking
//! (`dylink.0`) and libffi. It knows nothing of Python. `pyrun-translate` makes the modules fit for the engine.
//!
//! The map, by upstream file:
//!
//! | here | replaces |
//! |---|---|
//! | [`syscall`] | `libsyscall.js`, `libsockfs.js`, the resolver of `libcore.js` |
//! | [`wasi`] | `libwasi.js` |
//! | [`time`] | `libtime.js`, `libeventloop.js` (timers) |
//! | [`heap`] | heap growth and file mappings |
//! | [`program`] | `preamble.js`, `postamble.js`: from a module to the end of its `main` |
//! | [`glue`] | nothing: what is told only by the JavaScript beside a module |
//! | [`em`] | nothing: C's functions of a guest, for the host |
//! | [`process`], [`exit`] | the runtime's own state, `libcore.js` (exit, abort, assert) |
//! | [`guest`] | the engine's handles on a guest, its memory, calls into it; the state of the layers above |
//! | [`mod@imports`] | the tables of imports: `library.js` |
//! | [`host`] | what the embedder implements: one trait for each capability |
//! | [`memory`], [`snapshot`] | nothing: guests that start as the copy of another |
//! | [`exceptions`] | `libexceptions.js`, for releases that throw through JavaScript |
//! | [`promise`] | `libpromise.js` |
//! | [`dylink`] | `libdylink.js`: `dlopen`, `dlsym`, the global offset table |
//! | [`libffi`] | `ffi_call_js` and closures |
//!
//! Invariants: every address, length and count from the guest is checked where it is used ([`guest::mem`]); nothing here
//! performs host input or output except through [`host::Host`]; `unsafe` lives in the module `sys` alone.
#![deny(unsafe_code)]

#[cfg(test)]
mod answers;
#[cfg(test)]
mod arbitrary;
pub mod dylink;
pub mod em;
pub mod exceptions;
pub mod exit;
mod globals;
pub mod glue;
pub mod guest;
pub mod heap;
pub mod host;
pub mod imports;
pub mod libffi;
#[cfg(test)]
mod machine;
pub mod memory;
pub mod process;
pub mod program;
pub mod promise;
pub mod signals;
pub mod snapshot;
#[allow(unsafe_code, reason = "the one place for it")]
mod sys;
pub mod syscall;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod wasi;

pub use guest::caller::{Caller, Sys};
pub use guest::env::Env;
pub use guest::exports::GuestExports;
pub use guest::mem::{Fault, GuestMem, GuestPtr};
pub use guest::trap::{Failure, Trap};
pub use imports::table::Support;
pub use process::Process;

/// A family of imports of the guests here.
pub type Family = imports::table::Family<Env>;
/// An import of the guests here.
pub type HostImport = imports::table::HostImport<Env>;
/// The host functions that modules of a guest here may import.
pub type HostFunctions = imports::table::HostFunctions<Env>;

/// What the macros name; not part of the interface.
#[doc(hidden)]
pub mod reexport {
    pub use crate::guest::import::ImportOutcome;
    pub use tracing::trace;
    pub use wasmer::{Function, FunctionEnvMut, RuntimeError};

    /// The WebAssembly type of a handler's argument or result.
    pub const fn wasm_type<T: wasmer::FromToNativeWasmType>() -> wasmer::Type {
        <T::Native as wasmer_types::NativeWasmType>::WASM_TYPE
    }
}
