//! The header says what the library has, in C and in C++.

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use support::{Installed, WARNINGS, root, run};

#[test]
fn it_is_c_and_cpp() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("twice.c");
    let text = "#include <pyrun.h>\n#include <pyrun.h>\nint check(void);\nint check(void) { return (int)sizeof(pyrun_config); }\n";
    std::fs::write(&source, text).unwrap();
    let languages = [("cc", "c", "c99"), ("cc", "c", "c11"), ("c++", "c++", "c++11"), ("c++", "c++", "c++20")];
    for (compiler, language, standard) in languages {
        let mut compiler = Command::new(compiler);
        compiler.args(["-x", language, &format!("-std={standard}"), "-fsyntax-only"]).args(WARNINGS);
        run(compiler.arg("-I").arg(root().join("capi/include")).arg(&source));
    }
}

/// The functions that the header declares: names before a parenthesis, outside of comments.
fn declared() -> BTreeSet<String> {
    let header = std::fs::read_to_string(root().join("capi/include/pyrun.h")).unwrap();
    let mut code = String::new();
    for (index, part) in header.split("/*").enumerate() {
        code.push_str(if index == 0 { part } else { part.split_once("*/").expect("comments end").1 });
    }
    let before = code.match_indices('(').map(|(at, _)| code[..at].trim_end());
    let names =
        before.map(|before| before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default());
    names.filter(|name| name.starts_with("pyrun_")).map(str::to_owned).collect()
}

#[test]
fn it_declares_what_the_library_exports() {
    let installed = Installed::shared();
    let listed = run(Command::new("nm").args(["-D", "--defined-only"]).arg(installed.shared_library()));
    let exported = listed.lines().filter_map(|line| line.rsplit(' ').next()).filter(|name| name.starts_with("pyrun_"));
    let exported: BTreeSet<String> = exported.map(str::to_owned).collect();
    assert_eq!(declared(), exported);
    assert!(exported.len() > 30, "{exported:?}");
}

#[test]
fn the_readme_shows_the_example() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let example = std::fs::read_to_string(root().join("examples/c/hello.c")).unwrap();
    assert!(readme.contains(&format!("```c\n{example}```\n")), "README.md has another examples/c/hello.c");
}
