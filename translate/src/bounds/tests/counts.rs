//! What is counted, what it costs, and how the sets of bounds stand to each other.

use super::super::cost::{Cost, Shape};
use super::{Bounds, M, ModuleSize};
use crate::error::TranslateError;

/// Everything once or a few times, so that no two counts are the same by accident.
const SOME_OF_EACH: &str = r#"(module
  (type (func (param i32 i64) (result f32))) (type (func)) (type (func (param i32)))
  (import "env" "f" (func (type 1))) (import "envy" "global" (global i32)) (import "e" "t" (table 1 funcref))
  (memory 1) (table 2 funcref) (tag (type 1)) (tag (type 2))
  (global (mut i32) (i32.const 1)) (global i32 (i32.add (i32.const 1) (i32.const 2)))
  (elem (table 0) (i32.const 0) func 0 0 0) (elem declare funcref (ref.func 0)) (elem declare func 0)
  (data (i32.const 0) "x") (data "y")
  (func (type 0) (local i32 i32) (local f64)
    (loop (block (loop))) (loop) (if (i32.const 0) (then (nop)))
    (block (block (br_table 0 1 0 1 (i32.const 1))))
    (call 0) (call 0) (call_indirect 0 (type 1) (i32.const 0))
    (block (result i32) (try_table (catch 1 0)) (i32.const 0)) (drop)
    (block (block (result i32) (try_table (catch 1 0) (catch_all 1) (catch 0 1)) (i32.const 0)) (drop))
    (f32.const 0))
  (func (export "abc") (type 1)) (export "de" (func 0)))"#;

/// The larger function: its operators with the end of each block; twelve blocks, at depth 2, 3 or 4; five parameters and locals.
const LARGER: Shape = Shape {
    locals: 5,
    operators: 38,
    calls: 3,
    blocks: 12,
    depths: 2 + 3 + 4 + 2 + 2 + 2 + 3 + 2 + 3 + 2 + 3 + 4,
    loop_depths: 1 + 2 + 1,
    targets: 3,
};

/// The lengths of the names of its imports and exports.
const NAMES: [u64; 5] = [4, 10, 2, 3, 2];

/// What costs something, beside names.
fn costs(bytes: u64) -> [Cost; 10] {
    [
        Cost::of_bytes(bytes, 4),
        Cost::of_type(3),
        Cost::of_type(0),
        Cost::of_type(1),
        Cost::of_import(),
        Cost::of_bytes(2, 800),
        Cost::of_bytes(3, 600),
        Cost::of_bytes(2, 600),
        Cost::of_function(&LARGER),
        Cost::of_function(&Shape { operators: 1, ..Shape::default() }),
    ]
}

#[test]
fn everything_is_counted_once() {
    let wasm = wat::parse_str(SOME_OF_EACH).unwrap();
    let size = Bounds::MODULE.check(&wasm).unwrap();
    let first = Cost::of_function(&LARGER);
    let kept = costs(wasm.len() as u64);
    let expected = ModuleSize {
        bytes: wasm.len() as u64,
        types: 3,
        type_values: 3,
        all_type_values: 4,
        imports: 3,
        functions: 2,
        tables: 1,
        memories: 1,
        tags: 2,
        globals: 2,
        exports: 2,
        name_bytes: NAMES.iter().sum(),
        element_segments: 3,
        elements: 5,
        data_segments: 2,
        function_bytes: size.function_bytes,
        locals: 5,
        nesting: 4,
        branch_targets: 3,
        catches: 3,
        function_work: first.work,
        work: kept.iter().map(|cost| cost.work).sum(),
        function_memory: first.memory,
        memory: kept.iter().map(|cost| cost.kept).sum::<u64>()
            + NAMES.iter().map(|bytes| Cost::of_bytes(bytes + 32, 10).kept).sum::<u64>(),
        constant_operators: 4,
    };
    assert_eq!(size, expected);
}

#[test]
fn costs_are_what_their_parts_say() {
    let shape =
        Shape { locals: 10, operators: 1000, calls: 100, blocks: 7, depths: 1280, loop_depths: 30, targets: 50 };
    let expected = Cost {
        work: 150 + 6000 + 1200 + 35 + 60 + 10 + 25,
        memory: 600_000 + 110_000 + 2380 + 3200,
        kept: 5500 + 60_000 + 140_000 + 400,
    };
    assert_eq!(Cost::of_function(&shape), expected);
    assert_eq!(Cost::of_type(16), Cost { work: 136, memory: 0, kept: 2640 });
    assert_eq!(Cost::of_import(), Cost { work: 120, memory: 0, kept: 4000 });
    assert_eq!(Cost::of_bytes(7, 3), Cost { work: 0, memory: 0, kept: 21 });
    let endless = Shape { locals: u64::MAX, operators: u64::MAX, blocks: 2, ..Shape::default() };
    assert_eq!(Cost::of_function(&endless).work, u64::MAX);
}

/// As much as there is.
fn exactly(size: &ModuleSize) -> Bounds {
    Bounds {
        bytes: size.bytes,
        types: size.types,
        type_values: size.type_values,
        all_type_values: size.all_type_values,
        imports: size.imports,
        functions: size.functions,
        tables: size.tables,
        memories: size.memories,
        tags: size.tags,
        globals: size.globals,
        exports: size.exports,
        name_bytes: size.name_bytes,
        element_segments: size.element_segments,
        elements: size.elements,
        data_segments: size.data_segments,
        function_bytes: size.function_bytes,
        locals: size.locals,
        nesting: size.nesting,
        branch_targets: size.branch_targets,
        catches: size.catches,
        function_work: size.function_work,
        work: size.work,
        function_memory: size.function_memory,
        memory: size.memory,
        constant_operators: size.constant_operators,
        ..M
    }
}

/// A bound: what it is called, and where it stands.
type Named = (&'static str, fn(&mut Bounds) -> &mut u64);

const EACH: [Named; 25] = [
    ("bytes", |has| &mut has.bytes),
    ("types", |has| &mut has.types),
    ("values of a type", |has| &mut has.type_values),
    ("values of all types", |has| &mut has.all_type_values),
    ("imports", |has| &mut has.imports),
    ("functions", |has| &mut has.functions),
    ("tables", |has| &mut has.tables),
    ("memories", |has| &mut has.memories),
    ("tags", |has| &mut has.tags),
    ("globals", |has| &mut has.globals),
    ("exports", |has| &mut has.exports),
    ("bytes of names", |has| &mut has.name_bytes),
    ("element segments", |has| &mut has.element_segments),
    ("elements", |has| &mut has.elements),
    ("data segments", |has| &mut has.data_segments),
    ("bytes of a function", |has| &mut has.function_bytes),
    ("locals of a function", |has| &mut has.locals),
    ("nested blocks", |has| &mut has.nesting),
    ("branch targets of a function", |has| &mut has.branch_targets),
    ("catches of a try_table", |has| &mut has.catches),
    ("work of a function", |has| &mut has.function_work),
    ("work", |has| &mut has.work),
    ("memory for compiling a function", |has| &mut has.function_memory),
    ("memory for compiling", |has| &mut has.memory),
    ("operators of a constant", |has| &mut has.constant_operators),
];

#[test]
fn each_sum_is_refused_by_its_own_bound() {
    let wasm = wat::parse_str(SOME_OF_EACH).unwrap();
    let size = Bounds::MODULE.check(&wasm).unwrap();
    let has = exactly(&size);
    assert_eq!(has.check(&wasm).unwrap(), size, "as many as there are");
    for (name, field) in EACH {
        let mut less = has;
        *field(&mut less) -= 1;
        match less.check(&wasm) {
            Err(TranslateError::Bound { bound, limit, has, .. }) => {
                assert_eq!((bound, limit, has), (name, *field(&mut less), limit + 1), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// What a bound is called, and how high it is.
type Level = (&'static str, fn(&Bounds) -> u64);

/// The bounds of libraries, beside those of modules, by name.
#[test]
fn a_library_may_be_less_than_a_module() {
    let less: [Level; 16] = [
        ("bytes", |bounds| bounds.bytes),
        ("types", |bounds| bounds.types),
        ("tables", |bounds| bounds.tables),
        ("memories", |bounds| bounds.memories),
        ("functions", |bounds| bounds.functions),
        ("exports", |bounds| bounds.exports),
        ("globals", |bounds| bounds.globals),
        ("name_bytes", |bounds| bounds.name_bytes),
        ("elements", |bounds| bounds.elements),
        ("data_segments", |bounds| bounds.data_segments),
        ("function_bytes", |bounds| bounds.function_bytes),
        ("function_work", |bounds| bounds.function_work),
        ("work", |bounds| bounds.work),
        ("function_memory", |bounds| bounds.function_memory),
        ("memory", |bounds| bounds.memory),
        ("atomics", |bounds| bounds.atomics.into()),
    ];
    for (name, bound) in less {
        assert!(bound(&Bounds::LIBRARY) < bound(&M), "{name}");
    }
    // What is said of them in bytes and minutes.
    assert_eq!((M.bytes, Bounds::LIBRARY.bytes), (268_435_456, 67_108_864));
    assert_eq!((M.name_bytes, Bounds::LIBRARY.name_bytes), (67_108_864, 16_777_216));
    assert_eq!((M.function_memory, Bounds::LIBRARY.function_memory), (1_073_741_824, 536_870_912));
    assert_eq!((M.memory, Bounds::LIBRARY.memory), (8_589_934_592, 2_147_483_648));
    assert_eq!(Bounds::LIBRARY.function_bytes, 4_194_304);
}

const SOME: Bounds = Bounds {
    bytes: 100,
    types: 101,
    type_values: 102,
    all_type_values: 103,
    imports: 104,
    functions: 105,
    tables: 106,
    memories: 107,
    globals: 108,
    exports: 109,
    name_bytes: 110,
    nesting: 111,
    locals: 112,
    function_bytes: 113,
    function_work: 114,
    function_memory: 115,
    work: 116,
    memory: 117,
    ..M
};

#[test]
fn a_translation_may_be_so_many_times_as_large() {
    let expected = Bounds {
        bytes: 400,
        types: 202,
        type_values: 204,
        all_type_values: 206,
        imports: 208,
        functions: 210,
        tables: 107,
        memories: 108,
        globals: 216,
        exports: 109 + 216,
        name_bytes: 220,
        nesting: 222,
        locals: 224,
        function_bytes: 452,
        function_work: 228,
        function_memory: 230,
        work: 232,
        memory: 234,
        ..M
    };
    assert_eq!(SOME.translated(), expected);
}

#[test]
fn each_function_has_the_parameters_of_its_own_type() {
    let text = "(module (type (func)) (type (func (param i32 i32 i32 i32 i32))) (func (type 0)) (func (type 1)) (func (type 0)))";
    assert_eq!(M.count(&wat::parse_str(text).unwrap()).unwrap().locals, 5);
}

#[test]
fn memory_pages_have_64_kib() {
    let count = |log: Option<u32>| {
        let mut memories = wasm_encoder::MemorySection::new();
        memories.memory(wasm_encoder::MemoryType { page_size_log2: log, ..super::MEMORY });
        M.count(&super::section(&memories)).map_err(|error| error.to_string())
    };
    assert!(count(None).is_ok() && count(Some(16)).is_ok());
    for log in [0, 15, 17] {
        let error = count(Some(log)).unwrap_err();
        assert!(error.contains("memory pages of another size than 64 KiB"), "{log}: {error}");
    }
}
