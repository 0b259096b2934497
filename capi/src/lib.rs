//! The C interface of pyrun: `libpyrun`, as `include/pyrun.h` declares and describes it.
//!
//! - Every entry is an `extern "C"` function that catches panics and answers with a code (`result`).
//! - An interpreter is behind a lock that is only ever tried, so that what would be a race or a re-entry in C is a code
//!   (`handle`).
//! - `unsafe` is in `sys` alone.
//!
//! The header is written by hand, since what it says about ownership, errors and threads is most of it. Tests compare it with
//! this: the functions that the library exports, and the layout of the records.
#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "names that C knows")]
mod background;
#[allow(unsafe_code, reason = "names that C knows")]
mod buffer;
mod convert;
#[allow(unsafe_code, reason = "names that C knows")]
mod engine;
#[allow(unsafe_code, reason = "names that C knows")]
mod handle;
#[allow(unsafe_code, reason = "names that C knows")]
mod object;
#[allow(unsafe_code, reason = "names that C knows")]
mod result;
#[allow(unsafe_code, reason = "names that C knows")]
mod run;
mod stdio;
#[allow(unsafe_code, reason = "the one place for it")]
mod sys;
#[allow(unsafe_code, reason = "names that C knows")]
mod vp;

/// `PYRUN_ABI_VERSION`. It changes when something that there was is not there any more, or is something else.
const ABI_VERSION: u32 = 1;

#[allow(unsafe_code, reason = "a name that C knows")]
#[unsafe(no_mangle)]
extern "C" fn pyrun_abi_version() -> u32 {
    ABI_VERSION
}
