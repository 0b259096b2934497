//! One hand-written case per construct of legacy exception handling. The expected values follow from the proposal.

mod blocks;
mod catch;
mod delegate;

use super::engine::{Outcome, run, translated};
use crate::Options;

/// Runs `functions` with the tags `$a (i32)`, `$e ()` and `$two (i32 i64)`, and helpers that throw them.
#[track_caller]
fn check(functions: &str, expected: &[(i32, Outcome)]) {
    let text = format!(
        r#"(module
        (import "env" "log" (func $log (param i32)))
        (tag $a (export "a") (param i32))
        (tag $e (export "e"))
        (tag $two (export "two") (param i32 i64))
        (func $throw_a (param i32) local.get 0 throw $a)
        (func $throw_e throw $e)
        (func $throw_two (param i32 i64) local.get 0 local.get 1 throw $two)
        {functions})"#
    );
    let wasm = wat::parse_str(text).expect("parses");
    let wasm = translated(&wasm, &Options::default());
    for (argument, expected) in expected {
        assert_eq!(run(&wasm, *argument).0, *expected, "run({argument})");
    }
}

fn value(value: i32) -> Outcome {
    Outcome::Value(value)
}

fn thrown(tag: &str, payload: &[i64]) -> Outcome {
    Outcome::Thrown(tag.to_owned(), payload.to_vec())
}
