//! Copies and fills do the same whoever does them, for all lengths and overlaps.

use wasmer::{Instance, Memory, Module, Store, TypedFunction, imports};

use super::engine::{store, translated};
use super::unchanged::{bodies, operators};
use crate::{Options, translate, validate};

/// With a small function that is inlined, and C's functions, whose bodies here are slow and right.
const GUEST: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "copy") (param i32 i32 i32) (result i32)
        (memory.copy (local.get 0) (local.get 1) (local.get 2)) (i32.const 0))
    (func $inlined (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "calls") (param i32 i32 i32) (result i32)
        (call $inlined (local.get 0) (local.get 1) (local.get 2)) (i32.const 1))
    (func (export "fill") (param i32 i32 i32) (result i32)
        (memory.fill (local.get 0) (local.get 1) (local.get 2)) (i32.const 2))
    (func (export "memcpy") (param i32 i32 i32) (result i32)
        (memory.copy (local.get 0) (local.get 1) (local.get 2)) (local.get 0))
    (func (export "memmove") (param i32 i32 i32) (result i32)
        (memory.copy (local.get 0) (local.get 1) (local.get 2)) (local.get 0))
    (func (export "memset") (param i32 i32 i32) (result i32)
        (memory.fill (local.get 0) (local.get 1) (local.get 2)) (local.get 0)))"#;

const NAMES: [&str; 6] = ["copy", "calls", "fill", "memcpy", "memmove", "memset"];

fn options() -> Options<'static> {
    Options { quick_copies: true, inline_limit: Some(40), ..Options::default() }
}

struct Guest {
    store: Store,
    memory: Memory,
    functions: Vec<TypedFunction<(i32, i32, i32), i32>>,
}

impl Guest {
    fn new(wasm: &[u8]) -> Self {
        let mut store = store();
        let module = Module::new(&store, wasm).expect("compiles");
        let instance = Instance::new(&mut store, &module, &imports! {}).expect("instantiates");
        let memory = instance.exports.get_memory("memory").expect("exports it").clone();
        let functions =
            NAMES.iter().map(|name| instance.exports.get_typed_function(&store, name).expect("exports it")).collect();
        Self { store, memory, functions }
    }

    /// What a function gives, and the first bytes of the memory after it; `None` is a trap.
    fn call(&mut self, function: usize, target: i32, source: i32, bytes: i32) -> (Option<i32>, Vec<u8>) {
        let start: Vec<u8> = (0..512_u32).map(|at| at.wrapping_mul(167).to_le_bytes()[0]).collect();
        self.memory.view(&self.store).write(0, &start).expect("fits");
        let result = self.functions[function].call(&mut self.store, target, source, bytes).ok();
        let mut after = vec![0; 512];
        self.memory.view(&self.store).read(0, &mut after).expect("fits");
        (result, after)
    }
}

#[test]
fn all_lengths_and_overlaps_come_out_the_same() {
    let wasm = wat::parse_str(GUEST).expect("parses");
    let (mut before, mut after) = (Guest::new(&wasm), Guest::new(&translated(&wasm, &options())));
    for (function, name) in NAMES.iter().enumerate() {
        for bytes in (0..140).chain([-1]) {
            for apart in (-80..80).step_by(3).chain([-16, -8, -1, 0, 1, 8, 16, 32, 65_536]) {
                let (target, source) = (200, 200 + apart);
                let expected = before.call(function, target, source, bytes);
                let found = after.call(function, target, source, bytes);
                assert!(found == expected, "{name}({target}, {source}, {bytes})");
            }
        }
    }
}

#[test]
fn no_bytes_outside_the_memory_trap_as_they_should() {
    let wasm = wat::parse_str(GUEST).expect("parses");
    let (mut before, mut after) = (Guest::new(&wasm), Guest::new(&translated(&wasm, &options())));
    for (function, name) in NAMES.iter().enumerate() {
        for (target, bytes) in [(65_536, 0), (65_537, 0), (-1, 0), (65_535, 1), (65_536, 1), (65_530, 8), (65_500, 40)]
        {
            let (expected, found) = (before.call(function, target, 0, bytes), after.call(function, target, 0, bytes));
            assert_eq!(found.0, expected.0, "{name}({target}, 0, {bytes})");
        }
    }
}

#[test]
fn only_modules_that_need_it_are_changed() {
    for text in [
        r#"(module (memory 1) (func (export "f") (result i32) (i32.load (i32.const 0))))"#,
        r#"(module (memory i64 1) (func (export "f") (memory.fill (i64.const 0) (i32.const 0) (i64.const 9))))"#,
        r#"(module (func (export "memcpy") (param i32 i32 i32) (result i32) (local.get 0)))"#,
    ] {
        let wasm = wat::parse_str(text).expect("parses");
        assert_eq!(translate(&wasm, &options()).expect("translates").wasm, wasm, "{text}");
    }
    // Of the same name, but something else.
    let other = r#"(module (memory 1) (func (export "memcpy") (param i32 i32) (result i32) (i32.const 7))
        (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))))"#;
    let translated = translate(&wat::parse_str(other).expect("parses"), &options()).expect("translates");
    validate(&translated.wasm).expect("is valid");
    assert_eq!(translated.counts.rewritten_functions, 1);
}

/// What copies and fills by an instruction calls the functions that were added, and C's functions do it themselves.
#[test]
fn no_instruction_is_left_but_in_what_does_it() {
    use wasmparser::Operator;
    let wasm = translated(&wat::parse_str(GUEST).expect("parses"), &options());
    let all = bodies(&wasm);
    let is_move =
        |operator: &Operator<'_>| matches!(operator, Operator::MemoryCopy { .. } | Operator::MemoryFill { .. });
    for (number, body) in all.iter().enumerate() {
        let operators = operators(body);
        // `copy`, what is inlined, `calls` and `fill`; C's three; and those that were added.
        let calls = operators.iter().any(|operator| matches!(operator, Operator::Call { .. }));
        assert_eq!((operators.iter().any(is_move), calls), (number > 3, number <= 3), "{number}: {operators:?}");
    }
    assert_eq!(all.len(), 9);
}

#[test]
fn an_imported_memory_is_like_one_that_is_defined() {
    for (import, functions) in [("(memory 1)", 4), ("(memory i64 1)", 2)] {
        let size = if import.contains("i64") { "i64" } else { "i32" };
        let text = format!(
            r#"(module (import "env" "memory" {import})
            (func (memory.fill ({size}.const 0) (i32.const 0) ({size}.const 9)))
            (func (export "memcpy") (param i32 i32 i32) (unreachable)))"#
        );
        let wasm = translate(&wat::parse_str(text).expect("parses"), &options()).expect("translates").wasm;
        assert_eq!(bodies(&wasm).len(), functions, "{import}");
    }
}
