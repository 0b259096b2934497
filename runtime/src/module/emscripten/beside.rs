//! What lies beside a module's file and tells its names.
//!
//! For `x.wasm` these are `x.names`, then `x.js`, `x.mjs` and `x.cjs`. A table counts only if it has every import of the module.

use std::path::{Path, PathBuf};

use pyrun_emscripten_shim::glue::MAX_GLUE;
use pyrun_translate::{Refusal, WasmKind};

use super::names::{MAX_NAMES, ModuleNames};
use crate::module::error::ModuleError;
use crate::module::folder::ModuleFolder;

/// A module's bytes with true names, as far as these are known.
#[derive(Default)]
pub(crate) struct Named {
    pub(crate) wasm: Vec<u8>,
    /// What its names stand for, if it had minified ones.
    pub(crate) names: Option<ModuleNames>,
    /// Why what lies beside its file could not be asked for them.
    pub(crate) unread: Option<String>,
}

/// A module's bytes, with its names as what lies beside its file tells them; as they are when nothing does, or it needs none.
pub(crate) fn named(folder: &ModuleFolder, wasm: Vec<u8>) -> Named {
    if WasmKind::of(&wasm) != WasmKind::Refused(Refusal::MinifiedImports) {
        return Named { wasm, ..Named::default() };
    }
    let names = match told(folder) {
        Ok(names) => names.filter(|names| names.covers(&wasm)),
        Err(error) => return Named { wasm, names: None, unread: Some(error.to_string()) },
    };
    match names.and_then(|names| Some((names.put_into(&wasm).ok()?, names))) {
        Some((wasm, names)) => Named { wasm, names: Some(names), unread: None },
        None => Named { wasm, ..Named::default() },
    }
}

/// The names that something beside a module tells.
fn told(folder: &ModuleFolder) -> Result<Option<ModuleNames>, ModuleError> {
    Ok(match of_file(folder)? {
        Some(names) => Some(names),
        None => script(folder)?.map(|text| ModuleNames::from_javascript(&text)),
    })
}

/// What the file of names beside a module says, if there is one.
fn of_file(folder: &ModuleFolder) -> Result<Option<ModuleNames>, ModuleError> {
    let name = folder.sibling("names");
    let Some(text) = read_text(folder, &name, MAX_NAMES)? else { return Ok(None) };
    let names = ModuleNames::parse(&text);
    names.map(Some).map_err(|error| ModuleError::Beside { path: folder.path(&name), why: error.to_string() })
}

/// The name of the JavaScript beside a module, if there is some.
fn script_name(folder: &ModuleFolder) -> Option<PathBuf> {
    let scripts = ["js", "mjs", "cjs"].map(|extension| folder.sibling(extension));
    scripts.into_iter().find(|script| folder.has(script))
}

/// Whether JavaScript lies beside a module.
pub(crate) fn has_script(folder: &ModuleFolder) -> bool {
    script_name(folder).is_some()
}

/// The text of the JavaScript beside a module, if there is some.
///
/// # Errors
/// [`ModuleError::Beside`], when it cannot be read.
pub(super) fn script(folder: &ModuleFolder) -> Result<Option<String>, ModuleError> {
    script_name(folder).map_or(Ok(None), |script| read_text(folder, &script, MAX_GLUE))
}

/// Reads text. What is not UTF-8 in it is in no name.
fn read_text(folder: &ModuleFolder, name: &Path, most: usize) -> Result<Option<String>, ModuleError> {
    let bytes = folder.read(name, most as u64)?;
    Ok(bytes.map(|bytes| {
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_a_module_are_used_when_they_are_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wasm");
        let wasm = wat::parse_str(
            r#"(module (import "a" "a" (func (param i32))) (memory (export "c") 1) (func (export "b")))"#,
        )
        .unwrap();
        std::fs::write(&path, &wasm).unwrap();
        let kind = |path: &Path| {
            let (folder, wasm) = ModuleFolder::open(path.to_owned(), 1 << 20).unwrap();
            WasmKind::of(&named(&folder, wasm).wasm)
        };
        assert_eq!(kind(&path), WasmKind::Refused(Refusal::MinifiedImports));
        // Another module's JavaScript, then its own, then a file of names, which goes first.
        std::fs::write(path.with_extension("mjs"), "wasmImports={z:_exit}").unwrap();
        assert_eq!(kind(&path), WasmKind::Refused(Refusal::MinifiedImports));
        std::fs::write(path.with_extension("js"), "wasmImports={a:__emscripten_throw_longjmp}").unwrap();
        assert_eq!(kind(&path), WasmKind::EmscriptenMain);
        std::fs::write(path.with_extension("names"), "import a mine.thing\n").unwrap();
        assert_eq!(kind(&path), WasmKind::Standalone);
    }
}
