//! Makes Emscripten's binaries fit for the engine: one pass from WebAssembly to WebAssembly.
//!
//! Replaces nothing in Emscripten: V8 does the first point itself, and browsers need none of the others.
//!
//! - **Legacy exception handling** (`try`, `catch`, `rethrow`, `delegate`), which the engine refuses, becomes
//!   `try_table` and `throw_ref` (`eh`).
//! - **Exceptions by way of JavaScript** (`invoke_*`), which releases before 0.28 use, become WebAssembly's own
//!   (`eh/js_exceptions`).
//! - **Main modules that import their memory** and the like, as those of releases before 314 do, get them as their own
//!   (`era/self_contained`), if asked.
//! - **Imports that a side module satisfies itself** become direct calls (`era/rebind`), if asked.
//! - **Data segments** are merged, or taken out (`slim/data`), if asked.
//! - **Exports** are replaced by table slots (`slim/exports`), if asked.
//! - **Mutable globals** and the start function are exported, if asked.
//! - **Calls of small functions** are replaced by their bodies (`optimize/inline`), if asked.
//! - **Loops over arrays** are done by vectors (`optimize/vectorize`), if asked.
//! - **Copies and fills of memory** need no host where they are small, and no loops where they are large (`optimize/bulk`), if asked.
//! - Custom sections go, except `dylink.0`, which stays first, and the function names, if asked.
//!
//! [`WasmKind::of`] says what a file is in the first place. [`inspect`] collects what the dynamic linker needs to know of a module, before or after the translation.
//!
//! Left out on purpose: any other optimisation; and validation of the input. The *output* must be checked with
//! [`validate`] (or by the engine's compiler, which does the same) before it is used: this pass promises valid output
//! for valid input, and no panic for any input, nothing else.
//!
//! Invariants: type, table, memory, global, tag and element segment indices keep their meaning; function indices shift
//! only when imports are dropped or replaced, data segment indices only when segments are merged. Instructions that are not
//! concerned are copied byte by byte.

mod const_expr;
mod eh;
mod emit;
mod era;
mod error;
#[cfg(any(test, feature = "generator"))]
pub mod generator;
mod indices;
mod info;
mod kind;
mod module;
mod optimize;
mod slim;
#[cfg(test)]
mod tests;
mod types;

use wasmparser::{Validator, WasmFeatures};

pub use eh::js_exceptions::TAG as EXCEPTION_TAG;
pub use era::self_contained::Surroundings;
pub use error::TranslateError;
pub use info::{
    Base, DecodeError, Dylink, Export, ExportKind, GlobalType, Import, ImportType, Limits, ModuleInfo, Place,
    Signature, TableSlot, TableType, ValueType, inspect,
};
pub use kind::{Refusal, WasmKind};
pub use slim::data::DataRun;
pub use slim::exports::SlimmedExport;
pub use slim::spare_memory::{is_spare, with_spare_memory};

use error::Result;

/// Changes whenever the same input may give another output: part of the key of a compiled artifact.
pub const VERSION: u32 = 6;

/// A question about a symbol name.
pub type NamePredicate<'o> = &'o dyn Fn(&str) -> bool;

/// What to do besides translating exceptions. The default does nothing else.
///
/// The answers of the predicates change the output, so they belong to the key under which it is cached.
#[derive(Clone, Copy, Default)]
pub struct Options<'o> {
    /// For a main module: what to define if it imports its memory, and [`Options::data_apart`] and
    /// [`Options::export_filter`] then apply to it as to one that does not.
    pub surroundings: Option<Surroundings>,
    /// Drops each import `env.X` for which the module exports its own function `X` of the same type, unless this says
    /// that another module provides `X`. `None` keeps all imports.
    pub provided_elsewhere: Option<NamePredicate<'o>>,
    /// Exported functions whose bodies become a call of a new import `env.X`, so that the host takes them over. Names that
    /// the module does not export are passed over.
    pub hosted: &'o [&'o str],
    /// Merges data segments whose gap is at most this many bytes.
    pub merge_data_gap: Option<u32>,
    /// Takes the segments that [`Options::merge_data_gap`] may merge out of the module altogether ([`Translated::data`]): the
    /// engine copies every segment at each start, and a restored guest needs none.
    pub data_apart: bool,
    /// Puts the bodies of functions of at most this many bytes in the place of their calls.
    pub inline_limit: Option<u32>,
    /// Puts a loop over 128-bit vectors before each loop that takes an array's elements one by one.
    pub vectorize: bool,
    /// Has small `memory.copy` and `memory.fill` done by functions of the module, and C's `memcpy`, `memmove` and `memset` do large
    /// ones by these instructions.
    pub quick_copies: bool,
    /// Keeps the module's and the functions' names, for readable traps.
    pub keep_names: bool,
    /// Takes all exported functions out of the export section for which this is false, and gives them table slots
    /// instead ([`Translated::slimmed`]). Only for modules that define their table.
    pub export_filter: Option<NamePredicate<'o>>,
    /// Makes the module fit to be restored from a snapshot: every mutable global that it defines is exported, as
    /// [`GLOBAL_EXPORT`] with its index, and the start function is exported as [`START_EXPORT`] instead of being run, since it
    /// clears data that the snapshot holds. Whoever instantiates it anew has to call that.
    pub for_snapshots: bool,
}

/// The name under which [`Options::for_snapshots`] exports the start function.
pub const START_EXPORT: &str = "pyrun:start";

/// What the names of the globals that [`Options::for_snapshots`] exports begin with. No C symbol has a colon.
pub const GLOBAL_EXPORT: &str = "pyrun:global:";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Functions with code.
    pub functions: u32,
    /// Functions whose code is not a plain copy.
    pub rewritten_functions: u32,
    /// Legacy `try`s.
    pub tries: u32,
    /// Among them, those with `delegate`.
    pub delegates: u32,
    /// Among those, the ones that skip a handler, and so need code.
    pub delegate_jumps: u32,
    /// Types added to the type section.
    pub added_types: u32,
    /// Imports dropped because the module satisfies them itself.
    pub dropped_imports: u32,
    /// Imports replaced by functions that throw, or call where something may be thrown.
    pub lowered_imports: u32,
    /// Calls replaced by the function's body.
    pub inlined_calls: u32,
    /// Loops that have got one over vectors before them.
    pub vectorized_loops: u32,
    /// Data segments in the input.
    pub data_segments: u32,
    /// Data segments in the output.
    pub data_segments_left: u32,
    /// Exports replaced by a table slot.
    pub slimmed_exports: u32,
    /// Table slots added for them.
    pub added_slots: u32,
    /// Custom sections dropped.
    pub dropped_sections: u32,
}

/// A translated module.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Translated {
    /// The binary.
    pub wasm: Vec<u8>,
    /// What was done.
    pub counts: Counts,
    /// The exports that [`Options::export_filter`] took out, in the order of the export section.
    pub slimmed: Vec<SlimmedExport>,
    /// What [`Options::data_apart`] took out, in the order of addresses.
    pub data: Vec<DataRun>,
}

/// Translates a module.
///
/// # Errors
/// The input is not a core WebAssembly module, is malformed, or uses a construct that cannot be translated.
///
/// # Examples
/// ```
/// use pyrun_translate::{Options, translate, validate};
///
/// let empty_module = b"\0asm\x01\0\0\0";
/// let translated = translate(empty_module, &Options::default())?;
/// validate(&translated.wasm)?;
/// assert_eq!(translated.counts.tries, 0);
/// # Ok::<(), pyrun_translate::TranslateError>(())
/// ```
pub fn translate(wasm: &[u8], options: &Options<'_>) -> Result<Translated> {
    let contained = match options.surroundings {
        Some(surroundings) => era::self_contained::contain(wasm, surroundings)?,
        None => None,
    };
    let module = module::Module::read(contained.as_deref().unwrap_or(wasm))?;
    emit::Pass::new(module, options)?.run()
}

/// Checks a module with exactly the features that the engine has on: no legacy exceptions, but `try_table`.
///
/// # Errors
/// [`TranslateError::Invalid`] with the position, or [`TranslateError::NotAModule`].
pub fn validate(wasm: &[u8]) -> Result<()> {
    module::check_header(wasm)?;
    Validator::new_with_features(engine_features()).validate_all(wasm).map_err(TranslateError::Invalid)?;
    Ok(())
}

/// The features that wasmer 7.4 validates with, given `Features::new()` with exceptions on.
fn engine_features() -> WasmFeatures {
    WasmFeatures::BULK_MEMORY
        | WasmFeatures::THREADS
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::SIMD
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::FLOATS
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::GC_TYPES
}
