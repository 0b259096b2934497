//! Input that is not a module, or a damaged one.

use std::fmt::Write as _;

use super::sections::{NOBODY, SELF_BOUND, parse, side_module};
use crate::{Options, TranslateError, inspect, translate};

#[test]
fn foreign_input_is_named() {
    let mut message = String::new();
    for input in [
        &b""[..],
        b"(module)",
        b"PK\x03\x04",
        b"\x7fELF",
        b"\0asm\x0d\0\x01\0",
        b"\0as",
        b"\0asm\x02\0\0\0",
        b"\xff\xfe\0",
    ] {
        let error = translate(input, &Options::default()).expect_err("is refused");
        writeln!(message, "{error}").expect("writes");
    }
    let found: Vec<_> = (message.lines())
        .map(|line| line.trim_start_matches("not a WebAssembly module, but ").split(':').next().unwrap_or_default())
        .collect();
    let expected = [
        "empty",
        "WebAssembly in its text form",
        "a zip archive",
        "a native (ELF) binary",
        "a component",
        "something else",
    ];
    assert_eq!(found.get(..5), expected.get(..5));
    assert_eq!(found.last(), expected.last());
}

#[test]
fn truncated_and_damaged_input_never_panics() {
    let wasm = parse(SELF_BOUND);
    let with_tries = parse(
        r#"(module (tag $t (param i32)) (func (param i32) (result i32)
            try (result i32) try (result i32) i32.const 1 throw $t delegate 1 catch $t try rethrow 1 catch_all end
            catch_all i32.const 1 end))"#,
    );
    let options = Options {
        main_memory: Some(super::eras::MAIN_MEMORY),
        provided_elsewhere: Some(&NOBODY),
        inline_limit: Some(1000),
        vectorize: true,
        quick_copies: true,
        merge_data_gap: Some(8),
        polls: crate::Polls::Everywhere,
        stack_checks: true,
        keep_names: true,
        export_filter: Some(&NOBODY),
        hosted: &["f", "run"],
        for_snapshots: true,
        export_stack_pointer: true,
        data_apart: true,
    };
    for wasm in [wasm, with_tries, side_module(), super::eras::old_main_module(), super::eras::old_library()] {
        for cut in 8..wasm.len() {
            drop(translate(wasm.get(..cut).expect("in range"), &options));
        }
        assert!(translate(wasm.get(..wasm.len() - 1).expect("in range"), &options).is_err());
        for position in 8..wasm.len() {
            for change in [0x01, 0x07, 0x1f, 0x80, 0xff] {
                let mut damaged = wasm.clone();
                if let Some(byte) = damaged.get_mut(position) {
                    *byte ^= change;
                }
                drop(translate(&damaged, &options));
                drop(inspect(&damaged));
            }
        }
    }
}

#[test]
fn malformed_exceptions_are_errors() {
    use wasm_encoder::{BlockType, CodeSection, Function, FunctionSection, Instruction, Module, TypeSection};
    let bad: [&[Instruction<'_>]; 7] = [
        &[Instruction::Catch(0), Instruction::End],
        &[Instruction::CatchAll, Instruction::End],
        &[Instruction::Try(BlockType::Empty), Instruction::Rethrow(0), Instruction::End, Instruction::End],
        &[
            Instruction::Try(BlockType::Empty),
            Instruction::CatchAll,
            Instruction::Try(BlockType::Empty),
            Instruction::Rethrow(0),
            Instruction::End,
            Instruction::End,
            Instruction::End,
        ],
        &[Instruction::Try(BlockType::Empty), Instruction::Delegate(1), Instruction::End],
        &[Instruction::Try(BlockType::Empty), Instruction::CatchAll, Instruction::Delegate(0), Instruction::End],
        &[Instruction::Try(BlockType::Empty), Instruction::Catch(7), Instruction::Br(9), Instruction::End],
    ];
    for instructions in bad {
        let mut function = Function::new([]);
        for instruction in instructions {
            function.instruction(instruction);
        }
        let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], []);
        functions.function(0);
        code.function(&function);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        let error = translate(&module.finish(), &Options::default());
        assert!(
            matches!(error, Err(TranslateError::Malformed { .. } | TranslateError::Decode(_))),
            "{instructions:?}: {error:?}"
        );
    }
}
