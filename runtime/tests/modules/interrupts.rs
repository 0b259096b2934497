//! Interrupts of programs and calls of every kind: what waits in the host ends, and what calls the host does.

use std::sync::mpsc::channel;
use std::thread;

use pyrun::stdio::{Input, Stdio};
use pyrun::{Error, ModuleInstance, WasmValue};

use super::{start, wat};

/// Waits for a read of standard input, which never comes, or for a clock, which is far away; `main` and `_start` do the first.
const WASI: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
    (memory (export "memory") 1)
    (func (export "wait") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64))))
    (func (export "call") (loop (drop (call $yield)) (br 0)))
    (func (export "answer") (result i32) (drop (call $yield)) (i32.const 42)) ENTRY
    (data (i32.const 0) "\80\00\00\00\10\00\00\00"))"#;

const EMSCRIPTEN: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_dup" (func $dup (param i32) (result i32)))
    (memory (export "memory") 1) (global $handled (mut i32) (i32.const 0))
    (func (export "wait") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64))))
    (func (export "call") (loop (drop (call $dup (i32.const -1))) (br 0)))
    (func (export "answer") (result i32) (drop (call $dup (i32.const -1))) (i32.const 42)) ENTRY
    (data (i32.const 0) "\80\00\00\00\10\00\00\00"))"#;

/// Runs `body` while another thread interrupts, again and again, until it is over: what comes too early counts for nothing.
fn interrupted<T>(handle: &pyrun::InterruptHandle, body: impl FnOnce() -> T) -> T {
    let (over, is_over) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while is_over.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                handle.interrupt();
                thread::yield_now();
            }
        });
        let result = body();
        drop(over);
        result
    })
}

/// A standard input on which nothing ever comes.
fn silent() -> (Stdio, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    (Stdio::discard().stdin(Input::descriptor(reader)), writer)
}

fn instance(text: &str) -> (ModuleInstance, std::io::PipeWriter) {
    let (stdio, writer) = silent();
    (wat(text).instance().stdio(stdio).start().unwrap(), writer)
}

#[test]
fn a_call_that_waits_or_calls_the_host_is_ended() {
    for text in [WASI.replace("ENTRY", r#"(func (export "_initialize"))"#), EMSCRIPTEN.replace("ENTRY", "")] {
        let (mut instance, _open) = instance(&text);
        let handle = instance.interrupt_handle();
        for name in ["wait", "call"] {
            let ended = interrupted(&handle, || instance.call(name, ()));
            assert!(matches!(ended, Err(Error::Signal { signal: 2 })), "{name}: {ended:?}");
        }
        // What came while nothing ran is forgotten, by name and by type.
        handle.interrupt();
        assert_eq!(instance.call("answer", ()).unwrap(), [WasmValue::I32(42)]);
        let answer = instance.function::<(), i32>("answer").unwrap();
        handle.interrupt();
        assert_eq!(answer.call(&mut instance, ()).unwrap(), 42);
    }
}

#[test]
fn a_program_is_ended_with_the_status_of_its_signal() {
    for (text, entry) in [(WASI, "_start"), (EMSCRIPTEN, "main")] {
        for callee in [
            "(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64)))",
            if text == WASI {
                "(loop (drop (call $yield)) (br 0))"
            } else {
                "(loop (drop (call $dup (i32.const -1))) (br 0))"
            },
        ] {
            let (stdio, _open) = silent();
            let mut program =
                wat(&text.replace("ENTRY", &format!("(func (export \"{entry}\") {callee})"))).program().stdio(stdio);
            let handle = program.interrupt_handle().unwrap();
            assert_eq!(interrupted(&handle, || program.run()).unwrap().status, 128 + 2, "{entry}");
        }
    }
    // One that comes before the run counts for it.
    let mut program = wat(&WASI.replace("ENTRY", r#"(func (export "_start") (drop (call $yield)))"#)).program();
    program.interrupt_handle().unwrap().send(15);
    assert_eq!(program.run().unwrap().status, 128 + 15);
}

#[test]
fn a_program_may_handle_the_signal_by_its_own_raise() {
    let entry = r#"(func (export "raise") (param i32) (result i32) (global.set $handled (local.get 0)) (i32.const 0))
        (func (export "until") (result i32)
            (loop (drop (call $dup (i32.const -1))) (br_if 0 (i32.eqz (global.get $handled)))) (global.get $handled))"#;
    let (mut instance, _open) = instance(&EMSCRIPTEN.replace("ENTRY", entry));
    let handle = instance.interrupt_handle();
    assert_eq!(interrupted(&handle, || instance.call("until", ())).unwrap(), [WasmValue::I32(2)]);
}

#[test]
fn a_standalone_module_is_ended_when_a_host_function_returns() {
    let text = r#"(module (import "env" "by_type" (func $one)) (import "env" "by_values" (func $two))
        (func (export "one") (loop (call $one) (br 0))) (func (export "two") (loop (call $two) (br 0))))"#;
    let builder = wat(text).instance().host("env", "by_type", || ());
    let mut instance = builder.host_values("env", "by_values", |_, _| Ok::<_, String>(Vec::new())).start().unwrap();
    let handle = instance.interrupt_handle();
    for name in ["one", "two"] {
        let ended = interrupted(&handle, || instance.call(name, ()));
        assert!(matches!(ended, Err(Error::Signal { signal: 2 })), "{name}: {ended:?}");
    }
    let mut other = start(r#"(module (func (export "f") (result i32) (i32.const 1)))"#);
    other.interrupt_handle().interrupt();
    assert_eq!(other.call("f", ()).unwrap(), [WasmValue::I32(1)]);
}
