//! Guides: what to know, in the order in which it is needed. The examples run as tests, but for those that name a folder of another machine.
//!
//! | page | answers |
//! |---|---|
//! | [`start`] | what to put into `Cargo.toml`, why the first build takes long, which files a program needs where it runs |
//! | [`values`] | how values cross, what borrows what, exceptions |
//! | [`host_functions`] | how Python calls Rust |
//! | [`arrays`] | NumPy arrays and data frames, with and without a copy |
//! | [`operations`] | sums, products of matrices, sorting and more with NumPy's rules, without Python |
//! | [`snapshots`] | how to start at once, pools, async |
//! | [`modules`] | other WebAssembly modules: what a file is, programs, calls, memory, arrays and structs, host functions |
//! | [`untrusted`] | programs that nobody has read: what they may load |
//! | [`limits`] | what a guest may see and take, standard streams, files, how to stop it |

pub mod arrays;
pub mod host_functions;
pub mod limits;
pub mod modules;
pub mod operations;
pub mod snapshots;
pub mod start;
pub mod untrusted;
pub mod values;
