//! The committed module is what its sources give, and exports what the README says.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use pyrun_operations::{COMPILER, MODULE};
use wasmparser::{ExternalKind, Parser, Payload};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first line that a program prints; `None` if it is not there.
fn first_line(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

#[test]
fn the_sources_give_the_committed_module() {
    let clang = std::env::var("CLANG").unwrap_or_else(|_| "clang".to_owned());
    if first_line(&clang).as_deref() != Some(COMPILER) || first_line("wasm-ld").is_none() {
        pyrun_needs::skip("operations-clang", &format!("{COMPILER} and its lld are not here"));
        return;
    }
    let output = tempfile::tempdir().unwrap();
    let built = output.path().join("operations.wasm");
    let status = Command::new(folder().join("build.sh")).arg(&built).status().unwrap();
    assert!(status.success(), "build.sh: {status}");
    assert!(std::fs::read(built).unwrap() == MODULE, "operations.wasm is old: run operations/build.sh and commit it");
}

#[test]
fn it_is_small_and_imports_nothing() {
    assert!(MODULE.len() < 100_000, "{} bytes", MODULE.len());
    for payload in Parser::new(0).parse_all(MODULE) {
        assert!(!matches!(payload.unwrap(), Payload::ImportSection(_)), "it imports something");
    }
}

/// The functions that the module exports, by name.
fn exports() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(MODULE) {
        if let Payload::ExportSection(section) = payload.unwrap() {
            for export in section {
                let export = export.unwrap();
                if export.kind == ExternalKind::Func {
                    names.insert(export.name.to_owned());
                }
            }
        }
    }
    names
}

/// The rows of the README's table of functions: each name in the first column, for each element type.
#[test]
fn the_readme_lists_what_it_exports() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = readme.lines().skip_while(|line| !line.starts_with("| function")).skip(2);
    let cells = rows.take_while(|line| line.starts_with('|')).map(|row| row.split('|').nth(1).unwrap_or_default());
    let mut listed = BTreeSet::new();
    for name in cells.flat_map(|cell| cell.split(',')).map(|name| name.trim().trim_matches('`').to_owned()) {
        match name.as_str() {
            "malloc" | "free" => drop(listed.insert(name)),
            _ => listed.extend(["f64", "f32", "i64", "i32"].map(|kind| format!("{name}_{kind}"))),
        }
    }
    assert_eq!(listed, exports());
}
