//! Which global is the stack pointer.

use super::engine::translated;
use crate::{Options, STACK_POINTER_EXPORT, inspect};

/// The global that a module's stack pointer is said to be.
fn stack_pointer(text: &str) -> Option<u32> {
    let options = Options { export_stack_pointer: true, ..Options::default() };
    let wasm = translated(&wat::parse_str(text).unwrap(), &options);
    inspect(&wasm).expect("inspects").export(STACK_POINTER_EXPORT).map(|export| export.index)
}

#[test]
fn the_stack_pointer_is_found_by_its_name_or_by_how_a_frame_is_taken() {
    let optimised = "global.get 1 i32.const 32 i32.sub local.tee 0 global.set 1";
    let unoptimised = "global.get 1 local.set 0 i32.const 16 local.set 1 local.get 0 local.get 1 i32.sub local.set 2";
    let with =
        |globals: &str, code: &str| stack_pointer(&format!("(module {globals} (func (local i32 i32 i32) {code}))"));
    let plain = "(global (mut i32) (i32.const 0)) (global (mut i32) (i32.const 1))";
    for (globals, code, expected) in [
        (plain, optimised, Some(1)),
        (plain, unoptimised, Some(1)),
        // Not by a multiple of 16, not kept, not subtracted, not taken first.
        (plain, "global.get 1 i32.const 33 i32.sub local.tee 0 global.set 1", None),
        (plain, "global.get 1 i32.const -16 i32.sub local.tee 0 global.set 1", None),
        (plain, "global.get 1 i32.const 0 i32.sub local.tee 0 global.set 1", None),
        (plain, "global.get 1 i32.const 32 i32.sub global.set 1", None),
        (plain, "global.get 1 i32.const 32 i32.add local.tee 0 global.set 1", None),
        (plain, "nop global.get 1 i32.const 32 i32.sub local.tee 0 global.set 1", None),
        (plain, "global.get 1 local.set 0 i32.const 16 local.set 1 local.get 0 local.get 1 i32.add local.set 2", None),
        (plain, "", None),
        // A name is believed before code, but not of what is constant or of another type.
        ("(global $__stack_pointer (mut i32) (i32.const 0)) (global (mut i32) (i32.const 1))", optimised, Some(0)),
        (
            r#"(global (export "__stack_pointer") (mut i32) (i32.const 0)) (global (mut i32) (i32.const 1))"#,
            "",
            Some(0),
        ),
        (r#"(import "env" "__stack_pointer" (global (mut i32))) (global (mut i32) (i32.const 1))"#, "", Some(0)),
        ("(global $__stack_pointer i32 (i32.const 0)) (global (mut i32) (i32.const 1))", optimised, Some(1)),
        ("(global $__stack_pointer (mut i64) (i64.const 0)) (global (mut i32) (i32.const 1))", optimised, Some(1)),
    ] {
        assert_eq!(with(globals, code), expected, "{globals} {code}");
    }
    let without = "(global i32 (i32.const 0)) (global i32 (i32.const 1))";
    assert_eq!(with(without, "global.get 1 i32.const 32 i32.sub local.tee 0 drop"), None);
    assert_eq!(stack_pointer("(module)"), None);
}

/// Behind other imports, and beside exports of other names.
#[test]
fn the_stack_pointer_is_counted_among_globals_only() {
    for (text, expected) in [
        (r#"(import "env" "x" (global i32)) (import "env" "__stack_pointer" (global (mut i32)))"#, Some(1)),
        (r#"(import "env" "f" (func)) (import "env" "__stack_pointer" (global (mut i32)))"#, Some(0)),
        (
            r#"(global (export "x") (mut i32) (i32.const 0)) (global (export "__stack_pointer") (mut i32) (i32.const 1))"#,
            Some(1),
        ),
        (
            r#"(func (export "__stack_pointer")) (global (mut i32) (i32.const 0))
            (global $__stack_pointer (mut i32) (i32.const 1))"#,
            Some(1),
        ),
    ] {
        assert_eq!(stack_pointer(&format!("(module {text})")), expected, "{text}");
    }
}
