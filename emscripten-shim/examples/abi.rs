//! Prints the interface of a release as TOML: `cargo run --example abi -- 314.0.3 <folder of its files> >
//! abi/314.0.3.toml`. The folder holds the files of [`FILES`], as the npm package does.

use std::collections::BTreeMap;
use std::path::Path;

use pyrun_emscripten_shim::FAMILIES;
use sha2::{Digest, Sha256};
use wasmparser::{Export, ExternalKind, FuncType, Operator, Parser, Payload, TypeRef, ValType};

/// What the runtime needs of a release.
const FILES: [&str; 3] = ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

/// Data that the host reads or writes; the addresses are only for checking.
const DATA: [&str; 14] = [
    "Jsr_error",
    "Jsr_false",
    "Jsr_novalue",
    "Jsr_true",
    "Jsr_undefined",
    "Py_EMSCRIPTEN_SIGNAL_HANDLING",
    "Py_Version",
    "_PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET",
    "_PyRuntime",
    "_Py_emscripten_signal_clock",
    "_Py_emscripten_signal_in_memory",
    "__heap_base",
    "__stack_high",
    "__stack_low",
];

/// Families that other modules and crates supply.
const OTHERS: [(&str, &[&str]); 5] = [
    ("dynamic linking", &["_dlopen_js", "_dlsym_js", "_emscripten_dlopen_js"]),
    ("libffi", &["ffi_call_js", "ffi_closure_alloc_js", "ffi_closure_free_js", "ffi_prep_closure_loc_js"]),
    (
        "cpython",
        &[
            "_PyEM_TrampolineCall_JS",
            "_Py_CheckEmscriptenSignals_Helper",
            "_Py_emscripten_runtime",
            "emscripten_log_impl_js",
            "emscripten_set_up_async_input_device_js",
        ],
    ),
    (
        "Pyodide's socket hooks",
        &[
            "_maybe_connect_async",
            "_maybe_poll_async",
            "_maybe_recvfrom_async",
            "_maybe_sendto_async",
            "_try_fcntl64",
            "_try_shutdown",
        ],
    ),
    ("build artefact", &["pyodide_js_init"]),
];

type Error = Box<dyn std::error::Error>;

/// The interface of one module.
#[derive(Default)]
struct Abi {
    types: Vec<FuncType>,
    /// By family, `module.name` and its type.
    families: BTreeMap<&'static str, BTreeMap<String, String>>,
    functions: usize,
    got_functions: usize,
    got_data: usize,
    /// Constant values of the module's own globals, by index.
    globals: Vec<Option<i32>>,
    exports: usize,
    data: BTreeMap<String, i32>,
}

fn family_of(module: &str, name: &str) -> &'static str {
    let ours = FAMILIES.iter().find(|family| family.find(module, name).is_some());
    let others = || OTHERS.iter().find(|(_, names)| names.contains(&name)).map(|(family, _)| *family);
    ours.map(|family| family.name).or_else(others).unwrap_or("bridge")
}

/// `iij:f`: a letter per parameter and result; `j` is i64, `e` externref.
fn compact(ty: &FuncType) -> Result<String, Error> {
    let letter = |ty: &ValType| match ty {
        ValType::I32 => Ok('i'),
        ValType::I64 => Ok('j'),
        ValType::F32 => Ok('f'),
        ValType::F64 => Ok('d'),
        ty if *ty == ValType::EXTERNREF => Ok('e'),
        other => Err(format!("no letter for {other}")),
    };
    let params = ty.params().iter().map(letter).collect::<Result<String, _>>()?;
    let results = ty.results().iter().map(letter).collect::<Result<String, _>>()?;
    Ok(format!("{params}:{results}"))
}

impl Abi {
    fn read(module: &[u8]) -> Result<Self, Error> {
        let mut abi = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(types) => {
                    for ty in types.into_iter_err_on_gc_types() {
                        abi.types.push(ty?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        abi.import(import.module, import.name, import.ty)?;
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        let mut init = global?.init_expr.get_operators_reader();
                        abi.globals.push(match init.read()? {
                            Operator::I32Const { value } => Some(value),
                            _ => None,
                        });
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        abi.export(export?);
                    }
                }
                _ => {}
            }
        }
        Ok(abi)
    }

    fn import(&mut self, module: &str, name: &str, ty: TypeRef) -> Result<(), Error> {
        match (module, ty) {
            (_, TypeRef::Func(index)) => {
                let ty = self.types.get(index as usize).ok_or("a type index out of range")?;
                let family = self.families.entry(family_of(module, name)).or_default();
                family.insert(format!("{module}.{name}"), compact(ty)?);
                self.functions += 1;
            }
            ("GOT.func", TypeRef::Global(_)) => self.got_functions += 1,
            ("GOT.mem", TypeRef::Global(_)) => self.got_data += 1,
            (_, other) => return Err(format!("import {module}.{name} is {other:?}").into()),
        }
        Ok(())
    }

    fn export(&mut self, export: Export<'_>) {
        self.exports += 1;
        if export.kind == ExternalKind::Global && DATA.contains(&export.name) {
            let own = (export.index as usize).checked_sub(self.got_functions + self.got_data);
            if let Some(Some(value)) = own.and_then(|index| self.globals.get(index)) {
                self.data.insert(export.name.to_owned(), *value);
            }
        }
    }
}

fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let (Some(version), Some(folder)) = (args.next(), args.next()) else {
        return Err("usage: abi <version> <folder of the release's files>".into());
    };
    println!("# What Pyodide {version} imports, and where its data lies. Made by emscripten-shim/examples/abi.rs.");
    println!("# Types: parameters, a colon, results; i = i32, j = i64, f = f32, d = f64, e = externref.\n");
    println!("version = \"{version}\"\nera = \"self-contained\"\n\n[sha256]");
    for file in FILES {
        let digest = Sha256::digest(std::fs::read(Path::new(&folder).join(file))?);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("\"{file}\" = \"{hex}\"");
    }
    let abi = Abi::read(&std::fs::read(Path::new(&folder).join(FILES[0]))?)?;
    println!("\n[counts]\nfunction_imports = {}", abi.functions);
    println!("got_func = {}\ngot_mem = {}\nexports = {}", abi.got_functions, abi.got_data, abi.exports);
    println!("\n[data]");
    for (name, address) in &abi.data {
        println!("{name} = {address}");
    }
    for (family, imports) in &abi.families {
        println!("\n[imports.\"{family}\"]");
        for (import, ty) in imports {
            println!("\"{import}\" = \"{ty}\"");
        }
    }
    Ok(())
}
