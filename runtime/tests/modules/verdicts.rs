//! What `inspect` says of a module is what a run does: a table of each kind of module with each thing that may be wrong with it.

use pyrun::stdio::Stdio;
use pyrun::{Error, Grants, Module};

use super::engine;

/// What makes a module one of a kind.
const STANDALONE: &str = "";
const COMMAND: &str = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (func (export "_start"))"#;
const REACTOR: &str =
    r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (func (export "_initialize"))"#;
const EMSCRIPTEN: &str = r#"(import "env" "emscripten_get_now" (func (result f64)))
    (func (export "stackSave") (result i32) (i32.const 0))"#;

/// Something else that it has. What it has of memories is beside.
const PARTS: &[&str] = &[
    "",
    r#"(import "env" "x" (func))"#,
    r#"(import "other" "x" (func (param i64) (result f32)))"#,
    r#"(import "env" "x" (global i32))"#,
    r#"(import "env" "x" (global (mut i64)))"#,
    r#"(import "other" "x" (global f64))"#,
    r#"(import "env" "x" (table 3 funcref))"#,
    r#"(import "other" "x" (table 3 7 externref))"#,
    r#"(import "env" "x" (tag (param i32)))"#,
    r#"(import "other" "x" (tag))"#,
    r#"(import "wasi_snapshot_preview1" "no_such_function" (func))"#,
    r#"(import "wasi_snapshot_preview1" "fd_close" (func (param f64) (result i64)))"#,
    r#"(import "wasi_snapshot_preview1" "fd_close" (global i32))"#,
    r#"(import "env" "__syscall_openat" (func (param i32 i32 i32 i32) (result i32)))"#,
    r#"(import "env" "__syscall_fstat64" (func (param f64)))"#,
    r#"(import "env" "emscripten_no_such_thing" (func))"#,
    r#"(import "env" "invoke_vi" (func (param i32 i32)))"#,
    r#"(import "env" "invoke_vi" (func (param f64)))"#,
    r#"(import "GOT.mem" "x" (global (mut i32)))"#,
    r#"(import "GOT.func" "x" (global (mut i32)))"#,
    r#"(import "GOT.mem" "x" (global i64))"#,
    r#"(memory 1) (data (i32.const 65535) "too long")"#,
    // A body that is not valid, of a function that is never called.
    r#"(func (result i32))"#,
    r#"(func (drop))"#,
    r#"(func (local.set 9 (i32.const 0)))"#,
    r#"(global i32 (f64.const 0))"#,
    r#"(func (export "twice")) (func (export "twice"))"#,
    r#"(func $s (unreachable)) (start $s)"#,
    r#"(func $s (param i32)) (start $s)"#,
    r#"(table 1 funcref) (elem (i32.const 7) func 0)"#,
    r#"(table 4294967295 funcref)"#,
    r#"(@custom "name" "\ff\ff\ff")"#,
    r#"(@custom "producers" "\07")"#,
    r#"(@custom "target_features" "\ff\ff\ff\ff\ff\ff")"#,
    r#"(@custom "dylink.0" "\07")"#,
    r#"(func (result v128) (v128.const i32x4 1 2 3 4))"#,
    r#"(func (param externref) (result externref) (local.get 0))"#,
    r#"(type $s (struct (field i32))) (func (param (ref $s)))"#,
    r#"(tag $e (param i32)) (func (throw $e (i32.const 1)))"#,
    r#"(func (export "main") (param i32 i32) (result i32) (i32.const 0))"#,
    r#"(func (export "__main_argc_argv") (param i32 i32) (result i32) (i32.const 0))"#,
    r#"(func (export "main") (param f64) (result f64 f64) (f64.const 0) (f64.const 0))"#,
    r#"(global (export "main") i32 (i32.const 0))"#,
    r#"(func (export "_start") (param i32))"#,
    r#"(func (export "asyncify_start_unwind"))"#,
];

const MEMORIES: &[&str] = &[
    "",
    r#"(memory (export "memory") 1)"#,
    r#"(import "env" "memory" (memory 1 16))"#,
    r#"(import "other" "m" (memory 2))"#,
    r#"(memory (export "memory") 65536)"#,
    r#"(memory (export "memory") 1) (memory 1)"#,
    r#"(memory i64 1)"#,
    r#"(memory 1 2 shared)"#,
];

/// A module of these, with the imports before all else, as the text wants them.
fn module(parts: [&str; 3]) -> Option<Module> {
    let mut imports = String::new();
    let mut rest = String::new();
    for part in parts.iter().flat_map(|part| fields(part)) {
        (if part.starts_with("(import") { &mut imports } else { &mut rest }).push_str(part);
    }
    let text = format!("(module {imports} {rest})");
    // Not every pair is a text: two functions of one name, say.
    let wasm = wat::parse_str(&text).ok()?;
    Some(engine().module(wasm).expect("it can be opened"))
}

/// The top-level fields of a text.
fn fields(text: &str) -> Vec<&str> {
    let (mut fields, mut depth, mut begin, mut quoted) = (Vec::new(), 0, 0, false);
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => {
                if depth == 0 {
                    begin = at;
                }
                depth += 1;
            }
            ')' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    fields.push(&text[begin..=at]);
                }
            }
            _ => {}
        }
    }
    fields
}

/// Whether a run came as far as the guest's own code. What that then does is its affair.
fn ran(module: &Module, is_program: bool) -> Result<(), Error> {
    let grants = Grants::new().stdio(Stdio::discard());
    let result = match is_program {
        true => module.program().grants(grants).run().map(drop),
        false => module.instance().grants(grants).start().map(drop),
    };
    match result {
        Err(Error::Trap(_) | Error::Signal { .. }) => Ok(()),
        other => other,
    }
}

#[test]
fn inspect_says_what_a_run_does() {
    let (mut rows, mut differ) = (0, Vec::new());
    for kind in [STANDALONE, COMMAND, REACTOR, EMSCRIPTEN] {
        for memory in MEMORIES {
            for part in PARTS {
                let Some(module) = module([kind, memory, part]) else { continue };
                rows += 1;
                let inspection = match module.inspect() {
                    Ok(inspection) => inspection,
                    Err(error) => {
                        differ.push(format!("{kind} {memory} {part}: cannot be inspected: {error}"));
                        continue;
                    }
                };
                let ran = ran(&module, inspection.entry.is_some());
                if inspection.runs != ran.is_ok() {
                    let said = inspection.obstacle.unwrap_or_default();
                    differ.push(format!("{} {kind} {memory} {part}: inspect {said:?}, a run {ran:?}", inspection.kind));
                }
            }
        }
    }
    assert!(rows > 1000, "{rows}");
    assert!(differ.is_empty(), "{} of {rows}:\n{}", differ.len(), differ.join("\n"));
}
