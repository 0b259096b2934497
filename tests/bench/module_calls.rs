//! What a call into a standalone module costs: `cargo run --release -p pyrun-cli --example module_calls`.
//!
//! Prints the median of several rounds, in nanoseconds a call, for each way to call; C's way is in `module_calls.c`.

use std::hint::black_box;
use std::time::Instant;

use pyrun::{Config, Engine, HostContext, ModuleInstance};

const CALLS: u32 = 1_000_000;
const ROUNDS: usize = 9;

const MODULE: &str = r#"(module
    (import "host" "add" (func $host (param i32 i32) (result i32)))
    (import "host" "values" (func $values (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "hosts") (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (call $host (local.get 1) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get 1) (local.get 0))))
        (local.get 1))
    (func (export "by_values") (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (call $values (local.get 1) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get 1) (local.get 0))))
        (local.get 1)))"#;

fn main() -> pyrun::Result<()> {
    let engine = Engine::new(Config::new())?;
    let mut instance = engine
        .module(wat::parse_str(MODULE).expect("the text is right"))?
        .instance()
        .host("host", "add", |a: i32, b: i32| a + b)
        .host_values("host", "values", |_: &mut HostContext<'_>, arguments| {
            let sum = arguments.iter().filter_map(|value| value.as_signed()).sum::<i64>();
            Ok::<_, String>(vec![sum.into()])
        })
        .start()?;
    let add = instance.function::<(i32, i32), i32>("add")?;
    let words = instance.word_function("add")?;
    measure("typed: WasmFunction::call", &mut instance, |instance| {
        (0..CALLS).try_for_each(|n| {
            black_box(add.call(instance, (n.cast_signed(), 1))?);
            Ok(())
        })
    })?;
    measure("words: WordFunction::call", &mut instance, |instance| {
        let mut results = [0];
        (0..CALLS).try_for_each(|n| words.call(instance, &[n.into(), 1], black_box(&mut results)))
    })?;
    measure("by name: ModuleInstance::call", &mut instance, |instance| {
        (0..CALLS).try_for_each(|n| {
            black_box(instance.call("add", (n, 1))?);
            Ok(())
        })
    })?;
    measure("a host function, typed", &mut instance, |instance| instance.call("hosts", (CALLS,)).map(drop))?;
    measure("a host function over values", &mut instance, |instance| instance.call("by_values", (CALLS,)).map(drop))
}

fn measure(
    what: &str,
    instance: &mut ModuleInstance,
    mut body: impl FnMut(&mut ModuleInstance) -> pyrun::Result<()>,
) -> pyrun::Result<()> {
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        body(instance)?;
        rounds.push(begin.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
    }
    rounds.sort_by(f64::total_cmp);
    println!("{what:<32} {:>7.1} ns", rounds[ROUNDS / 2]);
    Ok(())
}
