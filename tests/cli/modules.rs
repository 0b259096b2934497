//! `pyrun FILE.wasm`, `--invoke` and `pyrun inspect`.

use std::path::{Path, PathBuf};

use super::support::{Ran, pyrun};

/// A file with a module from its text, in a folder that stays.
fn file(name: &str, text: &str) -> PathBuf {
    bytes(name, &wat::parse_str(text).unwrap())
}

fn bytes(name: &str, content: &[u8]) -> PathBuf {
    let path = tempfile::tempdir().unwrap().keep().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn run(args: &[&str], path: &Path, rest: &[&str]) -> Ran {
    let path = path.to_str().unwrap();
    pyrun([args, &[path], rest].concat()).run()
}

const SUMS: &str = r#"(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "all") (param i64 f32 f64) (result i64 f32 f64) (local.get 0) (local.get 1) (local.get 2))
    (func (export "none")) (func $inner (unreachable)) (func (export "fail") (call $inner)))"#;

#[test]
fn a_program_runs_and_has_an_exit_status() {
    let program = file("program.wasm", r#"(module (func (export "main") (result i32) (i32.const 3)))"#);
    let ran = run(&[], &program, &["argument", "--flag"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (Some(3), "", ""), "{ran:#?}");
    // Its name does not matter, its first bytes do.
    let program = file("program", r#"(module (func (export "main") (result i32) (i32.const 4)))"#);
    assert_eq!(run(&[], &program, &[]).status, Some(4));
    let ran = run(&[], &bytes("script.wasm", b"print(6 * 7)\n"), &[]);
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), "42\n"), "a Python script that is called so: {ran:#?}");
}

#[test]
fn a_trap_says_what_and_where() {
    let program = file("trap.wasm", r#"(module (func $inner (unreachable)) (func (export "main") (call $inner)))"#);
    let ran = run(&[], &program, &[]);
    let said = "pyrun: the module trapped: unreachable code was reached, in inner, called by main\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(70), said), "{ran:#?}");
}

#[test]
fn functions_are_called_by_their_signature() {
    let sums = file("sums.wasm", SUMS);
    for (function, rest, printed) in [
        ("add", &["40", "0x2"][..], "42\n"),
        ("add", &["-1", "4294967295"], "-2\n"),
        ("all", &["-9223372036854775808", "0.1", "1e3"], "-9223372036854775808\n0.1\n1000\n"),
        ("none", &[], ""),
    ] {
        let ran = run(&["--invoke", function], &sums, rest);
        assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), printed, ""), "{ran:#?}");
    }
}

#[test]
fn a_mistake_in_a_call_says_what_would_do() {
    let sums = file("sums.wasm", SUMS);
    for (function, rest, status, said) in [
        ("add", &["1"][..], 2, "add takes (i32, i32), not 1 arguments"),
        ("add", &["1", "x"], 2, "argument 2 of add (i32): \"x\" is not an integer"),
        ("add", &["1", "4294967296"], 2, "argument 2 of add is 4294967296, but an i32 takes an integer"),
        ("ADD", &[], 2, "exports no function \"ADD\"; did you mean \"add\"?"),
        ("fail", &[], 70, "unreachable code was reached, in inner, called by fail"),
    ] {
        let ran = run(&["--invoke", function], &sums, rest);
        assert_eq!(ran.status, Some(status), "{ran:#?}");
        assert!(ran.stderr.contains(said) && ran.stderr.lines().count() == 1, "{ran:#?}");
    }
    let ran = pyrun(["--invoke", "f"]).run();
    assert!(ran.status == Some(2) && ran.stderr.contains("--invoke FUNCTION FILE.wasm"), "{ran:#?}");
    let ran = pyrun(["--invoke", "f", "/nowhere.wasm"]).run();
    assert!(ran.status == Some(70) && ran.stderr.contains("cannot read /nowhere.wasm"), "{ran:#?}");
    let ran = run(&["--with", "numpy"], &sums, &[]);
    assert!(ran.status == Some(2) && ran.stderr.contains("--with is for Python"), "{ran:#?}");
    let ran = run(&[], &sums, &[]);
    assert!(ran.status == Some(70) && ran.stderr.contains("call a function of it (`pyrun --invoke NAME`)"), "{ran:#?}");
}

#[test]
fn what_cannot_run_says_why_and_what_would_do() {
    for (content, said) in [
        (&b"\0asm\x0d\0\x01\0"[..], "a WebAssembly component: only core modules run here"),
        (b"\0asm", "a truncated module"),
        (b"\x7fELF\x02\x01\x01\0\0", "a native (ELF) binary"),
        (b"", "empty"),
    ] {
        let ran = run(&[], &bytes("x.wasm", content), &[]);
        assert!(ran.status == Some(70) && ran.stderr.contains(said), "{ran:#?}");
        assert!(!ran.stderr.contains("internal error"), "{ran:#?}");
    }
    let zip = bytes("x.zip", b"PK\x03\x04");
    let ran = run(&["--invoke", "f"], &zip, &[]);
    assert!(ran.status == Some(70) && ran.stderr.contains("a zip archive"), "{ran:#?}");
}

#[test]
fn inspect_prints_for_people_and_programs() {
    let sums = file("sums.wasm", SUMS);
    let ran = run(&["inspect"], &sums, &[]);
    assert_eq!(ran.status, Some(0));
    assert!(ran.stdout.contains(": a standalone module\nis a library"), "{ran:#?}");
    assert!(ran.stdout.contains("  function add: (i32, i32) -> i32\n"), "{ran:#?}");
    let ran = run(&["inspect", "--json"], &sums, &[]);
    assert!(ran.stdout.contains(r#""kind": "standalone""#) && ran.stdout.ends_with("}\n"), "{ran:#?}");
    let ran = run(&["inspect"], &bytes("x", b"PK\x03\x04"), &[]);
    assert!(ran.status == Some(0) && ran.stdout.contains("a zip archive"), "{ran:#?}");
    assert_eq!(pyrun(["inspect", "/nowhere"]).run().status, Some(70));
}

/// A terminal is not to be commanded by what a module calls its exports.
#[test]
fn odd_names_are_printed_harmlessly() {
    let odd = file("odd.wasm", "(module (import \"a\\1b[2J\" \"b\\07\" (func)) (func (export \"c\\1b[0m\\0a\")))");
    for args in [&["inspect"][..], &["--invoke", "x"], &[]] {
        let ran = run(args, &odd, &[]);
        assert!(
            !ran.stdout.contains('\x1b') && !ran.stderr.contains('\x1b') && !ran.stderr.contains('\x07'),
            "{ran:#?}"
        );
    }
}
