//! Code that never ends by itself, of each kind of module, and each way to end it: limits of wall and of processor time, a kill, an
//! interrupt.

use std::sync::mpsc::{TryRecvError, channel};
use std::thread;
use std::time::Duration;

use pyrun::{Error, InterruptHandle, Limits, Module, ModuleInstance, TimeClock, WasmValue};

use super::wat;

const SHORT: Duration = Duration::from_millis(30);
/// Nothing waits for it, unless it fails.
const LONG: Duration = Duration::from_secs(120);

/// Loops, each the body of a function without parameters. `$host` is a function of the host's; `$e` a tag, `$empty` a function.
const LOOPS: &[(&str, &str)] = &[
    ("nothing", "(loop (br 0))"),
    ("locals", "(local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 0))"),
    (
        "nested",
        "(local i32) (loop $o (local.set 0 (i32.const 9)) (loop $i (br_if $i (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (br $o))",
    ),
    (
        "floats",
        "(local f64) (loop (local.set 0 (f64.sqrt (f64.add (local.get 0) (f64.const 1)))) (br_if 0 (f64.ge (local.get 0) (f64.const 0))))",
    ),
    (
        "branches",
        "(local i32) (loop $l (block $a (block $b (br_table $a $b $a (local.get 0)))) (local.set 0 (i32.xor (local.get 0) (i32.const 1))) (br $l))",
    ),
    ("loads", "(loop (drop (i32.load (i32.const 64))) (br 0))"),
    ("stores", "(loop (i64.store (i32.const 128) (i64.const 1)) (br 0))"),
    ("globals", "(loop (global.set $g (i32.add (global.get $g) (i32.const 1))) (br 0))"),
    ("fills", "(loop (memory.fill (i32.const 1024) (i32.const 0) (i32.const 60000)) (br 0))"),
    ("large fills", "(loop (memory.fill (i32.const 65536) (i32.const 7) (i32.const 16000000)) (br 0))"),
    ("copies", "(loop (memory.copy (i32.const 65536) (i32.const 8000000) (i32.const 6000000)) (br 0))"),
    ("growth", "(loop (drop (memory.grow (i32.const 0))) (br 0))"),
    ("calls", "(loop (call $empty) (br 0))"),
    ("pointers", "(loop (call_indirect (type $t) (i32.const 0)) (br 0))"),
    ("recursion", "(drop (call $twice (i32.const 62)))"),
    ("exceptions", "(loop $l (block $h (try_table (catch_all $h) (throw $e))) (br $l))"),
    ("caught calls", "(loop $l (block $h (try_table (catch_all $h) (call $throws))) (br $l))"),
    ("tables", "(loop (drop (table.grow $other (ref.null func) (i32.const 0))) (br 0))"),
    ("the host", "(loop (call $host) (br 0))"),
];

/// What all of them use.
const REST: &str = r#"(memory (export "memory") 256 512) (type $t (func)) (table $main 2 funcref) (table $other 2 10 funcref)
    (elem (table $main) (i32.const 0) func $empty) (global $g (mut i32) (i32.const 0)) (tag $e)
    (func $empty) (func $throws (throw $e))
    (func $twice (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
            (else (i32.add (call $twice (i32.sub (local.get 0) (i32.const 1))) (call $twice (i32.sub (local.get 0) (i32.const 1)))))))
    (func (export "answer") (result i32) (call $host) (i32.const 42))
    (data (i32.const 0) "\80\00\00\00\10\00\00\00")"#;

/// A kind of module, with all loops as exports; `more` is more of its text.
fn text(imports: &str, more: &str) -> String {
    let loops: String = LOOPS.iter().map(|(name, body)| format!("(func (export {name:?}) {body})\n")).collect();
    format!("(module {imports} {REST} {loops} {more})")
}

const STANDALONE: &str = r#"(import "env" "host" (func $host))"#;
const ALONE: &str = "--- (func $host)";
#[cfg(feature = "wasi")]
const WASI: &str = r#"(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    --- (func $host (drop (call $yield)))
    (func (export "a read") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64))))
    (func (export "reads") (loop (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64))) (br 0)))
    (func (export "a sleep") (i32.store8 (i32.const 208) (i32.const 0)) (i32.store (i32.const 216) (i32.const 1))
        (i64.store (i32.const 224) (i64.const 1000000000000000))
        (drop (call $poll (i32.const 200) (i32.const 300) (i32.const 1) (i32.const 64))))
    (func (export "_initialize"))"#;
const EMSCRIPTEN: &str = r#"(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_dup" (func $dup (param i32) (result i32)))
    (import "env" "emscripten_get_now" (func $now (result f64)))
    --- (func $host (drop (call $dup (i32.const -1))))
    (func (export "the clock") (loop (drop (call $now)) (br 0)))
    (func (export "a read") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64))))
    (func (export "reads") (loop (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64))) (br 0)))"#;

/// A kind: its name, a module, and what of that never ends; the flag says that it does so by waiting.
type KindOfModule = (&'static str, Module, Vec<(&'static str, bool)>);

/// All of them.
fn kinds() -> Vec<KindOfModule> {
    let own = |more: &[(&'static str, bool)]| {
        LOOPS.iter().map(|(name, _)| (*name, false)).chain(more.iter().copied()).collect::<Vec<_>>()
    };
    // Imports come first.
    let split = |kind: &str| {
        let (imports, functions) = kind.split_once("---").unwrap_or((kind, ""));
        text(imports, functions)
    };
    let mut kinds = vec![
        ("standalone", wat(&split(STANDALONE)), own(&[])),
        ("standalone, without imports", wat(&split(ALONE)), own(&[])),
        ("emscripten", wat(&split(EMSCRIPTEN)), own(&[("the clock", false), ("a read", true), ("reads", true)])),
    ];
    #[cfg(feature = "wasi")]
    kinds.push(("wasi", wat(&split(WASI)), own(&[("a read", true), ("reads", true), ("a sleep", true)])));
    kinds
}

/// An instance with nothing to read, ever.
fn start(module: &Module, limits: Limits) -> (ModuleInstance, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let stdio = pyrun::Stdio::discard().stdin(pyrun::stdio::Input::descriptor(reader));
    let builder = module.instance().host("env", "host", || ()).stdio(stdio).limits(limits);
    (builder.start().unwrap(), writer)
}

/// Runs `body` while another thread interrupts, again and again, until it is over.
fn interrupted<T>(handle: &InterruptHandle, body: impl FnOnce() -> T) -> T {
    let (over, is_over) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while is_over.try_recv() == Err(TryRecvError::Empty) {
                handle.interrupt();
                thread::yield_now();
            }
        });
        let result = body();
        drop(over);
        result
    })
}

/// Whoever was stopped says so, and stays so; its memory is there.
#[track_caller]
fn is_gone(instance: &mut ModuleInstance, what: &str, why: &str) {
    assert!(instance.is_poisoned(), "{what}");
    for _ in 0..2 {
        match instance.call("answer", ()) {
            Err(Error::Poisoned(text)) => assert!(text.contains(why), "{what}: {text}"),
            other => panic!("{what}: {other:?}"),
        }
    }
    assert_eq!(instance.memory().unwrap().bytes(0, 1).unwrap(), [0x80], "{what}");
}

fn each(mut body: impl FnMut(&str, &Module, &str, bool)) {
    for (kind, module, loops) in kinds() {
        let (mut other, _open) = start(&module, Limits::new());
        for (name, waits) in loops {
            let what = format!("{kind}: {name}");
            println!("{what}");
            body(&what, &module, name, waits);
            assert_eq!(other.call("answer", ()).unwrap(), [WasmValue::I32(42)], "{what}: another one goes on");
        }
    }
}

#[test]
fn a_limit_of_wall_time_ends_each() {
    each(|what, module, name, _| {
        let (mut instance, _open) = start(module, Limits::new().wall(SHORT).grace(Duration::ZERO));
        match instance.call(name, ()) {
            Err(Error::TimedOut(error)) => {
                assert_eq!((error.clock, error.limit, error.stopped), (TimeClock::Wall, SHORT, true), "{what}");
            }
            other => panic!("{what}: {other:?}"),
        }
        is_gone(&mut instance, what, "limit of 30ms of wall time");
    });
}

#[test]
fn a_limit_of_processor_time_ends_each_that_uses_it() {
    each(|what, module, name, waits| {
        if waits {
            return;
        }
        let (mut instance, _open) = start(module, Limits::new().cpu(SHORT).grace(Duration::ZERO));
        let ended = instance.call(name, ());
        assert!(
            matches!(&ended, Err(Error::TimedOut(error)) if error.clock == TimeClock::Cpu && error.stopped),
            "{what}: {ended:?}"
        );
        is_gone(&mut instance, what, "of processor time");
    });
}

#[test]
fn a_kill_ends_each() {
    each(|what, module, name, _| {
        let (mut instance, _open) = start(module, Limits::new());
        let handle = instance.interrupt_handle();
        let killer = thread::spawn(move || handle.kill());
        let ended = instance.call(name, ());
        killer.join().unwrap();
        assert!(matches!(ended, Err(Error::Killed)), "{what}: {ended:?}");
        is_gone(&mut instance, what, "killed");
    });
}

#[test]
fn an_interrupt_ends_each() {
    each(|what, module, name, _| {
        let (mut instance, _open) = start(module, Limits::new().grace(SHORT));
        let handle = instance.interrupt_handle();
        let ended = interrupted(&handle, || instance.call(name, ()));
        assert!(matches!(ended, Err(Error::Signal { signal: 2 })), "{what}: {ended:?}");
        match instance.is_poisoned() {
            true => is_gone(&mut instance, what, "signal 2"),
            // It has called the host in time.
            false => assert_eq!(instance.call("answer", ()).unwrap(), [WasmValue::I32(42)], "{what}"),
        }
    });
}

/// What calls the host or waits there is ended by the first stage, and can be used as before.
#[test]
fn the_first_stage_leaves_the_instance() {
    for (kind, module, _) in kinds().into_iter().filter(|(kind, ..)| !kind.contains("without")) {
        let names: &[&str] = if kind == "standalone" { &["the host"] } else { &["the host", "a read"] };
        for name in names {
            let (mut instance, _open) = start(&module, Limits::new().wall(SHORT).grace(LONG));
            let Err(Error::TimedOut(error)) = instance.call(name, ()) else { panic!("{kind}: {name}") };
            assert!(!error.stopped && !instance.is_poisoned(), "{kind}: {name}");
            instance.limit_time(&Limits::new());
            assert_eq!(instance.call("answer", ()).unwrap(), [WasmValue::I32(42)], "{kind}: {name}");
        }
    }
}

#[test]
fn what_ends_in_time_is_not_touched() {
    for (kind, module, _) in kinds() {
        let (mut instance, _open) = start(&module, Limits::new().wall(LONG).cpu(LONG));
        let (answer, words) =
            (instance.function::<(), i32>("answer").unwrap(), instance.word_function("answer").unwrap());
        for _ in 0..100 {
            assert_eq!(answer.call(&mut instance, ()).unwrap(), 42, "{kind}");
            let mut result = [0];
            words.call(&mut instance, &[], &mut result).unwrap();
            assert_eq!(result, [42], "{kind}");
        }
    }
}

/// By type, by words, and by C's functions.
#[test]
fn each_way_in_is_limited() {
    for (kind, module, _) in kinds() {
        let limits = || Limits::new().wall(SHORT).grace(Duration::ZERO);
        let (mut instance, _open) = start(&module, limits());
        let by_type = instance.function::<(), ()>("nothing").unwrap();
        let ended = by_type.call(&mut instance, ());
        assert!(matches!(ended, Err(Error::TimedOut(_))), "{kind}: {ended:?}");
        assert!(matches!(by_type.call(&mut instance, ()), Err(Error::Poisoned(_))), "{kind}");
        let (mut instance, _open) = start(&module, limits());
        let words = instance.word_function("nothing").unwrap();
        let ended = words.call(&mut instance, &[], &mut []);
        assert!(matches!(ended, Err(Error::TimedOut(_))), "{kind}: {ended:?}");
        if kind == "emscripten" {
            let (mut instance, _open) = start(&module, limits());
            let mut em = instance.em().unwrap();
            let ended = em.invoke("nothing", ());
            assert!(matches!(ended, Err(Error::TimedOut(_))), "{ended:?}");
            assert!(matches!(em.invoke("answer", ()), Err(Error::Poisoned(_))));
            drop(em);
            is_gone(&mut instance, kind, "limit of 30ms");
        }
    }
}

/// A start function, and what else runs before anybody has an instance.
#[test]
fn a_start_is_limited() {
    let start =
        |imports: &str| format!("(module {imports} (memory (export \"memory\") 1) (func $s (loop (br 0))) (start $s))");
    let emscripten = r#"(import "env" "emscripten_get_now" (func (result f64)))"#;
    let constructors = format!(
        "(module {emscripten} (memory (export \"memory\") 1) (func (export \"__wasm_call_ctors\") (loop (br 0))))"
    );
    let mut texts = vec![start(""), start(r#"(import "env" "host" (func))"#), start(emscripten), constructors];
    if cfg!(feature = "wasi") {
        let yields = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
        texts.push(start(yields).replace("(start", "(func (export \"_initialize\")) (start"));
        texts.push(format!(
            "(module {yields} (memory (export \"memory\") 1) (func (export \"_initialize\") (loop (br 0))))"
        ));
    }
    for text in texts {
        let module = wat(&text);
        let builder = || module.instance().host("env", "host", || ());
        let ended = builder().limits(Limits::new().wall(SHORT).grace(SHORT)).start();
        assert!(matches!(&ended, Err(Error::TimedOut(error)) if error.stopped), "{text}: {ended:?}");
        let mut killed = builder();
        let handle = killed.interrupt_handle().unwrap();
        let killer = thread::spawn(move || handle.kill());
        let ended = killed.start();
        killer.join().unwrap();
        assert!(matches!(ended, Err(Error::Killed)), "{text}: {ended:?}");
        let mut builder = builder().limits(Limits::new().grace(SHORT));
        let handle = builder.interrupt_handle().unwrap();
        let ended = interrupted(&handle, || builder.start());
        assert!(matches!(ended, Err(Error::Signal { signal: 2 })), "{text}: {ended:?}");
    }
}

/// Programs of each kind: their status says how they ended.
#[test]
fn programs_are_ended() {
    let spin = "(loop (br 0))";
    let mut texts = vec![
        format!("(module (func (export \"main\") (result i32) {spin} (i32.const 0)))"),
        format!(
            r#"(module (import "env" "emscripten_get_now" (func (result f64))) (memory (export "memory") 1)
            (func (export "main") (result i32) {spin} (i32.const 0)))"#
        ),
    ];
    if cfg!(feature = "wasi") {
        texts.push(format!(
            r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory (export "memory") 1)
                (func (export "_start") {spin}))"#
        ));
    }
    for text in texts {
        let program = |grace| wat(&text).program().limits(Limits::new().grace(grace));
        let outcome = program(SHORT).limits(Limits::new().wall(SHORT).grace(SHORT)).run().unwrap();
        assert_eq!((outcome.status, outcome.timed_out.unwrap().clock), (124, TimeClock::Wall), "{text}");
        let outcome = program(SHORT).limits(Limits::new().cpu(SHORT).grace(SHORT)).run().unwrap();
        assert_eq!((outcome.status, outcome.timed_out.unwrap().clock), (124, TimeClock::Cpu), "{text}");
        let mut killed = program(LONG);
        let handle = killed.interrupt_handle().unwrap();
        let killer = thread::spawn(move || handle.kill());
        let ended = killed.run();
        killer.join().unwrap();
        assert!(matches!(ended, Err(Error::Killed)), "{text}: {ended:?}");
        let mut program = program(SHORT);
        let handle = program.interrupt_handle().unwrap();
        assert_eq!(interrupted(&handle, || program.run()).unwrap().status, 130, "{text}");
    }
}

/// Code that a host's call runs: the constructors of a library.
#[test]
fn a_loop_within_a_host_call_is_ended() {
    let library = r#"(module (@dylink.0 (mem-info (memory 0 0)))
        (import "env" "memory" (memory 0)) (func (export "__wasm_call_ctors") (loop (br 0))))"#;
    let text = r#"(module (import "env" "emscripten_get_now" (func (result f64))) (memory (export "memory") 1)
        (table (export "__indirect_function_table") 1 funcref)
        (func (export "malloc") (param i32) (result i32) (i32.const 1024)) (func (export "free") (param i32)))"#;
    let limits = Limits::new().wall(SHORT).grace(Duration::ZERO);
    let builder = wat(text).instance().allow_native_code().limits(limits);
    let mut instance = builder.start().unwrap();
    let mut em = instance.em().unwrap();
    let fd = em.open("/tmp/l.so", pyrun::em::flags::O_RDWR | pyrun::em::flags::O_CREAT, 0o755).unwrap();
    em.write(fd, &wat::parse_str(library).unwrap()).unwrap();
    em.close(fd).unwrap();
    let ended = em.load_library("/tmp/l.so");
    assert!(matches!(ended, Err(Error::TimedOut(_))), "{ended:?}");
    drop(em);
    assert!(instance.is_poisoned());
}

/// What is sent to one that is gone, or between two calls, touches nobody.
#[test]
fn late_ones_touch_nobody() {
    let module = wat(r#"(module (func (export "answer") (result i32) (i32.const 42)))"#);
    let mut instance = module.instance().start().unwrap();
    let handle = instance.interrupt_handle();
    for _ in 0..2000 {
        handle.interrupt();
        assert_eq!(instance.call("answer", ()).unwrap(), [WasmValue::I32(42)]);
    }
    drop(instance);
    handle.kill();
    handle.interrupt();
    let mut program = wat(r#"(module (func (export "main") (result i32) (i32.const 3)))"#).program();
    let handle = program.interrupt_handle().unwrap();
    assert_eq!(program.run().unwrap().status, 3);
    handle.kill();
}
