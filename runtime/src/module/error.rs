//! What can go wrong with a module that is not Python's.

use std::path::PathBuf;

use super::instance::WasmType;

/// Why a module cannot be opened or used in the way that was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A module that has more of something than is taken of any module that somebody brings
    /// (docs/MODULES.md has the bounds and their reasons).
    #[error("{module} is too large to be compiled: {bound}: {has}, and at most {limit} are taken")]
    TooLarge {
        /// The module.
        module: String,
        /// What it has too much of.
        bound: &'static str,
        /// The most that is taken.
        limit: u64,
        /// What it has, as far as it was counted.
        has: u64,
    },
    /// Compiling it took longer than [`Limits::compile_time`](crate::Limits::compile_time).
    #[error(
        "compiling {module} took more than {limit:?} of processor time: raise the limit `compile`, or build a smaller module"
    )]
    CompileTime {
        /// The module.
        module: String,
        /// The limit.
        limit: std::time::Duration,
    },
    /// A module of a kind that cannot be used in this way; the message says what would do.
    #[error("{what} is {kind}{}{why}", if why.is_empty() { "" } else { ": " })]
    NotSupported {
        /// The module.
        what: String,
        /// What it is.
        kind: String,
        /// Why it cannot be used, and what would do; empty when `kind` says it.
        why: String,
    },
    /// It imports what nobody defines.
    #[error(
        "{module} imports {}, which nobody defines: give them as host functions (`InstanceBuilder::host`, in C `pyrun_wasm_import`)",
        listed(names)
    )]
    MissingImports {
        /// The module.
        module: String,
        /// Module and name of each import.
        names: Vec<String>,
    },
    /// A host function is of another type than the import that it is for.
    #[error("the module imports {name} as {wanted}, but the host function of that name is {is}")]
    ImportType {
        /// Module and name of the import.
        name: String,
        /// The type that the module asks for.
        wanted: String,
        /// The type of the host function.
        is: String,
    },
    /// The engine could not make something that an instance needs.
    #[error("cannot make the {what}: {why}")]
    NotMade {
        /// What.
        what: &'static str,
        /// What the engine says.
        why: String,
    },
    /// There is no export of this name, or it is something else.
    #[error(
        "{module} exports no {wanted} {name:?}{}{}",
        found.map_or(String::new(), |found| format!("; what it exports under this name is a {found}")),
        did_you_mean(near)
    )]
    NoExport {
        /// The module.
        module: String,
        /// The name.
        name: String,
        /// What was asked for: `function`, `global` or `table`.
        wanted: &'static str,
        /// What the export of this name is, if there is one.
        found: Option<&'static str>,
        /// Names that were probably meant.
        near: Vec<String>,
    },
    /// A function is of another type than the Rust type that it was looked up by.
    #[error("{function} is {is}, not {wanted}")]
    Signature {
        /// The function.
        function: String,
        /// The type that was asked for.
        wanted: String,
        /// Its type.
        is: String,
    },
    /// Too few or too many arguments.
    #[error("{function} takes {wanted} {}, not {given}", plural(*wanted, "argument"))]
    ArgumentCount {
        /// The function.
        function: String,
        /// How many were given.
        given: usize,
        /// How many it takes.
        wanted: usize,
    },
    /// An argument that does not fit its parameter. Nothing was called.
    #[error("argument {position} of {function} is {given}, but {} {wanted} takes {takes}", article(*wanted))]
    Argument {
        /// The function.
        function: String,
        /// Which one, counted from 1.
        position: usize,
        /// What was given.
        given: String,
        /// The parameter's type.
        wanted: WasmType,
        /// What that takes.
        takes: &'static str,
    },
    /// A function whose type has vectors or references.
    #[error("{function} takes or gives vectors or references, which are no words of 64 bits: call it by its name")]
    NoWords {
        /// The function.
        function: String,
    },
    /// Too few or too many words.
    #[error("the function takes {params} words and gives {results}, not {given}, with room for {room}")]
    WordCount {
        /// How many arguments were given.
        given: usize,
        /// How many it takes.
        params: usize,
        /// For how many results there is room.
        room: usize,
        /// How many it gives.
        results: usize,
    },
    /// A value that does not fit a global.
    #[error("the global {name} cannot be {given}: {} {wanted} takes {takes}", article(*wanted))]
    Global {
        /// The global.
        name: String,
        /// What was given.
        given: String,
        /// Its type.
        wanted: WasmType,
        /// What that takes.
        takes: &'static str,
    },
    /// A global that cannot be assigned to.
    #[error("the global {name} is a constant")]
    ConstantGlobal {
        /// The global.
        name: String,
    },
    /// A function was called with another instance than its own.
    #[error("the function was looked up in another instance; look it up in this one")]
    OtherInstance,
    /// The module has no memory that can be reached.
    #[error("the module exports no memory; link it with one that is exported, e.g. `--export-memory`")]
    NoMemory,
    /// Memory that cannot grow.
    #[error(
        "the memory has {has} pages of 64 KiB and cannot grow by {pages}: its own maximum or the limit is below that"
    )]
    Growth {
        /// Pages that it has.
        has: u32,
        /// Pages that were asked for.
        pages: u32,
    },
    /// An access outside memory. Nothing was read or written.
    #[error("{length} bytes at address {address:#x} lie outside the memory of {size} bytes")]
    OutOfBounds {
        /// Where.
        address: u32,
        /// How many bytes.
        length: usize,
        /// Bytes that the memory has.
        size: usize,
    },
    /// Elements that are not aligned cannot be viewed in place.
    #[error("the elements at address {address:#x} are not aligned for {element}: copy them instead")]
    Unaligned {
        /// Where.
        address: u32,
        /// NumPy's name of their type.
        element: &'static str,
    },
    /// No NUL ends the string.
    #[error("no NUL ends the string at address {address:#x}")]
    NoNul {
        /// Where it begins.
        address: u32,
    },
    /// A text that is not UTF-8.
    #[error("the {length} bytes at address {address:#x} are not UTF-8")]
    NotText {
        /// Where.
        address: u32,
        /// How many bytes.
        length: usize,
    },
    /// Nothing says which memory is free.
    #[error(
        "the module exports neither `malloc` nor `__heap_base`, so nothing says which of its memory is free: name it with \
         `ModuleInstance::use_arena`"
    )]
    NoAllocator,
    /// The arena comes too late.
    #[error("something was allocated already; name the arena before")]
    AllocatorChosen,
    /// No memory is left for an allocation.
    #[error("the module has no room for {bytes} bytes: its memory cannot grow further")]
    NoRoom {
        /// How many bytes were asked for.
        bytes: u32,
    },
    /// Room that was not given out.
    #[error("nothing was allocated at address {address:#x}")]
    NotAllocated {
        /// The address.
        address: u32,
    },
    /// A type that only NumPy has.
    #[error("only NumPy has arrays of {element}: make it importable")]
    NeedsNumPy {
        /// NumPy's name of the type.
        element: &'static str,
    },
    /// The two sides of a shared array are not of one length any more.
    #[error("{from} bytes cannot be copied to {to}")]
    OtherLength {
        /// Bytes of the side that is copied.
        from: usize,
        /// Bytes of the other one.
        to: usize,
    },
    /// The description of a struct cannot be read.
    #[error("the description of the struct is wrong at byte {at}: {why}")]
    Layout {
        /// Where in the description, in bytes.
        at: usize,
        /// What is wrong, or what should be there.
        why: String,
    },
    /// A struct has no such field, or it cannot be written in this way.
    #[error("the field {path:?}: {why}")]
    Field {
        /// The path to the field.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// The module does not export what the call needs.
    #[error(
        "the module does not export {name} as Emscripten's modules do, and this needs it; link it with `-sEXPORTED_FUNCTIONS`"
    )]
    Lacks {
        /// The name.
        name: String,
    },
    /// A file that comes with a module cannot be used.
    #[error("{}, which comes with the module, cannot be used: {why}", path.display())]
    Beside {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// MicroPython has no such option.
    #[error(
        "MicroPython has no option -X {option}; there is `heapsize=BYTES`, from 16k on, with `k` or `m` behind the number"
    )]
    MicroPythonOption {
        /// The option.
        option: String,
    },
    /// MicroPython's heap finds no room.
    #[error("there is no room for a heap of {bytes} bytes; the largest that fits is {} KiB (heapsize={}k)", largest >> 10, largest >> 10)]
    MicroPythonHeap {
        /// How many bytes were asked for.
        bytes: u32,
        /// How many there may be, within the module's own maximum and the limit of memory.
        largest: u32,
    },
    /// A line of a file of names that cannot be read.
    #[error("line {line} of the names, {text:?}, is not `import SHORT MODULE.NAME` or `export SHORT NAME`")]
    Names {
        /// Which line, counted from 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// A file of names that is too long to be one.
    #[error("the names take {bytes} bytes, and a file of names has at most {limit}")]
    TooManyNames {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The names are another module's.
    #[error("the names do not have all imports of {module}, so they are another module's")]
    OtherNames {
        /// The module.
        module: String,
    },
    /// A file operation of a guest's failed.
    #[error("cannot {action} {what}: {why}")]
    Errno {
        /// What was asked for.
        action: &'static str,
        /// The path, or the descriptor.
        what: String,
        /// The errno's name, such as `NoEnt`.
        errno: &'static str,
        /// What it means.
        why: &'static str,
    },
    /// A shared library cannot be loaded.
    #[error("cannot load the library {path}: {why}")]
    Library {
        /// Its path in the guest.
        path: String,
        /// What `dlerror` would say.
        why: String,
    },
    /// Only instances of Emscripten's modules have C's functions.
    #[error("{module} is no module of Emscripten's, so it has no C functions by these names; call its exports")]
    NoEmscripten {
        /// The module.
        module: String,
    },
    /// A host function failed, and with it the call.
    #[error("{function}: {message}")]
    HostFunction {
        /// Module and name by which it is imported.
        function: String,
        /// What it says.
        message: String,
    },
}

/// Limit: names that a message lists.
const SHOWN_NAMES: usize = 5;

fn listed(names: &[String]) -> String {
    let mut text = names.iter().take(SHOWN_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN_NAMES {
        text.push_str(&format!(" and {} more", names.len() - SHOWN_NAMES));
    }
    text
}

fn did_you_mean(near: &[String]) -> String {
    match near {
        [] => String::new(),
        some => format!("; did you mean {}?", some.iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(" or ")),
    }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The article before a type's name.
const fn article(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::I64 | WasmType::F32 | WasmType::F64 => "an",
        _ => "a",
    }
}
