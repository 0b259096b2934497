//! The headers say what the library has, in C and in C++.

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use support::{Installed, WARNINGS, has, package, run};

const HEADERS: [&str; 2] = ["pyrun.h", "pyrun_vp.h"];

#[test]
fn they_are_c_and_cpp() {
    if !has(&["cc", "c++"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("twice.c");
    let languages = [("cc", "c", "c99"), ("cc", "c", "c11"), ("c++", "c++", "c++11"), ("c++", "c++", "c++20")];
    // Each alone, and both in either order, twice.
    for headers in [&HEADERS[..1], &HEADERS[1..], &HEADERS[..], &["pyrun_vp.h", "pyrun.h"]] {
        let includes: String = headers.iter().map(|header| format!("#include <{header}>\n")).collect();
        let text = "int check(void);\nint check(void) { pyrun_value v = pyrun_int(7); return (int)sizeof v; }\n";
        std::fs::write(&source, format!("{includes}{includes}{text}")).unwrap();
        for (compiler, language, standard) in languages {
            let mut compiler = Command::new(compiler);
            compiler.args(["-x", language, &format!("-std={standard}"), "-fsyntax-only"]).args(WARNINGS);
            run(compiler.arg("-I").arg(package().join("include")).arg(&source));
        }
    }
}

/// A header's declarations without comments, preprocessor lines and the bodies of its inline functions.
fn declarations(header: &str) -> String {
    let header = std::fs::read_to_string(package().join("include").join(header)).unwrap();
    let mut code = String::new();
    for (index, part) in header.split("/*").enumerate() {
        code.push_str(if index == 0 { part } else { part.split_once("*/").expect("comments end").1 });
    }
    let (mut kept, mut inline) = (String::new(), false);
    for line in code.lines().filter(|line| !line.starts_with('#')) {
        inline |= line.starts_with("static inline");
        if !inline {
            kept.push_str(line);
            kept.push('\n');
        }
        inline &= !line.ends_with('}') || line.starts_with(' ');
    }
    kept
}

/// The functions that the headers declare: names before a parenthesis.
fn declared() -> BTreeSet<String> {
    let code: String = HEADERS.into_iter().map(declarations).collect();
    let before = code.match_indices('(').map(|(at, _)| code[..at].trim_end());
    let names =
        before.map(|before| before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default());
    names.filter(|name| name.starts_with("pyrun_")).map(str::to_owned).collect()
}

/// What the library exports is what the headers declare, and nothing else: no symbol of the engine's.
#[test]
fn they_declare_all_that_the_library_exports() {
    if !has(&["nm"]) {
        return;
    }
    let installed = Installed::shared();
    let listed = run(Command::new("nm").args(["-D", "--defined-only"]).arg(installed.shared_library()));
    let exported: BTreeSet<String> =
        listed.lines().filter_map(|line| line.rsplit(' ').next()).map(str::to_owned).collect();
    assert_eq!(declared(), exported);
    assert!(exported.len() > 60, "{exported:?}");
}

/// Programs that are linked against it ask for a name that only an incompatible version changes.
#[cfg(target_os = "linux")]
#[test]
fn the_library_has_a_name_of_its_own() {
    if !has(&["objdump"]) {
        return;
    }
    let installed = Installed::shared();
    let said = run(Command::new("objdump").arg("-p").arg(installed.shared_library()));
    let name = said.lines().find_map(|line| line.trim().strip_prefix("SONAME")).map(str::trim);
    assert_eq!(name, Some("libpyrun.so.0"));
    assert!(installed.path().join("lib/libpyrun.so.0").exists());
}
