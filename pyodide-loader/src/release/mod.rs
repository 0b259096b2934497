//! What is known of the releases: data in a table, and what differs in structure as [`Era`] and [`Trampoline`].
//!
//! `releases/<version>/` has what is known of a release, and [the table](RELEASES) is made from those folders by
//! `cargo xtask release`. A release that is not in it is refused: its files have no known hashes. Which host functions a
//! release may import is said in [`crate::imports`].

use pyrun_emscripten_shim::imports::table::Emscripten;

mod era;
mod table;

pub use era::{Era, Trampoline};
pub use table::{DEFAULT_RELEASE, RELEASES};

/// A file of a release, as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreFile {
    /// Its length in bytes.
    pub length: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: &'static str,
}

/// A release that is supported.
#[derive(Clone, Copy, Debug)]
pub struct KnownRelease {
    /// Its version, which is the name of its folder in `releases/`.
    pub version: &'static str,
    /// How it is built.
    pub era: Era,
    /// Its Python, major and minor version.
    pub python: (u8, u8),
    /// Whether Pyodide makes `lib-dynload`, empty, where CPython looks for extension modules; 3.15 complains if it is not there.
    pub has_dynload_folder: bool,
    /// How CPython calls functions of any arity.
    pub trampoline: Trampoline,
    /// Where the items of a `tuple` begin, in bytes from its address.
    pub tuple_items: u32,
    /// The series of Emscripten that it was built by: what its modules import depends on it.
    pub emscripten: Emscripten,
    /// `pyodide.asm.wasm`.
    pub module: CoreFile,
    /// `python_stdlib.zip`.
    pub stdlib: CoreFile,
    /// `pyodide-lock.json`.
    pub lock: CoreFile,
}

impl KnownRelease {
    /// The release of this version.
    #[must_use]
    pub fn find(version: &str) -> Option<&'static Self> {
        RELEASES.iter().find(|release| release.version == version)
    }

    /// The release whose main module has this SHA-256, in hexadecimal.
    #[must_use]
    pub fn of_module(sha256: &str) -> Option<&'static Self> {
        RELEASES.iter().find(|release| release.module.sha256 == sha256)
    }
}
