//! The command line, as a person meets it.

#[path = "../support/mod.rs"]
mod support;

mod command_line;
mod endings;
mod grants;
#[cfg(unix)]
mod interrupts;
mod limits;
mod micropython;
mod mistakes;
mod modules;
mod options;
#[cfg(target_os = "linux")]
mod outputs;
mod precompile;
#[cfg(target_os = "linux")]
mod prompt;
mod readme;
mod releases;
mod snapshots;
mod stacks;
#[cfg(target_os = "linux")]
mod storage;
#[cfg(unix)]
mod untrusted;
#[cfg(unix)]
mod wasi;
