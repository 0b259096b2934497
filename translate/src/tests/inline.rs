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
