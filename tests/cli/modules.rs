//! `pyrun FILE.wasm`, `--invoke` and `pyrun inspect`.

use std::path::{Path, PathBuf};

use pyrun::DEFAULT_RELEASE;
use pyrun::home::Home;

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
    (func (export "lanes") (param v128) (result v128) (local.get 0))
    (func (export "none")) (func $inner (unreachable)) (func (export "fail") (call $inner)))"#;

#[test]
fn a_program_runs_and_has_an_exit_status() {
    let program = file("program.wasm", r#"(module (func (export "main") (result i32) (i32.const 3)))"#);
    let ran = run(&[], &program, &["argument", "--flag"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (Some(3), "", ""), "{ran:#?}");
    // Its name does not matter, its first bytes do.
    let program = file("program", r#"(module (func (export "main") (result i32) (i32.const 4)))"#);
    assert_eq!(run(&[], &program, &[]).status, Some(4));
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
        ("all", &["0", "16777216", "0x20000000000000"], "0\n16777216\n9007199254740992\n"),
        ("all", &["0", "-0", "-inf"], "0\n-0\n-inf\n"),
        ("lanes", &["-1"], "340282366920938463463374607431768211455\n"),
        ("lanes", &["i32x4:1,-2,0x3,4294967295"], "340282366841710301022897246124472532993\n"),
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
        ("add", &["1"][..], 2, "add takes 2 arguments (i32, i32), and 1 follows the file"),
        ("add", &["1", "x"], 2, "argument 2 of add (i32): \"x\" is not an integer"),
        ("add", &["1", "4294967296"], 2, "argument 2 of add is 4294967296, but an i32 takes an integer"),
        ("none", &["1", "2"], 2, "none takes no arguments, and 2 follow the file"),
        ("add", &["1", "1.5"], 2, "argument 2 of add (i32): \"1.5\" is not an integer"),
        (
            "all",
            &["1", "16777217", "0"],
            2,
            "argument 2 of all is 16777217, but an f32 takes a number that it can hold",
        ),
        ("all", &["1", "0", "9007199254740993"], 2, "argument 3 of all is 9007199254740993, but an f64 takes"),
        ("all", &["1", "1e39", "0"], 2, "argument 2 of all (f32): \"1e39\" is beyond the largest f32"),
        ("all", &["1", "0", "x"], 2, "argument 3 of all (f64): \"x\" is not a number"),
        ("lanes", &["i32x4:1,2"], 2, "argument 1 of lanes (v128): i32x4 has 4 lanes, not 2"),
        ("lanes", &["x"], 2, "lanes are given as i32x4:1,-2,3,4"),
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
    assert!(ran.status == Some(2) && ran.stderr.contains("cannot read /nowhere.wasm"), "{ran:#?}");
    let ran = run(&["--with", "numpy"], &sums, &[]);
    assert!(ran.status == Some(2) && ran.stderr.contains("--with is for Python"), "{ran:#?}");
    let ran = run(&[], &sums, &[]);
    assert!(
        ran.status == Some(70) && ran.stderr.contains("call a function of it (`pyrun --invoke NAME FILE`)"),
        "{ran:#?}"
    );
}

/// A call that ends the program ends pyrun, with the program's own status.
#[test]
fn a_call_that_exits_has_the_status() {
    let wasi = file(
        "exits.wasm",
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "leave") (param i32) (result i32) (call $exit (local.get 0)) (i32.const 1))
            (func (export "die") (drop (call $raise (i32.const 6)))))"#,
    );
    for (status, wanted) in [("0", 0), ("5", 5), ("255", 255), ("256", 0)] {
        let ran = run(&["--invoke", "leave"], &wasi, &[status]);
        assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (Some(wanted), "", ""), "{ran:#?}");
    }
    assert_eq!(run(&["--invoke", "die"], &wasi, &[]).status, Some(134));
    let starts = file(
        "starts.wasm",
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
            (func (export "_initialize") (call $exit (i32.const 9))) (func (export "f")))"#,
    );
    assert_eq!(run(&["--invoke", "f"], &starts, &[]).status, Some(9), "while it starts");
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
    assert!(ran.status == Some(2) && ran.stderr.contains("a zip archive"), "{ran:#?}");
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
    assert!(ran.status == Some(1) && ran.stdout.contains("a zip archive"), "{ran:#?}");
    assert_eq!(pyrun(["inspect", "/nowhere"]).run().status, Some(2));
}

/// A script that begins with the name of a module is Python's all the same, whatever it is called but `.wasm` or `.wat`.
#[test]
fn what_is_called_a_module_and_is_none_is_refused() {
    for (name, content, said) in [
        ("x.wasm", &b"print(6 * 7)"[..], "text"),
        ("x.wasm", b"", "empty"),
        ("x.wasm", b"\n(module (func))", "WebAssembly in its text form"),
        ("x.wat", b"(module (func))", "WebAssembly in its text form"),
        ("x.wat", b"(component)", "text"),
    ] {
        let file = bytes(name, content);
        let ran = run(&[], &file, &[]);
        assert!(ran.status == Some(70) && ran.stderr.contains(said) && ran.stdout.is_empty(), "{name}: {ran:#?}");
        let inspected = run(&["inspect"], &file, &[]);
        assert!(inspected.status == Some(1) && inspected.stdout.contains(said), "{name}: {inspected:#?}");
    }
}

/// The names of minified imports may be given to `inspect` as to a run.
#[test]
fn inspect_takes_names() {
    let minified = r#"(module (import "a" "a" (func (result i32))) (import "a" "b" (memory 1))
        (func (export "c") (result i32) (i32.const 7)) (func (export "d")))"#;
    let module = file("minified.wasm", minified);
    let ran = run(&["inspect"], &module, &[]);
    assert!(ran.status == Some(1) && ran.stdout.contains("minified"), "{ran:#?}");
    let names =
        bytes("minified.names", b"import a env.getuid32\nimport b env.memory\nexport c stackSave\nexport d main\n");
    let names = names.to_str().unwrap();
    let ran = run(&["inspect", "--names", names], &module, &[]);
    assert!(ran.status == Some(0) && ran.stdout.contains("stackSave"), "{ran:#?}");
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

/// The files of a release, in a folder of their own.
fn release_folder(version: &str, names: &[&str]) -> PathBuf {
    let (from, to) =
        (Home::locate().unwrap().path().join("releases").join(version), tempfile::tempdir().unwrap().keep());
    for name in names {
        std::os::unix::fs::symlink(from.join(name), to.join(name)).unwrap();
    }
    to
}

#[test]
fn a_main_module_of_pyodides_is_the_release_that_it_lies_with() {
    const ALL: [&str; 4] = ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "wheels"];
    let folder = release_folder(DEFAULT_RELEASE, &ALL);
    let main = folder.join("pyodide.asm.wasm");
    let code = "import sys, pathlib\nprint(sys.argv, pathlib.Path('x'))";
    let ran = run(&[], &main, &["-c", code, "argument"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "['-c', 'argument'] x\n", ""));
    // Named by a path that has no folder, with a script beside it.
    std::fs::write(folder.join("script.py"), "print(__file__[-9:])").unwrap();
    let mut here = pyrun(["pyodide.asm.wasm", "script.py"]);
    here.command.current_dir(&folder);
    let ran = here.run();
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), "script.py\n"), "{ran:#?}");
    // What is missing is named, and what is another release's.
    for missing in ["python_stdlib.zip", "pyodide-lock.json"] {
        let some: Vec<&str> = ALL.into_iter().filter(|name| *name != missing).collect();
        let ran = run(&[], &release_folder(DEFAULT_RELEASE, &some).join("pyodide.asm.wasm"), &["-c", "pass"]);
        ran.is_refused(70, &[&format!("{missing} is missing: the files of release {DEFAULT_RELEASE} belong beside")]);
    }
    let renamed = folder.join("python.wasm");
    std::os::unix::fs::symlink(&main, &renamed).unwrap();
    run(&[], &renamed, &["-c", "pass"]).is_refused(2, &["have it in a folder of its own as pyodide.asm.wasm"]);
    let mut changed = std::fs::read(&main).unwrap();
    changed.extend([0, 1, 0]);
    let unknown = tempfile::tempdir().unwrap().keep().join("pyodide.asm.wasm");
    std::fs::write(&unknown, changed).unwrap();
    run(&[], &unknown, &["-c", "pass"])
        .is_refused(70, &["is the main module of no release that this version of pyrun knows"]);
    for other in Home::locate().unwrap().releases().iter().map(|release| release.version()) {
        let ran = run(&["--release", other], &main, &["-c", "pass"]);
        if other == DEFAULT_RELEASE {
            ran.ends_with(0);
        } else {
            ran.is_refused(2, &[&format!("release {other} was asked for, but the folder has the main module of")]);
        }
    }
    run(&["--invoke", "main"], &main, &[]).is_refused(70, &["Engine::interpreter"]);
}

#[test]
fn options_of_pythons_before_a_module_are_a_mistake() {
    let program = file("program.wasm", r#"(module (func (export "main") (result i32) (i32.const 3)))"#);
    for options in [&["-u"][..], &["-X", "dev"], &["--dir", ".", "-E"], &["--"]] {
        let ran = run(options, &program, &[]);
        assert_eq!(ran.status, Some(2), "{options:?}: {ran:#?}");
        assert!(ran.stderr.contains("what stands before it is for Python"), "{ran:#?}");
    }
    // It may be an argument of Python code.
    assert_eq!(run(&["-c", "import sys; sys.exit(len(sys.argv))"], &program, &[]).status, Some(2));
}
