//! Traps: what stopped, and where.

use pyrun::{Error, ModuleInstance, TrapKind, WasmTrap};

use super::{c, start};

#[track_caller]
fn trap(instance: &mut ModuleInstance, name: &str, args: &[i64]) -> WasmTrap {
    match instance.call(name, args) {
        Err(Error::Trap(trap)) => *trap,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn each_trap_has_its_kind_and_the_functions_that_were_active() {
    let Some(module) = c("traps") else { return };
    let mut instance = module.instance().start().unwrap();
    let mut of = |name: &str, args: &[i64]| trap(&mut instance, name, args);
    for (name, args, kind) in [
        ("divide", &[1, 0][..], TrapKind::DivisionByZero),
        ("divide", &[i32::MIN.into(), -1], TrapKind::IntegerOverflow),
        ("load", &[i64::from(u32::MAX)], TrapKind::MemoryOutOfBounds),
        ("store", &[0x7fff_0000], TrapKind::MemoryOutOfBounds),
        ("call_null", &[], TrapKind::IndirectCallToNull),
        ("call_other_type", &[], TrapKind::IndirectCallType),
        ("call_beyond", &[], TrapKind::TableOutOfBounds),
    ] {
        let trap = of(name, args);
        assert_eq!(trap.kind, kind, "{name}");
        assert_eq!(trap.frames.last().and_then(|frame| frame.function.as_deref()), Some(name), "{trap}");
    }
    let failed = of("unreachable", &[1]);
    assert_eq!(failed.kind, TrapKind::Unreachable);
    let names: Vec<_> = failed.frames.iter().filter_map(|frame| frame.function.as_deref()).collect();
    assert_eq!(names, ["fail", "unreachable"], "innermost first");
    assert_eq!(failed.to_string(), "the module trapped: unreachable code was reached, in fail, called by unreachable");
    assert!(
        matches!(instance.call("convert", (f64::NAN,)), Err(Error::Trap(trap)) if trap.kind == TrapKind::ConversionToInteger)
    );
    // A trap ends a call, not the instance.
    assert_eq!(instance.call("divide", (7, 2)).unwrap()[0].as_signed(), Some(3));
}

#[test]
fn a_stack_overflow_ends_the_call_alone() {
    let mut instance = start(
        r#"(module (func $deep (export "deep") (param i32) (result i32)
                (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
            (func $down (export "down") (param i32)
                (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))) (return))) (unreachable))
            (func (export "one") (result i32) (i32.const 1)))"#,
    );
    for _ in 0..2 {
        assert_eq!(trap(&mut instance, "deep", &[0]).kind, TrapKind::StackOverflow);
    }
    let far_down = trap(&mut instance, "down", &[1000]);
    assert_eq!((far_down.kind, far_down.frames.len()), (TrapKind::Unreachable, 64), "no more frames are kept");
    assert!(far_down.to_string().ends_with("called by down, …"), "{far_down}");
    assert_eq!(instance.call("one", ()).unwrap()[0].as_signed(), Some(1));
    // C code has a stack of its own in memory, which is smaller and lies below everything else.
    let Some(module) = c("traps") else { return };
    let mut instance = module.instance().start().unwrap();
    let trap = trap(&mut instance, "deep", &[0]);
    assert!(matches!(trap.kind, TrapKind::MemoryOutOfBounds | TrapKind::StackOverflow), "{trap}");
    assert_eq!(instance.call("divide", (7, 2)).unwrap()[0].as_signed(), Some(3));
}

#[test]
fn an_exception_that_nothing_catches() {
    let mut instance = start(r#"(module (tag $t (param i32)) (func (export "raise") (throw $t (i32.const 1))))"#);
    assert_eq!(trap(&mut instance, "raise", &[]).kind, TrapKind::UncaughtException);
}

#[test]
fn names_of_functions_cannot_act_on_a_terminal() {
    let mut instance = start("(module (func (export \"a\\1b[2Jb\\n\") (unreachable)))");
    let trap = trap(&mut instance, "a\x1b[2Jb\n", &[]);
    assert_eq!(trap.to_string(), "the module trapped: unreachable code was reached, in a\\u{1b}[2Jb\\n");
}

#[test]
fn a_start_function_that_traps_or_never_ends_its_calls_makes_no_instance() {
    for (text, kind) in [
        ("(module (func $s (unreachable)) (start $s))", TrapKind::Unreachable),
        ("(module (func $s (call $s) (call $s)) (start $s))", TrapKind::StackOverflow),
    ] {
        match super::wat(text).instance().start() {
            Err(Error::Trap(trap)) => assert_eq!(trap.kind, kind),
            other => panic!("{other:?}"),
        }
    }
    let mut instance =
        start(r#"(module (memory (export "memory") 1) (func $s (i32.store (i32.const 4) (i32.const 9))) (start $s))"#);
    assert_eq!(instance.memory().unwrap().read_one::<i32>(4).unwrap(), 9, "it was run once");
}

/// A module whose functions take 4 KiB of C's stack before they end otherwise than by returning; `how` it says which global that is.
fn with_a_stack(how: &str, import: &str) -> String {
    let (name, export) = match how {
        "name" => ("$__stack_pointer", ""),
        "export" => ("$sp", r#"(export "__stack_pointer")"#),
        _ => ("$sp", ""),
    };
    let frame = match how {
        "unoptimised" => {
            "(local.set 1 (global.get SP)) (local.set 2 (i32.const 4096))
             (local.set 3 (i32.sub (local.get 1) (local.get 2))) (global.set SP (local.get 3))"
        }
        _ => "(global.set SP (local.tee 1 (i32.sub (global.get SP) (i32.const 4096))))",
    };
    let text = format!(
        r#"(module {import} (import "env" "fail" (func $fail (param i32)))
            (memory (export "memory") 2) (global $other (mut i32) (i32.const 7)) (global SP {export} (mut i32) (i32.const 65536))
            (func (export "framed") (param i32) (result i32) (local i32 i32 i32) {frame}
                (global.set $other (local.get 0))
                (if (i32.eq (local.get 0) (i32.const 1)) (then unreachable))
                (if (i32.eq (local.get 0) (i32.const 2)) (then (call $fail (local.get 0))))
                (if (i32.eq (local.get 0) (i32.const 3)) (then (i32.store (i32.const -1) (i32.const 1))))
                (global.set SP (i32.add (global.get SP) (i32.const 4096))) (local.get 0))
            (func (export "other") (result i32) (global.get $other))
            (func (export "stack") (result i32) (global.get SP)))"#
    );
    text.replace("SP", name)
}

#[test]
fn a_call_that_does_not_return_takes_no_stack_with_it() {
    let reactor = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
    for import in ["", if cfg!(feature = "wasi") { reactor } else { "" }] {
        for how in ["name", "export", "optimised", "unoptimised"] {
            let wasm = wat::parse_str(with_a_stack(how, import)).unwrap();
            let fail = |_: i32| -> Result<(), &'static str> { Err("not today") };
            let module = super::engine().module(wasm).unwrap();
            let mut instance = module.instance().host("env", "fail", fail).start().unwrap();
            for failure in [1, 2, 3].repeat(20) {
                instance.call("framed", (failure,)).unwrap_err();
                let mut word = |name: &str| instance.call(name, ()).unwrap()[0].as_signed();
                assert_eq!(word("stack"), Some(65536), "{how}, {failure}");
                // The module's own state is as its code left it.
                assert_eq!(word("other"), Some(failure.into()), "{how}, {failure}");
            }
        }
    }
}

#[test]
fn a_global_that_is_no_stack_pointer_stays_as_the_code_left_it() {
    let mut instance = start(
        r#"(module (global $left (mut i32) (i32.const 64))
            (func (export "take") (param i32) (result i32) (local i32)
                (global.set $left (local.tee 1 (i32.sub (global.get $left) (i32.const 5))))
                (if (local.get 0) (then unreachable)) (global.get $left)))"#,
    );
    trap(&mut instance, "take", &[1]);
    assert_eq!(instance.call("take", (0,)).unwrap()[0].as_signed(), Some(54));
}

#[test]
fn c_code_goes_on_after_any_number_of_traps() {
    let Some(module) = c("traps") else { return };
    let mut instance = module.instance().start().unwrap();
    for _ in 0..100 {
        trap(&mut instance, "framed", &[1]);
        trap(&mut instance, "deep", &[0]);
    }
    assert_eq!(instance.call("framed", (0,)).unwrap()[0].as_signed(), Some(1));
}
