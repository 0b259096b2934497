//! Snapshots: a started interpreter at rest, from which others start without booting.
//!
//! A snapshot holds the interpreter whole: linear memory, which is mapped copy-on-write by whoever starts from it, and beside it
//! globals, the owners of table slots, loaded libraries by hash, files and descriptors. It refers to compiled modules and
//! packs of the cache by their keys. When one of those is not there, or the snapshot was made by another pyrun, it is
//! not used: it is made anew where it is known how ([`Recipe`]), else refused.
//!
//! What runs must not share (command line, environment, entropy) is set anew after each restore; see [`pyrun_pyodide_loader::AfterRestore`].

pub(crate) mod base;
mod file;
mod header;
pub(crate) mod image;
mod key;
mod named;
mod preload;
pub(crate) mod recipe;

pub use image::Snapshot;
pub use recipe::Recipe;
