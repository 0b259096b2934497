//! What lies beside a module's file and tells its names.
//!
//! For `x.wasm` these are `x.names`, then `x.js`, `x.mjs` and `x.cjs`. A table counts only if it has every import of the module.

use std::path::{Path, PathBuf};

use pyrun_emscripten_shim::glue::MAX_GLUE;
use pyrun_translate::{Refusal, WasmKind};

use super::names::ModuleNames;
use crate::error::Error;
use crate::module::error::ModuleError;

/// A module's bytes, with its names as what lies beside its file tells them, and these names; as they are when nothing does,
/// or it needs none.
pub(crate) fn named(path: &Path, wasm: Vec<u8>) -> (Vec<u8>, Option<ModuleNames>) {
    if WasmKind::of(&wasm) != WasmKind::Refused(Refusal::MinifiedImports) {
        return (wasm, None);
    }
    let of_file = |path: PathBuf| ModuleNames::parse(&read_text(&path).ok()?).ok();
    let of_script = || script_beside(path).and_then(|script| read_text(&script).ok());
    let names = of_file(path.with_extension("names"))
        .or_else(|| of_script().map(|text| ModuleNames::from_javascript(&text)))
        .filter(|names| names.covers(&wasm));
    match names.and_then(|names| Some((names.put_into(&wasm).ok()?, names))) {
        Some((named, names)) => (named, Some(names)),
        None => (wasm, None),
    }
}

/// The JavaScript beside a module.
pub(crate) fn script_beside(path: &Path) -> Option<PathBuf> {
    let scripts = ["js", "mjs", "cjs"].map(|extension| path.with_extension(extension));
    scripts.into_iter().find(|script| script.is_file())
}

/// Reads JavaScript, or a file of names. What is not UTF-8 in it is in no name.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let unreadable = |source| ModuleError::Unreadable { path: path.to_owned(), source };
    if path.metadata().map_err(unreadable)?.len() > MAX_GLUE as u64 {
        return Err(ModuleError::Beside { path: path.to_owned(), why: "it is longer than 64 MiB".to_owned() }.into());
    }
    Ok(String::from_utf8_lossy(&std::fs::read(path).map_err(unreadable)?).into_owned())
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
        let kind = |path: &Path| WasmKind::of(&named(path, wasm.clone()).0);
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
