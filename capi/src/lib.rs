//! The C interface of pyrun: `libpyrun`, as `include/pyrun.h` and `include/pyrun_vp.h` declare and describe it.
//!
//! - Every entry is in the table of `exports`, catches panics and answers with a code (`code`, `result`).
//! - An interpreter is behind a lock that is only ever tried, so that what would be a race or a re-entry in C is a code
//!   (`handle`).
//! - What the host gives to be called (streams, functions) is behind a gate, which `pyrun_destroy` closes (`stdio`,
//!   `module`).
//! - `unsafe` is in `sys` alone.
//!
//! Who knows whom, from the ground up: `code`; `sys`; `convert` and `view`; `result`; `stdio`; `module`; `settings`; `handle`; then
//! the files of entries, of which none knows another. `vp` is a face of its own beside `handle`.
//!
//! The headers are written by hand, since what they say about ownership, errors and threads is most of them. Tests compare
//! them with this: the functions that the library exports, and the layout of the records.
#![deny(unsafe_code)]

mod background;
mod buffer;
mod code;
mod convert;
mod em;
mod engine;
mod exports;
mod handle;
mod layout;
mod lock_down;
mod module;
mod object;
mod operations;
mod programs;
mod result;
mod run;
mod settings;
mod stdio;
mod sys;
mod view;
mod vp;
mod wasm;
mod wasm_run;

/// `PYRUN_ABI_VERSION`. It changes when something that there was is not there any more, or is something else.
const ABI_VERSION: u32 = 2;

fn abi_version() -> u32 {
    ABI_VERSION
}
