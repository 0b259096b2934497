//! What the dynamic linker needs to know of a module: symbols, table slots, addresses, `dylink.0`.
//!
//! Collected once by [`inspect`] or [`Translated::inspect`](super::Translated::inspect), stored next to the compiled
//! artifact with [`ModuleInfo::encode`], and loaded at every start with [`ModuleInfo::decode`], which takes a fraction
//! of a millisecond: all names are one string, and look-ups are binary searches, so nothing is built.
//!
//! Invariants, which decoding checks: exports are sorted by name, names are unique, and every index refers to something.

mod check;
mod codec;
mod inspect;
#[cfg(test)]
mod tests;

pub use codec::DecodeError;
pub use inspect::{global_types, inspect};

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// Reference to a function.
    FuncRef,
    /// Reference to a host object.
    ExternRef,
    /// Reference to an exception.
    ExnRef,
    /// Any other reference.
    OtherRef,
}

/// The type of a function or a tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct WasmSignature {
    /// Types of the parameters.
    pub params: Vec<ValueType>,
    /// Types of the results.
    pub results: Vec<ValueType>,
}

/// The size of a memory (in pages of 64 KiB) or of a table (in elements).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeRange {
    /// The size at the start.
    pub initial: u64,
    /// The largest size, if there is one.
    pub maximum: Option<u64>,
}

/// The type of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableType {
    /// The type of the elements.
    pub element: ValueType,
    /// The size.
    pub limits: SizeRange,
}

/// The type of a global.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalType {
    /// The type of the value.
    pub value: ValueType,
    /// Whether it can be assigned.
    pub mutable: bool,
}

/// What a number is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Base {
    /// Nothing: it is final, as in a main module.
    Absolute,
    /// The imported global `__memory_base`.
    Memory,
    /// The imported global `__table_base`.
    Table,
}

/// A memory address or a table slot that is known up to its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExportOffset {
    /// What it is relative to.
    pub base: Base,
    /// What is added to the base, modulo 2³².
    pub offset: u32,
}

/// The type of an import; functions and tags by [signature](ModuleInfo::signature) number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportType {
    /// A function.
    Function(u32),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(SizeRange),
    /// A global.
    Global(GlobalType),
    /// An exception tag.
    Tag(u32),
}

/// An import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import<'i> {
    /// The module it is imported from: `env`, `GOT.mem`, `GOT.func`, …
    pub module: &'i str,
    /// The symbol.
    pub name: &'i str,
    /// Its type.
    pub ty: ImportType,
}

/// The kind of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// An exception tag.
    Tag,
}

/// An export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Export<'i> {
    /// The symbol.
    pub name: &'i str,
    /// What it is.
    pub kind: ExportKind,
    /// Its index among the module's entities of that kind.
    pub index: u32,
    /// A function: the first slot of table 0 that the element segments put it in. An immutable i32 global: its value,
    /// for a data symbol an address. Otherwise `None`.
    pub place: Option<ExportOffset>,
    /// Whether it was [taken out](super::Options::export_filter) of the export section, so that the slot is the only
    /// way to it.
    pub slimmed: bool,
}

/// A slot of table 0 that an element segment fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSlot {
    /// Where.
    pub place: ExportOffset,
    /// Index of the function.
    pub function: u32,
}

/// The custom section `dylink.0` of a side module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dylink {
    /// Bytes of linear memory to reserve.
    pub memory_size: u32,
    /// Their alignment, as a power of two.
    pub memory_alignment: u32,
    /// Table slots to reserve.
    pub table_size: u32,
    /// Their alignment, as a power of two.
    pub table_alignment: u32,
    /// Libraries to load first.
    pub needed: Vec<String>,
    /// Flags of exported symbols: symbol, flags.
    pub export_flags: Vec<(String, u32)>,
    /// Flags of imported symbols: module, symbol, flags.
    pub import_flags: Vec<(String, String, u32)>,
    /// Where to look for the needed libraries; `$ORIGIN` is the directory of this one.
    pub runtime_paths: Vec<String>,
}

impl Dylink {
    /// Whether an import may stay undefined (and be 0).
    ///
    /// `symbol` belongs to the import module `env`, `GOT.mem` or `GOT.func`; the linker writes `env` for all.
    pub fn is_weak(&self, symbol: &str) -> bool {
        const BINDING: u32 = 3;
        const WEAK: u32 = 1;
        self.import_flags.iter().any(|(_, name, flags)| name == symbol && flags & BINDING == WEAK)
    }
}

/// All that the linker needs to know of a module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleInfo {
    names: String,
    signatures: Vec<WasmSignature>,
    functions: Vec<u32>,
    imports: Vec<ImportEntry>,
    exports: Vec<ExportEntry>,
    slots: Vec<TableSlot>,
    tables: Vec<TableType>,
    memories: Vec<SizeRange>,
    tags: Vec<u32>,
    start: Option<u32>,
    dylink: Option<Dylink>,
}

/// A range of `ModuleInfo::names`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct NameRange {
    start: u32,
    length: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ImportEntry {
    module: NameRange,
    name: NameRange,
    ty: ImportType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ExportEntry {
    name: NameRange,
    kind: ExportKind,
    index: u32,
    place: Option<ExportOffset>,
    slimmed: bool,
}

impl ModuleInfo {
    /// The imports, in the order of the import section.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = Import<'_>> {
        self.imports.iter().map(|entry| Import {
            module: self.name(entry.module),
            name: self.name(entry.name),
            ty: entry.ty,
        })
    }

    /// The exports, sorted by name.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = Export<'_>> {
        self.exports.iter().map(|entry| self.view(entry))
    }

    /// The export with this name.
    pub fn export(&self, name: &str) -> Option<Export<'_>> {
        let found = self.exports.binary_search_by(|entry| self.name(entry.name).cmp(name)).ok()?;
        self.exports.get(found).map(|entry| self.view(entry))
    }

    /// A signature by number.
    pub fn signature(&self, number: u32) -> Option<&WasmSignature> {
        self.signatures.get(usize::try_from(number).ok()?)
    }

    /// The signature of a function, by function index.
    pub fn function_signature(&self, function: u32) -> Option<&WasmSignature> {
        self.signature(*self.functions.get(usize::try_from(function).ok()?)?)
    }

    /// The signature of a tag, by tag index (imported ones first).
    pub fn tag_signature(&self, tag: u32) -> Option<&WasmSignature> {
        self.signature(*self.tags.get(usize::try_from(tag).ok()?)?)
    }

    /// Number of functions, imported ones included.
    pub fn function_count(&self) -> usize {
        self.functions.len()
    }

    /// Number of tags, imported ones included.
    pub fn tag_count(&self) -> usize {
        self.tags.len()
    }

    /// What the element segments put into table 0, in the order in which they do.
    pub fn slots(&self) -> &[TableSlot] {
        &self.slots
    }

    /// All tables, imported ones first.
    pub fn tables(&self) -> &[TableType] {
        &self.tables
    }

    /// All memories, imported ones first; sizes in pages of 64 KiB.
    pub fn memories(&self) -> &[SizeRange] {
        &self.memories
    }

    /// The function that instantiation runs.
    pub fn start(&self) -> Option<u32> {
        self.start
    }

    /// The section `dylink.0`: side modules, and old main modules, have one.
    pub fn dylink(&self) -> Option<&Dylink> {
        self.dylink.as_ref()
    }

    fn view(&self, entry: &ExportEntry) -> Export<'_> {
        Export {
            name: self.name(entry.name),
            kind: entry.kind,
            index: entry.index,
            place: entry.place,
            slimmed: entry.slimmed,
        }
    }

    fn name(&self, range: NameRange) -> &str {
        self.checked_name(range).unwrap_or_default()
    }

    fn checked_name(&self, range: NameRange) -> Option<&str> {
        let start = usize::try_from(range.start).ok()?;
        self.names.get(start..start.checked_add(usize::try_from(range.length).ok()?)?)
    }
}
