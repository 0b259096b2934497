//! How large a module may be in every respect that costs its compiler time or memory: named bounds, checked before anything is
//! translated or compiled.
//!
//! The release's own modules are compiled as they are; every module that a person or a guest brings is counted by this first. Within
//! its bounds a module compiles in a time and a memory that follow from what was counted: compilers take time that grows with the
//! product of a function's size and its nesting, and with that of its locals and its blocks.
//!
//! Invariants: counting keeps nothing of the module but one number per type and per function, both of which are bounded; no input makes
//! it panic.

mod cost;
mod measure;
mod references;
#[cfg(test)]
mod tests;

pub use measure::ModuleSize;

use wasmparser::{Validator, WasmFeatures};

use crate::error::{Result, TranslateError};
use crate::module;
use crate::validate::engine_features;

/// How much of each a module may have. What is one too many is refused by [`TranslateError::Bound`], which names the bound.
///
/// # Examples
/// ```
/// use pyrun_translate::{Bounds, TranslateError};
///
/// let module = wat::parse_str(r#"(module (import "env" "log" (func)) (memory 1))"#)?;
/// assert_eq!(Bounds::MODULE.check(&module).unwrap().imports, 1);
/// let refused = Bounds::LIBRARY.check(&module).unwrap_err();
/// assert!(matches!(refused, TranslateError::Bound { bound: "memories", limit: 0, has: 1, .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Bytes of the file.
    pub bytes: u64,
    /// Function types.
    pub types: u64,
    /// Parameters and results of a type.
    pub type_values: u64,
    /// Parameters and results of all types together.
    pub all_type_values: u64,
    /// Imports.
    pub imports: u64,
    /// Functions that it defines.
    pub functions: u64,
    /// Tables that it defines.
    pub tables: u64,
    /// Memories that it defines.
    pub memories: u64,
    /// Exception tags that it defines.
    pub tags: u64,
    /// Globals that it defines.
    pub globals: u64,
    /// Exports.
    pub exports: u64,
    /// Bytes of the names of its imports and exports.
    pub name_bytes: u64,
    /// Element segments.
    pub element_segments: u64,
    /// Items of all element segments.
    pub elements: u64,
    /// Data segments.
    pub data_segments: u64,
    /// Bytes of a function's code.
    pub function_bytes: u64,
    /// Parameters and locals of a function.
    pub locals: u64,
    /// Blocks inside each other in a function.
    pub nesting: u64,
    /// Targets of all `br_table` of a function.
    pub branch_targets: u64,
    /// Clauses of a `try_table`.
    pub catches: u64,
    /// A function's work: microseconds of processor time, about.
    pub function_work: u64,
    /// The work of all functions, types and imports together.
    pub work: u64,
    /// Bytes that the compiler takes for one function.
    pub function_memory: u64,
    /// Bytes that the compiler keeps of the module until it is complete.
    pub memory: u64,
    /// Operators of a constant expression.
    pub constant_operators: u64,
    /// Whether instructions for threads are taken. A shared memory never is.
    pub atomics: bool,
    /// Whether it may have several memories, imported ones among them.
    pub many_memories: bool,
}

impl Bounds {
    /// Those of a module that a person runs. "The web" are the limits that WebAssembly's JavaScript interface gives for engines of browsers;
    /// "seen" is the most that any module of docs/MODULES.md's table or any release of Pyodide has.
    pub const MODULE: Self = Self {
        // The web: 1 GiB. Seen: 104 MB. What is read lies in memory whole.
        bytes: 256 << 20,
        // The web: 1,000,000. Seen: 858. The compiler makes a function for each.
        types: 20_000,
        // The web: 1,000 parameters and 1,000 results. Seen: 66. That function takes time with the square of them.
        type_values: 256,
        // Seen: 7,976.
        all_type_values: 100_000,
        // The web: 1,000,000. Seen: 4,812. The compiler makes a function for each.
        imports: 20_000,
        // The web: 1,000,000, which are 1.4 GB of code when they are empty. Seen: 89,060.
        functions: 200_000,
        // As the engine's validator has it. Seen: 3.
        tables: 100,
        // Each takes 6 GiB of addresses. Seen: 1.
        memories: 16,
        // Seen: 2.
        tags: 1000,
        // The web: 1,000,000. Seen: 15,588.
        globals: 100_000,
        // The web: 1,000,000. Seen: 75,011.
        exports: 200_000,
        // Ten times as much memory is taken. Seen: 7 MB.
        name_bytes: 64 << 20,
        // As the engine's validator has it. Seen: 1.
        element_segments: 100_000,
        // The web: 10,000,000 slots of a table. Seen: 47,156.
        elements: 4_000_000,
        // The web: 100,000. Seen: 77,823.
        data_segments: 100_000,
        // The web: 7,654,321. Seen: 1,779,019.
        function_bytes: 7_654_321,
        // The web: 50,000. Seen: 610.
        locals: 50_000,
        // Seen: 2,056.
        nesting: 5000,
        // Seen: 16,230.
        branch_targets: 500_000,
        // Seen: 1.
        catches: 1000,
        // 15 s. Seen: 4 s. No compilation can be ended before the function is done that it is at.
        function_work: 15_000_000,
        // 10 minutes. Seen: 4 minutes.
        work: 600_000_000,
        // Seen: 390 MB.
        function_memory: 1 << 30,
        // Seen: 4.5 GB.
        memory: 8 << 30,
        // Seen: 2.
        constant_operators: 64,
        atomics: true,
        many_memories: true,
    };

    /// Those of a library that a guest brings: it uses the guest's memory and table and has none of its own. Otherwise the most that
    /// libraries of the releases have, several times over.
    pub const LIBRARY: Self = Self {
        // Seen: 7 MB.
        bytes: 64 << 20,
        types: 10_000,
        tables: 0,
        memories: 0,
        functions: 100_000,
        exports: 100_000,
        globals: 50_000,
        name_bytes: 16 << 20,
        elements: 1_000_000,
        data_segments: 50_000,
        function_bytes: 4 << 20,
        // 10 s. Seen: 1 s.
        function_work: 10_000_000,
        // 2 minutes. Seen: 22 s.
        work: 120_000_000,
        function_memory: 512 << 20,
        memory: 2 << 30,
        // `memory.atomic.wait` waits in the engine, where nothing ends it.
        atomics: false,
        many_memories: false,
        ..Self::MODULE
    };

    /// Counts a module, compares it with the bounds, and validates it.
    ///
    /// # Errors
    /// [`TranslateError::Bound`]; [`TranslateError::NotAModule`] and [`TranslateError::Decode`] for what cannot be counted;
    /// [`TranslateError::Unsupported`] for a shared memory or one of 64-bit addresses, and for globals, tables and exceptions that hold
    /// references to exceptions; [`TranslateError::Invalid`] with the position.
    pub fn check(&self, wasm: &[u8]) -> Result<ModuleSize> {
        let size = self.count(wasm)?;
        Validator::new_with_features(self.features()).validate_all(wasm).map_err(TranslateError::Invalid)?;
        Ok(size)
    }

    /// Counts a module and compares it with the bounds. It need not be valid beyond what counting takes.
    ///
    /// # Errors
    /// As [`Bounds::check`], but for the last.
    pub fn count(&self, wasm: &[u8]) -> Result<ModuleSize> {
        module::check_header(wasm)?;
        ModuleSize::of(wasm, self)
    }

    /// Those of what a translation makes of a module that is within these. It copies small functions into others, puts loops over vectors
    /// before loops, and exports what a snapshot needs.
    #[must_use]
    pub const fn translated(&self) -> Self {
        let [tables, memories] = [self.tables + 1, self.memories + 1];
        let Self { types, type_values, all_type_values, imports, functions, exports, name_bytes, .. } = *self;
        let Self {
            globals, nesting, locals, function_bytes, function_work, function_memory, work, memory, bytes, ..
        } = *self;
        Self {
            bytes: 4 * bytes,
            types: 2 * types,
            type_values: 2 * type_values,
            all_type_values: 2 * all_type_values,
            imports: 2 * imports,
            functions: 2 * functions,
            tables,
            memories,
            exports: exports + 2 * globals,
            name_bytes: 2 * name_bytes,
            globals: 2 * globals,
            nesting: 2 * nesting,
            locals: 2 * locals,
            function_bytes: 4 * function_bytes,
            function_work: 2 * function_work,
            function_memory: 2 * function_memory,
            work: 2 * work,
            memory: 2 * memory,
            ..*self
        }
    }

    /// What the engine takes, and exceptions as compilers made them before the standard, since the translator takes those.
    fn features(&self) -> WasmFeatures {
        let mut features = engine_features() | WasmFeatures::LEGACY_EXCEPTIONS;
        features.set(WasmFeatures::THREADS, self.atomics);
        features.set(WasmFeatures::MULTI_MEMORY, self.many_memories);
        features
    }
}
