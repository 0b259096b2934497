//! Gives a module whose names were minified the names that everybody else knows.
//!
//! Emscripten's optimiser can call imports and exports `a`, `b`, `c` and so on; which is which only the JavaScript that was
//! made with the module tells. [`TrueNames`] holds what was read there. Here the names are put back, before anything
//! else looks at the module.
//!
//! Invariants: no index changes; sections other than those of imports and exports are copied as they are.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, RawSection};
use wasmparser::{ExportSectionReader, ImportSectionReader, Parser, Payload};

use crate::error::{Result, TranslateError};
use crate::module;

/// What minified names stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrueNames {
    /// Imports: what a name stands for, whatever module it is imported from.
    pub imports: BTreeMap<String, TrueImport>,
    /// Exports.
    pub exports: BTreeMap<String, String>,
}

/// What a minified import stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrueImport {
    /// The module that it is imported from: `env`, `wasi_snapshot_preview1`.
    pub module: String,
    /// Its name.
    pub name: String,
}

/// Limit: bytes of names that are put into a module: many imports may have one short name, and each gets the long one.
const MAX_PUT: usize = 64 << 20;

/// The module with the names put back. Names that the table does not have stay as they are.
///
/// # Errors
/// The input is not a core module, or its sections of imports or exports are malformed; the names take more than 64 MiB.
///
/// # Examples
/// ```
/// use pyrun_translate::{TrueImport, TrueNames, inspect, with_true_names};
///
/// let minified = wat::parse_str(r#"(module (import "a" "a" (func)) (func (export "b")))"#)?;
/// let mut names = TrueNames::default();
/// names.imports.insert("a".into(), TrueImport { module: "env".into(), name: "_abort_js".into() });
/// names.exports.insert("b".into(), "main".into());
/// let module = inspect(&with_true_names(&minified, &names)?)?;
/// assert_eq!(module.imports().next().map(|import| (import.module, import.name)), Some(("env", "_abort_js")));
/// assert!(module.export("main").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn with_true_names(wasm: &[u8], names: &TrueNames) -> Result<Vec<u8>> {
    module::check_header(wasm)?;
    let mut out = wasm_encoder::Module::new();
    let mut left = MAX_PUT;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::ImportSection(reader) => drop(out.section(&imports(reader, names, &mut left)?)),
            Payload::ExportSection(reader) => drop(out.section(&exports(reader, names, &mut left)?)),
            other => {
                let Some((id, range)) = other.as_section() else { continue };
                let data = range_of(wasm, range)?;
                out.section(&RawSection { id, data });
            }
        }
    }
    Ok(out.finish())
}

fn imports(reader: &ImportSectionReader<'_>, names: &TrueNames, left: &mut usize) -> Result<ImportSection> {
    let mut imports = ImportSection::new();
    for import in reader.clone().into_imports() {
        let import = import?;
        let ty = RoundtripReencoder.entity_type(import.ty);
        let ty = ty.map_err(|error| TranslateError::reencode(0, error))?;
        match names.imports.get(import.name) {
            Some(known) => {
                put(left, reader.range().start, known.module.len() + known.name.len())?;
                imports.import(&known.module, &known.name, ty)
            }
            None => imports.import(import.module, import.name, ty),
        };
    }
    Ok(imports)
}

fn exports(reader: &ExportSectionReader<'_>, names: &TrueNames, left: &mut usize) -> Result<ExportSection> {
    let mut exports = ExportSection::new();
    for export in reader.clone() {
        let mut export = export?;
        export.name = names.exports.get(export.name).map_or(export.name, String::as_str);
        put(left, reader.range().start, export.name.len())?;
        let copied = RoundtripReencoder.parse_export(&mut exports, export);
        copied.map_err(|error| TranslateError::reencode(0, error))?;
    }
    Ok(exports)
}

/// Counts a name that is put in against what may be.
fn put(left: &mut usize, offset: u64, bytes: usize) -> Result<()> {
    let rest = left.checked_sub(bytes);
    *left = rest.ok_or_else(|| TranslateError::malformed(offset, "its names take more than 64 MiB"))?;
    Ok(())
}

fn range_of(wasm: &[u8], range: core::ops::Range<u64>) -> Result<&[u8]> {
    let bounds = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
    let bytes = bounds.and_then(|(start, end)| wasm.get(start..end));
    bytes.ok_or_else(|| TranslateError::malformed(range.start, "a section is cut off"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{WasmKind, inspect};

    fn names(imports: &[(&str, &str, &str)], exports: &[(&str, &str)]) -> TrueNames {
        let import = |(short, module, name): &(&str, &str, &str)| {
            (short.to_string(), TrueImport { module: module.to_string(), name: name.to_string() })
        };
        let export = |(short, name): &(&str, &str)| (short.to_string(), name.to_string());
        TrueNames { imports: imports.iter().map(import).collect(), exports: exports.iter().map(export).collect() }
    }

    #[test]
    fn a_module_with_its_names_back_is_of_another_kind() {
        let wasm = wat::parse_str(
            r#"(module (import "a" "a" (func (param i32) (result i32))) (import "a" "b" (func)) (memory (export "c") 1)
            (func (export "d") (drop (call 0 (i32.const 0)))) (data (i32.const 0) "x"))"#,
        )
        .unwrap();
        assert!(WasmKind::of(&wasm).to_string().contains("minified"));
        let known = names(
            &[("a", "env", "emscripten_resize_heap"), ("b", "wasi_snapshot_preview1", "proc_exit")],
            &[("c", "memory"), ("d", "main")],
        );
        let named = with_true_names(&wasm, &known).unwrap();
        assert_eq!(WasmKind::of(&named), WasmKind::EmscriptenMain);
        crate::validate(&named).unwrap();
        let info = inspect(&named).unwrap();
        assert!(info.export("memory").is_some() && info.export("main").is_some() && info.export("d").is_none());
        // Without names nothing changes.
        assert_eq!(inspect(&with_true_names(&wasm, &TrueNames::default()).unwrap()).unwrap(), inspect(&wasm).unwrap());
    }

    #[test]
    fn long_names_for_many_imports_are_bounded() {
        let imports = r#"(import "a" "a" (func))"#.repeat(100);
        let wasm = wat::parse_str(format!(r#"(module {imports} (func (export "b")))"#)).unwrap();
        let put = |bytes: usize| with_true_names(&wasm, &names(&[("a", "env", &"n".repeat(bytes))], &[("b", "main")]));
        assert!(put(1 << 10).is_ok());
        let error = put(1 << 20).unwrap_err().to_string();
        assert!(error.contains("more than 64 MiB"), "{error}");
        // The name of the module that it is imported from counts, too, and one of no length as none.
        let put = |module: &str, name: &str| with_true_names(&wasm, &names(&[("a", module, name)], &[]));
        let long = "n".repeat(1 << 20);
        for (module, name) in [(long.as_str(), ""), ("", &long), (&long[..400_000], &long[..400_000])] {
            assert!(put(module, name).is_err(), "{} and {} bytes", module.len(), name.len());
        }
        assert!(put(&long[..1 << 10], &long[..1 << 10]).is_ok());
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        let wasm = wat::parse_str(r#"(module (import "a" "a" (func)) (func (export "b")))"#).unwrap();
        for cut in 0..wasm.len() {
            let _ = with_true_names(&wasm[..cut], &TrueNames::default());
        }
        assert!(with_true_names(b"PK\x03\x04", &TrueNames::default()).is_err());
    }
}
