//! What a library may be that nobody vouches for: bounds on its shape, checked before anything is translated or compiled.
//!
//! A module of the release is compiled as it is; one that a guest wrote is read by this first. It may use the guest's memory and
//! table and has none of its own, shares nothing with other threads and waits for none, and is small enough in every respect that
//! compiling it takes a bounded time: compilers take time that grows with the product of a function's size and its nesting, and with
//! that of its locals and its blocks.

use wasmparser::{
    FunctionBody, ImportSectionReader, Operator, Parser, Payload, TypeRef, TypeSectionReader, Validator, WasmFeatures,
};

use crate::error::{Result, TranslateError};
use crate::module;
use crate::validate::engine_features;

/// Limit: bytes of a library. The largest of any release has 7 MB.
const MAX_LIBRARY: usize = 64 << 20;
/// Limit: bytes of a function. The largest that C compilers were seen to make have 300 KB.
const MAX_FUNCTION: u64 = 1 << 20;
/// Limit: blocks inside each other, of a function.
const MAX_NESTING: u64 = 2000;
/// Limit: parameters and locals of a function.
const MAX_LOCALS: u64 = 10_000;
/// Limit: a function's bytes times its nesting; its locals times its blocks; the targets of its branches by a table.
const MAX_WORK: u64 = 8 << 20;
/// Limit: the same, of all functions of a library together.
const MAX_ALL_WORK: u64 = 512 << 20;
/// Limits: entries of the sections of a library.
const MAX_ENTRIES: [(&str, u32); 8] = [
    ("types", 10_000),
    ("imports", 20_000),
    ("functions", 200_000),
    ("exports", 200_000),
    ("globals", 50_000),
    ("tags", 1000),
    ("element segments", 50_000),
    ("data segments", 50_000),
];
/// Limit: parameters and results of a type.
const MAX_VALUES: usize = 256;

/// Looks whether a library may be compiled of which nobody says that it means well.
///
/// # Errors
/// [`TranslateError::NotAModule`], [`TranslateError::Invalid`], and [`TranslateError::Unsupported`] for what it may not have or has
/// too much of, by name.
///
/// # Examples
/// ```
/// use pyrun_translate::check_foreign_library;
///
/// let harmless = wat::parse_str(r#"(module (import "env" "memory" (memory 0)) (func (export "f")))"#).unwrap();
/// assert!(check_foreign_library(&harmless).is_ok());
/// let with_memory = wat::parse_str("(module (memory 1000))").unwrap();
/// assert!(check_foreign_library(&with_memory).is_err());
/// ```
pub fn check_foreign_library(wasm: &[u8]) -> Result<()> {
    module::check_header(wasm)?;
    if wasm.len() > MAX_LIBRARY {
        return Err(refused(0, format!("more than {} MiB", MAX_LIBRARY >> 20)));
    }
    let mut work = 0_u64;
    for payload in Parser::new(0).parse_all(wasm) {
        check(payload?, &mut work)?;
    }
    Validator::new_with_features(features()).validate_all(wasm).map_err(TranslateError::Invalid)?;
    Ok(())
}

/// What the engine takes, but for threads and several memories; and exceptions as compilers made them before the standard, since
/// the translator takes those.
fn features() -> WasmFeatures {
    (engine_features() | WasmFeatures::LEGACY_EXCEPTIONS) - WasmFeatures::THREADS - WasmFeatures::MULTI_MEMORY
}

fn refused(offset: u64, what: impl Into<String>) -> TranslateError {
    TranslateError::unsupported(offset, what)
}

fn check(payload: Payload<'_>, work: &mut u64) -> Result<()> {
    match payload {
        Payload::MemorySection(section) if section.count() > 0 => {
            Err(refused(section.range().start, "a memory of its own"))
        }
        Payload::TableSection(section) if section.count() > 0 => {
            Err(refused(section.range().start, "a table of its own"))
        }
        Payload::TypeSection(section) => types(section),
        Payload::ImportSection(section) => imports(section),
        Payload::FunctionSection(section) => bounded("functions", section.count(), section.range().start),
        Payload::ExportSection(section) => bounded("exports", section.count(), section.range().start),
        Payload::GlobalSection(section) => bounded("globals", section.count(), section.range().start),
        Payload::TagSection(section) => bounded("tags", section.count(), section.range().start),
        Payload::ElementSection(section) => bounded("element segments", section.count(), section.range().start),
        Payload::DataSection(section) => bounded("data segments", section.count(), section.range().start),
        Payload::CodeSectionEntry(body) => {
            *work = work.saturating_add(function(&body)?);
            match *work > MAX_ALL_WORK {
                true => Err(refused(body.range().start, "more code than may be compiled at once")),
                false => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Looks whether a section has no more entries than it may.
fn bounded(what: &str, count: u32, offset: u64) -> Result<()> {
    match MAX_ENTRIES.iter().find(|(name, _)| *name == what) {
        Some((_, most)) if count > *most => Err(refused(offset, format!("{count} {what}; at most {most} are taken"))),
        _ => Ok(()),
    }
}

fn types(section: TypeSectionReader<'_>) -> Result<()> {
    let start = section.range().start;
    bounded("types", section.count(), start)?;
    for ty in section.into_iter_err_on_gc_types() {
        let ty = ty?;
        if ty.params().len() > MAX_VALUES || ty.results().len() > MAX_VALUES {
            return Err(refused(start, format!("a type of more than {MAX_VALUES} values")));
        }
    }
    Ok(())
}

fn imports(section: ImportSectionReader<'_>) -> Result<()> {
    let start = section.range().start;
    bounded("imports", section.count(), start)?;
    for import in section.into_imports() {
        match import?.ty {
            TypeRef::Memory(memory) if memory.shared => return Err(refused(start, "a shared memory")),
            TypeRef::Memory(memory) if memory.memory64 => return Err(refused(start, "64-bit addresses")),
            _ => {}
        }
    }
    Ok(())
}

/// Measures a function: how much work its compilation is at most.
fn function(body: &FunctionBody<'_>) -> Result<u64> {
    let at = body.range().start;
    let size = body.range().end.saturating_sub(at);
    if size > MAX_FUNCTION {
        return Err(refused(at, format!("a function of more than {} KiB", MAX_FUNCTION >> 10)));
    }
    let mut locals = 0_u64;
    for group in body.get_locals_reader()? {
        locals = locals.saturating_add(group?.0.into());
    }
    if locals > MAX_LOCALS {
        return Err(refused(at, format!("a function of more than {MAX_LOCALS} locals")));
    }
    let (mut depth, mut deepest, mut blocks, mut targets) = (1_u64, 1_u64, 1_u64, 0_u64);
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        match operators.read()? {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Try { .. }
            | Operator::TryTable { .. } => {
                (depth, blocks) = (depth + 1, blocks + 1);
                deepest = deepest.max(depth);
            }
            Operator::End | Operator::Delegate { .. } => depth = depth.saturating_sub(1),
            Operator::BrTable { targets: table } => targets = targets.saturating_add(table.len().into()),
            _ => {}
        }
        if deepest > MAX_NESTING {
            return Err(refused(at, format!("a function of more than {MAX_NESTING} blocks inside each other")));
        }
    }
    let products = [size.saturating_mul(deepest), locals.saturating_mul(blocks), targets.saturating_mul(16)];
    let work = products.into_iter().max().unwrap_or(0);
    if work > MAX_WORK { Err(refused(at, "a function that would take too long to compile")) } else { Ok(work) }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::check_foreign_library;

    fn why(text: &str) -> String {
        let wasm = wat::parse_str(text).unwrap();
        check_foreign_library(&wasm).map_or_else(|error| format!("{error:?} {error}"), |()| String::new())
    }

    /// A function with so many blocks inside each other, each with a few instructions.
    fn nested(depth: usize, filler: usize) -> String {
        let mut body = String::new();
        for _ in 0..depth {
            body.push_str("(block ");
            for _ in 0..filler {
                let _ = write!(body, "(local.set 0 (i32.add (local.get 0) (i32.const 7)))");
            }
        }
        format!("(module (func (local i32) {body} {}))", ")".repeat(depth))
    }

    #[test]
    fn what_libraries_are_made_of_passes() {
        for text in [
            "(module)",
            r#"(module (import "env" "memory" (memory 1)) (import "env" "__indirect_function_table" (table 1 funcref))
                (import "env" "__memory_base" (global $base i32)) (func $f (export "f")) (elem (i32.const 0) $f)
                (data (global.get $base) "data"))"#,
            "(module (tag) (func try throw 0 catch 0 end))",
            r#"(module (func $s) (start $s))"#,
        ] {
            assert_eq!(why(text), "", "{text}");
        }
        assert_eq!(why(&nested(100, 10)), "");
    }

    #[test]
    fn what_a_library_may_not_have_is_named() {
        for (text, wanted) in [
            ("(module (memory 1))", "a memory of its own"),
            ("(module (memory 1 1 shared))", "a memory of its own"),
            ("(module (table 4000000000 funcref))", "a table of its own"),
            (r#"(module (import "env" "memory" (memory 1 2 shared)))"#, "a shared memory"),
            (r#"(module (import "env" "memory" (memory i64 1)))"#, "64-bit addresses"),
            (
                r#"(module (import "env" "memory" (memory 1)) (func (result i32)
                    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))"#,
                "threads",
            ),
            (r#"(module (import "a" "a" (memory 1)) (import "a" "b" (memory 1)))"#, "multiple memories"),
        ] {
            let said = why(text);
            assert!(said.contains(wanted), "{text}: {said}");
        }
    }

    #[test]
    fn what_takes_too_long_to_compile_is_refused() {
        let locals = "(local i32)".repeat(10_001);
        assert!(why(&format!("(module (func {locals}))")).contains("locals"));
        assert!(why(&nested(2500, 0)).contains("inside each other"));
        assert!(why(&nested(1500, 8)).contains("too long to compile"));
        let targets = "0 ".repeat(600_000);
        assert!(why(&format!("(module (func (br_table {targets} (i32.const 0))))")).contains("too long to compile"));
        let blocks = "(block)".repeat(2000);
        let locals = "(local i32)".repeat(9000);
        assert!(why(&format!("(module (func {locals} {blocks}))")).contains("too long to compile"));
        let imports = r#"(import "e" "f" (func))"#.repeat(20_001);
        assert!(why(&format!("(module {imports})")).contains("imports"));
        assert!(why(&format!("(module (type (func {})))", "(param i32)".repeat(257))).contains("values"));
    }

    #[test]
    fn no_input_panics() {
        let wasm = wat::parse_str(nested(5, 2)).unwrap();
        for cut in 0..wasm.len() {
            let _ = check_foreign_library(&wasm[..cut]);
            let mut changed = wasm.clone();
            changed[cut] ^= 0x55;
            let _ = check_foreign_library(&changed);
        }
    }
}
