//! The one door: what a file is, and what can be done with it.

use pyrun::home::Home;
use pyrun::{Config, Engine, Error, Kind, ModuleError};

use super::{engine, wat};

#[test]
fn any_file_is_opened_and_told_apart() {
    for (file, kind) in [
        (&b""[..], Kind::NotWasm),
        (b"PK\x03\x04", Kind::NotWasm),
        (b"\x7fELF\x02\x01", Kind::NotWasm),
        (b"print('hello')\n", Kind::NotWasm),
        (b"\0asm", Kind::NotWasm),
        (b"\0asm\x01\0\0\0", Kind::Standalone),
        (b"\0asm\x0d\0\x01\0", Kind::Component),
        (b"\0asm\x01\0\0\0\xff", Kind::Refused),
    ] {
        let module = engine().module(file).unwrap();
        assert_eq!(module.kind(), kind, "{}", module.description());
        let inspection = module.inspect().unwrap();
        assert_eq!((inspection.kind, inspection.runs), (kind.name(), kind == Kind::Standalone));
    }
}

/// A file that cannot run says why and what would do, whichever way it is tried.
#[test]
fn what_is_refused_says_why_and_what_would_do() {
    for (text, why, advice) in [
        (r#"(module (import "env" "memory" (memory 1 2 shared)))"#, "threads", "without `-pthread`"),
        ("(module (memory i64 1))", "64-bit addresses", "for wasm32"),
        (r#"(module (import "a" "a" (func)) (import "a" "b" (func)))"#, "minified", "`-O1`"),
        (
            r#"(module (import "env" "f" (func)) (func (export "asyncify_start_unwind") (param i32)))"#,
            "Asyncify",
            "without",
        ),
        (r#"(module (import "wbg" "f" (func)))"#, "wasm-bindgen", "for WASI"),
        (r#"(module (import "gojs" "f" (func)))"#, "Go", "for WASI"),
        (r#"(module (import "wasi_unstable" "f" (func)))"#, "wasi_unstable", "newer WASI SDK"),
        (r#"(module (import "wasi:cli/run@0.2.0" "f" (func)))"#, "component", "preview 1"),
        (r#"(module (@custom "dylink.0" (before first) ""))"#, "side module", "dlopen"),
    ] {
        let module = wat(text);
        let errors = [module.program().run().map(drop).unwrap_err(), module.instance().start().map(drop).unwrap_err()];
        for error in errors {
            assert!(matches!(error, Error::Module(ModuleError::NotSupported { .. })), "{text}: {error}");
            let error = error.to_string();
            assert!(error.contains(why) && error.contains(advice), "{text}: {error}");
            assert!(!error.contains("internal"), "{error}");
        }
        let obstacle = module.inspect().unwrap().obstacle.unwrap_or_default();
        assert!(obstacle.contains(why) && obstacle.contains(advice), "{obstacle}");
    }
    let error = engine().module(b"\0asm\x0d\0\x01\0").unwrap().program().run().unwrap_err().to_string();
    assert!(error.contains("is a WebAssembly component: only core modules run here"), "{error}");
    let error = engine().module(b"PK\x03\x04").unwrap().instance().start().unwrap_err().to_string();
    assert!(error.contains("is not a WebAssembly module, but a zip archive"), "{error}");
}

#[test]
fn a_standalone_program_has_an_exit_status() {
    for (text, status) in [
        (r#"(module (func (export "main") (result i32) (i32.const 3)))"#, 3),
        (r#"(module (func (export "main")))"#, 0),
        (r#"(module (func (export "main") (param i32 i32) (result i32) (i32.add (local.get 0) (i32.const 4))))"#, 4),
        (r#"(module (func (export "_start")))"#, 0),
    ] {
        assert_eq!(wat(text).program().arguments(["a"]).run().unwrap().status, status, "{text}");
    }
    let error = wat(r#"(module (func (export "add")))"#).program().run().unwrap_err().to_string();
    assert!(error.contains("it exports no `main` or `_start`") && error.contains("--invoke"), "{error}");
    let error = wat(r#"(module (func (export "main") (unreachable)))"#).program().run().unwrap_err();
    assert!(matches!(error, Error::Trap(_)), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = engine().module("/nowhere/x.wasm").unwrap_err();
    assert!(matches!(error, Error::Module(ModuleError::Unreadable { .. })), "{error}");
    assert_eq!(error.to_string(), "cannot read /nowhere/x.wasm");
    assert!(engine().module("/").is_err());
}

#[test]
fn invalid_code_is_an_error_of_compilation() {
    // A function that says i32 and gives nothing.
    let wasm = [&b"\0asm\x01\0\0\0"[..], &[1, 5, 1, 0x60, 0, 1, 0x7f], &[3, 2, 1, 0], &[10, 4, 1, 2, 0, 0x0b]].concat();
    let error = engine().module(wasm).unwrap().instance().start().unwrap_err();
    assert!(matches!(error, Error::Compile { .. }), "{error}");
}

#[test]
fn code_is_compiled_once_and_kept() {
    let text = r#"(module (func (export "f") (result i32) (i32.const 77777)))"#;
    // A data folder of its own, which nobody else compiles for.
    let home = tempfile::tempdir().unwrap();
    let engine = Engine::new(Config::new().home(Home::at(home.path()))).unwrap();
    let start = || drop(engine.module(wat::parse_str(text).unwrap()).unwrap().instance().start().unwrap());
    let usage = || engine.cache_usage().unwrap();
    start();
    let before = format!("{:?}", usage());
    start();
    assert_eq!(format!("{:?}", usage()), before, "nothing was added");
}
