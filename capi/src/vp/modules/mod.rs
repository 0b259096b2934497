//! Modules other than Python's for hosts that pass integers: instances, programs, operations on arrays, C's functions.
//!
//! Everything in [`requests`] stands for an operation of `pyrun_vp.h` from 32 on. What it gives is in [`held`], which needs no
//! interpreter: plain numbers, texts, rows of numbers.

mod calls;
mod em;
mod given;
mod guest;
pub(super) mod held;
mod memory;
pub(super) mod requests;
pub(super) mod store;
