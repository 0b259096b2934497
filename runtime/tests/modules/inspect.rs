//! What `inspect` says.

use super::{c, wat};

#[test]
fn a_module_is_described() {
    let module =
        wat(r#"(module (import "env" "log" (func (param i32 i32) (result f64))) (import "env" "memory" (memory 1 5))
            (import "env" "g" (global (mut i64))) (table (export "table") 3 funcref)
            (memory $b (export "b") 2) (func (export "run") (param f32 v128)) (func $s) (start $s)
            (global (export "level") (mut f64) (f64.const 1)) (tag (export "oops") (param i32)))"#);
    let text = module.inspect().unwrap().to_string();
    assert_eq!(
        text,
        "\
the module: a standalone module
does not run: its host is to define env.log and another import (`InstanceBuilder::host`), and the command line defines nothing
memory: 1 page, at most 5, imported
memory: 2 pages
table: 3 slots
has a start function
imports from env: 1 of 3 supported
  to be defined: log: (i32, i32) -> f64
  to be defined: g: i64
exports:
  memory b: 2 pages
  global level: mut f64
  tag oops: (i32)
  function run: (f32, v128)
  table table: 3 slots
"
    );
}

#[test]
fn json_says_the_same() {
    let inspection = wat(r#"(module (func (export "main") (result i32) (i32.const 0)))"#).inspect().unwrap();
    let json = inspection.to_json();
    for part in [r#""kind": "standalone""#, r#""entry": "main""#, r#""runs": true"#, r#""ty": "() -> i32""#] {
        assert!(json.contains(part), "{part}: {json}");
    }
}

#[test]
fn c_is_described_by_its_exports() {
    let Some(module) = c("host") else { return };
    let inspection = module.inspect().unwrap();
    assert!(inspection.exports.iter().any(|export| export.name == "twice" && export.ty == "(i32) -> i32"));
    let family = &inspection.imports[0];
    assert_eq!((family.module.as_str(), family.total, family.supported), ("host", 5, 0));
    assert_eq!(family.to_be_defined.len(), 5);
    assert!(!inspection.runs && inspection.entry.is_none());
    assert!(
        inspection.obstacle.is_some_and(|why| why.contains("its host is to define host.")),
        "its functions are the host's"
    );
}

/// What pyrun has, what the embedder may define and refuses otherwise when it is called, and what is there as another type.
#[test]
fn emscriptens_imports_are_counted() {
    let module = wat(r#"(module (import "env" "__syscall_openat" (func (param i32 i32 i32 i32) (result i32)))
            (import "env" "emscripten_no_such_thing" (func))
            (import "env" "__syscall_fstat64" (func (param f64)))
            (func (export "stackSave") (result i32) (i32.const 0)))"#);
    let inspection = module.inspect().unwrap();
    let family = &inspection.imports[0];
    assert_eq!((inspection.kind, family.total, family.supported), ("emscripten-main", 3, 1));
    assert_eq!(family.to_be_defined, ["emscripten_no_such_thing: ()"]);
    assert_eq!(family.missing, ["__syscall_fstat64: (f64)"]);
    assert_eq!(
        inspection.obstacle.as_deref(),
        Some("it imports env.__syscall_fstat64 as a function of another type, which pyrun does not have")
    );
}
