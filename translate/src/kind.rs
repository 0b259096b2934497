//! What a file is, told from its first bytes, its imports and its exports.
//!
//! [`WasmKind::of`] collects a few facts in one pass over the sections (function bodies are skipped) and takes the first row of
//! [`KINDS`] that holds. To teach it another kind, add a row there, an example to `tests`, and, if it runs, a variant.
//!
//! Invariants: no input makes it panic; it takes time and memory in proportion to the input at most; it does not validate, so
//! a file that has a kind may still be refused by [`translate`](crate::translate) or [`validate`](crate::validate).

use core::fmt;
use std::collections::HashSet;

use wasmparser::{BinaryReader, Chunk, ExternalKind, Import, KnownCustom, MemoryType, Parser, Payload, TypeRef};

use super::error::{Result, TranslateError};
use super::module;

#[cfg(test)]
mod tests;

/// What a file is. `Display` says it in words that fit after "is".
///
/// # Examples
/// ```
/// use pyrun_translate::{Refusal, WasmKind};
///
/// let side_module = wat::parse_str(r#"(module (@custom "dylink.0" (before first) "") (import "env" "memory" (memory 1)))"#)?;
/// assert_eq!(WasmKind::of(&side_module), WasmKind::EmscriptenSide);
///
/// let threads = wat::parse_str(r#"(module (import "env" "memory" (memory 1 2 shared)))"#)?;
/// assert_eq!(WasmKind::of(&threads), WasmKind::Refused(Refusal::SharedMemory));
///
/// assert_eq!(WasmKind::of(b"PK\x03\x04").to_string(), "not a WebAssembly module, but a zip archive");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WasmKind {
    /// The main module of a Pyodide release: CPython.
    PyodideMain,
    /// A program or library of Emscripten's that needs Emscripten's imports.
    EmscriptenMain,
    /// A shared library of Emscripten's (`dylink.0`), which a main module loads.
    EmscriptenSide,
    /// A WASI preview 1 program: `_start` runs it.
    WasiCommand,
    /// A WASI preview 1 library: `_initialize`, if there is one, comes before any other call.
    WasiReactor,
    /// A program or library that needs the interface of WASIX.
    Wasix,
    /// A module that needs no known interface. What it imports, if anything, is for the host to define.
    Standalone,
    /// A component, not a core module.
    Component,
    /// Not WebAssembly; what it looks like instead.
    NotWasm(&'static str),
    /// A module that cannot run here.
    Refused(Refusal),
}

/// Why a module cannot run here. `Display` gives the reason and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The sections, the imports or the exports cannot be read.
    Malformed {
        /// Byte offset in the file.
        offset: u64,
    },
    /// A relocatable object file, before linking.
    ObjectFile,
    /// A shared library in the form that preceded `dylink.0`.
    OldDylink,
    /// A memory is shared between threads.
    SharedMemory,
    /// A memory has 64-bit addresses.
    Memory64,
    /// The names of Emscripten's imports are minified.
    MinifiedImports,
    /// Built with Asyncify, which JavaScript drives.
    Asyncify,
    /// Built for the interface before WASI preview 1.
    WasiUnstable,
    /// A core module that is meant to become part of a component.
    ComponentPart,
    /// Needs JavaScript that another toolchain generates.
    JavaScript(&'static str),
}

impl fmt::Display for WasmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PyodideMain => "the main module of a Pyodide release (CPython)",
            Self::EmscriptenMain => "an Emscripten program or library",
            Self::EmscriptenSide => "an Emscripten side module (a shared library)",
            Self::WasiCommand => "a WASI preview 1 command (a program)",
            Self::WasiReactor => "a WASI preview 1 reactor (a library)",
            Self::Wasix => "a WASIX module",
            Self::Standalone => "a standalone module",
            Self::Component => "a WebAssembly component",
            Self::NotWasm(found) => return write!(f, "not a WebAssembly module, but {found}"),
            Self::Refused(why) => return write!(f, "a module that cannot run here: {why}"),
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed { offset } => {
                return write!(f, "it is malformed at byte {offset:#x}; fetch the file again or check its hash");
            }
            Self::ObjectFile => "it is an object file; link it first",
            Self::OldDylink => "it is a shared library of an Emscripten before 2.0.26; build it with a newer one",
            Self::SharedMemory => "it uses threads (shared memory); build it without `-pthread`",
            Self::Memory64 => "its memory has 64-bit addresses; build it for wasm32",
            Self::MinifiedImports => {
                "the names of its imports are minified, so only its own JavaScript knows them: have that beside it, \
                 give its names with `--names`, or link it with `-O1`"
            }
            Self::Asyncify => "it is built with Asyncify, which needs JavaScript; build it without",
            Self::WasiUnstable => {
                "it needs WASI's `wasi_unstable`, which preceded preview 1; build it with a newer WASI SDK"
            }
            Self::ComponentPart => {
                "it needs interfaces of WASI preview 2, so it is meant for a component; build it for preview 1"
            }
            Self::JavaScript(toolchain) => {
                return write!(f, "it needs JavaScript made by {toolchain}; build it for WASI instead");
            }
        })
    }
}

impl WasmKind {
    /// Says what a file is. `file` is all of it; any bytes will do.
    pub fn of(file: &[u8]) -> Self {
        if let Some(found) = module::not_a_module(file) {
            return if Parser::is_component(file) { Self::Component } else { Self::NotWasm(found) };
        }
        match Facts::collect(file) {
            Err(offset) => Self::Refused(Refusal::Malformed { offset }),
            Ok(facts) => (KINDS.iter().find(|(_, holds)| holds(&facts))).map_or(Self::Standalone, |(kind, _)| *kind),
        }
    }
}

/// Whether a module is of a kind.
type Test = fn(&Facts<'_>) -> bool;

/// The kinds, each with the test for it. The first that holds is it, so what is more special comes first.
const KINDS: &[(WasmKind, Test)] = &[
    (WasmKind::Refused(Refusal::ObjectFile), |module| module.sections.linking),
    (WasmKind::Refused(Refusal::OldDylink), |module| module.sections.old_dylink),
    // WASIX has threads, so its shared memory is no reason to refuse it.
    (WasmKind::Wasix, |module| module.imports_from(|from| matches!(from, "wasix_32v1" | "wasix_64v1"))),
    (WasmKind::Refused(Refusal::SharedMemory), |module| {
        module.shared_memory || module.imports_from(|from| from == "wasi")
    }),
    (WasmKind::Refused(Refusal::Memory64), |module| module.memory64),
    (WasmKind::Refused(Refusal::WasiUnstable), |module| module.imports_from(|from| from == "wasi_unstable")),
    (WasmKind::Refused(Refusal::ComponentPart), |module| module.imports_from(|from| from.starts_with("wasi:"))),
    (WasmKind::Refused(Refusal::JavaScript("wasm-bindgen")), |module| {
        module.imports_from(|from| from == "wbg" || from.starts_with("__wbindgen_") || from.ends_with("_bg.js"))
    }),
    (WasmKind::Refused(Refusal::JavaScript("Go")), |module| module.imports_from(|from| matches!(from, "gojs" | "go"))),
    (WasmKind::Refused(Refusal::MinifiedImports), |module| module.is_minified()),
    (WasmKind::EmscriptenSide, |module| module.sections.dylink && !module.is_linked_with_a_runtime()),
    (WasmKind::PyodideMain, |module| module.exports(&["PyInit__pyodide_core"])),
    // Before Asyncify: a WASI module that uses it drives it by itself, as TinyGo's and Ruby's do.
    (WasmKind::WasiCommand, |module| module.is_wasi() && module.exports(&["_start"])),
    (WasmKind::WasiReactor, |module| module.is_wasi() && module.exports(&["_initialize"])),
    (WasmKind::Refused(Refusal::Asyncify), |module| module.exports(&["asyncify_start_unwind"])),
    (WasmKind::EmscriptenMain, |module| module.needs_emscripten() || module.is_linked_with_a_runtime()),
    (WasmKind::WasiReactor, |module| module.imports_from(|from| from == WASI)),
];

const WASI: &str = "wasi_snapshot_preview1";

/// Functions of Emscripten's runtime that only main modules have, and that their glue needs. One of them is in each.
const RUNTIME: &[&str] = &[
    "emscripten_stack_get_current",
    "_emscripten_stack_restore",
    "_emscripten_stack_alloc",
    "stackSave",
    "stackRestore",
    "stackAlloc",
    "setThrew",
];

/// What is looked at of a module.
#[derive(Default)]
struct Facts<'a> {
    /// The module and the name of each imported function.
    imports: Vec<(&'a str, &'a str)>,
    /// The module and the name of everything else that is imported.
    other_imports: Vec<(&'a str, &'a str)>,
    /// The modules that anything is imported from.
    import_modules: HashSet<&'a str>,
    /// The names of the exported functions.
    exports: HashSet<&'a str>,
    sections: Sections,
    defines_memory: bool,
    shared_memory: bool,
    memory64: bool,
}

/// Custom sections that tell something. Only those that can be read count: to WebAssembly itself what a custom section holds never
/// makes a module another, or invalid.
#[derive(Default)]
struct Sections {
    dylink: bool,
    old_dylink: bool,
    linking: bool,
}

impl<'a> Facts<'a> {
    /// Reads the sections. An error is the offset of what cannot be read.
    fn collect(wasm: &'a [u8]) -> core::result::Result<Self, u64> {
        let mut facts = Self::default();
        facts.read(wasm).map_err(|error| match error {
            TranslateError::Decode(error) => error.offset(),
            TranslateError::Malformed { offset, .. } => offset,
            _ => 0,
        })?;
        Ok(facts)
    }

    fn read(&mut self, wasm: &'a [u8]) -> Result<()> {
        let mut parser = Parser::new(0);
        let mut rest = wasm;
        loop {
            let Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else {
                return Err(TranslateError::malformed(parser.offset(), "cut off"));
            };
            rest = rest.get(consumed..).unwrap_or_default();
            if let Payload::CodeSectionStart { size, range, .. } = &payload {
                let skipped = usize::try_from(*size).ok().and_then(|size| rest.get(size..));
                rest = skipped.ok_or_else(|| TranslateError::malformed(range.start, "cut off"))?;
                parser.skip_section();
            }
            if matches!(payload, Payload::End(_)) {
                return Ok(());
            }
            self.payload(payload)?;
        }
    }

    fn payload(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    self.import(&import?);
                }
            }
            Payload::MemorySection(reader) => {
                for memory in reader {
                    self.memory(&memory?);
                    self.defines_memory = true;
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                        self.exports.insert(export.name);
                    }
                }
            }
            Payload::CustomSection(section) => match section.name() {
                "dylink.0" => self.sections.dylink |= module::is_dylink(&section),
                "dylink" => self.sections.old_dylink |= is_old_dylink(section.data()),
                "linking" => self.sections.linking |= matches!(section.as_known(), KnownCustom::Linking(_)),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: &Import<'a>) {
        self.import_modules.insert(import.module);
        let all = match import.ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => &mut self.imports,
            _ => &mut self.other_imports,
        };
        all.push((import.module, import.name));
        if let TypeRef::Memory(memory) = &import.ty {
            self.memory(memory);
        }
    }

    fn memory(&mut self, memory: &MemoryType) {
        self.shared_memory |= memory.shared;
        self.memory64 |= memory.memory64;
    }

    fn imports_from(&self, is: impl Fn(&str) -> bool) -> bool {
        self.import_modules.iter().any(|module| is(module))
    }

    /// Whether one of these functions is exported.
    fn exports(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.exports.contains(name))
    }

    /// Whether nothing but WASI is needed. Without any import, the names of exports have to tell.
    fn is_wasi(&self) -> bool {
        self.imports_from(|from| from == WASI) && !self.needs_emscripten() || self.import_modules.is_empty()
    }

    /// Whether functions are imported that only Emscripten's JavaScript has.
    fn needs_emscripten(&self) -> bool {
        self.imports.iter().any(|(module, name)| *module == "env" && is_emscriptens(name))
    }

    /// Whether this is what others are linked to, not a shared library.
    fn is_linked_with_a_runtime(&self) -> bool {
        self.exports(RUNTIME) || self.sections.dylink && self.defines_memory
    }

    /// Whether the names of imports are those that Emscripten's optimiser gives: `a`, `b`, `c` and so on, from a module `a` or,
    /// in part, from `env`. A few short names from `env` may be anybody's.
    fn is_minified(&self) -> bool {
        const FEW: usize = 4;
        let from = |module| self.imports.iter().filter(move |(from, _)| *from == module).map(|(_, name)| *name);
        // A memory or a table may have the first name.
        let first_of_others = |module| self.other_imports.contains(&(module, "a"));
        let minified = |least: usize, module: &'static str| {
            let (mut count, mut begins) = (0, first_of_others(module));
            for name in from(module) {
                (count, begins) = (count + 1, begins || name == "a");
                if name.len() > 2 {
                    return false;
                }
            }
            begins && count >= least
        };
        minified(1, "a") || minified(FEW, "env")
    }
}

/// Whether the section `dylink` has what it had: sizes and alignments of memory and table, and the names of the libraries that are needed.
fn is_old_dylink(data: &[u8]) -> bool {
    let mut reader = BinaryReader::new(data, 0);
    let sizes = (0..4).all(|_| reader.read_var_u32().is_ok());
    sizes && reader.read_var_u32().is_ok_and(|needed| (0..needed).all(|_| reader.read_string().is_ok()))
}

fn is_emscriptens(name: &str) -> bool {
    const BEGINNINGS: [&str; 6] = ["emscripten_", "_emscripten_", "__syscall_", "invoke_", "_embind_", "_emval_"];
    const NAMES: [&str; 2] = ["__cxa_throw", "__assert_fail"];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || name.starts_with('_') && name.ends_with("_js")
        || NAMES.contains(&name)
}
