//! What a hostile program could try: files that were not granted, memory and tables beyond the limits.

use pyrun::{EmInvoked, Error, Limits, ModuleError, ModuleInstance, WasmValue};

use super::engine;

/// A module that opens a path of its memory and says the errno, grows its memory and its table by itself, and calls imports.
const HOSTILE: &str = r#"(module
  (import "env" "__syscall_openat" (func $open (param i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_symlinkat" (func $link (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1 65536)
  (table $table (export "__indirect_function_table") 1 10000000 funcref)
  (func (export "open") (param i32) (result i32) (call $open (i32.const -100) (local.get 0) (i32.const 0) (i32.const 0)))
  (func (export "link") (param i32 i32) (result i32) (call $link (local.get 0) (i32.const -100) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow_table") (param i32) (result i32) (table.grow $table (ref.null func) (local.get 0)))
  (func (export "main") (result i32) (i32.const 0)))"#;

fn start(limits: Limits, granted: Option<&std::path::Path>) -> ModuleInstance {
    let module = engine().module(wat::parse_str(HOSTILE).unwrap()).unwrap();
    let builder = module.instance().limits(limits);
    let builder = match granted {
        Some(folder) => builder.folder(folder, "/granted", false),
        None => builder,
    };
    builder.start().expect("it starts")
}

fn number(instance: &mut ModuleInstance, name: &str, argument: i64) -> i32 {
    super::call(instance, name, (argument,))
}

#[test]
fn nothing_is_there_that_was_not_granted() {
    let (granted, secret) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(secret.path().join("s"), "secret").unwrap();
    std::fs::write(granted.path().join("f"), "fine").unwrap();
    let link = granted.path().join("out");
    std::os::unix::fs::symlink(secret.path().join("s"), &link).unwrap();
    let mut instance = start(Limits::new(), Some(granted.path()));
    let mut open = |path: &str| {
        instance.em().unwrap().write_memory(64, format!("{path}\0").as_bytes()).unwrap();
        super::call(&mut instance, "open", (64,))
    };
    assert!(open("/granted/f") >= 0);
    for path in [
        "/etc/passwd",
        "/granted/out",
        "/granted/../etc/passwd",
        "/granted/../../../etc/passwd",
        "/proc/self/environ",
        "/dev/mem",
        &secret.path().join("s").to_string_lossy(),
    ] {
        assert!(open(path) < 0, "{path}");
    }
    // A read-only grant takes no link of the guest's.
    instance.em().unwrap().write_memory(64, b"/etc/passwd\0").unwrap();
    instance.em().unwrap().write_memory(128, b"/granted/l\0").unwrap();
    assert!(super::call(&mut instance, "link", (64, 128)) < 0);
    assert!(!granted.path().join("l").exists());
}

#[test]
fn memory_and_tables_stop_at_the_limits_whoever_grows_them() {
    let limits = Limits::new().memory(4 << 16).table_slots(100);
    let mut instance = start(limits, None);
    assert_eq!(number(&mut instance, "grow", 4), -1);
    assert_eq!(number(&mut instance, "grow", 65_535), -1);
    assert_eq!(number(&mut instance, "grow", 3), 1);
    assert!(instance.em().unwrap().memory_grow(1).is_err());
    assert_eq!(number(&mut instance, "grow_table", 100), -1);
    assert_eq!(number(&mut instance, "grow_table", 99), 1);
    let error = instance.em().unwrap().add_function(|| 0_i32).unwrap_err();
    assert!(matches!(error, Error::Limit { which: "slots", limit: 100, .. }), "{error}");
    // A module that begins beyond a limit is not made.
    let module = engine().module(wat::parse_str(HOSTILE).unwrap()).unwrap();
    let error = module.instance().limits(Limits::new().memory(1 << 10)).start().unwrap_err();
    assert!(matches!(error, Error::LimitTooLow(_)), "{error}");
}

#[test]
fn a_call_with_addresses_outside_memory_is_an_errno_or_an_error() {
    let mut instance = start(Limits::new(), None);
    for address in [65_535_i64, 65_536, i64::from(u32::MAX)] {
        assert!(number(&mut instance, "open", address) < 0, "{address}");
    }
    let mut em = instance.em().unwrap();
    assert!(em.read_memory(65_530, 10).is_err() && em.write_memory(u32::MAX, b"x").is_err());
    assert!(em.c_string(65_536).is_err());
    assert!(em.invoke_pointer(0, ()).is_err() && em.invoke_pointer(u32::MAX, ()).is_err());
    assert_eq!(em.invoke("main", ()).unwrap(), EmInvoked::Returned(vec![WasmValue::I32(0)]));
    assert!(em.malloc(8).is_err(), "it exports none");
    assert!(em.read(99, &mut [0]).is_err() && em.close(-1).is_err());
}

/// libffi moves C's stack pointer. An `ffi_cif` of zeros is a function without arguments and result.
#[test]
fn a_module_that_imports_libffi_without_its_stack_pointer_is_told_so() {
    let text = r#"(module (import "env" "emscripten_get_now" (func (result f64)))
      (import "env" "ffi_call_js" (func $ffi (param i32 i32 i32 i32)))
      (memory (export "memory") 1)
      (table (export "__indirect_function_table") 2 funcref) (elem (i32.const 1) $empty)
      (func $empty)
      (func (export "go") (call $ffi (i32.const 64) (i32.const 1) (i32.const 128) (i32.const 128)))
      (func (export "main") (result i32) (i32.const 0)))"#;
    let module = engine().module(wat::parse_str(text).unwrap()).unwrap();
    let mut instance = module.instance().start().expect("it starts");
    match instance.call("go", ()) {
        Err(Error::Module(ModuleError::Lacks { name, .. })) => assert_eq!(name, "__stack_pointer"),
        other => panic!("{other:?}"),
    }
}
