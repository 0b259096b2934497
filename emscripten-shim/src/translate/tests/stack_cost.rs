//! Functions that check the stack pointer without taking stack are given a stack frame.

use super::engine::{Outcome, run, translated};
use crate::translate::{Options, translate};

/// `run(0)` recurses until the stack pointer is below 1,000 and gives the depth; the other arguments try the ways out.
const RECURSION: &str = r#"(module
    (import "env" "log" (func $log (param i32)))
    (global $sp (export "__stack_pointer") (mut i32) (i32.const 65536))
    (global $depth (mut i32) (i32.const 0))
    (func $deeper (result i32)
        (local i32)
        global.get $sp
        local.set 0
        global.get $depth
        i32.const 1
        i32.add
        global.set $depth
        block
            global.get $sp
            i32.const 1000
            i32.lt_u
            if
                global.get $depth
                return
            end
            global.get $depth
            i32.const 5000
            i32.gt_u
            br_if 0
            call $deeper
            local.get 0
            global.set $sp
            br 1
        end
        i32.const -1)
    (func $ways_out (param i32) (result i32)
        global.get $sp
        call $log
        loop
            local.get 0
            i32.const 1
            i32.eq
            if
                i32.const 11
                return
            end
            local.get 0
            i32.const 2
            i32.eq
            if (result i32)
                i32.const 22
                br 2
            else
                i32.const 33
            end
            br 1
        end
        unreachable)
    (func (export "run") (param i32) (result i32)
        (local i32)
        local.get 0
        if (result i32)
            local.get 0
            call $ways_out
        else
            call $deeper
        end
        local.set 1
        call $log_pointer
        local.get 1)
    (func $framed
        global.get $sp
        i32.const 16
        i32.sub
        global.set $sp
        call $log_pointer
        global.get $sp
        i32.const 16
        i32.add
        global.set $sp)
    (func $log_pointer
        global.get $sp
        i32.const 0
        i32.add
        call $log))"#;

#[test]
fn a_recursion_reaches_its_limit() {
    let wasm = wat::parse_str(RECURSION).expect("parses");
    assert_eq!(run(&translated(&wasm, &Options::default()), 0), (Outcome::Value(-1), vec![65536]), "without a cost");
    let options = Options { stack_cost: Some(64), ..Options::default() };
    assert_eq!(translate(&wasm, &options).expect("translates").counts.stack_costs, 3);
    let wasm = translated(&wasm, &options);
    assert_eq!(run(&wasm, 0), (Outcome::Value((65536 - 1000) / 64 + 1), vec![65536 - 64]));
}

#[test]
fn every_way_out_gives_the_frame_back() {
    let wasm = wat::parse_str(RECURSION).expect("parses");
    let wasm = translated(&wasm, &Options { stack_cost: Some(64), ..Options::default() });
    for (argument, value) in [(1, 11), (2, 22), (3, 33)] {
        assert_eq!(run(&wasm, argument), (Outcome::Value(value), vec![65536 - 64, 65536 - 64]));
    }
}

#[test]
fn a_module_without_a_stack_pointer_keeps_its_code() {
    let text = RECURSION.replace("__stack_pointer", "other");
    let wasm = wat::parse_str(text).expect("parses");
    let plain = translate(&wasm, &Options::default()).expect("translates");
    assert_eq!(translate(&wasm, &Options { stack_cost: Some(64), ..Options::default() }).expect("translates"), plain);
}
