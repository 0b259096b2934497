//! What is not concerned stays as it is, byte by byte, and the counts say what was not.

use wasm_encoder::{BlockType, CodeSection, Function, FunctionSection, Instruction, Module, TypeSection};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

use super::sections::{NOBODY, parse};
use crate::{Options, TranslateError, translate, validate};

/// A module, what is done to it, and of how many functions the code comes out differently.
type Case<'c> = (&'c str, Options<'c>, u32);

const LOOP: &str = "(func (param i32 i32) (loop (i32.store (local.get 0) (i32.load (local.get 0)))
    (local.set 0 (i32.add (local.get 0) (i32.const 4)))
    (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))";

#[test]
fn only_functions_in_which_something_changes_are_rewritten() {
    let with_loop = format!("(module (memory 1) {LOOP} (func (nop)))");
    let nothing = Options::default();
    let bound = Options { provided_elsewhere: Some(&NOBODY), ..nothing };
    let merged = Options { merge_data_gap: Some(8), ..nothing };
    let inlined = Options { inline_limit: Some(2), ..nothing };
    let quick = Options { quick_copies: true, ..nothing };
    let own = r#"(module (import "env" "f" (func)) (export "f" (func 1)) (func) (func (call 0)) (func (nop)))"#;
    let moves = "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))) (func (nop)))";
    let segments = r#"(module (memory 1) (data (i32.const 0) "a") (data (i32.const 1) "b") (data $p "c")
        (func (data.drop $p)) (func (memory.init $p (i32.const 0) (i32.const 0) (i32.const 0))) (func (nop)))"#;
    let cases: &[Case<'_>] = &[
        ("(module (func) (func (call 0)))", nothing, 0),
        ("(module (func) (func (call 0)))", bound, 0),
        (own, nothing, 0),
        (own, bound, 1),
        (segments, nothing, 0),
        (segments, merged, 2),
        (r#"(module (memory 1) (data $p "c") (func (data.drop $p)))"#, merged, 0),
        ("(module (func) (func (call 0)))", inlined, 1),
        ("(module (func) (func (call 0)))", Options { inline_limit: Some(1), ..nothing }, 0),
        (&with_loop, nothing, 0),
        (&with_loop, Options { vectorize: true, ..nothing }, 1),
        (moves, nothing, 0),
        (moves, quick, 1),
        ("(module (func try nop catch_all end) (func (nop)))", nothing, 1),
    ];
    for (text, options, expected) in cases {
        let wasm = parse(text);
        let translated = translate(&wasm, options).expect("translates");
        validate(&translated.wasm).expect("is valid");
        assert_eq!(translated.counts.rewritten_functions, *expected, "{text}");
        assert_eq!(translated.counts.functions as usize, bodies(&wasm).len(), "{text}");
        if *expected == 0 {
            assert_eq!(bodies(&translated.wasm).len(), bodies(&wasm).len(), "{text}");
        }
    }
}

pub(super) fn bodies(wasm: &[u8]) -> Vec<FunctionBody<'_>> {
    let payloads = Parser::new(0).parse_all(wasm).map(|payload| payload.expect("parses"));
    let bodies = payloads.filter_map(|payload| match payload {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    bodies.collect()
}

pub(super) fn operators<'a>(body: &FunctionBody<'a>) -> Vec<Operator<'a>> {
    let operators = body.get_operators_reader().expect("parses").into_iter();
    operators.map(|operator| operator.expect("parses")).collect()
}

/// A body of raw bytes in a module that drops its import, so that calls shift.
fn around(body: &[u8]) -> Vec<u8> {
    let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    let (mut imports, mut exports) = (wasm_encoder::ImportSection::new(), wasm_encoder::ExportSection::new());
    imports.import("env", "f", wasm_encoder::EntityType::Function(0));
    exports.export("f", wasm_encoder::ExportKind::Func, 1);
    functions.function(0).function(0);
    let mut empty = Function::new([]);
    empty.instruction(&Instruction::End);
    code.function(&empty).raw(body);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    module.finish()
}

/// Numbers may be written longer than they need to be, and are left so in a function of which other instructions change.
#[test]
fn what_is_not_concerned_keeps_its_bytes() {
    // block (i32.const 0 in two bytes, br_table 0 0 in padded numbers) end, call 0, end
    let table = [0x41, 0x80, 0x00, 0x0e, 0x81, 0x00, 0x80, 0x00, 0x80, 0x00];
    let body = [&[0x00, 0x02, 0x40][..], &table, &[0x0b, 0x10, 0x00, 0x0b]].concat();
    let options = Options { provided_elsewhere: Some(&NOBODY), ..Options::default() };
    let translated = translate(&around(&body), &options).expect("translates");
    validate(&translated.wasm).expect("is valid");
    assert_eq!(translated.counts.rewritten_functions, 1);
    assert!(translated.wasm.windows(table.len()).any(|bytes| bytes == table), "{:x?}", translated.wasm);
}

#[test]
fn only_handlers_that_throw_again_need_a_local() {
    let locals = |text: &str| {
        let translated = translate(&parse(text), &Options::default()).expect("translates");
        validate(&translated.wasm).expect("is valid");
        bodies(&translated.wasm).iter().map(|body| body.get_locals_reader().expect("parses").get_count()).sum::<u32>()
    };
    assert_eq!(locals("(module (func (local i32) try nop catch_all end))"), 1);
    assert_eq!(locals("(module (func (local i32) try nop catch_all rethrow 0 end))"), 2);
}

#[test]
fn a_block_without_parameters_and_results_needs_no_type() {
    let text =
        "(module (func (param i32) try nop catch_all end) (func (param i32) try try nop delegate 1 catch_all end))";
    let translated = translate(&parse(text), &Options::default()).expect("translates");
    assert_eq!(translated.counts.added_types, 0);
}

#[test]
fn segments_keep_their_meaning_when_others_merge() {
    let text = r#"(module (type $bytes (array i8)) (memory 1)
        (data (i32.const 0) "a") (data (i32.const 1) "b") (data $p "c")
        (func (data.drop $p) (memory.init $p (i32.const 0) (i32.const 0) (i32.const 1))
            (drop (array.new_data $bytes $p (i32.const 0) (i32.const 1)))
            (array.init_data $bytes $p (ref.null $bytes) (i32.const 0) (i32.const 0) (i32.const 1))))"#;
    let named = |wasm: &[u8]| {
        let all = bodies(wasm);
        let named = all.iter().flat_map(operators).filter_map(|operator| match operator {
            Operator::DataDrop { data_index }
            | Operator::MemoryInit { data_index, .. }
            | Operator::ArrayNewData { array_data_index: data_index, .. }
            | Operator::ArrayInitData { array_data_index: data_index, .. } => Some(data_index),
            _ => None,
        });
        named.collect::<Vec<_>>()
    };
    let wasm = parse(text);
    let options = Options { merge_data_gap: Some(8), ..Options::default() };
    let merged = translate(&wasm, &options).expect("translates");
    assert_eq!(merged.counts.data_segments_left, 2);
    assert_eq!((named(&wasm), named(&merged.wasm)), (vec![2; 4], vec![1; 4]));
    // Nothing else stands in the way of merging than a segment that is named.
    let own = r#"(module (type $bytes (array i8)) (memory 1) (data (i32.const 0) "a") (data (i32.const 1) "b")
        (func (drop (array.new_data $bytes 1 (i32.const 0) (i32.const 1)))))"#;
    assert_eq!(translate(&parse(own), &options).expect("translates").counts.data_segments_left, 2);
}

#[test]
fn what_no_translation_knows_is_said() {
    let unknown = [&b"\0asm\x01\0\0\0"[..], &[0x7e, 1, 0]].concat();
    let error = translate(&unknown, &Options::default()).expect_err("is refused");
    assert!(matches!(&error, TranslateError::Unsupported { offset: 10, what } if what.contains("126")), "{error:?}");
    let resume = |legacy: bool| {
        let mut function = Function::new([]);
        if legacy {
            function.instruction(&Instruction::Try(BlockType::Empty)).instruction(&Instruction::End);
        }
        let table = wasm_encoder::Handle::OnLabel { tag: 0, label: 0 };
        function.instruction(&Instruction::Resume { cont_type_index: 1, resume_table: vec![table].into() });
        function.instruction(&Instruction::End);
        translate(&around(&function.into_raw_body()), &Options::default())
    };
    let error = resume(true).expect_err("is refused").to_string();
    assert!(error.contains("stack switching next to legacy exception handling"), "{error}");
    resume(false).expect("its labels stay as they are");
}
