//! Limits: what a module takes, and what it is refused.

use pyrun::{Error, HostContext, Limits, ModuleError, WasmValue};

use super::{c, start, wat};

#[test]
fn memory_grows_to_the_limit_and_no_further() {
    let Some(module) = c("growth") else { return };
    let mut instance = module.instance().limits(Limits::new().memory(5 << 16)).start().unwrap();
    let pages = instance.memory().unwrap().pages();
    assert_eq!(instance.call("pages", ()).unwrap()[0].as_signed(), Some(pages.into()));
    let room = i64::from(5 - pages);
    assert_eq!(instance.call("grow", (room + 1,)).unwrap()[0].as_signed(), Some(-1));
    assert_eq!(instance.call("grow", (1,)).unwrap()[0].as_signed(), Some(pages.into()));
    assert_eq!(instance.memory().unwrap().grow(5 - pages - 1).unwrap(), pages + 1);
    assert_eq!(instance.memory().unwrap().size(), 5 << 16);
    assert_eq!(instance.call("touch_last", ()).unwrap()[0].as_signed(), Some(7));
    match instance.memory().unwrap().grow(1) {
        Err(Error::Module(ModuleError::Growth { has: 5, pages: 1 })) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_begins_beyond_a_limit_does_not_start() {
    for text in [
        "(module (memory 65536))",
        "(module (memory 40000))",
        r#"(module (import "env" "m" (memory 40000)))"#,
        "(module (memory 20000) (memory 20000))",
        "(module (table 100000000 funcref))",
        r#"(module (import "env" "t" (table 5000000 externref)))"#,
        "(module (table 3000000 funcref) (table 3000000 funcref))",
    ] {
        let limits = Limits::new().memory(2 << 30);
        match wat(text).instance().limits(limits).start() {
            Err(Error::LimitTooLow(why)) => assert!(why.needed > why.given, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn several_memories_and_tables_share_a_limit() {
    let text = r#"(module (memory (export "memory") 1) (memory $b 1) (table 2 funcref) (table $u 2 funcref)
        (func (export "a") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "b") (param i32) (result i32) (memory.grow $b (local.get 0)))
        (func (export "t") (param i32) (result i32) (table.grow 0 (ref.null func) (local.get 0)))
        (func (export "u") (param i32) (result i32) (table.grow $u (ref.null func) (local.get 0))))"#;
    let limits = Limits::new().memory(6 << 16).table_slots(10);
    let mut instance = wat(text).instance().limits(limits).start().unwrap();
    let mut grow = |name: &str, by: i32| instance.call(name, (by,)).unwrap()[0].as_signed().unwrap();
    for (name, share, before) in [("a", 2, 1), ("b", 2, 1), ("t", 3, 2), ("u", 3, 2)] {
        assert_eq!(grow(name, share + 1), -1, "{name}");
        assert_eq!(grow(name, share), before, "{name}");
        assert_eq!(grow(name, 1), -1, "{name}");
    }
}

#[test]
fn a_modules_own_maximum_holds_below_the_limit() {
    let mut instance = start(r#"(module (memory (export "memory") 1 3))"#);
    let mut memory = instance.memory().unwrap();
    assert!(memory.grow(3).is_err());
    assert_eq!(memory.grow(2).unwrap(), 1);
    assert!(memory.grow(u32::MAX).is_err());
}

#[test]
fn windows_end_where_memory_ends() {
    let mut instance = start(r#"(module (memory (export "memory") 1))"#);
    let mut memory = instance.memory().unwrap();
    assert!(memory.bytes(65_536, 0).is_ok() && memory.bytes(0, 65_536).is_ok());
    for (address, length) in [(65_537, 0), (65_535, 2), (0, 65_537), (u32::MAX, 1), (1, usize::MAX)] {
        match memory.bytes_mut(address, length) {
            Err(Error::Module(ModuleError::OutOfBounds { address: a, length: l, size: 65_536 })) => {
                assert_eq!((a, l), (address, length));
            }
            other => panic!("{other:?}"),
        }
        assert!(memory.fill(address, length, 1).is_err() && memory.copy(0, address, length).is_err());
        assert!(memory.copy(address, 0, length).is_err() && memory.text(address, length).is_err());
    }
    assert!(memory.read::<f64>(0, usize::MAX / 4).is_err() && memory.view::<u16>(1, 1).is_err());
    assert!(memory.write(65_535, &[1_u16]).is_err());
    memory.fill(0, 65_536, b'x').unwrap();
    assert!(memory.c_string(0).is_err(), "nothing ends it");
    memory.write(65_535, &[0_u8]).unwrap();
    assert_eq!(memory.c_string(65_530).unwrap(), b"xxxxx");
    assert!(memory.c_string(65_536).is_err());
    memory.write(0, &[0xff_u8]).unwrap();
    assert!(matches!(memory.text(0, 1), Err(Error::Module(ModuleError::NotText { .. }))));
}

#[test]
fn a_module_without_memory_says_so() {
    let mut instance = start("(module (memory 1))");
    let error = instance.memory().unwrap_err().to_string();
    assert!(error.starts_with("the module exports no memory"), "{error}");
}

/// A process that runs one module after another keeps none of their code, nor that of helpers for the functions that they import.
#[cfg(target_os = "linux")]
#[test]
fn code_goes_with_its_module() {
    let mappings = || {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.lines().filter(|line| line.contains("/artifacts/") || line.contains("/helpers/")).count()
    };
    // A type of its own for each.
    let run = |number: usize| {
        let types =
            (0..9).map(|bit| if number >> bit & 1 == 1 { ["i32", "i32.const 1"] } else { ["i64", "i64.const 1"] });
        let (types, values): (Vec<_>, Vec<_>) = types.map(|[ty, value]| (ty, format!("({value})"))).unzip();
        let text = format!(
            r#"(module (import "host" "f" (func $f (param {}))) (memory (export "memory") 1)
                (func (export "go") (result i32) (call $f {}) (i32.const {number})))"#,
            types.join(" "),
            values.join(" ")
        );
        let nothing = |_: &mut HostContext<'_>, _: &[WasmValue]| Ok::<_, String>(Vec::new());
        let mut instance = wat(&text).instance().host_values("host", "f", nothing).start().unwrap();
        assert_eq!(instance.call("go", ()).unwrap()[0].as_signed(), Some(number as i64));
    };
    run(1);
    let before = mappings();
    (2..402).for_each(run);
    // Three mappings each; helpers that all guests share are kept, 256 of them.
    let after = mappings();
    assert!(after < before + 3 * 256 + 50, "{before} mappings, then {after}");
}
