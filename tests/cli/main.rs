//! The command line, as a person meets it.

#[path = "../support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
mod audit;
mod command_line;
#[cfg(target_os = "linux")]
mod deterministic;
#[cfg(target_os = "linux")]
mod edges;
mod endings;
#[cfg(target_os = "linux")]
mod folder_modes;
mod grants;
mod host_paths;
#[cfg(unix)]
mod interrupts;
mod limits;
#[cfg(target_os = "linux")]
mod locks;
mod micropython;
mod mistakes;
mod modules;
mod options;
#[cfg(target_os = "linux")]
mod outputs;
#[cfg(target_os = "linux")]
mod overlays;
mod precompile;
#[cfg(target_os = "linux")]
mod prompt;
mod readme;
mod releases;
#[cfg(target_os = "linux")]
mod report;
mod snapshots;
mod stacks;
#[cfg(target_os = "linux")]
mod storage;
#[cfg(target_os = "linux")]
mod streams;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(unix)]
mod untrusted;
#[cfg(unix)]
mod wasi;
