//! Modules that have standardised exceptions (`try_table`, `exnref`) in the file, as a later release may.

use wasmer::{Function, FunctionEnv, FunctionEnvMut, Instance, Module, imports};

use super::engine::{Outcome, run, store, translated};
use super::eras::SURROUNDINGS;
use crate::{Options, inspect, translate, validate};

/// A main module as Emscripten would link it: tags of its own, which libraries import, an exception that is kept and thrown
/// again, and functions to be inlined, renumbered and slimmed.
const MAIN: &str = r#"(module
    (import "env" "log" (func $log (param i32)))
    (memory (export "memory") 1)
    (table (export "__indirect_function_table") 4 funcref)
    (tag $cpp (export "__cpp_exception") (param i32))
    (tag $longjmp (export "__c_longjmp") (param i32))
    (global $begun (mut i32) (i32.const 0))
    (start $begin)
    (elem (i32.const 1) func $throws $jumps)
    (data (i32.const 16) "ab") (data (i32.const 20) "cd")
    (func $begin (global.set $begun (i32.const 1)))
    (func $throws (param i32) (throw $cpp (local.get 0)))
    (func $jumps (param i32) (throw $longjmp (local.get 0)))
    (func $copy (memory.copy (i32.const 32) (i32.const 16) (i32.const 8)))
    (func $cleanup (param i32)
        (local $caught exnref)
        (block $all (result exnref)
            (try_table (catch_all_ref $all) (call_indirect (param i32) (local.get 0) (local.get 0)))
            (return))
        (local.set $caught)
        (call $log (i32.const 100))
        (call $copy)
        (throw_ref (local.get $caught)))
    (func (export "run") (param i32) (result i32)
        (block $jump (result i32)
            (block $thrown (result i32)
                (try_table (result i32) (catch $cpp $thrown) (catch $longjmp $jump)
                    (call $cleanup (local.get 0))
                    (i32.const -1))
                (return))
            (return (i32.add (i32.load8_u (i32.const 32)))))
        (i32.mul (i32.const 1000))))"#;

fn all_options() -> Options<'static> {
    Options {
        surroundings: Some(SURROUNDINGS),
        merge_data_gap: Some(64),
        inline_limit: Some(200),
        vectorize: true,
        quick_copies: true,
        export_filter: Some(&|name| name == "run"),
        ..Options::default()
    }
}

#[test]
fn a_main_module_passes_as_it_is() {
    let wasm = wat::parse_str(MAIN).expect("parses");
    let same = translate(&wasm, &Options::default()).expect("translates");
    let counts = (same.counts.tries, same.counts.rewritten_functions, same.counts.dropped_sections);
    assert_eq!(counts, (0, 0, 1), "only the names go");
    for options in [Options::default(), all_options()] {
        let wasm = translated(&wasm, &options);
        assert_eq!(run(&wasm, 1), (Outcome::Value(1 + i32::from(b'a')), vec![100]), "a C++ exception");
        assert_eq!(run(&wasm, 2), (Outcome::Value(2000), vec![100]), "a longjmp");
        assert_eq!(run(&wasm, 3).0, Outcome::Trap, "what is no exception passes");
    }
}

#[test]
fn a_main_module_can_be_made_for_snapshots() {
    let wasm = wat::parse_str(MAIN).expect("parses");
    let options = Options { for_snapshots: true, data_apart: true, ..all_options() };
    let translated = translate(&wasm, &options).expect("translates");
    validate(&translated.wasm).expect("is valid");
    let info = translated.inspect().expect("inspects");
    assert_eq!((info.tag_count(), info.start()), (2, None));
    assert!(info.export("__cpp_exception").is_some() && info.export(crate::START_EXPORT).is_some());
    assert_eq!(translated.data.len(), 1);
}

/// A library that still has the legacy form, beside a function that has the other.
const LIBRARY: &str = r#"(module
    (@custom "dylink.0" (before first) "")
    (import "env" "__cpp_exception" (tag $cpp (param i32)))
    (import "env" "__indirect_function_table" (table 2 funcref))
    (import "env" "own" (func $own (result i32)))
    (export "own" (func $defined))
    (func $defined (result i32) (i32.const 5))
    (func (export "legacy") (param i32) (result i32)
        try (result i32)
            (call_indirect (param i32) (i32.add (local.get 0) (call $own)) (i32.const 1))
            i32.const -1
        catch $cpp
        end)
    (func (export "modern") (param i32) (result i32)
        (block $thrown (result i32)
            (try_table (result i32) (catch $cpp $thrown)
                (call_indirect (param i32) (i32.add (local.get 0) (call $own)) (i32.const 1))
                (i32.const -1))))
    ;; Each form inside the other, with labels that new blocks come between.
    (func (export "mixed") (param i32) (result i32)
        (block $out (result i32)
            try (result i32)
                (block $again (result i32 exnref)
                    (try_table (result i32) (catch_ref $cpp $again)
                        (call_indirect (param i32) (i32.add (local.get 0) (call $own)) (i32.const 1))
                        (i32.const -1))
                    (br $out))
                throw_ref
            catch $cpp
                (br $out (i32.add (i32.const 1000)))
            end)))"#;

#[test]
fn libraries_of_either_form_catch_what_such_a_main_module_throws() {
    let main = translated(&wat::parse_str(MAIN).expect("parses"), &Options::default());
    let options = Options { provided_elsewhere: Some(&|_| false), ..Options::default() };
    let library = translate(&wat::parse_str(LIBRARY).expect("parses"), &options).expect("translates");
    assert_eq!((library.counts.tries, library.counts.dropped_imports), (2, 1));
    validate(&library.wasm).expect("is valid");
    assert!(inspect(&library.wasm).expect("inspects").dylink().is_some());

    let mut store = store();
    let env = FunctionEnv::new(&mut store, ());
    let log = Function::new_typed_with_env(&mut store, &env, |_: FunctionEnvMut<'_, ()>, _: i32| {});
    let main = Module::new(&store, main).expect("compiles");
    let main = Instance::new(&mut store, &main, &imports! { "env" => { "log" => log } }).expect("instantiates");
    let export = |name: &str| main.exports.get_extern(name).expect("is exported").clone();
    let imports = imports! { "env" => {
        "__cpp_exception" => export("__cpp_exception"),
        "__indirect_function_table" => export("__indirect_function_table"),
    } };
    let library = Module::new(&store, library.wasm).expect("compiles");
    let library = Instance::new(&mut store, &library, &imports).expect("instantiates");
    for (name, expected) in [("legacy", 42), ("modern", 42), ("mixed", 1042)] {
        let function = library.exports.get_typed_function::<i32, i32>(&store, name).expect("is exported");
        assert_eq!(function.call(&mut store, 37).expect("returns"), expected, "{name}");
    }
}
