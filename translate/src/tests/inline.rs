//! Inlined calls.

use super::engine::{Outcome, run, translated};
use super::sections::parse;
use crate::{Options, translate};

/// A caller in a loop, so that an inlined local that keeps its value shows; and one inside a block.
const SMALL: &str = r#"(module
    (import "env" "log" (func $log (param i32)))
    (func $count (param $by i32) (result i32) (local $n i32)
        (if (i32.lt_s (local.get $by) (i32.const 0)) (then (return (i32.const -1))))
        (local.set $n (i32.add (local.get $n) (local.get $by)))
        (local.get $n))
    (func $mixed (param i64 f64 i32) (result i64)
        (block (br_if 1 (local.get 0) (local.get 2)) (drop))
        (i64.add (local.get 0) (i64.trunc_sat_f64_s (local.get 1))))
    (func $nothing)
    (func $itself (param i32) (if (local.get 0) (then (call $itself (i32.const 0)))))
    (func (export "run") (param $x i32) (result i32) (local $i i32)
        (loop $again
            (call $nothing)
            (call $itself (local.get $x))
            (call $log (call $count (local.get $i)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_s (local.get $i) (i32.const 3))))
        (call $log (call $count (i32.const -5)))
        (call $log (i32.wrap_i64 (call $mixed (i64.const 7) (f64.const 2.5) (local.get $x))))
        (call $log (i32.wrap_i64 (call $mixed (i64.const 7) (f64.const 2.5) (i32.const 0))))
        (local.get $x)))"#;

#[test]
fn inlined_calls_mean_the_same() {
    let wasm = parse(SMALL);
    let expected = (Outcome::Value(4), vec![0, 1, 2, -1, 7, 9]);
    assert_eq!(run(&translated(&wasm, &Options::default()), 4), expected);
    let options = Options { inline_limit: Some(200), ..Options::default() };
    assert_eq!(run(&translated(&wasm, &options), 4), expected);
    // All but the two calls of the import, and the one of the function that calls itself.
    let counts = translate(&wasm, &options).expect("translates").counts;
    assert_eq!((counts.inlined_calls, counts.rewritten_functions), (5, 1));
    let none = translate(&wasm, &Options { inline_limit: Some(1), ..options }).expect("translates");
    assert_eq!(none.counts.inlined_calls, 0);
}

/// How many calls of `$f`, which this text defines with its type, are replaced by its body.
fn inlined(function: &str, call: &str, limit: u32) -> u32 {
    let text = format!(
        "(module (memory 1) (tag $e) (table 1 funcref) (func $other (loop)) {function} (func (export \"run\") {call}))"
    );
    let options = Options { inline_limit: Some(limit), ..Options::default() };
    let translated = translate(&parse(&text), &options).expect("translates");
    translated.counts.inlined_calls
}

#[test]
fn functions_are_inlined_up_to_their_limits() {
    // No locals, and the end: two bytes.
    assert_eq!([1, 2, 3].map(|limit| inlined("(func $f)", "(call $f)", limit)), [0, 1, 1]);
    let locals = |params: usize, types: &str| {
        let call = format!("{} (call $f)", "(i32.const 1)".repeat(params));
        inlined(&format!("(func $f (param {}) (local {types}))", "i32 ".repeat(params)), &call, 1000)
    };
    for (params, count, expected) in [(0, 40, 1), (0, 41, 0), (20, 20, 1), (20, 21, 0), (40, 0, 1), (41, 0, 0)] {
        assert_eq!(locals(params, &"i64 ".repeat(count)), expected, "{params} and {count}");
    }
    assert_eq!((locals(1, "i32 i64 f32 f64 v128"), locals(0, "funcref"), locals(1, "i32 externref")), (1, 0, 0));
}

#[test]
fn what_speaks_against_inlining() {
    for (body, expected) in [
        ("(nop)", 1),
        ("(call $other)", 1),
        ("(loop)", 0),
        ("(loop (call $other))", 1),
        ("(loop (call_indirect (i32.const 0)))", 1),
        ("(block $b (try_table (catch $e $b)))", 0),
        ("(return_call $other)", 0),
        ("(return_call_indirect (i32.const 0))", 0),
        ("try nop catch_all end", 0),
        ("(call $f)", 0),
    ] {
        assert_eq!(inlined(&format!("(func $f {body})"), "(call $f)", 1000), expected, "{body}");
    }
}

/// Each time it is called a function's locals are zero, of whatever type they are.
#[test]
fn locals_of_an_inlined_function_begin_at_zero() {
    let text = r#"(module (import "env" "log" (func $log (param i32)))
        (func $f (result i32) (local i32 i64 f32 f64 v128)
            (i32.add (local.get 0) (i32.add (i32.wrap_i64 (local.get 1)) (i32.add (i32.trunc_f32_s (local.get 2))
                (i32.add (i32.trunc_f64_s (local.get 3)) (i32x4.extract_lane 2 (local.get 4))))))
            (local.set 0 (i32.const 1)) (local.set 1 (i64.const 10)) (local.set 2 (f32.const 100))
            (local.set 3 (f64.const 1000)) (local.set 4 (i32x4.splat (i32.const 10000))))
        (func (export "run") (param $x i32) (result i32)
            (loop $again (call $log (call $f))
                (br_if $again (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
            (local.get $x)))"#;
    let wasm = parse(text);
    let options = Options { inline_limit: Some(200), ..Options::default() };
    assert_eq!(translate(&wasm, &options).expect("translates").counts.inlined_calls, 1);
    assert_eq!(run(&translated(&wasm, &options), 3), (Outcome::Value(0), vec![0, 0, 0]));
}

/// A call inside an inlined body goes to where the function has gone.
#[test]
fn calls_of_an_inlined_body_shift() {
    let text = r#"(module (import "env" "f" (func $f (result i32))) (import "env" "log" (func $log (param i32)))
        (export "f" (func $own)) (func $own (result i32) (i32.const 1)) (func $wrong (result i32) (i32.const -1))
        (func $right (result i32) (loop) (i32.const 2)) (func $after (result i32) (loop) (i32.const 3))
        (func $inlined (result i32) (call $right))
        (func (export "run") (param i32) (result i32) (call $inlined)))"#;
    let options = Options { inline_limit: Some(4), provided_elsewhere: Some(&|_| false), ..Options::default() };
    let wasm = parse(text);
    assert!(translate(&wasm, &options).expect("translates").counts.inlined_calls > 0);
    assert_eq!(run(&translated(&wasm, &options), 0).0, Outcome::Value(2));
}
