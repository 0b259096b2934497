//! Which names of a module are kept, and what the engine takes.

use wasm_encoder::{CustomSection, Module, NameMap, NameSection};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use super::sections::parse;
use crate::{Options, TranslateError, translate, validate};

/// A module of one function with this section behind it.
fn named(section: &impl wasm_encoder::Section) -> Vec<u8> {
    let mut wasm = parse("(module (func))");
    let mut module = Module::new();
    module.section(section);
    wasm.extend_from_slice(&module.finish()[8..]);
    wasm
}

/// The name of the module, and those of its functions by index.
fn names(wasm: &[u8]) -> (Option<String>, Vec<(u32, String)>) {
    let options = Options { keep_names: true, ..Options::default() };
    let translated = translate(wasm, &options).expect("translates").wasm;
    validate(&translated).expect("is valid");
    let (mut module, mut functions) = (None, Vec::new());
    for payload in Parser::new(0).parse_all(&translated) {
        let Payload::CustomSection(section) = payload.expect("parses") else { continue };
        let KnownCustom::Name(names) = section.as_known() else { panic!("another section") };
        for subsection in names {
            match subsection.expect("parses") {
                Name::Module { name, .. } => module = Some(name.to_owned()),
                Name::Function(names) => {
                    functions.extend(
                        names.into_iter().map(|name| name.expect("parses")).map(|it| (it.index, it.name.to_owned())),
                    );
                }
                _ => panic!("other names"),
            }
        }
    }
    (module, functions)
}

#[test]
fn names_of_the_module_and_of_functions_that_there_are_stay() {
    let mut section = NameSection::new();
    let mut functions = NameMap::new();
    functions.append(0, "there");
    functions.append(1, "not there");
    section.module("m");
    section.functions(&functions);
    let mut globals = NameMap::new();
    globals.append(0, "g");
    section.globals(&globals);
    let wasm = named(&section);
    assert_eq!(names(&wasm), (Some("m".to_owned()), vec![(0, "there".to_owned())]));
    // A second section of names says nothing.
    let mut second = NameSection::new();
    second.module("second");
    let mut module = Module::new();
    module.section(&second);
    let twice = [&wasm, &module.finish()[8..]].concat();
    assert_eq!(names(&twice), names(&wasm));
}

#[test]
fn names_stay_up_to_32_mib() {
    for (more, kept) in [(0, true), (1, false)] {
        // The module's name, and a subsection that nobody knows, with its length in four bytes.
        let mut data = vec![0, 2, 1, b'm', 99];
        let content = (32 << 20) - 9 + more;
        wasm_encoder::Encode::encode(&u32::try_from(content).expect("small"), &mut data);
        data.resize(data.len() + content, 0);
        assert_eq!(data.len(), (32 << 20) + more);
        let wasm = named(&CustomSection { name: "name".into(), data: data.into() });
        assert_eq!(names(&wasm).0.is_some(), kept, "{more}");
    }
}

/// What a module uses, and whether the engine takes it.
const FEATURES: &[(&str, bool)] = &[
    ("", true),
    ("(func (result i32))", false),
    ("(func (drop (i32.extend8_s (i32.const 1))))", true),
    ("(func (drop (i32.trunc_sat_f32_s (f32.const 1))))", true),
    ("(func (result i32 i32) (i32.const 1) (i32.const 1))", true),
    (r#"(global (export "g") (mut i32) (i32.const 1))"#, true),
    ("(global i32 (i32.add (i32.const 1) (i32.const 1)))", true),
    ("(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))", true),
    ("(memory 1 2 shared) (func (drop (i32.atomic.load (i32.const 0))))", true),
    ("(memory 1) (memory 1)", true),
    ("(table 1 externref)", true),
    ("(func (drop (i32x4.splat (i32.const 1))))", true),
    ("(tag) (func (block $b (try_table (catch 0 $b))) (throw 0))", true),
    ("(func try nop catch_all end)", false),
    ("(memory i64 1)", false),
    ("(func (return_call 0))", false),
    ("(type (struct))", false),
    ("(func (drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0))))", false),
    ("(func (drop (i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0))) drop)", false),
];

#[test]
fn what_the_engine_does_not_take_is_not_valid() {
    for (text, taken) in FEATURES {
        let checked = validate(&parse(&format!("(module {text})")));
        assert_eq!(checked.is_ok(), *taken, "{text}: {checked:?}");
        assert!(matches!(checked, Ok(()) | Err(TranslateError::Invalid(_))), "{text}");
    }
    assert!(matches!(validate(b"\0asm\x0d\0\x01\0"), Err(TranslateError::NotAModule { found: "a component" })));
}
