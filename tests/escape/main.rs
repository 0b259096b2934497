//! Attacks, each with what must happen. README.md says how one is added; docs/SECURITY.md has the table of what they are for.
//!
//! An attack that would end the process runs in a `pyrun` of its own, so that its end is seen. The others run in one process after each
//! other, as tenants of a service do, and after each the next one must find everything in order.

#[path = "../support/mod.rs"]
mod support;

mod bombs;
mod companions;
mod corpus;
mod crossing;
mod generated;
mod late;
mod libraries;
mod links;
mod modules;
mod programs;
mod stack;
mod tenants;
mod thrown;
mod traps;
mod types;

use pyrun::{Config, Engine};

/// The engine of all attacks that run in this process.
fn engine() -> Engine {
    Engine::new(Config::new()).expect("an engine")
}

/// A library of this text as Python source: it is written to the path and opened there, as `library`.
fn open(path: &str, text: &str) -> String {
    let wasm = wat::parse_str(text).expect("a module");
    let hex: String = wasm.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("import ctypes\nopen({path:?}, 'wb').write(bytes.fromhex('{hex}'))\nlibrary = ctypes.CDLL({path:?})\n")
}
