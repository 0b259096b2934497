//! What lies beside a module's file and tells its names.
//!
//! For `x.wasm` these are `x.names`, then `x.js`, `x.mjs` and `x.cjs`. A table counts only if it has every import of the module.

use std::path::{Path, PathBuf};

use pyrun_emscripten_shim::glue::MAX_GLUE;
use pyrun_translate::{Refusal, WasmKind};

use super::names::{MAX_NAMES, ModuleNames};
use crate::module::error::ModuleError;
use crate::module::folder::ModuleFolder;

/// A module's bytes, with its names as what lies beside its file tells them, and these names; as they are when nothing does,
/// or it needs none.
///
/// # Errors
/// [`ModuleError::Beside`], when what is to tell the names cannot be read.
pub(crate) fn named(folder: &ModuleFolder, wasm: Vec<u8>) -> Result<(Vec<u8>, Option<ModuleNames>), ModuleError> {
    if WasmKind::of(&wasm) != WasmKind::Refused(Refusal::MinifiedImports) {
        return Ok((wasm, None));
    }
    let names = match of_file(folder)? {
        Some(names) => Some(names),
        None => script(folder)?.map(|text| ModuleNames::from_javascript(&text)),
    };
    let names = names.filter(|names| names.covers(&wasm));
    Ok(match names.and_then(|names| Some((names.put_into(&wasm).ok()?, names))) {
        Some((named, names)) => (named, Some(names)),
        None => (wasm, None),
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
            named(&folder, wasm).map(|(named, _)| WasmKind::of(&named)).unwrap()
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
