//! The interface of a release, read from its main module.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pyrun::home::Home;
use pyrun_emscripten_shim::{Family, families};
use pyrun_pyodide_loader::imports::{bridge, cpython, socket_hooks};
use pyrun_pyodide_loader::{Era, RELEASES};
use sha2::{Digest as _, Sha256};
use wasmparser::{Export, ExternalKind, FuncType, Operator, Parser, Payload, TypeRef, ValType};

use crate::repository;

/// What the runtime needs of a release.
const FILES: [&str; 3] = ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

/// Data that the host reads or writes; the addresses are only for checking, and relative before 314.
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

/// Every family that some release has.
pub(crate) const ALL: &[&[&Family]] = &[
    families::FAMILIES,
    families::BEFORE_314,
    families::BEFORE_0_28,
    families::FROM_315,
    &[&cpython::CPYTHON, &cpython::BEFORE_314, &socket_hooks::PYODIDE_SOCKET_HOOKS],
];

/// By family, `module.name` and its type.
pub(crate) type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// The interface of one module.
#[derive(Default)]
struct Abi {
    types: Vec<FuncType>,
    families: Imports,
    functions: usize,
    got_functions: usize,
    got_data: usize,
    /// Other imported globals, which come first in the index space as well.
    other_globals: usize,
    imports_memory: bool,
    /// Constant values of the module's own globals, by index.
    globals: Vec<Option<i32>>,
    exports: usize,
    data: BTreeMap<String, i32>,
}

fn family_of(module: &str, name: &str) -> &'static str {
    let known = ALL.iter().flat_map(|set| set.iter()).find(|family| family.find(module, name).is_some());
    match known {
        Some(family) => family.name,
        None if name.starts_with("invoke_") => "invoke",
        // Carries JavaScript text and is called by an unused export alone.
        None if name == "pyodide_js_init" => "build artefact",
        None if bridge::is_bridge(module, name) || bridge::HIWIRE.find(module, name).is_some() => "bridge",
        None => "unknown",
    }
}

/// `iij:f`: a letter per parameter and result; `j` is i64, `e` externref.
fn compact(ty: &FuncType) -> Result<String, Box<dyn Error>> {
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
    fn read(module: &[u8]) -> Result<Self, Box<dyn Error>> {
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

    fn import(&mut self, module: &str, name: &str, ty: TypeRef) -> Result<(), Box<dyn Error>> {
        match (module, ty) {
            (_, TypeRef::Func(index)) => {
                let ty = self.types.get(index as usize).ok_or("a type index out of range")?;
                let family = self.families.entry(family_of(module, name).to_owned()).or_default();
                family.insert(format!("{module}.{name}"), compact(ty)?);
                self.functions += 1;
            }
            ("GOT.func", TypeRef::Global(_)) => self.got_functions += 1,
            ("GOT.mem", TypeRef::Global(_)) => self.got_data += 1,
            (_, TypeRef::Global(_)) => self.other_globals += 1,
            (_, TypeRef::Memory(_)) => self.imports_memory = true,
            (_, TypeRef::Table(_) | TypeRef::Tag(_)) => {}
            (_, other) => return Err(format!("import {module}.{name} is {other:?}").into()),
        }
        Ok(())
    }

    fn export(&mut self, export: Export<'_>) {
        self.exports += 1;
        if export.kind == ExternalKind::Global && DATA.contains(&export.name) {
            let imported = self.got_functions + self.got_data + self.other_globals;
            let own = (export.index as usize).checked_sub(imported);
            if let Some(Some(value)) = own.and_then(|index| self.globals.get(index)) {
                self.data.insert(export.name.to_owned(), *value);
            }
        }
    }

    fn era(&self) -> Era {
        match self.imports_memory {
            true if self.families.contains_key("invoke") => Era::JsExceptions,
            true => Era::WasmExceptions,
            false => Era::SelfContained,
        }
    }

    fn to_toml(&self, version: &str, folder: &Path) -> Result<String, Box<dyn Error>> {
        let mut text = format!(
            "# What Pyodide {version} imports, and where its data lies. Made by `cargo xtask abi`.\n\
             # Types: parameters, a colon, results; i = i32, j = i64, f = f32, d = f64, e = externref.\n\n\
             version = \"{version}\"\nera = \"{}\"\n\n[sha256]\n",
            self.era().name()
        );
        for file in FILES {
            let digest = Sha256::digest(std::fs::read(folder.join(file))?);
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(text, "\"{file}\" = \"{hex}\"")?;
        }
        writeln!(text, "\n[counts]\nfunction_imports = {}", self.functions)?;
        writeln!(text, "got_func = {}\ngot_mem = {}\nexports = {}", self.got_functions, self.got_data, self.exports)?;
        writeln!(text, "\n[data]")?;
        for (name, address) in &self.data {
            writeln!(text, "{name} = {address}")?;
        }
        for (family, imports) in &self.families {
            writeln!(text, "\n[imports.\"{family}\"]")?;
            for (import, ty) in imports {
                writeln!(text, "\"{import}\" = \"{ty}\"")?;
            }
        }
        Ok(text)
    }
}

/// The imports that `abi/` says a release has.
pub(crate) fn recorded(version: &str) -> Result<Imports, Box<dyn Error>> {
    let path = repository(&format!("pyodide-loader/releases/{version}/release.toml"));
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let table: toml::Table = text.parse()?;
    Ok(table.get("imports").cloned().unwrap_or_else(|| toml::Table::new().into()).try_into()?)
}

pub(crate) fn run(version: &str, folder: Option<PathBuf>, against: Option<String>) -> Result<(), Box<dyn Error>> {
    let folder = match folder {
        Some(folder) => folder,
        None => Home::locate()?.release(version)?.path().to_owned(),
    };
    let module = folder.join(FILES[0]);
    let module = std::fs::read(&module).map_err(|error| format!("{}: {error}", module.display()))?;
    let abi = Abi::read(&module)?;
    let before = RELEASES.iter().map(|release| release.version).take_while(|known| *known != version).last();
    if let Some(other) = against.as_deref().or(before) {
        println!("{version} ({}), against {other}:", abi.era().name());
        print!("{}", differences(&recorded(other)?, &abi.families)?);
    }
    let path = repository(&format!("pyodide-loader/releases/{version}/release.toml"));
    std::fs::write(&path, abi.to_toml(version, &folder)?)?;
    println!("wrote {}", path.display());
    Ok(())
}

/// Lines for what is new, gone or changed, by family.
fn differences(old: &Imports, new: &Imports) -> Result<String, std::fmt::Error> {
    let flat = |imports: &Imports| -> BTreeMap<String, (String, String)> {
        let of = |(family, imports): (&String, &BTreeMap<String, String>)| {
            let entry = |(name, ty): (&String, &String)| (name.clone(), (family.clone(), ty.clone()));
            imports.iter().map(entry).collect::<Vec<_>>()
        };
        imports.iter().flat_map(of).collect()
    };
    let (old, new) = (flat(old), flat(new));
    let mut by_family: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, (family, ty)) in &new {
        match old.get(name) {
            None => by_family.entry(family).or_default().push(format!("+ {name} {ty}")),
            Some((_, was)) if was != ty => {
                by_family.entry(family).or_default().push(format!("~ {name} {ty}, was {was}"));
            }
            Some(_) => {}
        }
    }
    for (name, (family, ty)) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        by_family.entry(family).or_default().push(format!("- {name} {ty}"));
    }
    let mut text = String::new();
    for (family, lines) in by_family {
        writeln!(text, "  {family}")?;
        lines.iter().try_for_each(|line| writeln!(text, "    {line}"))?;
    }
    if text.is_empty() {
        text.push_str("  the same imports\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(entries: &[(&str, &str, &str)]) -> Imports {
        let mut imports = Imports::new();
        for (family, name, ty) in entries {
            imports.entry((*family).to_owned()).or_default().insert((*name).to_owned(), (*ty).to_owned());
        }
        imports
    }

    #[test]
    fn differences_are_by_family() {
        let old = imports(&[("a", "env.x", "i:"), ("a", "env.y", "i:"), ("b", "env.z", ":i")]);
        let new = imports(&[("a", "env.x", "j:"), ("b", "env.z", ":i"), ("c", "env.n", ":")]);
        assert_eq!(
            differences(&old, &new).unwrap(),
            "  a\n    ~ env.x j:, was i:\n    - env.y i:\n  c\n    + env.n :\n"
        );
        assert_eq!(differences(&new, &new).unwrap(), "  the same imports\n");
    }

    #[test]
    fn an_import_has_its_family() {
        assert_eq!(family_of("env", "__syscall_openat"), "descriptors");
        assert_eq!(family_of("env", "invoke_viii"), "invoke");
        assert_eq!(family_of("env", "JsProxy_GetAttr_js"), "bridge");
        assert_eq!(family_of("env", "brand_new"), "unknown");
    }
}
