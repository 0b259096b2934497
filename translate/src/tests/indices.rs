//! Indices that shift, beside those that do not: each is written where something depends on it.

use super::engine::{Outcome, run, translated};
use super::eras::MAIN_MEMORY;
use super::sections::{NOBODY, parse};
use super::unchanged::{bodies, operators};
use crate::{
    Base, ExportKind, ExportOffset, GLOBAL_EXPORT, GlobalType, MainMemoryLayout, Options, STACK_POINTER_EXPORT,
    START_EXPORT, ValueType, global_types, inspect, translate, validate, with_spare_memory,
};

fn bound() -> Options<'static> {
    Options { provided_elsewhere: Some(&NOBODY), ..Options::default() }
}

#[test]
fn a_global_that_holds_a_function_holds_the_same() {
    let text = r#"(module
        (import "env" "f" (func $f (result i32))) (export "f" (func $own)) (table 1 funcref)
        (func $own (result i32) (i32.const 1)) (func $held (result i32) (i32.const 2))
        (global $g funcref (ref.func $held))
        (func (export "run") (param i32) (result i32)
            (table.set (i32.const 0) (global.get $g)) (call_indirect (result i32) (i32.const 0))))"#;
    for options in [Options::default(), bound()] {
        let text = if options.provided_elsewhere.is_some() {
            text.to_owned()
        } else {
            text.replace(r#"(import "env" "f" (func $f (result i32)))"#, "")
        };
        assert_eq!(run(&translated(&parse(&text), &options), 0).0, Outcome::Value(2));
    }
}

/// Two types that say the same are one.
#[test]
fn an_import_of_the_same_type_by_another_index_is_the_module_s_own() {
    let text = r#"(module (type $one (func (param i32))) (type $other (func (param i32))) (type $third (func (param i64)))
        (import "env" "f" (func (type $one))) (import "env" "g" (func (type $third)))
        (export "f" (func $f)) (export "g" (func $g)) (func $f (type $other)) (func $g (type $other)))"#;
    assert_eq!(translate(&parse(text), &bound()).expect("translates").counts.dropped_imports, 1);
}

/// Functions that the host takes over come behind the imports that stay, each with its type.
#[test]
fn each_hosted_function_has_an_import_of_its_own_type() {
    let text = r#"(module
        (import "env" "a" (func (param f32))) (import "env" "b" (func (param f64))) (import "env" "first" (func (result f64)))
        (export "first" (func $first)) (func $first (result f64) (f64.const 1))
        (func (export "second") (param i32) (result i32) (local.get 0))
        (func (export "third") (param i64 i64) (result i64) (local.get 0)))"#;
    let options = Options { hosted: &["second", "third", "second", "a"], ..bound() };
    let translated = translate(&parse(text), &options).expect("translates");
    validate(&translated.wasm).expect("is valid");
    let info = inspect(&translated.wasm).expect("inspects");
    let imports: Vec<_> = info.imports().map(|import| import.name.to_owned()).collect();
    assert_eq!(imports, ["a", "b", "second", "third"]);
    let params: Vec<_> = (0..4).map(|function| info.function_signature(function).unwrap().params.clone()).collect();
    use ValueType::{F32, F64, I32, I64};
    assert_eq!(params, [vec![F32], vec![F64], vec![I32], vec![I64, I64]]);
    let calls: Vec<String> = bodies(&translated.wasm).iter().map(|body| format!("{:?}", operators(body))).collect();
    assert!(calls[1].contains("Call { function_index: 2 }") && calls[2].contains("Call { function_index: 3 }"));
}

#[test]
fn what_catches_calls_the_import_that_is_told() {
    let text = r#"(module (import "env" "memory" (memory 1)) (import "env" "t" (table 1 funcref))
        (import "env" "__stack_pointer" (global (mut i32))) (import "env" "invoke_v" (func (param i32)))
        (import "env" "x" (func (param f64))) (import "env" "y" (func (param f32)))
        (func (export "hosted") (param i64)) (func (export "also") (param i64 i64)) (func (call 0 (i32.const 0))))"#;
    let hosted: &[&str] = &["hosted", "also"];
    for hosted in [&[][..], &hosted[..1], hosted] {
        let translated = translate(&parse(text), &Options { hosted, ..Options::default() }).expect("translates");
        validate(&translated.wasm).unwrap_or_else(|error| panic!("{hosted:?}: {error:?}"));
        let info = inspect(&translated.wasm).expect("inspects");
        let set_threw = info.imports().filter(|import| matches!(import.ty, crate::ImportType::Function(_)));
        let set_threw = set_threw.zip(0..).find(|(import, _)| import.name == "setThrew").map(|(_, index)| index);
        assert_eq!(set_threw, Some(2 + hosted.len() as u32));
        assert_eq!(translated.counts.lowered_imports, 1);
        let all = bodies(&translated.wasm);
        let calls = operators(all.last().expect("the one that was added"));
        let called = wasmparser::Operator::Call { function_index: 2 + hosted.len() as u32 };
        assert!(calls.contains(&called), "{calls:?}");
    }
}

/// What is exported besides, each with nothing else that would have the section written anew.
#[test]
fn each_export_that_is_asked_for_is_added() {
    let global = format!("{GLOBAL_EXPORT}0");
    let pointer = r#"(global $__stack_pointer (mut i32) (i32.const 64))"#;
    let snapshots = Options { for_snapshots: true, ..Options::default() };
    let stack = Options { export_stack_pointer: true, ..Options::default() };
    for (text, options, expected) in [
        ("(func) (start 0)", snapshots, &[START_EXPORT][..]),
        ("(global (mut i64) (i64.const 1))", snapshots, &[&global]),
        (pointer, stack, &[STACK_POINTER_EXPORT]),
        ("(func) (start 0) (global i64 (i64.const 1))", Options::default(), &[]),
        (r#"(func (export "f"))"#, snapshots, &["f"]),
    ] {
        let wasm = parse(&format!("(module {text})"));
        let translated = translate(&wasm, &options).expect("translates").wasm;
        validate(&translated).expect("is valid");
        let info = inspect(&translated).expect("inspects");
        assert_eq!(info.exports().map(|export| export.name).collect::<Vec<_>>(), expected, "{text}");
        if expected.is_empty() {
            assert_eq!(translated, wasm);
        }
    }
}

#[test]
fn types_of_globals_are_told_in_their_order() {
    let text = r#"(module (import "env" "f" (func)) (import "env" "a" (global f32)) (import "env" "b" (global (mut i64)))
        (global i32 (i32.const 1)) (global (mut externref) (ref.null extern)))"#;
    let expected =
        [(ValueType::F32, false), (ValueType::I64, true), (ValueType::I32, false), (ValueType::ExternRef, true)];
    let expected = expected.map(|(value, mutable)| GlobalType { value, mutable });
    assert_eq!(global_types(&parse(text)).expect("is read"), expected);
    assert!(global_types(b"\0asm").is_err());
}

#[test]
fn each_type_of_a_value_is_told_apart() {
    let text = "(module (type (func (param i32 i64 f32 f64 v128 funcref externref exnref anyref (ref func)))))";
    use ValueType::{ExnRef, ExternRef, F32, F64, FuncRef, I32, I64, OtherRef, V128};
    let expected = [I32, I64, F32, F64, V128, FuncRef, ExternRef, ExnRef, OtherRef, OtherRef];
    let info = inspect(&parse(text)).expect("inspects");
    assert_eq!(info.signature(0).map(|signature| &signature.params[..]), Some(&expected[..]));
}

/// The place of the exported global that this text defines behind two imported ones.
fn place(imported: &str, defined: &str) -> Option<ExportOffset> {
    let text = format!(
        r#"(module (import "env" "__memory_base" {imported}) (import "env" "__table_base" (global i32))
        (global (export "it") {defined}))"#
    );
    inspect(&parse(&text)).expect("inspects").export("it").expect("is exported").place
}

#[test]
fn only_a_constant_word_is_a_place() {
    let at = |base, offset| Some(ExportOffset { base, offset });
    let (word, sum) = ("(global i32)", "i32 (i32.add (global.get 0) (i32.const 8))");
    for (imported, defined, expected) in [
        (word, "i32 (i32.const 5)", at(Base::Absolute, 5)),
        (word, "i32 (global.get 0)", at(Base::Memory, 0)),
        (word, "i32 (global.get 1)", at(Base::Table, 0)),
        (word, sum, at(Base::Memory, 8)),
        (word, "(mut i32) (i32.const 5)", None),
        (word, "i64 (i64.const 5)", None),
        (word, "funcref (ref.null func)", None),
        // Of another type, or one that changes, it is not the linker's.
        ("(global i64)", "i32 (global.get 0)", None),
        ("(global (mut i32))", "i32 (global.get 0)", None),
        ("(global (mut i32))", sum, None),
    ] {
        assert_eq!(place(imported, defined), expected, "{imported} {defined}");
    }
}

#[test]
fn a_table_s_items_may_be_expressions() {
    let text = r#"(module (table 4 funcref) (elem (i32.const 1) funcref (ref.func $f) (ref.null func) (ref.func $g))
        (func $f (export "f")) (func $g (export "g")))"#;
    let wasm = parse(text);
    let slots: Vec<_> = inspect(&wasm).expect("inspects").slots().iter().map(|slot| slot.place.offset).collect();
    assert_eq!(slots, [1, 3]);
    let options = Options { export_filter: Some(&NOBODY), ..Options::default() };
    let slimmed = translate(&wasm, &options).expect("translates");
    assert_eq!(slimmed.slimmed.iter().map(|export| export.slot).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(slimmed.counts.added_slots, 0);
    for table in ["(table 4 externref)", "(table i64 4 funcref)", r#"(import "env" "t" (table 4 funcref))"#] {
        let wasm = parse(&format!(r#"(module {table} (func (export "f")))"#));
        assert_eq!(translate(&wasm, &options).expect("translates").counts.slimmed_exports, 0, "{table}");
    }
}

#[test]
fn of_imported_globals_only_addresses_are_moved_by_the_base() {
    let dylink = r#"(@custom "dylink.0" (before first) "\01\04\64\00\04\00")"#;
    let text = format!(
        r#"(module {dylink} (import "env" "memory" (memory 2)) (import "env" "__memory_base" (global i32))
        (import "env" "__table_base" (global i32)) (import "env" "__stack_pointer" (global (mut i32)))
        (global (export "address") i32 (i32.const 8)) (global $kept i32 (i32.const 8))
        (global $state (export "state") (mut i32) (i32.const 8))
        (func (export "run") (param i32) (result i32)
            (i32.add (i32.mul (i32.const 100) (global.get $kept)) (global.get $state))))"#
    );
    let main_memory = MainMemoryLayout { memory_base: 1024, ..MAIN_MEMORY };
    let wasm = translated(&parse(&text), &Options { main_memory: Some(main_memory), ..Options::default() });
    let info = inspect(&wasm).expect("inspects");
    let address = info.export("address").and_then(|export| export.place);
    assert_eq!(address, Some(ExportOffset { base: Base::Absolute, offset: 1032 }));
    let pointer = info.export("__stack_pointer").expect("is exported");
    assert_eq!((pointer.kind, pointer.index), (ExportKind::Global, 2));
    assert_eq!(run(&wasm, 0).0, Outcome::Value(808));
}

#[test]
fn each_memory_moves_by_one() {
    let text = r#"(module (import "env" "memory" (memory 1)) (memory 2) (memory 3)
        (func (export "run") (param i32) (result i32)
            (drop (memory.size 0)) (drop (memory.size 1)) (drop (memory.size 2)) (i32.const 0)))"#;
    let spare = with_spare_memory(&parse(text)).expect("is well-formed");
    validate(&spare).expect("is valid");
    let sizes: Vec<_> = inspect(&spare).expect("inspects").memories().iter().map(|memory| memory.initial).collect();
    assert_eq!(sizes, [0, 1, 2, 3], "one spare memory, of the imports");
    let all = bodies(&spare);
    let named = all.iter().flat_map(operators).filter_map(|operator| match operator {
        wasmparser::Operator::MemorySize { mem } => Some(mem),
        _ => None,
    });
    assert_eq!(named.collect::<Vec<_>>(), [1, 2, 3]);
    // A section in which nothing is.
    let empty = [&b"\0asm\x01\0\0\0"[..], &[5, 1, 0]].concat();
    let spare = with_spare_memory(&empty).expect("is well-formed");
    assert!(inspect(&spare).expect("inspects").memories().is_empty());
}
