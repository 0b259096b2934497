//! Checks of the native stack: where they are, how much they ask for, and that nothing else changes.

use wasmer::{Instance, Module, Store, Value, imports};
use wasmparser::{Operator, Parser, Payload};

use super::engine::store;
use crate::{Options, translate, validate};

fn checked(text: &str) -> Vec<u8> {
    let options = Options { stack_checks: true, ..Options::default() };
    let wasm = translate(&wat::parse_str(text).unwrap(), &options).unwrap().wasm;
    validate(&wasm).unwrap();
    wasm
}

/// Everything that one body may hold.
const ALL: &str = r#"(module (memory 1) (memory 1) (table 1 funcref) (tag $e) (data $d "") (elem $s func)
    (func (param i32)
        (block (throw $e)) (block (throw_ref (ref.null exn))) (block (unreachable))
        (memory.copy (i32.const 0) (i32.const 0) (i32.const 0)) (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
        (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 0)) (memory.fill 1 (i32.const 0) (i32.const 0) (i32.const 0))
        (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)) (table.init $s (i32.const 0) (i32.const 0) (i32.const 0))
        (table.copy (i32.const 0) (i32.const 0) (i32.const 0)) (table.fill (i32.const 0) (ref.null func) (i32.const 0))
        (table.set (i32.const 0) (table.get (i32.const 0)))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))
        (drop (memory.atomic.wait64 (i32.const 0) (i64.const 0) (i64.const 0)))
        (drop (memory.atomic.notify (i32.const 0) (i32.const 0)))
        (i32.store (i32.const 0) (i32.div_u (i32.const 1) (local.get 0))) (drop (memory.grow (i32.const 1)))))"#;

#[test]
fn what_takes_locks_looks_first() {
    let wasm = checked(ALL);
    let mut bodies = Parser::new(0).parse_all(&wasm).filter_map(|payload| match payload.unwrap() {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    let body = bodies.next().unwrap();
    let operators: Vec<Operator<'_>> = body.get_operators_reader().unwrap().into_iter().map(Result::unwrap).collect();
    let (mut checked, mut moved, mut bare) = (0, 0, Vec::new());
    for pair in operators.windows(2) {
        match pair {
            [Operator::Call { function_index: 2 }, _] => checked += 1,
            [_, Operator::Call { function_index: 3 | 4 }] => moved += 1,
            [_, operator] => bare.push(format!("{operator:?}")),
            _ => {}
        }
    }
    assert_eq!((checked, moved), (14, 2), "{operators:#?}");
    for word in ["Throw", "Unreachable", "MemoryCopy", "MemoryFill", "Init", "TableG", "TableS", "Wait", "Notify"] {
        assert!(!bare.iter().any(|operator| operator.contains(word)), "{word}: {bare:?}");
    }
    assert_eq!(bodies.count(), 4, "the functions that were added");
}

#[test]
fn what_needs_no_check_is_left_alone() {
    let wasm = wat::parse_str(
        r#"(module (memory 1) (func (export "run") (param i32) (result i32)
            (i32.load (i32.div_s (local.get 0) (memory.grow (i32.const 1))))))"#,
    );
    let wasm = wasm.unwrap();
    let options = Options { stack_checks: true, ..Options::default() };
    assert_eq!(translate(&wasm, &options).unwrap().wasm, translate(&wasm, &Options::default()).unwrap().wasm);
}

#[test]
fn a_module_without_types_that_fit_and_one_without_memory_get_them() {
    for text in [
        "(module (func (unreachable)))",
        r#"(module (import "env" "memory" (memory 1)) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))"#,
    ] {
        assert!(checked(text).len() > wat::parse_str(text).unwrap().len() + 1000, "{text}");
    }
}

/// Of a memory with 64-bit addresses nothing is known but that its instructions may trap.
#[test]
fn instructions_of_a_memory_of_64_bits_stay_behind_a_check() {
    let text = "(module (memory i64 1) (func
        (memory.fill (i64.const 0) (i32.const 0) (i64.const 9)) (memory.copy (i64.const 0) (i64.const 0) (i64.const 9))))";
    let options = Options { stack_checks: true, ..Options::default() };
    let wasm = translate(&wat::parse_str(text).unwrap(), &options).unwrap().wasm;
    let features = crate::validate::engine_features() | wasmparser::WasmFeatures::MEMORY64;
    wasmparser::Validator::new_with_features(features).validate_all(&wasm).unwrap();
    let all = super::unchanged::bodies(&wasm);
    let operators = super::unchanged::operators(&all[0]);
    let checks = operators.windows(2).filter(|pair| {
        matches!(pair, [Operator::Call { .. }, Operator::MemoryFill { .. } | Operator::MemoryCopy { .. }])
    });
    assert_eq!((checks.count(), all.len()), (2, 3), "{operators:?}");
}

fn call(store: &mut Store, instance: &Instance, name: &str, args: &[i32]) -> Result<i32, wasmer::RuntimeError> {
    let args: Vec<Value> = args.iter().map(|arg| Value::I32(*arg)).collect();
    let results = instance.exports.get_function(name).unwrap().call(store, &args)?;
    Ok(results.first().and_then(Value::i32).unwrap_or(0))
}

/// Copies and fills, as parameters: each with and without checks ends alike, and leaves the same memory, but that of what is partly
/// outside nothing is done.
#[test]
fn copies_and_fills_do_the_same() {
    let text = r#"(module (memory (export "memory") 1) (data (i32.const 100) "abcdefgh")
        (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
        (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2))))"#;
    let end = 65536;
    let places = [0, 1, 99, 100, 103, end - 8, end - 1, end, end + 1, i32::MAX, i32::MIN, -8, -1];
    let lengths = [0, 1, 2, 8, 100, end - 100, end - 1, end, end + 1, i32::MAX, i32::MIN, -1];
    let run = |wasm: &[u8]| {
        let mut store = store();
        let module = Module::new(&store, wasm).unwrap();
        let mut outcomes = Vec::new();
        for name in ["copy", "fill"] {
            for to in places {
                for from in places {
                    let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
                    for length in lengths {
                        let ended = call(&mut store, &instance, name, &[to, from, length]).err();
                        outcomes.push((name, [to, from, length], ended.and_then(wasmer::RuntimeError::to_trap)));
                    }
                    let memory = instance.exports.get_memory("memory").unwrap().view(&store);
                    let bytes = memory.copy_to_vec().unwrap();
                    let sum = bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
                    outcomes.push((name, [sum as i32, (sum >> 32) as i32, 0], None));
                }
            }
        }
        outcomes
    };
    let (with, without) = (run(&checked(text)), run(&wat::parse_str(text).unwrap()));
    for (with, without) in with.iter().zip(&without) {
        assert_eq!(with, without);
    }
}

/// The check asks for as much of the stack as it says: with it, so many frames fewer can be gone down before.
#[test]
fn a_check_asks_for_enough() {
    let text = r#"(module (global $sum (mut i32) (i32.const 0))
        (func $down (param i32)
            (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))) (else (call $last)))
            (global.set $sum (i32.add (global.get $sum) (local.get 0))))
        (func $last LAST)
        (func (export "run") (param i32) (call $down (local.get 0))))"#;
    let deepest = |wasm: &[u8]| {
        let mut store = store();
        let module = Module::new(&store, wasm).unwrap();
        let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
        let (mut well, mut badly) = (0, 1 << 20);
        while well + 1 < badly {
            let middle = i32::midpoint(well, badly);
            let ended = call(&mut store, &instance, "run", &[middle]);
            let overflows = matches!(ended, Err(error) if error.clone().to_trap().is_some_and(|code| format!("{code:?}") == "StackOverflow"));
            *(if overflows { &mut badly } else { &mut well }) = middle;
        }
        f64::from(well)
    };
    // The engine's own size of a native stack.
    let stack = f64::from(1 << 20);
    let (without, with) = (
        deepest(&wat::parse_str(text.replace("LAST", "")).unwrap()),
        deepest(&checked(&text.replace("LAST", "(unreachable)"))),
    );
    let asked = stack * (without - with) / without;
    assert!((72.0 * 1024.0..96.0 * 1024.0).contains(&asked), "{asked} bytes: {without} and {with} levels");
}

/// What the checks are for: without them, this hangs at a lock that was lost at the end of the stack. With `PYRUN_UNCHECKED` set it is
/// seen to.
#[test]
#[ignore = "hangs on purpose; tests/escape/stack.rs is the test"]
fn what_hangs_without_checks() {
    let text = r#"(module (global $sum (mut i32) (i32.const 0)) (tag $e)
        (func $down (param i32)
            (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))) (else (call $last)))
            (global.set $sum (i32.add (global.get $sum) (local.get 0))))
        (func $last LAST)
        (func (export "run") (param i32) (call $down (local.get 0))))"#;
    let run = |last: &str, levels: std::ops::Range<i32>| {
        let text = text.replace("LAST", last);
        let wasm = match std::env::var_os("PYRUN_UNCHECKED") {
            Some(_) => wat::parse_str(text).unwrap(),
            None => checked(&text),
        };
        let mut store = store();
        let module = Module::new(&store, wasm).unwrap();
        let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
        for levels in levels.step_by(10) {
            drop(call(&mut store, &instance, "run", &[levels]));
        }
    };
    for last in ["(block $h (try_table (catch_all $h) (throw $e)))", "(unreachable)"] {
        run(last, 29_000..33_000);
        // The thread itself gets past its own lock.
        std::thread::scope(|scope| drop(scope.spawn(|| run(last, 0..100))));
        println!("{last}: over");
    }
}
