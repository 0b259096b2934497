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
