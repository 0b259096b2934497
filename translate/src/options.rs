//! What a translation can be asked to do, and what it gives back.

use crate::era::self_contained::MainMemoryLayout;
use crate::slim::data::DataRun;
use crate::slim::exports::SlimmedExport;

/// A question about a symbol name.
pub type NamePredicate<'o> = &'o dyn Fn(&str) -> bool;

/// Where code is made to touch memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Polls {
    /// Nowhere.
    #[default]
    Nowhere,
    /// In loops that may go around with neither an access to memory nor a call, of which C compilers make few
    /// (`while (size < needed) size *= 2`): enough for a module whose functions make accesses.
    SilentLoops,
    /// In every loop, and in every function that calls others: ends any code.
    Everywhere,
}

/// What to do besides translating exceptions. The default does nothing else.
///
/// The answers of the predicates change the output, so they belong to the key under which it is cached.
#[derive(Clone, Copy, Default)]
pub struct Options<'o> {
    /// For a main module: what to define if it imports its memory, and [`Options::data_apart`] and
    /// [`Options::export_filter`] then apply to it as to one that does not.
    pub main_memory: Option<MainMemoryLayout>,
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
    /// Where code is made to touch memory, so that a host that takes the memory away ends it. It may add a memory of one page behind
    /// the module's own.
    pub polls: Polls,
    /// Has every instruction for which the engine runs code of the host's on the guest's stack (`throw`, `unreachable` and others)
    /// look first whether enough of that is left, so that its end is never met in code that holds a lock.
    pub stack_checks: bool,
    /// Keeps the module's and the functions' names, for readable traps.
    pub keep_names: bool,
    /// Takes all exported functions out of the export section for which this is false, and gives them table slots
    /// instead ([`Translated::slimmed`]). Only for modules that define their table.
    pub export_filter: Option<NamePredicate<'o>>,
    /// Makes the module fit to be restored from a snapshot: every mutable global that it defines is exported, as
    /// [`GLOBAL_EXPORT`] with its index, and the start function is exported as [`START_EXPORT`] instead of being run, since it
    /// clears data that the snapshot holds. Whoever instantiates it anew has to call that.
    pub for_snapshots: bool,
    /// Exports C's stack pointer as [`STACK_POINTER_EXPORT`], if the module has one.
    pub export_stack_pointer: bool,
}

/// The name under which [`Options::export_stack_pointer`] exports it.
pub const STACK_POINTER_EXPORT: &str = "pyrun:stack";

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
