//! `wasi_snapshot_preview1`: its 46 functions, by family.
//!
//! What differs from what other hosts do, on purpose:
//!
//! * a path is bytes: names that are not UTF-8 are names, as in the file system;
//! * a link whose target is an absolute path cannot be made (`NOTCAPABLE`), and one that a folder of the host has leads nowhere;
//! * sockets do not exist, so the four functions on them answer `BADF` or `NOTSOCK`;
//! * clocks 1, 2 and 3 are one monotonic clock, as for Emscripten's guests;
//! * `sched_yield` does nothing: a guest has one thread.

mod arguments;
mod clocks;
mod descriptors;
mod directories;
mod files;
mod layout;
mod paths;
mod poll;
mod process;
mod sockets;
mod status;

use pyrun_emscripten_shim::imports::table::{Family, HostImport};

use crate::env::WasiEnv;

/// The module name of the imports.
pub const MODULE: &str = "wasi_snapshot_preview1";

/// All of it.
pub static FAMILIES: &[&Family<WasiEnv>] = &[
    &arguments::ARGUMENTS,
    &clocks::CLOCKS,
    &descriptors::DESCRIPTORS,
    &directories::DIRECTORIES,
    &files::FILES,
    &paths::PATHS,
    &poll::POLL,
    &process::PROCESS,
    &sockets::SOCKETS,
    &status::STATUS,
];

/// The function of this name.
///
/// ```
/// use pyrun_wasi::preview1;
/// assert_eq!(preview1::find("fd_write").unwrap().params.len(), 4);
/// assert!(preview1::find("fd_pipe").is_none());
/// ```
#[must_use]
pub fn find(name: &str) -> Option<&'static HostImport<WasiEnv>> {
    FAMILIES.iter().find_map(|family| family.find(MODULE, name))
}
