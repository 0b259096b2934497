//! The C interface of pyrun: `libpyrun`, as `include/pyrun.h` declares and describes it.
//!
//! - Every entry is an `extern "C"` function that catches panics and answers with a code (`result`).
//! - An interpreter is behind a lock that is only ever tried, so that what would be a race or a re-entry in C is a code
//!   (`handle`).
//! - `unsafe` is in `sys` alone.
//!
//! The header is written by hand, since what it says about ownership, errors and threads is most of it. Tests compare it with
//! this: the functions that the library exports, and the layout of the records.

mod background;
mod buffer;
mod convert;
mod engine;
mod handle;
mod object;
mod result;
mod run;
mod stdio;
mod sys;
mod vp;

/// `PYRUN_ABI_VERSION`. It changes when something that there was is not there any more, or is something else.
const ABI_VERSION: u32 = 1;

#[unsafe(no_mangle)]
extern "C" fn pyrun_abi_version() -> u32 {
    ABI_VERSION
}
