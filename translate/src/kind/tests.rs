//! A module for each kind, and what must not make a difference.

use wasmparser::Parser;

use super::{KINDS, Refusal, WasmKind};

/// A `dylink.0` that says nothing.
const DYLINK: &str = r#"(@custom "dylink.0" (before first) "")"#;

/// For each kind, texts of modules that are of it. Each row of the table is the reason for at least one.
const EXAMPLES: &[(WasmKind, &[&str])] = &[
    (
        WasmKind::PyodideMain,
        &[
            // Since 314.
            r#"DYLINK (import "env" "hiwire_call_js" (func)) (memory 1) (func (export "PyInit__pyodide_core"))
               (func (export "stackSave"))"#,
            // Before.
            r#"DYLINK (import "env" "memory" (memory 1)) (import "env" "__memory_base" (global i32))
               (import "wasi_snapshot_preview1" "fd_write" (func)) (func (export "PyInit__pyodide_core"))
               (func (export "__main_argc_argv")) (func (export "setThrew"))"#,
        ],
    ),
    (
        WasmKind::EmscriptenMain,
        &[
            r#"(import "env" "_abort_js" (func)) (memory 1)"#,
            r#"(import "env" "__syscall_openat" (func)) (import "wasi_snapshot_preview1" "fd_write" (func)) (memory 1)"#,
            r#"(import "env" "invoke_vi" (func))"#,
            r#"(import "env" "emscripten_resize_heap" (func))"#,
            r#"(import "env" "_emscripten_throw_longjmp" (func))"#,
            r#"(import "env" "_embind_register_enum" (func))"#,
            r#"(import "env" "_emval_decref" (func))"#,
            r#"(import "env" "__cxa_throw" (func))"#,
            r#"(import "env" "__assert_fail" (func)) (func (export "_start"))"#,
            // A library that computes only, and one that writes to a stream.
            r#"(memory 1) (func (export "_emscripten_stack_restore"))"#,
            r#"(memory 1) (func (export "emscripten_stack_get_current"))"#,
            r#"(memory 1) (func (export "_emscripten_stack_alloc"))"#,
            r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (memory 1) (func (export "stackSave"))"#,
            r#"(memory 1) (func (export "stackRestore"))"#,
            r#"(memory 1) (func (export "stackAlloc"))"#,
            r#"(memory 1) (func (export "setThrew"))"#,
            // A main module that loads others, with a memory of its own and without.
            r#"DYLINK (import "env" "__memory_base" (global i32)) (memory 1)"#,
            r#"DYLINK (import "env" "memory" (memory 1)) (func (export "setThrew"))"#,
        ],
    ),
    (
        WasmKind::EmscriptenSide,
        &[
            r#"DYLINK (import "env" "memory" (memory 1)) (func (export "__wasm_call_ctors")) (func (export "PyInit_x"))"#,
            // A tool that is linked as a library, one that throws, and one with nothing in it.
            r#"DYLINK (import "env" "memory" (memory 1)) (func (export "main"))"#,
            r#"DYLINK (import "env" "invoke_vi" (func)) (import "env" "__cxa_throw" (func))"#,
            "DYLINK",
        ],
    ),
    (
        WasmKind::WasiCommand,
        &[
            r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (memory 1) (func (export "_start"))"#,
            // What the host defines besides does not matter, nor who drives Asyncify.
            r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (import "env" "log" (func)) (func (export "_start"))"#,
            r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (func (export "_start"))
               (func (export "asyncify_start_unwind"))"#,
            // Emscripten's `-sSTANDALONE_WASM`.
            r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (func (export "_start")) (func (export "stackSave"))"#,
            r#"(func (export "_start"))"#,
        ],
    ),
    (
        WasmKind::WasiReactor,
        &[
            r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (func (export "_initialize"))"#,
            r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (func (export "add"))"#,
            r#"(func (export "_initialize")) (func (export "add"))"#,
        ],
    ),
    (
        WasmKind::Wasix,
        &[
            r#"(import "wasix_32v1" "fd_dup" (func)) (import "env" "memory" (memory 1 2 shared)) (func (export "_start"))"#,
            r#"(import "wasix_64v1" "fd_dup" (func))"#,
            r#"DYLINK (import "wasix_32v1" "fd_dup" (func))"#,
        ],
    ),
    (
        WasmKind::Standalone,
        &[
            "",
            r#"(memory (export "memory") 1) (func (export "add"))"#,
            r#"(import "env" "log" (func)) (import "math" "sin" (func))"#,
            // AssemblyScript's; not the `abort` of Emscripten's.
            r#"(import "env" "abort" (func))"#,
            // Short names by hand.
            r#"(import "env" "a" (func)) (import "env" "b" (func)) (import "env" "c" (func))"#,
            r#"(import "env" "b" (func)) (import "env" "c" (func)) (import "env" "d" (func)) (import "env" "e" (func))"#,
            // Names that only look like those of the table: not functions, or from elsewhere.
            r#"(global (export "_start") i32 (i32.const 0)) (global (export "setThrew") i32 (i32.const 0))"#,
            r#"(import "other" "invoke_vi" (func)) (import "env" "emscripten_x" (global i32)) (import "env" "js_" (func))"#,
            r#"(import "env" "x_js" (func)) (import "gox" "f" (func)) (import "wasip" "f" (func))"#,
            r#"(@custom "producers" "") (@custom "target_features" "")"#,
            // A host's own module, which only begins like a program of WASI's.
            r#"(import "env" "log" (func)) (func (export "_start"))"#,
            r#"(import "env" "log" (func)) (func (export "_initialize"))"#,
        ],
    ),
    (WasmKind::Refused(Refusal::ObjectFile), &[r#"(@custom "linking" "\02") (import "wasix_32v1" "f" (func))"#]),
    (
        WasmKind::Refused(Refusal::OldDylink),
        &[r#"(@custom "dylink" (before first) "\00\00\00\00\00") (import "env" "memory" (memory 1 2 shared))"#],
    ),
    (
        WasmKind::Refused(Refusal::SharedMemory),
        &[
            r#"(memory 1 2 shared)"#,
            r#"(import "env" "memory" (memory 1 2 shared)) (import "env" "_abort_js" (func))"#,
            r#"DYLINK (import "env" "memory" (memory 1 2 shared))"#,
            r#"(import "wasi" "thread-spawn" (func)) (import "wasi_snapshot_preview1" "fd_write" (func))"#,
        ],
    ),
    (
        WasmKind::Refused(Refusal::Memory64),
        &[r#"(memory i64 1)"#, r#"(import "env" "memory" (memory i64 1)) (import "env" "_abort_js" (func))"#],
    ),
    (
        WasmKind::Refused(Refusal::MinifiedImports),
        &[
            r#"(import "a" "a" (func)) (import "a" "b" (func)) (memory (export "c") 1) (func (export "d"))"#,
            r#"(import "env" "a" (func)) (import "env" "b" (func)) (import "env" "c" (func)) (import "env" "aa" (func))
               (import "wasi_snapshot_preview1" "d" (func)) (func (export "stackSave"))"#,
            r#"(import "a" "a" (memory 1)) (import "a" "b" (func)) (import "a" "c" (func)) (func (export "d"))"#,
        ],
    ),
    (
        WasmKind::Refused(Refusal::Asyncify),
        &[r#"(import "env" "_abort_js" (func)) (func (export "stackSave")) (func (export "asyncify_start_unwind"))"#],
    ),
    (
        WasmKind::Refused(Refusal::WasiUnstable),
        &[r#"(import "wasi_unstable" "fd_write" (func)) (func (export "_start"))"#],
    ),
    (
        WasmKind::Refused(Refusal::ComponentPart),
        &[r#"(import "wasi:io/streams@0.2.0" "drop" (func)) (import "wasi_snapshot_preview1" "fd_write" (func))"#],
    ),
    (
        WasmKind::Refused(Refusal::JavaScript("wasm-bindgen")),
        &[
            r#"(import "wbg" "__wbindgen_throw" (func))"#,
            r#"(import "__wbindgen_placeholder__" "f" (func))"#,
            r#"(import "./name_bg.js" "f" (func))"#,
        ],
    ),
    (
        WasmKind::Refused(Refusal::JavaScript("Go")),
        &[r#"(import "gojs" "runtime.wasmExit" (func))"#, r#"(import "go" "debug" (func))"#],
    ),
];

fn module(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {})", text.replace("DYLINK", DYLINK))).expect("parses")
}

#[test]
fn each_kind_is_told_by_its_imports_and_exports() {
    for (kind, texts) in EXAMPLES {
        for text in *texts {
            assert_eq!(WasmKind::of(&module(text)), *kind, "{text}");
        }
    }
}

#[test]
fn each_row_has_an_example() {
    for (kind, _) in KINDS {
        assert!(EXAMPLES.iter().any(|(example, _)| example == kind), "{kind}");
    }
}

#[test]
fn files_that_are_no_modules_are_named() {
    let component = b"\0asm\x0d\0\x01\0";
    assert!(Parser::is_component(component));
    assert_eq!(WasmKind::of(component), WasmKind::Component);
    for (file, found) in [
        (&b""[..], "empty"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x7fELF\x02", "a native (ELF) binary"),
        (b"BC\xc0\xde", "LLVM bitcode"),
        (b"\0asm\x02\0\0\0", "a truncated module, or one of an unknown version"),
        (b"\0as", "text"),
        (b"(module)", "WebAssembly in its text form"),
        (b"\xff\xfe", "something else"),
    ] {
        assert_eq!(WasmKind::of(file), WasmKind::NotWasm(found));
    }
}

#[test]
fn what_cannot_be_read_says_where() {
    let wasm = module(r#"(import "env" "_abort_js" (func)) (func (export "f")) (memory 1)"#);
    assert_eq!(WasmKind::of(&wasm), WasmKind::EmscriptenMain);
    for length in 8..wasm.len() {
        match WasmKind::of(&wasm[..length]) {
            WasmKind::Refused(Refusal::Malformed { offset }) => assert!(offset <= length as u64, "{length}: {offset}"),
            // Between two sections.
            WasmKind::Standalone | WasmKind::EmscriptenMain => {}
            other => panic!("{length}: {other}"),
        }
    }
    let cut = WasmKind::of(&wasm[..wasm.len() - 1]);
    assert_eq!(
        cut.to_string(),
        "a module that cannot run here: it is malformed at byte 0x33; fetch the file again or check its hash"
    );
    // An export of a kind that does not exist: the offset is the decoder's.
    let mut wasm = module(r#"(func (export "f"))"#);
    let kind = wasm.windows(3).position(|bytes| bytes == [b'f', 0, 0]).expect("is there") + 1;
    wasm[kind] = 9;
    assert_eq!(WasmKind::of(&wasm), WasmKind::Refused(Refusal::Malformed { offset: kind as u64 }));
}

#[test]
fn any_byte_may_be_any_other() {
    for (_, texts) in EXAMPLES {
        for text in *texts {
            let wasm = module(text);
            for position in 0..wasm.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff, wasm[position] ^ 1] {
                    let mut damaged = wasm.clone();
                    damaged[position] = value;
                    assert!(!WasmKind::of(&damaged).to_string().is_empty());
                }
            }
        }
    }
}

#[test]
fn counts_that_lie_cost_nothing() {
    // Four thousand million imports, exports or memories, of which none is there.
    for section in [2, 5, 7] {
        let wasm = [b"\0asm\x01\0\0\0", &[section, 5, 0xff, 0xff, 0xff, 0xff, 0x0f][..]].concat();
        let kind = WasmKind::of(&wasm);
        assert!(matches!(kind, WasmKind::Refused(Refusal::Malformed { .. })), "{kind}");
    }
}

#[test]
fn function_bodies_are_not_looked_at() {
    let mut wasm = module(r#"(import "env" "_abort_js" (func)) (func (i32.const 5) (drop))"#);
    let body = wasm.windows(2).position(|bytes| bytes == [0x41, 5]).expect("is there");
    wasm[body] = 0xff;
    assert_eq!(WasmKind::of(&wasm), WasmKind::EmscriptenMain);
}

#[test]
fn kinds_read_as_a_sentence() {
    let sentence = |kind: WasmKind| format!("x.wasm is {kind}");
    assert_eq!(sentence(WasmKind::WasiCommand), "x.wasm is a WASI preview 1 command (a program)");
    for (kind, _) in EXAMPLES {
        let sentence = sentence(*kind);
        assert!(
            sentence.starts_with("x.wasm is a ") || sentence.starts_with("x.wasm is an ") || sentence.contains(" the ")
        );
    }
    let threads = sentence(WasmKind::Refused(Refusal::SharedMemory));
    assert_eq!(
        threads,
        "x.wasm is a module that cannot run here: it uses threads (shared memory); build it without `-pthread`"
    );
    let go = sentence(WasmKind::Refused(Refusal::JavaScript("Go")));
    assert_eq!(
        go,
        "x.wasm is a module that cannot run here: it needs JavaScript made by Go; build it for WASI instead"
    );
}
