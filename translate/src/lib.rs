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
//! - **Instructions for which the engine runs code of the host's** look first whether enough of the native stack is left
//!   (`native_stack`), if asked.
//! - Custom sections go, except `dylink.0`, which stays first, and the function names, if asked.
//!
//! Standardised exceptions (`try_table`, `exnref`) in the input pass as they are, beside legacy ones, even in one body. A main
//! module that is linked with them (Emscripten's `-sWASM_LEGACY_EXCEPTIONS=0`) needs nothing else: the engine has the feature
//! on, and libraries of either form import its tags by the same names. Only a global of type `exnref` would be a problem, since
//! no snapshot can hold one; Emscripten makes none.
//!
//! [`with_true_names`] comes before all of this, for modules whose names were minified.
//!
//! [`Bounds`] say how large a module may be that a person or a guest brings.
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
#![forbid(unsafe_code)]

mod bounds;
mod const_expr;
mod eh;
mod emit;
mod era;
mod error;
mod forward;
#[cfg(any(test, feature = "generator"))]
pub mod generator;
mod indices;
mod info;
mod kind;
mod module;
mod native_stack;
mod optimize;
mod options;
mod polls;
mod slim;
mod stack_pointer;
#[cfg(test)]
mod tests;
mod types;
mod validate;

pub use bounds::{Bounds, ModuleSize};
pub use eh::js_exceptions::TAG as EXCEPTION_TAG;
pub use era::names::{TrueImport, TrueNames, with_true_names};
pub use era::self_contained::MainMemoryLayout;
pub use error::TranslateError;
pub use forward::{FORWARDED, LATE_BOUND, forwarders, late_bound};
pub use info::{
    Base, DecodeError, Dylink, Export, ExportKind, ExportOffset, GlobalType, Import, ImportType, ModuleInfo, SizeRange,
    TableSlot, TableType, ValueType, WasmSignature, global_types, inspect,
};
pub use kind::{Refusal, WasmKind};
pub use options::{
    Counts, GLOBAL_EXPORT, NamePredicate, Options, Polls, STACK_POINTER_EXPORT, START_EXPORT, Translated,
};
pub use slim::data::DataRun;
pub use slim::exports::SlimmedExport;
pub use slim::spare_memory::{is_spare, with_spare_memory};
pub use validate::validate;

use error::Result;

/// Changes whenever the same input may give another output: part of the key of a compiled artifact.
pub const VERSION: u32 = 8;

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
    let made_alike = match options.main_memory {
        Some(main_memory) => era::self_contained::self_contained(wasm, main_memory)?,
        None => None,
    };
    let module = module::Module::read(made_alike.as_deref().unwrap_or(wasm))?;
    let mut translated = emit::Pass::new(module, options)?.run()?;
    if options.polls != Polls::Nowhere {
        translated.wasm = polls::with_polls(translated.wasm, options.polls)?;
    }
    if options.stack_checks {
        translated.wasm = native_stack::with_checks(translated.wasm)?;
    }
    Ok(translated)
}
