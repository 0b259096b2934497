//! A boot: the command line, what is printed and how it ends.

use pyrun_emscripten_shim::Trap;
use pyrun_pyodide_loader::object::Value;
use pyrun_pyodide_loader::{BootError, Ending, Instance};

use super::support::{EXECUTABLE, Python, Release, Streams, with_release};
use super::world::Written;

fn booted(release: &Release, args: &[&str]) -> Python {
    let written = Written::default();
    let args = [&[EXECUTABLE], args].concat();
    let instance = release.boot(&args, Streams::to(&written)).unwrap_or_else(|error| panic!("{args:?}: {error}"));
    Python { instance, written }
}

/// Runs a command line to its end: the exit status, and what was written.
fn run(release: &Release, args: &[&str]) -> (Ending, i32, String) {
    let mut python = booted(release, args);
    let ending = python.run_main().unwrap();
    let status = python.finalize(ending).unwrap();
    (ending, status, python.written.take())
}

#[test]
fn the_command_line_is_read() {
    with_release(|release| {
        let long = "x".repeat(5000);
        let mut python = booted(release, &["-B", "-c", "pass", "", "été", &long]);
        assert_eq!(python.value("import sys; sys.argv[0]").to_string(), "'-c'");
        assert_eq!(python.value("sys.argv[1:]"), {
            Value::List(["", "été", &long].map(|arg| Value::Str(arg.to_owned())).to_vec())
        });
        assert_eq!(python.value("sys.orig_argv[:4]").to_string(), "['/usr/bin/pyrun', '-B', '-c', 'pass']");
        assert_eq!(python.value("sys.flags.dont_write_bytecode, sys.executable").to_string(), "(1, '/usr/bin/pyrun')");
        // The bridge to JavaScript is hidden; what is built in besides is not.
        let names = "('_pyodide_core' in sys.builtin_module_names, 'sys' in sys.builtin_module_names)";
        assert_eq!(python.value(names).to_string(), "(False, True)");
        assert_eq!(python.value("sorted(set(globals()) - {'sys'})").to_string(), booted_names());
        assert_eq!(
            python.value("sys._emscripten_info.runtime").to_string(),
            format!("'pyrun {}'", env!("CARGO_PKG_VERSION"))
        );
        // Calls through the arity trampoline, of methods that take one, two and three arguments.
        assert_eq!(
            python.value("[].__len__(), [3].copy(), (1).__add__(2), pow(2, 3, 5)").to_string(),
            "(0, [3], 3, 3)"
        );
    });
}

/// What `__main__` begins with.
fn booted_names() -> &'static str {
    "['__builtins__', '__doc__', '__loader__', '__name__', '__package__', '__spec__']"
}

#[test]
fn a_program_ends_with_its_status() {
    with_release(|release| {
        for (source, ending, status, written) in [
            ("print('a')", Ending::Status(0), 0, "a\n"),
            ("import sys; sys.exit(3)", Ending::Exited(3), 3, ""),
            ("raise SystemExit('why')", Ending::Exited(1), 1, "why\n"),
            ("import os; os._exit(4)", Ending::Exited(4), 4, ""),
            ("raise KeyboardInterrupt", Ending::Interrupted, 130, "KeyboardInterrupt"),
            ("1 / 0", Ending::Status(1), 1, "ZeroDivisionError: division by zero"),
        ] {
            let (found, exit, text) = run(release, &["-c", source]);
            assert_eq!(exit, status, "{source}");
            assert!(text.trim_end().ends_with(written.trim_end()), "{source}: {text}");
            match ending {
                // Whether it has exited or come back is CPython's business.
                Ending::Exited(_) | Ending::Status(_) => assert_ne!(found, Ending::Interrupted, "{source}"),
                Ending::Interrupted => assert_eq!(found, ending),
            }
        }
        let (_, status, _) = run(
            release,
            &[
                "-c",
                "import sys\nclass Full:\n    def write(self, text): return len(text)\n    def flush(self): raise OSError\nsys.stdout = Full()",
            ],
        );
        assert_eq!(status, 120, "what was printed cannot be flushed");
        let (_, status, text) = run(release, &["-c", "import atexit; atexit.register(print, 'later'); print('now')"]);
        assert_eq!((status, &*text), (0, "now\nlater\n"));
    });
}

#[test]
fn what_ends_before_it_starts() {
    with_release(|release| {
        for (args, status, written) in [
            (&["-V"][..], 0, "Python 3.14"),
            (&["-h"], 0, "usage: /usr/bin/pyrun [option]"),
            (&["-Z"], 2, "Unknown option: -Z"),
        ] {
            let streams = Written::default();
            let args = [&[EXECUTABLE], args].concat();
            let ended = release.boot(&args, Streams::to(&streams));
            let Err(BootError::Ended(Trap::Exit(found))) = ended else { panic!("{args:?}: {ended:?}") };
            let text = streams.take();
            assert!(found == status && text.starts_with(written), "{args:?}: {found} {text}");
        }
    });
}

#[test]
fn a_program_without_its_file() {
    with_release(|release| {
        let missing = |python: &mut Instance| python.missing_file().unwrap();
        for (source, file) in [
            ("open('/nowhere/x')", Some("/nowhere/x")),
            ("open(b'/nowhere/y')", None),
            ("raise FileNotFoundError", None),
            ("raise FileNotFoundError(2, 'x', 7)", None),
            ("class Own(FileNotFoundError):\n    filename = property(lambda self: 1 / 0)\nraise Own", None),
            ("1 / 0", None),
            ("pass", None),
        ] {
            let mut python = booted(release, &["-c", source]);
            python.run_main().unwrap();
            assert_eq!(missing(&mut python), file.map(str::to_owned), "{source}");
            assert!(python.run_simple_string("pass").unwrap(), "{source}: nothing is left behind");
        }
    });
}

#[test]
fn source_is_run_and_exceptions_are_printed() {
    with_release(|release| {
        let mut python = booted(release, &[]);
        assert!(python.run_simple_string("x = 7").unwrap());
        assert!(!python.run_simple_string("x / 0").unwrap());
        assert!(python.written.take().ends_with("ZeroDivisionError: division by zero\n"));
        assert_eq!(python.value("x"), Value::Int(7));
        let ended = python.run_simple_string("raise SystemExit(5)").unwrap_err();
        assert!(matches!(ended, Trap::Exit(5)), "{ended}");
    });
}

/// What ended a program, as far as the interpreter still knows it.
#[test]
fn an_uncaught_exception_is_told() {
    with_release(|release| {
        for (source, told) in [
            ("1 / 0", Some(("ZeroDivisionError", "division by zero"))),
            ("raise ValueError", Some(("ValueError", ""))),
            (
                "import json; json.loads('[')",
                Some(("json.decoder.JSONDecodeError", "Expecting value: line 1 column 2 (char 1)")),
            ),
            (
                "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
                Some(("Mute", "<exception str() failed>")),
            ),
            ("raise KeyboardInterrupt", Some(("KeyboardInterrupt", ""))),
            ("try: 1 / 0\nexcept ZeroDivisionError: pass", None),
        ] {
            let mut python = booted(release, &["-c", source]);
            assert!(!python.has_raised().unwrap(), "{source}");
            python.run_main().unwrap();
            let told = told.map(|(class, text)| (class.to_owned(), text.to_owned()));
            assert_eq!(python.has_raised().unwrap(), told.is_some(), "{source}");
            assert_eq!(python.last_exception().unwrap(), told, "{source}");
        }
    });
}

/// Modules that a program did not find, also when that led to another exception.
#[test]
fn a_program_without_its_modules() {
    with_release(|release| {
        for (source, names) in [
            ("import no_a", &["no_a"][..]),
            ("import json.no_b", &["json.no_b"]),
            ("try: import no_a\nexcept ImportError: import no_b", &["no_b", "no_a"]),
            ("try: import no_a\nexcept ImportError as e: raise ValueError from e", &["no_a"]),
            ("try: import no_a\nexcept ImportError: raise ValueError from None", &["no_a"]),
            // A cause goes before what happened meanwhile.
            ("try: import no_a\nexcept ImportError: raise ValueError from ModuleNotFoundError(name='no_b')", &["no_b"]),
            ("raise ModuleNotFoundError", &[]),
            ("raise ImportError(name='no_a')", &[]),
            (
                "class Own(ModuleNotFoundError):\n    name = property(lambda self: 1 / 0)\nraise Own from ModuleNotFoundError(name='no_a')",
                &["no_a"],
            ),
            ("1 / 0", &[]),
            ("pass", &[]),
        ] {
            let mut python = booted(release, &["-c", source]);
            python.run_main().unwrap();
            assert_eq!(python.missing_modules().unwrap(), names, "{source}");
            assert!(python.run_simple_string("pass").unwrap(), "{source}: nothing is left behind");
        }
        let chain = "e = None\nfor n in range(40):\n    new = ModuleNotFoundError(name=f'no_{n}')\n    new.__cause__ = e\n    e = new\nraise e";
        let mut python = booted(release, &["-c", chain]);
        python.run_main().unwrap();
        let names: Vec<_> = (24..40).rev().map(|number| format!("no_{number}")).collect();
        assert_eq!(python.missing_modules().unwrap(), names, "those that are nearest");
    });
}

/// What no supported release has, and what is no main module at all.
#[test]
fn modules_that_are_not_a_release() {
    with_release(|release| {
        for (text, why) in [
            (r#"(module (import "env" "nope" (func)))"#, "it imports something that pyrun does not know: env.nope"),
            (
                r#"(module (import "a" "m" (memory 1)) (import "b" "f" (func)))"#,
                "imports things that pyrun does not know: a.m, b.f",
            ),
            // A name that there is, with another type.
            (
                r#"(module (import "env" "_emscripten_get_progname" (func (param f64))))"#,
                "does not know: env._emscripten_get_progname",
            ),
            (r#"(module (import "GOT.func" "f" (global i32)))"#, "does not know: GOT.func.f"),
            (r#"(module (import "GOT.mem" "f" (global (mut i32))))"#, "does not know: GOT.mem.f"),
            ("(module)", "this is not the main module of a supported Pyodide release: "),
            (
                r#"(module (memory (export "memory") 1))"#,
                "this is not the main module of a supported Pyodide release: ",
            ),
        ] {
            let error = release.boot_text(text, Vec::new()).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let text = r#"(module (import "GOT.func" "f" (global (mut i32)))
            (memory (export "memory") 1) (table (export "__indirect_function_table") 1 funcref))"#;
        let error = release.boot_text(text, vec![(65_535, vec![1, 2])]).unwrap_err().to_string();
        assert!(error.ends_with("its data does not fit its memory"), "{error}");
        let trap = r#"(module (func $start unreachable) (start $start))"#;
        let ended = release.boot_text(trap, Vec::new());
        assert!(matches!(ended, Err(BootError::Ended(Trap::Guest(_)))), "{ended:?}");
    });
}
