//! Whether a module can run, told before anything is compiled: what `inspect` says is what a run is refused for.
//!
//! A module is prepared as a run prepares it, and its imports are looked at as the linker of its kind looks at them.

use pyrun_emscripten_shim::program;
use pyrun_emscripten_shim::program::link::{self, Service};
use pyrun_translate::{Bounds, ExportKind, ImportType, ModuleInfo, ValueType, WasmKind, WasmSignature};

use super::open::Module;
use super::program::imports_nothing;
use super::standalone::{Standalone, room};
use super::{ModuleKind as _, emscripten, wasi};
use crate::compile::prepare;
use crate::limits::Limits;

/// Imports, as `module.name`, that pyrun does not serve.
#[derive(Default)]
pub(crate) struct Lacks {
    pub(crate) missing: Vec<String>,
    pub(crate) to_be_defined: Vec<String>,
}

/// Why a module cannot be run or driven with what the command line gives it, and what would do; `None` when it can be.
pub(crate) fn obstacle(module: &Module, lacks: &Lacks) -> Option<String> {
    if let Some(refusal) = module.refusal() {
        return Some(refusal.to_string());
    }
    let kind = module.wasm_kind();
    // As `ModuleProgram` has it: a command that imports nothing needs no WASI.
    let is_plain = kind == WasmKind::Standalone || kind == WasmKind::WasiCommand && imports_nothing(module);
    let options = match kind {
        _ if is_plain => Standalone.options(),
        WasmKind::WasiCommand | WasmKind::WasiReactor => wasi::options(),
        WasmKind::EmscriptenMain => emscripten::Emscripten.options(),
        // It runs as a part of something else.
        _ => return missing(lacks),
    };
    let info = match prepare(module.name(), &options, module.wasm(), &Bounds::MODULE) {
        Ok(prepared) => prepared.info,
        Err(error) => return Some(error.to_string()),
    };
    let limits = || room(&info, &Limits::default()).err().map(|error| error.to_string());
    let linked = || match kind {
        WasmKind::EmscriptenMain => unlinkable(&info),
        WasmKind::Standalone => missing(lacks).or_else(|| undefined(lacks)),
        _ => missing(lacks),
    };
    let entered = || match kind {
        WasmKind::EmscriptenMain => lacks_room_for_arguments(&info),
        WasmKind::WasiCommand if !is_plain => lacks_start(&info),
        _ => None,
    };
    limits().or_else(linked).or_else(entered)
}

/// What nobody has.
fn missing(lacks: &Lacks) -> Option<String> {
    Some(format!("pyrun does not have {}", listed(&lacks.missing)?))
}

/// What the embedder is to define. Modules of other kinds start without: a function that nobody defines ends them when it is called.
fn undefined(lacks: &Lacks) -> Option<String> {
    let undefined = listed(&lacks.to_be_defined)?;
    Some(format!("its host is to define {undefined} (`InstanceBuilder::host`), and the command line defines nothing"))
}

/// The first one, and how many others there are.
fn listed(names: &[String]) -> Option<String> {
    let (first, others) = names.split_first()?;
    let first = first.escape_debug();
    Some(match others.len() {
        0 => first.to_string(),
        1 => format!("{first} and another import"),
        others => format!("{first} and {others} other imports"),
    })
}

/// The first import that a program of Emscripten's cannot be linked with. `info` is that of the module as it is compiled.
fn unlinkable(info: &ModuleInfo) -> Option<String> {
    let mut imports = info.imports();
    imports.find_map(|import| {
        let (module, name) = (import.module, import.name);
        let what = match import.ty {
            ImportType::Function(number) => {
                let signature = info.signature(number).cloned().unwrap_or_default();
                is_other_type(info, module, name, &signature).then_some("as a function of another type")
            }
            ImportType::Global(global) if link::is_offset(module, global.value == ValueType::I32 && global.mutable) => {
                None
            }
            ImportType::Global(_) => Some("as a global"),
            ImportType::Memory(_) => Some("as a memory"),
            ImportType::Table(_) => Some("as a table"),
            ImportType::Tag(_) => Some("as an exception tag"),
        }?;
        Some(format!("it imports {} {what}, which pyrun does not have", format!("{module}.{name}").escape_debug()))
    })
}

fn is_other_type(info: &ModuleInfo, module: &str, name: &str, signature: &WasmSignature) -> bool {
    matches!(link::service(info, module, name, signature), Service::OtherType)
}

/// WASI's entry takes and returns nothing.
fn lacks_start(info: &ModuleInfo) -> Option<String> {
    let start = signature_of_export(info, "_start")?;
    let is_one = start.params.is_empty() && start.results.is_empty();
    (!is_one).then(|| "its `_start` takes or returns something, which that of WASI programs does not".to_owned())
}

fn signature_of_export<'i>(info: &'i ModuleInfo, name: &str) -> Option<&'i WasmSignature> {
    let export = info.export(name).filter(|export| export.kind == ExportKind::Function)?;
    info.function_signature(export.index)
}

/// A program whose `main` takes a command line needs memory for it.
fn lacks_room_for_arguments(info: &ModuleInfo) -> Option<String> {
    let entry = program::entries().find_map(|name| signature_of_export(info, name))?;
    let has_room = program::ALLOCATORS.iter().any(|name| signature_of_export(info, name).is_some());
    (!entry.params.is_empty() && !has_room)
        .then(|| format!("its `main` takes a command line, and it exports none of {}", program::ALLOCATORS.join(", ")))
}
