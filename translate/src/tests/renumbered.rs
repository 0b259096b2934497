//! Functions whose index changes are called by the new one wherever they are named, and keep their names.

use std::collections::BTreeMap;

use wasmparser::{KnownCustom, Name, Operator, Parser, Payload};

use super::engine::{Outcome, run, translated};
use super::eras::{SURROUNDINGS, old_main_module};
use crate::{Options, TranslateError, inspect, translate};

/// `env.f` is dropped, so that each function comes one earlier. The wrong function of the same type is behind each right one.
const SHIFTED: &str = r#"(module $m
    (type $fun (func (param i32) (result i32)))
    (import "env" "f" (func $f (type $fun)))
    (import "env" "log" (func $log (param i32)))
    (table (export "table") 4 funcref)
    (global $held (mut funcref) (ref.null func))
    (export "f" (func $own))
    (elem declare func $right $wrong)
    (func $own (type $fun) (i32.add (local.get 0) (i32.const 1)))
    (func $right (type $fun) (i32.mul (local.get 0) (i32.const 10)))
    (func $wrong (type $fun) (i32.const -1))
    (func $put (param $slot i32) (table.set (local.get $slot) (ref.func $right)))
    (func (export "run") (param i32) (result i32)
        ;; In a body of its own, in one that is put in the place of a call, and behind a handler.
        (table.set (i32.const 0) (ref.func $right))
        (call $put (i32.const 1))
        (global.set $held (ref.func $right))
        (table.set (i32.const 2) (global.get $held))
        (call $log (call_indirect (type $fun) (local.get 0) (i32.const 0)))
        (call $log (call_indirect (type $fun) (local.get 0) (i32.const 1)))
        (call $log (call_indirect (type $fun) (local.get 0) (i32.const 2)))
        (call $f (call $right (local.get 0)))))"#;

fn options(inline_limit: Option<u32>) -> Options<'static> {
    Options { provided_elsewhere: Some(&|_| false), inline_limit, keep_names: true, ..Options::default() }
}

#[test]
fn references_to_functions_are_renumbered() {
    let wasm = wat::parse_str(SHIFTED).expect("parses");
    for inline_limit in [None, Some(100)] {
        let translation = translate(&wasm, &options(inline_limit)).expect("translates");
        assert_eq!(translation.counts.dropped_imports, 1);
        assert_eq!(translation.counts.inlined_calls > 0, inline_limit.is_some());
        crate::validate(&translation.wasm).expect("is valid");
        assert_eq!(run(&translation.wasm, 4), (Outcome::Value(41), vec![40, 40, 40]), "{inline_limit:?}");
    }
}

/// The names of functions, by index.
fn function_names(wasm: &[u8]) -> BTreeMap<u32, String> {
    let mut found = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CustomSection(section) = payload.expect("parses") else { continue };
        let KnownCustom::Name(names) = section.as_known() else { continue };
        for names in names {
            if let Name::Function(names) = names.expect("parses") {
                found.extend(names.into_iter().map(|name| name.expect("parses")).map(|n| (n.index, n.name.to_owned())));
            }
        }
    }
    found
}

#[test]
fn names_go_with_their_functions() {
    let wasm = wat::parse_str(SHIFTED).expect("parses");
    let names = |wasm: &[u8]| function_names(wasm).into_values().collect::<Vec<_>>();
    assert_eq!(names(&wasm), ["f", "log", "own", "right", "wrong", "put"]);
    let kept = translate(&wasm, &options(None)).expect("translates").wasm;
    let (index, info) = (function_names(&kept), inspect(&kept).expect("inspects"));
    assert_eq!(index.into_iter().collect::<Vec<_>>(), {
        let names = ["log", "own", "right", "wrong", "put"].map(str::to_owned);
        (0..).zip(names).collect::<Vec<(u32, String)>>()
    });
    assert_eq!(info.export("f").map(|f| f.index), Some(1));
}

#[test]
fn tail_calls_are_renumbered() {
    // The engine does not have them; the translator passes them on.
    let text = r#"(module
        (import "env" "f" (func $f (result i32)))
        (export "f" (func $own))
        (func $own (result i32) (i32.const 1))
        (func (result i32) (return_call $own)))"#;
    let wasm = wat::parse_str(text).expect("parses");
    let translated = translate(&wasm, &options(None)).expect("translates").wasm;
    let callees = |wasm: &[u8]| {
        let mut callees = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            let Payload::CodeSectionEntry(body) = payload.expect("parses") else { continue };
            for operator in body.get_operators_reader().expect("parses") {
                if let Operator::ReturnCall { function_index } = operator.expect("parses") {
                    callees.push(function_index);
                }
            }
        }
        callees
    };
    assert_eq!((callees(&wasm), callees(&translated)), (vec![1], vec![0]));
}

#[test]
fn what_is_damaged_in_an_old_main_module_is_an_error() {
    let options = Options { surroundings: Some(SURROUNDINGS), for_snapshots: true, ..Options::default() };
    let wasm = old_main_module();
    translate(&wasm, &options).expect("translates as it is");
    // The bytes of its one data segment, preceded by their count.
    let data = wasm.windows(11).position(|bytes| bytes == b"\x0a0123456789").expect("is there");
    for count in [9, 11, 0x7f] {
        let mut damaged = wasm.clone();
        damaged[data] = count;
        let error = translate(&damaged, &options).expect_err("is refused");
        assert!(matches!(error, TranslateError::Decode(_)), "{count}: {error:?}");
    }
    translated(&wat::parse_str("(module (func (export \"run\")))").expect("parses"), &Options::default());
}
