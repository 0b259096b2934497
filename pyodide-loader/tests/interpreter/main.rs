//! A real interpreter through the loader's own interface: boot, values both ways, functions, exceptions, sources, buffers, guest
//! modules, snapshots.
//!
//! The default release's main module is compiled once, into the build's folder for tests; a process boots it once, and each test
//! starts from a snapshot of that. Without the release's files the tests are skipped.
#![deny(unsafe_code)]

mod artifact;
mod boot;
mod buffers;
mod dates;
mod endings;
mod errors;
mod flock;
mod functions;
mod imports;
mod items;
mod large_errors;
mod modules;
mod objects;
mod references;
mod signals;
mod snapshots;
mod sources;
mod support;
#[allow(unsafe_code, reason = "what was compiled before is loaded")]
mod sys;
mod values;
mod world;
