//! What a call through `invoke_*` costs beside the same call through the table, and what a throw that it catches costs.
//! Prints nanoseconds for one of each, the least of several rounds: `cargo run --release --example invoke`.

use std::error::Error;
use std::time::Instant;

use pyrun_translate::{MainMemoryLayout, Options, translate};
use wasmer::sys::{Cranelift, EngineBuilder, Features};
use wasmer::{Function, Instance, Module, Store, TypedFunction, imports};

/// Loops over calls of slot 1, which adds, and of slot 2, which throws.
const MODULE: &str = r#"(module
    (@custom "dylink.0" (before first) "\01\04\00\00\03\00")
    (type $binary (func (param i32 i32) (result i32)))
    (import "env" "memory" (memory 1))
    (import "env" "__indirect_function_table" (table 3 funcref))
    (import "env" "__stack_pointer" (global $sp (mut i32)))
    (import "env" "invoke_iii" (func $invoke_iii (param i32 i32 i32) (result i32)))
    (import "env" "invoke_v" (func $invoke_v (param i32)))
    (import "env" "__cxa_throw" (func $throw (param i32 i32 i32)))
    (export "setThrew" (func $set_threw))
    (elem (i32.const 1) func $add $throws)
    (func $set_threw (param i32 i32))
    (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func $throws (call $throw (i32.const 0) (i32.const 0) (i32.const 0)))
    (func (export "direct") (param $count i32) (result i32) (local $sum i32)
        (loop $again
            (local.set $sum (call_indirect (type $binary) (local.get $sum) (i32.const 1) (i32.const 1)))
            (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        (local.get $sum))
    (func (export "invoked") (param $count i32) (result i32) (local $sum i32)
        (loop $again
            (local.set $sum (call $invoke_iii (i32.const 1) (local.get $sum) (i32.const 1)))
            (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        (local.get $sum))
    (func (export "thrown") (param $count i32) (result i32)
        (loop $again
            (call $invoke_v (i32.const 2))
            (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        (local.get $count)))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let main_memory = MainMemoryLayout { memory_base: 1024, table_base: 1, stack_size: 4096, keeps_dylink: false };
    let options = Options { main_memory: Some(main_memory), ..Options::default() };
    let translated = translate(&wat::parse_str(MODULE)?, &options)?;
    let mut features = Features::new();
    features.exceptions(true);
    let engine = EngineBuilder::new(Cranelift::default()).set_features(Some(features)).engine();
    let mut store = Store::new(engine);
    let module = Module::new(&store, translated.wasm)?;
    let throw = Function::new_typed(&mut store, |_: i32, _: i32, _: i32| {});
    let imports = imports! { "env" => { "__cxa_throw" => throw } };
    let instance = Instance::new(&mut store, &module, &imports)?;
    for (name, count) in [("direct", 20_000_000), ("invoked", 20_000_000), ("thrown", 20_000)] {
        let function: TypedFunction<i32, i32> = instance.exports.get_typed_function(&store, name)?;
        let mut least = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            function.call(&mut store, count)?;
            least = least.min(start.elapsed().as_secs_f64() / f64::from(count));
        }
        println!("{name:<8} {:>9.1} ns", least * 1e9);
    }
    Ok(())
}
