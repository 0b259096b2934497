//! What WebAssembly's own exceptions are told as, a module's own functions, and endings.

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::em::{self, Invoked, Target, Thrown};
use pyrun_emscripten_shim::program::{ProgramEnd, entries};
use wasmer::Value;

use super::{STACK, run, start};

/// Tags as modules have that throw by WebAssembly's own exceptions.
#[test]
fn what_webassembly_throws_is_told_by_its_tag() {
    let program = format!(
        r#"(module (import "env" "emscripten_get_now" (func (result f64))) {STACK}
        (tag $cpp (export "__cpp_exception") (param i32)) (tag $jump (export "__c_longjmp") (param i32))
        (tag $own (export "own") (param i32))
        (elem (i32.const 1) func $what)
        ;; A buffer and a value at 64; an object at 232, 32 bytes behind its header, whose class stands 48 before that.
        (data (i32.const 64) "\07\00\00\00\fd\ff\ff\ff")
        (data (i32.const 152) "\90\01\00\00")
        (data (i32.const 200) "\00++CGNLC")
        (data (i32.const 232) "\2c\01\00\00")
        (data (i32.const 308) "\01\00\00\00")
        (data (i32.const 400) "\00\00\00\00\c2\01\00\00\a4\01\00\00")
        (data (i32.const 420) "\00\00\00\00\d6\01\00\00\00\00\00\00")
        (data (i32.const 450) "St13runtime_error\00")
        (data (i32.const 470) "St9exception\00")
        (data (i32.const 500) "it went wrong\00")
        (func $what (param i32) (result i32) (i32.const 500))
        (func (export "cpp") (param i32) (throw $cpp (local.get 0)))
        (func (export "jump") (param i32) (throw $jump (local.get 0)))
        (func (export "throw_own") (param i32) (throw $own (local.get 0))))"#
    );
    let mut started = start(&program);
    let mut threw =
        |name: &str, at: i32| match em::invoke(&mut started.caller(), Target::Export(name), &[Value::I32(at)]).unwrap()
        {
            Invoked::Threw(thrown) => thrown,
            other => panic!("{name}: {other:?}"),
        };
    assert_eq!(threw("jump", 64), Thrown::Longjmp { buffer: Some(7), value: Some(-3) });
    assert_eq!(threw("jump", -4), Thrown::Longjmp { buffer: None, value: Some(0) });
    assert_eq!(threw("throw_own", 200), Thrown::Other);
    let (class, message) = (Some("std::runtime_error".to_owned()), Some("it went wrong".to_owned()));
    assert_eq!(threw("cpp", 200), Thrown::Cpp { object: 232, class, message });
    // A header that is of no C++ exception, and one that is nowhere.
    assert_eq!([threw("cpp", 64), threw("cpp", -4)], [Thrown::Other, Thrown::Other]);
}

#[test]
fn a_main_module_finds_its_own_functions_through_the_offset_table() {
    let program = |name: &str| {
        format!(
            r#"(module (@custom "dylink.0" (before first) "\01\04\00\00\01\00")
            (import "GOT.func" "{name}" (global $at (mut i32)))
            {STACK} (elem (i32.const 3) func $answer)
            (func $answer (export "answer") (result i32) (i32.const 42))
            (func (export "main") (result i32)
              (if (result i32) (global.get $at) (then (call_indirect (result i32) (global.get $at))) (else (i32.const 7)))))"#
        )
    };
    assert_eq!(run(&program("answer"), &["prog"]).unwrap(), ProgramEnd::Exited(42));
    assert_eq!(run(&program("nothing"), &["prog"]).unwrap(), ProgramEnd::Exited(7), "it is null until a library comes");
}

#[test]
fn endings_have_a_status_and_command_lines_a_limit() {
    assert_eq!([ProgramEnd::Exited(3), ProgramEnd::Alive(4)].map(ProgramEnd::status), [3, 4]);
    assert!(entries().any(|entry| entry == "main"));
    assert_eq!(entries().last(), Some("_start"));
    let full = r#"(module (import "env" "emscripten_get_now" (func (result f64))) (memory (export "memory") 1)
        (func (export "malloc") (param i32) (result i32) (i32.const 0)) (func (export "free") (param i32))
        (func (export "main") (param i32 i32) (result i32) (i32.const 1)))"#;
    let error = run(full, &["prog"]).unwrap_err().to_string();
    assert!(error.contains("the command line does not fit into memory"), "{error}");
    // The flush at the end may exit itself, or trap.
    let ends = |end: &str| {
        format!(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) {STACK}
            (func (export "__funcs_on_exit") {end}) (func (export "main") (result i32) (i32.const 1)))"#
        )
    };
    assert_eq!(run(&ends("(call $exit (i32.const 9))"), &["prog"]).unwrap(), ProgramEnd::Exited(9));
    assert!(matches!(run(&ends("unreachable"), &["prog"]), Err(Trap::Guest(_))));
}
