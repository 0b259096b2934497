//! Python in Rust: CPython and the wheels of Pyodide, in a sandbox, with no JavaScript engine.
//!
//! ```no_run
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let outcome = engine.program().args(["-c", "print(6 * 7)"]).run()?;
//! assert_eq!(outcome.status, 0);
//! # Ok::<_, pyrun::Error>(())
//! ```

mod command_line;
mod engine;
mod errno;
mod error;
mod modules;
mod on_import;
mod packs;
mod program;
mod progress;
mod sandbox;
mod snapshot;
mod start;
mod sys;

pub mod assets;
pub mod cache;
#[cfg(unix)]
pub mod folder;
pub mod home;
#[cfg(unix)]
pub mod host;
#[cfg(unix)]
pub mod stdio;

pub use command_line::CommandLine;
pub use engine::{Config, DEFAULT_RELEASE, Engine};
pub use error::Error;
pub use program::{Outcome, Program};
pub use progress::{Progress, Silent};
pub use snapshot::{Recipe, Snapshot};
pub use stdio::Stdio;
