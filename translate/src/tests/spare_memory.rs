//! A module behaves the same with a memory before its own, and whoever instantiates it need not know.

use wasmer::{Engine, Instance, Memory, MemoryType, Module, Store, Value, imports};

use crate::{ImportType, inspect, validate, with_spare_memory};

const DEFINED: &str = r#"(memory (export "memory") 2 8)"#;
const IMPORTED: &str = r#"(import "env" "memory" (memory 0))"#;

/// A module with every instruction and section that names a memory.
fn guest(memory: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            {memory}
            (data (i32.const 100) "\07\08")
            (data $later "\01\02\03")
            (func (export "run") (param i32) (result i32)
                (memory.init $later (i32.const 200) (i32.const 0) (i32.const 3))
                (memory.copy (i32.const 202) (i32.const 100) (i32.const 2))
                (memory.fill (i32.const 300) (i32.const 5) (i32.const 4))
                (i32.store8 offset=1 (i32.const 300) (i32.const 6))
                (drop (memory.grow (i32.const 1)))
                (i32.add
                    (i32.mul (memory.size) (i32.const 1000000))
                    (i32.add
                        (i32.mul (i32.load8_u (local.get 0)) (i32.const 1000))
                        (i32x4.extract_lane 0 (i32x4.splat (i32.load8_u offset=1 (local.get 0))))))))"#
    );
    wat::parse_str(text).expect("parses")
}

/// What `run` gives for an address, one after the other.
fn run(wasm: &[u8], addresses: &[i32]) -> Vec<Option<i32>> {
    let mut store = Store::new(Engine::default());
    let module = Module::new(&store, wasm).expect("compiles");
    let memory = Memory::new(&mut store, MemoryType::new(2, Some(8), false)).expect("is made");
    let instance = Instance::new(&mut store, &module, &imports! { "env" => { "memory" => memory } }).expect("links");
    let run = instance.exports.get_function("run").expect("exports run").clone();
    let mut call = |address: &i32| Some(run.call(&mut store, &[Value::I32(*address)]).ok()?.first()?.unwrap_i32());
    addresses.iter().map(&mut call).collect()
}

#[test]
fn nothing_changes_for_the_module() {
    for memory in [DEFINED, IMPORTED] {
        let wasm = guest(memory);
        let spare = with_spare_memory(&wasm).expect("is well-formed");
        validate(&spare).expect("is valid");
        let addresses = [100, 200, 202, 299, 300, 6 << 16];
        let before =
            [Some(3_007_008), Some(4_001_002), Some(5_007_008), Some(6_000_005), Some(7_005_006), Some(8_000_000)];
        assert_eq!(run(&wasm, &addresses), before, "{memory}");
        assert_eq!(run(&spare, &addresses), before, "{memory}");
        assert_eq!(run(&spare, &[9 << 16]), [None], "{memory}: beyond the memory");
    }
}

#[test]
fn the_spare_memory_comes_first() {
    let types = |wasm: &[u8]| {
        let module = Module::new(&Engine::default(), wasm).expect("compiles");
        let sizes = |ty: &MemoryType| (ty.minimum.0, ty.maximum.map(|pages| pages.0));
        module.info().memories.values().map(sizes).collect::<Vec<_>>()
    };
    assert_eq!(types(&with_spare_memory(&guest(DEFINED)).unwrap()), [(0, Some(0)), (2, Some(8))]);
    assert_eq!(types(&with_spare_memory(&guest(IMPORTED)).unwrap()), [(0, None), (1, None)]);
}

#[test]
fn a_memory_is_imported_twice_by_one_name() {
    let spare = with_spare_memory(&guest(IMPORTED)).expect("is well-formed");
    let info = inspect(&spare).expect("inspects");
    let names: Vec<&str> = info.imports().filter(|i| matches!(i.ty, ImportType::Memory(_))).map(|i| i.name).collect();
    assert_eq!(names, ["memory", "memory"]);
}

#[test]
fn what_has_no_memory_stays_as_it_is() {
    let wasm = wat::parse_str(r#"(module (func (export "f") (result i32) (i32.const 1)))"#).expect("parses");
    assert_eq!(with_spare_memory(&wasm).expect("is well-formed"), wasm);
    for damaged in [&wasm[..wasm.len() - 1], b"\0asm"] {
        with_spare_memory(damaged).expect_err("is damaged");
    }
}

#[test]
fn functions_with_vectors_are_refused() {
    for ty in ["(param v128)", "(result i32 v128)"] {
        let wasm = wat::parse_str(format!("(module (type (func {ty})))")).expect("parses");
        let error = with_spare_memory(&wasm).expect_err("is refused");
        assert!(error.to_string().contains("vector"), "{error}");
    }
}
