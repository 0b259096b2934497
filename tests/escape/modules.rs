//! Modules that will not end, and resist being ended.

use std::thread;
use std::time::Duration;

use pyrun::{Error, Limits};

use super::engine;

const SHORT: Duration = Duration::from_millis(30);

/// What each does, and its text. `go` is called; what has none never returns from its start.
const MODULES: &[(&str, &str)] = &[
    ("touches no memory, and has none", r#"(module (func (export "go") (loop (br 0))))"#),
    (
        "catches whatever ends its loop, and loops on",
        r#"(module (memory 1) (func (export "go")
            (loop $l (block $h (try_table (catch_all $h) (loop (br 0)))) (br $l))))"#,
    ),
    (
        "catches what ends its stores",
        r#"(module (memory 1) (func (export "go")
            (loop $l (block $h (try_table (catch_all $h) (loop $i (i32.store (i32.const 0) (i32.const 1)) (br $i)))) (br $l))))"#,
    ),
    (
        "catches what ends those that it calls",
        r#"(module (memory 1) (func $spin (loop (br 0)))
            (func $down (param i32) (block $h (try_table (catch_all $h)
                (if (i32.eqz (local.get 0)) (then (call $spin)) (else (call $down (i32.sub (local.get 0) (i32.const 1)))))))
                (call $spin))
            (func (export "go") (call $down (i32.const 500))))"#,
    ),
    ("has a memory of no pages", r#"(module (memory 0) (func (export "go") (loop (br 0))))"#),
    (
        "grows its memory meanwhile",
        r#"(module (memory 0 100) (func (export "go") (loop (drop (memory.grow (i32.const 1))) (br 0))))"#,
    ),
    (
        "doubles its calls",
        r#"(module (func $f (param i64) (if (i64.ne (local.get 0) (i64.const 0)) (then
            (call $f (i64.sub (local.get 0) (i64.const 1))) (call $f (i64.sub (local.get 0) (i64.const 1))))))
            (func (export "go") (call $f (i64.const 500))))"#,
    ),
    (
        "goes from pointer to pointer",
        r#"(module (type $t (func)) (table funcref (elem $a $b)) (func $a) (func $b (call_indirect (type $t) (i32.const 0)))
            (func (export "go") (loop (call_indirect (type $t) (i32.const 1)) (br 0))))"#,
    ),
    ("never returns from its start", r#"(module (func $s (loop (br 0))) (start $s))"#),
    (
        "throws without end from its start",
        r#"(module (tag $e) (func $s (loop $l (block $h (try_table (catch_all $h) (throw $e))) (br $l))) (start $s))"#,
    ),
    (
        "never returns from a constructor",
        r#"(module (import "env" "emscripten_get_now" (func (result f64))) (memory (export "memory") 1)
            (func (export "__wasm_call_ctors") (loop (br 0))))"#,
    ),
    (
        "never returns from its initialization",
        r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory (export "memory") 1)
            (func (export "_initialize") (loop (br 0))))"#,
    ),
    (
        "asks the host without end, and does not care for the answer",
        r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32))) (memory (export "memory") 1)
            (func (export "_initialize")) (func (export "go") (loop (drop (call $y)) (br 0))))"#,
    ),
];

/// Starts and calls it, with these limits.
fn run(text: &str, limits: Limits, kills: bool) -> Result<(), Error> {
    let module = engine().module(wat::parse_str(text).expect("a module"))?;
    let mut builder = module.instance().limits(limits);
    let handle = builder.interrupt_handle()?;
    let killer = kills.then(|| thread::spawn(move || handle.kill()));
    let ended = builder.start().and_then(|mut instance| {
        let ended = instance.call("go", ()).map(drop);
        assert!(instance.is_poisoned(), "it is gone");
        assert!(matches!(instance.call("go", ()), Err(Error::Poisoned(_))), "and stays so");
        ended
    });
    if let Some(killer) = killer {
        killer.join().expect("it does not panic");
    }
    ended
}

#[test]
fn a_limit_of_time_ends_each() {
    for (what, text) in MODULES {
        for limits in [Limits::new().wall(SHORT), Limits::new().cpu(SHORT)] {
            let ended = run(text, limits.grace(Duration::ZERO), false);
            assert!(matches!(&ended, Err(Error::TimedOut(error)) if error.stopped), "{what}: {ended:?}");
        }
    }
}

#[test]
fn a_kill_ends_each_whenever_it_comes() {
    for (what, text) in MODULES {
        let ended = run(text, Limits::new(), true);
        assert!(matches!(ended, Err(Error::Killed)), "{what}: {ended:?}");
    }
}
