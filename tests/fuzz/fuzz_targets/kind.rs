//! What a file is: any bytes, modules of the sections and names that tell kinds apart, and what is left of them when they are
//! damaged. No input panics, sections that say nothing change nothing, and what is called malformed is no valid module.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyrun_translate::{Options, Refusal, WasmKind, inspect, translate, validate};
use wasm_encoder::{
    CodeSection, CustomSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    MemorySection, MemoryType, Module, TypeSection,
};

/// Module names and prefixes that the table of kinds knows, and a few that it does not.
const MODULES: [&str; 13] = [
    "env",
    "wasi_snapshot_preview1",
    "wasi_unstable",
    "wasix_32v1",
    "wasix_64v1",
    "wasi",
    "wasi:cli/run",
    "wbg",
    "__wbindgen_x",
    "x_bg.js",
    "gojs",
    "a",
    "other",
];
const NAMES: [&str; 16] = [
    "a",
    "b",
    "c",
    "d",
    "memory",
    "invoke_vi",
    "emscripten_resize_heap",
    "__syscall_openat",
    "_abort_js",
    "__cxa_throw",
    "fd_write",
    "_start",
    "_initialize",
    "stackSave",
    "asyncify_start_unwind",
    "PyInit__pyodide_core",
];
const SECTIONS: [&str; 5] = ["dylink.0", "dylink", "linking", "name", "producers"];

fuzz_target!(|bytes: &[u8]| {
    name(bytes);
    let mut wasm = module(bytes);
    let kind = name(&wasm);
    assert!(!matches!(kind, WasmKind::NotWasm(_) | WasmKind::Component), "it is a module");
    // A section that nobody knows says nothing.
    let mut more = wasm.clone();
    more.extend([0, 3, 1, b'x', 0]);
    assert_eq!(WasmKind::of(&more), kind);

    // Damaged, then cut off.
    if let [.., position, value, cut] = bytes {
        let position = usize::from(*position) * wasm.len() / 256;
        if let Some(byte) = wasm.get_mut(position) {
            *byte = *value;
        }
        name(&wasm);
        wasm.truncate(usize::from(*cut) * wasm.len() / 256);
        name(&wasm);
    }
});

/// The kind, which can be shown, and does not contradict the other readers.
fn name(file: &[u8]) -> WasmKind {
    let kind = WasmKind::of(file);
    assert!(!kind.to_string().is_empty());
    match kind {
        WasmKind::NotWasm(_) | WasmKind::Component => {
            assert!(inspect(file).is_err() && translate(file, &Options::default()).is_err());
        }
        WasmKind::Refused(Refusal::Malformed { offset }) => {
            assert!(offset <= file.len() as u64, "it is malformed beyond its end");
            assert!(validate(file).is_err(), "it is valid");
        }
        _ => {}
    }
    kind
}

/// A module whose parts the bytes choose: custom sections, imports, memories, exports.
fn module(bytes: &[u8]) -> Vec<u8> {
    let mut decisions = bytes.iter().copied().map(usize::from);
    let mut next = || decisions.next().unwrap_or_default();
    let mut module = Module::new();
    for _ in 0..next() % 3 {
        let name = SECTIONS[next() % SECTIONS.len()];
        module.section(&CustomSection { name: name.into(), data: (&[][..]).into() });
    }
    let mut types = TypeSection::new();
    types.ty().function([], []);
    module.section(&types);
    let mut imports = ImportSection::new();
    let mut imported = 0;
    for _ in 0..next() % 8 {
        let (module, name) = (MODULES[next() % MODULES.len()], NAMES[next() % NAMES.len()]);
        let choice = next();
        if choice % 8 == 0 {
            imports.import(module, name, EntityType::Memory(memory(choice)));
        } else {
            imports.import(module, name, EntityType::Function(0));
            imported += 1;
        }
    }
    module.section(&imports);
    let mut functions = FunctionSection::new();
    functions.function(0);
    module.section(&functions);
    let mut memories = MemorySection::new();
    for _ in 0..next() % 2 {
        memories.memory(memory(next()));
    }
    module.section(&memories);
    let mut exports = ExportSection::new();
    for _ in 0..next() % 4 {
        exports.export(NAMES[next() % NAMES.len()], ExportKind::Func, imported);
    }
    module.section(&exports);
    let mut code = CodeSection::new();
    let mut body = Function::new([]);
    body.instructions().end();
    code.function(&body);
    module.section(&code);
    module.finish()
}

fn memory(choice: usize) -> MemoryType {
    let (shared, memory64) = (choice & 8 != 0, choice & 16 != 0);
    MemoryType { minimum: 1, maximum: shared.then_some(2), memory64, shared, page_size_log2: None }
}
