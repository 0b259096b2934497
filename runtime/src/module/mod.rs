//! What kinds of module can be run, a file for each, and the one door to them ([`Engine::module`](crate::Engine::module)).
//!
//! A kind says which files are of it, how such a file is translated, how an instance of it is made, and how it is entered. The
//! compiler, the cache, grants and limits are the same for all. A new kind is a file here that implements [`ModuleKind`], a
//! row in `pyrun_translate`'s table of kinds if its files are not told apart yet, and its arm in `program.rs` or
//! `instance.rs`, which refuse by name what has none.

pub(crate) mod emscripten;
mod error;
mod folder;
pub(crate) mod guest;
mod inspect;
mod instance;
mod kind;
mod micropython;
mod open;
mod program;
pub(crate) mod python;
pub(crate) mod standalone;
mod support;
mod verdict;
pub(crate) mod wasi;

use std::sync::Arc;

use pyrun_translate::{ModuleInfo, Options, Polls, WasmKind};

use crate::error::Error;

pub use emscripten::{ModuleNames, em};
pub use error::ModuleError;
pub use inspect::{ImportFamily, InspectedExport, InspectedSize, Inspection};
pub use instance::{
    FieldType, FieldValue, HostClosure, HostContext, HostResult, InstanceBuilder, IntoWasmArgs, ModuleInstance,
    ModuleMemory, NumberType, SharedArray, StructField, StructLayout, TrapKind, WasmArg, WasmArray, WasmFrame,
    WasmFunction, WasmParams, WasmResults, WasmScalar, WasmTrap, WasmType, WasmValue, WordFunction,
};
pub use kind::Kind;
pub use micropython::MicroPython;
pub use open::{Module, WasmSource};
pub use program::ModuleProgram;

/// Limit: bytes of a function that is inlined; see `docs/PERFORMANCE.md` for what more and less give.
pub(crate) const INLINE_LIMIT: u32 = 160;

/// How modules that somebody brings are translated, of whatever kind. No inlining: the frames of a trap are the functions that the
/// source has. The start function is run once the host's functions can reach the memory, and like all code can be stopped.
pub(crate) fn brought_options() -> Options<'static> {
    Options {
        vectorize: true,
        quick_copies: true,
        keep_names: true,
        for_snapshots: true,
        polls: Polls::Everywhere,
        stack_checks: true,
        ..Options::default()
    }
}

/// A kind of module.
pub(crate) trait ModuleKind {
    /// An instance at rest, or at work.
    type Instance;
    /// What an instance starts from besides its code: what it may see and take, the beginning or a snapshot.
    type Start<'a>;
    /// How an instance ends.
    type Ending;

    /// What a file of this kind is called in messages.
    const WANTED: &'static str;
    /// What tells its artifacts from those of the same file as another kind, or translated otherwise before: where only modules of
    /// one kind come out differently, this changes in place of the translator's version.
    const FLAVOUR: &'static str;
    /// Whether an instance can be frozen, and others start from that.
    const HAS_SNAPSHOTS: bool;

    /// Whether a file is of this kind.
    fn accepts(kind: WasmKind) -> bool;

    /// How a file of this kind is translated.
    fn options(&self) -> Options<'static>;

    /// Makes an instance.
    ///
    /// # Errors
    /// When the engine cannot, or when the guest ends while it starts.
    fn instantiate(&self, code: Code, start: Self::Start<'_>) -> Result<Self::Instance, Error>;

    /// Runs what the instance was started for.
    ///
    /// # Errors
    /// When the guest ends otherwise than by itself.
    fn enter(&self, instance: &mut Self::Instance) -> Result<Self::Ending, Error>;

    /// Refuses a file of another kind. Only what is about to be compiled is looked at, so that a start costs nothing.
    ///
    /// # Errors
    /// [`Error::WrongModule`]
    fn check(what: &str, wasm: &[u8]) -> Result<(), Error> {
        match WasmKind::of(wasm) {
            kind if Self::accepts(kind) => Ok(()),
            kind => Err(Error::WrongModule { what: what.to_owned(), kind: kind.to_string(), wanted: Self::WANTED }),
        }
    }
}

/// A module's code.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// The compiled, translated module.
    pub(crate) module: wasmer::Module,
    /// The facts about it.
    pub(crate) info: Arc<ModuleInfo>,
}
