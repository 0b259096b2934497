//! Polls: where they are, and that nothing else changes.

use wasmer::{Instance, Module, imports};
use wasmparser::{Operator, Parser, Payload};

use super::engine::{store, translated};
use crate::{Options, Polls, inspect};

fn polled(text: &str) -> Vec<u8> {
    translated(&wat::parse_str(text).unwrap(), &options())
}

fn options() -> Options<'static> {
    Options { polls: Polls::Everywhere, ..Options::default() }
}

/// How many functions and loops of a module poll, and which memory; nothing else may be before the poll.
fn polls(wasm: &[u8]) -> (usize, usize, Option<u32>) {
    let (mut functions, mut loops, mut memory) = (0, 0, None);
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
        let operators: Vec<Operator<'_>> =
            body.get_operators_reader().unwrap().into_iter().map(|operator| operator.unwrap()).collect();
        let is_poll = |at: usize| match operators.get(at..at + 3) {
            Some([Operator::I32Const { value: 0 }, Operator::I32AtomicLoad8U { memarg }, Operator::Drop]) => {
                Some(memarg.memory)
            }
            _ => None,
        };
        let calls = operators.iter().any(|operator| matches!(operator, Operator::Call { .. }));
        assert_eq!(is_poll(0).is_some(), calls, "a function polls if it calls");
        functions += usize::from(calls);
        memory = memory.or(is_poll(0));
        for (at, operator) in operators.iter().enumerate() {
            if matches!(operator, Operator::Loop { .. }) {
                memory = Some(is_poll(at + 1).expect("a loop polls"));
                loops += 1;
            }
        }
    }
    (functions, loops, memory)
}

const COUNT: &str = r#"(func $count (param i32) (result i32) (local i32)
    (loop $again
        (local.set 1 (i32.add (local.get 1) (local.get 0)))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
    (func (export "run") (param i32) (result i32) (call $count (local.get 0)))"#;

#[test]
fn loops_and_calls_poll_a_memory_that_is_there() {
    for (memory, memories, polled_memory) in [
        ("", 1, 0),
        ("(memory 1)", 1, 0),
        ("(memory (export \"memory\") 0 4)", 2, 1),
        ("(import \"env\" \"memory\" (memory 1))", 1, 0),
        ("(import \"env\" \"memory\" (memory 0))", 2, 1),
        ("(memory 0) (memory 3)", 3, 2),
        ("(tag) (global i32 (i32.const 1)) (table 1 funcref) (elem (i32.const 0) $count)", 1, 0),
    ] {
        let text = format!("(module {memory} {COUNT})");
        let wasm = polled(&text);
        assert_eq!(polls(&wasm), (1, 1, Some(polled_memory)), "{text}");
        assert_eq!(inspect(&wasm).unwrap().memories().len(), memories, "{text}");
    }
}

#[test]
fn what_neither_loops_nor_calls_is_left_alone() {
    let wasm = wat::parse_str(r#"(module (func (export "run") (param i32) (result i32) (local.get 0)))"#).unwrap();
    assert_eq!(translated(&wasm, &options()), wasm);
}

#[test]
fn code_with_polls_does_the_same() {
    for memory in ["", "(memory 0)", "(memory 1)"] {
        let mut store = store();
        let module = Module::new(&store, polled(&format!("(module {memory} {COUNT})"))).unwrap();
        let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
        let run = instance.exports.get_typed_function::<i32, i32>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, 100).unwrap(), 5050, "{memory}");
    }
}

/// Kernels, from the one that a poll must cost most to the one that it must cost least.
const KERNELS: [(&str, i32, &str); 4] = [
    (
        "calls (Fibonacci numbers)",
        32,
        r#"(func $run (export "run") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
                (else (i32.add (call $run (i32.sub (local.get 0) (i32.const 1)))
                    (call $run (i32.sub (local.get 0) (i32.const 2)))))))"#,
    ),
    (
        "a loop of one multiplication",
        100_000_000,
        r#"(func (export "run") (param i32) (result i32) (local i32)
            (loop $again
                (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 1664525)) (i32.const 1013904223)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1))"#,
    ),
    (
        "a loop over bytes (sieve of primes)",
        8_000_000,
        r#"(func (export "run") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $count i32)
            (memory.fill (i32.const 0) (i32.const 0) (local.get $n))
            (local.set $i (i32.const 2))
            (loop $outer
                (if (i32.eqz (i32.load8_u (local.get $i))) (then
                    (local.set $count (i32.add (local.get $count) (i32.const 1)))
                    (local.set $j (i32.add (local.get $i) (local.get $i)))
                    (block $end (loop $inner
                        (br_if $end (i32.ge_u (local.get $j) (local.get $n)))
                        (i32.store8 (local.get $j) (i32.const 1))
                        (local.set $j (i32.add (local.get $j) (local.get $i)))
                        (br $inner)))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $outer (i32.lt_u (local.get $i) (local.get $n))))
            (local.get $count))"#,
    ),
    (
        "a loop over floats (a dot product, again and again)",
        20_000,
        r#"(func (export "run") (param $n i32) (result i32) (local $at i32) (local $sum f64)
            (loop $outer
                (local.set $at (i32.const 0))
                (loop $inner
                    (local.set $sum (f64.add (local.get $sum)
                        (f64.mul (f64.load (local.get $at)) (f64.load offset=65536 (local.get $at)))))
                    (br_if $inner (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 65536))))
                (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i32.trunc_sat_f64_s (local.get $sum)))"#,
    ),
];

#[test]
#[ignore = "a measurement, which prints only"]
fn what_polls_cost() {
    for (name, argument, code) in KERNELS {
        let wasm = wat::parse_str(format!("(module (memory 200) {code})")).unwrap();
        let time = |options: &Options<'_>| {
            let mut store = store();
            let module = Module::new(&store, translated(&wasm, options)).unwrap();
            let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
            let run = instance.exports.get_typed_function::<i32, i32>(&store, "run").unwrap();
            let begin = std::time::Instant::now();
            run.call(&mut store, argument).unwrap();
            begin.elapsed()
        };
        // In turn, and the best of each, since others may use the processor, too.
        let (mut without, mut with) = (std::time::Duration::MAX, std::time::Duration::MAX);
        for _ in 0..7 {
            without = without.min(time(&Options::default()));
            with = with.min(time(&options()));
        }
        println!(
            "{name}: {without:.1?} without polls, {with:.1?} with: {:.3}",
            with.as_secs_f64() / without.as_secs_f64()
        );
    }
}

/// Bodies of a loop, and whether it may go around without an access.
const LOOPS: &[(&str, bool)] = &[
    ("(br $l)", true),
    // `while (size < needed) size *= 2`.
    (
        "(br_if $out (i32.ge_s (local.get 0) (i32.const 9))) (local.set 0 (i32.shl (local.get 0) (i32.const 1))) (br $l)",
        true,
    ),
    ("(br_if $out (i32.load (local.get 0))) (br $l)", false),
    ("(br_if $out (local.get 0)) (i32.store (i32.const 0) (i32.const 1)) (br $l)", false),
    ("(br_if $l (local.get 0)) (i32.store (i32.const 0) (i32.const 1)) (br $l)", true),
    ("(if (local.get 0) (then (i32.store (i32.const 0) (i32.const 1)))) (br $l)", true),
    ("(block $b (br_if $b (local.get 0)) (i32.store (i32.const 0) (i32.const 1))) (br $l)", true),
    ("(block $b (i32.store (i32.const 0) (i32.const 1)) (br_if $b (local.get 0))) (br $l)", false),
    ("(block $b (br_table $out $l $b (local.get 0)))", true),
    ("(br_table $out $out (local.get 0))", false),
    ("(loop $inner (br_if $inner (i32.load (i32.const 0)))) (br $l)", false),
    ("(if (i32.load (i32.const 0)) (then (br $l)) (else (br $l)))", false),
    (
        "(if (local.get 0) (then (drop (i32.load (i32.const 0)))) (else (i32.store (i32.const 0) (i32.const 1)))) (br $l)",
        false,
    ),
    ("(if (local.get 0) (then (drop (i32.load (i32.const 0)))) (else (br $l))) (br $l)", true),
    ("(if (local.get 0) (then (drop (i32.load (i32.const 0))) (br $l)))", false),
    ("(block $b (if (local.get 0) (then (return))) (br_table $b $out (i32.load (i32.const 0)))) (br $l)", false),
    ("(block $b (block $c (br_table $b $c (local.get 0))) (drop (i32.load (i32.const 0)))) (br $l)", true),
    ("(block $b (block $c (br_table $b $c (local.get 0))) (drop (i32.load (i32.const 0))) (br $l))", false),
    ("(block $b (try_table (catch_all $b) (call $callee) (br $l))) (br $l)", true),
    ("(drop (i32.load (i32.const 0))) (block $b (try_table (catch_all $b) (call $callee))) (br $l)", false),
    ("(try_table (catch_all $l) (call $callee))", true),
    ("(drop (i32.load (i32.const 0))) (try_table (catch_all $l) (call $callee))", false),
    ("(loop $inner (drop (i32.load (i32.const 0))) (br_if $inner (local.get 0)) (br $l))", false),
    ("(block $b (loop $inner (br_if $b (local.get 0)) (drop (i32.load (i32.const 0))) (br $inner))) (br $l)", true),
    (
        "(drop (i32.load (i32.const 0))) (block $b (loop $inner (br_if $b (local.get 0)) (drop (i32.load (i32.const 0))) (br $inner))) (br $l)",
        false,
    ),
    ("(drop (v128.load8_lane 0 (i32.const 0) (v128.const i32x4 0 0 0 0))) (br $l)", false),
    ("(drop (memory.grow (i32.const 0))) (br $l)", true),
    ("(call $callee) (br $l)", false),
    ("(if (local.get 0) (then (call $callee))) (br $l)", true),
    ("(memory.fill (i32.const 0) (i32.const 0) (i32.const 0)) (br $l)", true),
    ("(br $out)", false),
    ("(return)", false),
    ("(unreachable)", false),
    ("", false),
    // What is entered inside and ended again, and what comes after the loop.
    ("(block) (br_if $l (local.get 0))", true),
    ("(loop) (br_if $l (local.get 0))", true),
    ("(block (try_table) (br_if $l (local.get 0)))", true),
    ("(nop)) (br_if $out (local.get 0)) (block", false),
    // Behind what never goes on, nothing is run.
    ("(return) (br $l)", false),
    ("(unreachable) (br $l)", false),
    ("(throw $e) (br $l)", false),
    ("(throw_ref (ref.null exn)) (br $l)", false),
    ("(br $out) (br $l)", false),
    ("(br_table $out $out (local.get 0)) (br $l)", false),
];

/// How many polls a module has.
fn count(wasm: &[u8]) -> usize {
    let operators = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload.unwrap() {
        Payload::CodeSectionEntry(body) => Some(body.get_operators_reader().unwrap().into_iter()),
        _ => None,
    });
    operators.flatten().filter(|operator| matches!(operator, Ok(Operator::I32AtomicLoad8U { .. }))).count()
}

#[test]
fn a_loop_that_may_go_around_without_an_access_polls() {
    let options = Options { polls: Polls::SilentLoops, ..Options::default() };
    for (body, silent) in LOOPS {
        let text =
            format!("(module (memory 1) (tag $e) (func $callee) (func (param i32) (block $out (loop $l {body}))))");
        let wasm = translated(&wat::parse_str(&text).unwrap(), &options);
        // A loop inside is looked at by itself.
        assert_eq!(count(&wasm), usize::from(*silent), "{body}");
    }
}

/// Each loop is looked at by itself, also where another of the module polls.
#[test]
fn loops_beside_each_other_poll_or_not() {
    let text = "(module (memory 1) (func (param i32)
        (loop $silent (br_if $silent (local.get 0)))
        (loop $reads (br_if $reads (i32.load (local.get 0))))))";
    for (polls, expected) in [(Polls::Nowhere, 0), (Polls::SilentLoops, 1), (Polls::Everywhere, 2)] {
        let wasm = translated(&wat::parse_str(text).unwrap(), &Options { polls, ..Options::default() });
        assert_eq!(count(&wasm), expected, "{polls:?}");
    }
}
