//! Host functions.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

use pyrun::{Error, HostContext, InstanceBuilder, ModuleError};

use super::{c, wat};

fn defined(builder: InstanceBuilder, said: &Arc<Mutex<Vec<u8>>>) -> InstanceBuilder {
    let said = said.clone();
    builder
        .host("host", "add", |a: i32, b: i32| a + b)
        .host("host", "mix", |a: i64, b: f32, c: f64| a as f64 + f64::from(b) + c)
        .host("host", "log", move |context: &mut HostContext<'_>, text: u32, size: u32| {
            said.lock().unwrap().extend_from_slice(context.memory()?.bytes(text, size as usize)?);
            Ok::<_, Error>(())
        })
        .host("host", "fill", |context: &mut HostContext<'_>, buffer: u32, size: u32| {
            context.memory()?.fill(buffer, size as usize, 3)
        })
        .host("host", "fail", |code: i32| if code == 0 { Ok(1) } else { Err(format!("no luck with {code}")) })
}

#[test]
fn a_module_calls_what_the_host_defines() {
    let Some(module) = c("host") else { return };
    let said = Arc::default();
    let mut instance = defined(module.instance(), &said).start().unwrap();
    assert_eq!(instance.call("twice", (21,)).unwrap()[0].as_signed(), Some(42));
    assert_eq!(instance.call("mixed", ()).unwrap()[0].as_float(), Some(1_099_511_627_776.75));
    instance.call("say", ()).unwrap();
    assert_eq!(*said.lock().unwrap(), b"hello");
    assert_eq!(instance.call("filled", ()).unwrap()[0].as_signed(), Some(12));
    assert_eq!(instance.call("failing", (0,)).unwrap()[0].as_signed(), Some(2));
    match instance.call("failing", (7,)) {
        Err(Error::Module(ModuleError::HostFunction { function, message })) => {
            assert_eq!((function.as_str(), message.as_str()), ("host.fail", "no luck with 7"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(instance.call("failing", (0,)).unwrap()[0].as_signed(), Some(2), "it goes on");
}

#[test]
fn what_nobody_defines_is_named() {
    let Some(module) = c("host") else { return };
    let error = module.instance().host("host", "add", |a: i32, b: i32| a + b).start().unwrap_err().to_string();
    assert!(error.contains("imports host.mix, host.log, host.fill, host.fail, which nobody defines"), "{error}");
    let error = module.instance().host("host", "add", |a: i64| a).start().unwrap_err();
    assert!(matches!(error, Error::Module(ModuleError::ImportType { .. })), "{error}");
    let text = "the module imports host.add as (i32, i32) -> i32, but the host function of that name is (i64) -> i64";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_start_function_reaches_the_host_and_its_memory() {
    let module = wat(
        r#"(module (import "h" "see" (func $see (param i32))) (memory (export "memory") 1) (data (i32.const 8) "\2a")
            (func $s (call $see (i32.const 8))) (start $s))"#,
    );
    let seen = Arc::new(AtomicI32::new(0));
    let sees = seen.clone();
    let see = move |context: &mut HostContext<'_>, at: u32| {
        sees.store(context.memory()?.read_one(at)?, Ordering::Relaxed);
        Ok::<_, Error>(())
    };
    module.instance().host("h", "see", see).start().unwrap();
    assert_eq!(seen.load(Ordering::Relaxed), 42);
}

#[test]
fn memories_tables_and_globals_that_are_imported_are_made() {
    let module = wat(r#"(module (import "env" "memory" (memory 2)) (import "env" "table" (table 3 funcref))
            (import "env" "base" (global $base i32))
            (func (export "base") (result i32) (i32.store (global.get $base) (i32.const 7)) (global.get $base))
            (func (export "slots") (result i32) (table.size)))"#);
    let error = module.instance().start().unwrap_err().to_string();
    assert!(error.contains("imports env.base, which nobody defines"), "{error}");
    let mut instance = module.instance().imported_global("env", "base", 1024).start().unwrap();
    assert_eq!(instance.call("base", ()).unwrap()[0].as_signed(), Some(1024));
    assert_eq!(instance.call("slots", ()).unwrap()[0].as_signed(), Some(3));
    assert_eq!(instance.memory().unwrap().read_one::<i32>(1024).unwrap(), 7);
    let error = module.instance().imported_global("env", "base", 1.5).start().unwrap_err().to_string();
    assert!(error.starts_with("the global env.base cannot be 1.5"), "{error}");
}

/// Odd names, and a type of which there is no host function.
#[test]
fn odd_imports_are_named_and_nothing_else() {
    let module = wat(
        "(module (import \"\" \"a\\1b\\00\" (func)) (import \"x\" \"t\" (tag)) (import \"x\" \"f\" (func (param externref))))",
    );
    let error = module.instance().start().unwrap_err().to_string();
    assert!(error.contains(r"imports .a\u{1b}\0, x.t, x.f, which nobody defines"), "{error}");
    let inspection = module.inspect().unwrap().to_string();
    assert!(!inspection.contains('\x1b') && !inspection.contains('\0'), "{inspection:?}");
}

#[test]
fn a_host_function_may_be_called_through_a_table() {
    let module =
        wat(r#"(module (import "h" "f" (func $f (param i32) (result i32))) (table 1 funcref) (elem (i32.const 0) $f)
            (func (export "go") (result i32) (call_indirect (param i32) (result i32) (i32.const 20) (i32.const 0))))"#);
    let mut instance = module.instance().host("h", "f", |n: i32| n + 1).start().unwrap();
    assert_eq!(instance.call("go", ()).unwrap()[0].as_signed(), Some(21));
}
