//! Traps of many guests at once, in code of one artifact.

use std::thread;

use pyrun::Error;

use super::engine;

/// How often each thread traps.
const TIMES: usize = 1500;

/// Functions that trap, and part of what is said of each.
const FUNCTIONS: &[(&str, &str)] = &[
    ("outside", "out of bounds"),
    ("null", "null function"),
    ("zero", "zero"),
    ("overflow", "overflow"),
    ("type", "type"),
];

const MODULE: &str = r#"(module (memory 1) (type $n (func)) (type $i (func (param i32)))
    (table 4 funcref) (elem (i32.const 1) $f) (func $f (param i32))
    (func (export "outside") (drop (i32.load (i32.const -4))))
    (func (export "null") (call_indirect (type $n) (i32.const 0)))
    (func (export "zero") (param i32) (drop (i32.div_s (i32.const 1) (local.get 0))))
    (func (export "overflow") (param i32) (drop (i32.div_s (i32.const -2147483648) (i32.sub (local.get 0) (i32.const 1)))))
    (func (export "type") (call_indirect (type $n) (i32.const 1))))"#;

/// The engine looks into the module's file for what a trap is, by a descriptor whose offset all threads share.
#[test]
fn guests_that_trap_at_once_are_told_their_own_trap() {
    let wasm = wat::parse_str(MODULE).expect("a module");
    // From the second time on the module comes from its file in the cache.
    for _ in 0..2 {
        engine().module(wasm.clone()).unwrap().instance().start().unwrap();
    }
    let engine = engine();
    let module = engine.module(wasm).unwrap();
    thread::scope(|scope| {
        for number in 0..4 {
            let module = &module;
            scope.spawn(move || {
                let mut instance = module.instance().start().unwrap();
                for time in 0..TIMES {
                    let (name, said) = FUNCTIONS[(time + number) % FUNCTIONS.len()];
                    let takes_one = matches!(name, "zero" | "overflow");
                    let ended = if takes_one { instance.call(name, (0,)) } else { instance.call(name, ()) };
                    match ended {
                        Err(Error::Trap(trap)) => assert!(trap.to_string().contains(said), "{name}: {trap}"),
                        other => panic!("{name}: {other:?}"),
                    }
                }
            });
        }
    });
}
