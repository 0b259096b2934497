//! Main modules that import what later ones define, and exceptions that went through JavaScript.

use wasmer::{Function, FunctionEnv, FunctionEnvMut, Instance, Module, Store, Value, imports};

use super::engine::store;
use crate::{
    EXCEPTION_TAG, ExportKind, ImportType, MainMemoryLayout, Options, START_EXPORT, TranslateError, inspect, translate,
    validate,
};

/// Small ones.
pub(super) const MAIN_MEMORY: MainMemoryLayout =
    MainMemoryLayout { memory_base: 1024, table_base: 1, stack_size: 4096, keeps_dylink: false };

/// The section `dylink.0` with 100 bytes of data and 4 slots.
const DYLINK: &str = r#"(@custom "dylink.0" (before first) "\01\04\64\00\04\00")"#;

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("parses")
}

/// A main module as releases up to 0.27 have it: it calls what may throw through `invoke_*`, and throws by a function of the
/// host's.
pub(super) fn old_main_module() -> Vec<u8> {
    parse(&format!(
        r#"(module {DYLINK}
    (import "env" "memory" (memory 2 8))
    (import "env" "__indirect_function_table" (table 4 funcref))
    (import "env" "__memory_base" (global $memory_base i32))
    (import "env" "__stack_pointer" (global $sp (mut i32)))
    (import "env" "__table_base" (global $table_base i32))
    (import "GOT.mem" "__heap_base" (global $heap (mut i32)))
    (import "GOT.mem" "__stack_low" (global $low (mut i32)))
    (import "GOT.func" "glClear" (global $gl (mut i32)))
    (import "env" "invoke_iii" (func $invoke_iii (param i32 i32 i32) (result i32)))
    (import "env" "invoke_v" (func $invoke_v (param i32)))
    (import "env" "invoke_d" (func $invoke_d (param i32) (result f64)))
    (import "env" "log" (func $log (param i32)))
    (import "env" "__cxa_throw" (func $throw (param i32 i32 i32)))
    (import "env" "__cxa_rethrow_primary_exception" (func $rethrow (param i32)))
    (global $place i32 (i32.const 8))
    (global $relocated (mut i32) (i32.const 0))
    (global $threw (mut i32) (i32.const 0))
    (export "a_variable" (global $place))
    (export "setThrew" (func $set_threw))
    (start $relocate)
    (elem (global.get $table_base) func $add $throws $quits $gives)
    (data (global.get $memory_base) "0123456789")
    (func $relocate (global.set $relocated (i32.add (global.get $memory_base) (i32.const 4))))
    (func $set_threw (param i32 i32) (global.set $threw (i32.add (local.get 0) (local.get 1))))
    (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func $throws
        (global.set $sp (i32.sub (global.get $sp) (i32.const 64)))
        (call $throw (i32.const 7) (i32.const 8) (i32.const 9)))
    (func $quits (call $log (i32.const -1)))
    (func $gives (result f64) (f64.const 2.5))
    (func (export "places") (result i32 i32 i32 i32 i32)
        global.get $sp global.get $heap global.get $low global.get $gl global.get $relocated)
    (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "call_add") (result i32) (call $invoke_iii (global.get $table_base) (i32.const 30) (i32.const 12)))
    ;; The stack pointer is back where it was, and what was told to setThrew.
    (func (export "call_throws") (result i32 i32)
        (local $before i32)
        (local.set $before (global.get $sp))
        (call $invoke_v (i32.const 2))
        (i32.sub (local.get $before) (global.get $sp))
        (global.get $threw))
    (func (export "call_quits") (call $invoke_v (i32.const 3)))
    (func (export "call_gives") (result f64) (call $invoke_d (i32.const 4)))
    (func (export "rethrow") (param i32) (call $rethrow (local.get 0))))"#
    ))
}

/// A library of those releases, whose `catches` calls slot 2 of the table.
pub(super) fn old_library() -> Vec<u8> {
    parse(&format!(
        r#"(module {DYLINK}
    (import "env" "memory" (memory 1))
    (import "env" "__indirect_function_table" (table 0 funcref))
    (import "env" "__stack_pointer" (global $sp (mut i32)))
    (import "env" "invoke_v" (func $invoke_v (param i32)))
    (import "env" "invoke_ji" (func $invoke_ji (param i32 i32) (result i64)))
    (import "env" "own" (func $own))
    (export "own" (func $defined))
    (func $defined)
    (func (export "catches") (call $own) (call $invoke_v (i32.const 2)))
    (func (export "catches_wide") (result i64) (call $invoke_ji (i32.const 2) (i32.const 0))))"#
    ))
}

fn main_options() -> Options<'static> {
    Options { main_memory: Some(MAIN_MEMORY), for_snapshots: true, ..Options::default() }
}

fn translated(wasm: &[u8], options: &Options<'_>) -> Vec<u8> {
    let translated = translate(wasm, options).expect("translates");
    validate(&translated.wasm).unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)));
    translated.wasm
}

/// What the host was told.
type Calls = Vec<(&'static str, Vec<i32>)>;

/// The main module, running.
struct Guest {
    store: Store,
    env: FunctionEnv<Calls>,
    instance: Instance,
}

impl Guest {
    fn start() -> Self {
        let mut store = store();
        let module = Module::new(&store, translated(&old_main_module(), &main_options())).expect("compiles");
        let env = FunctionEnv::new(&mut store, Calls::new());
        let log = Function::new_typed_with_env(&mut store, &env, |_: FunctionEnvMut<'_, Calls>, status: i32| {
            Err::<(), _>(wasmer::RuntimeError::new(format!("exit {status}")))
        });
        let throw = Function::new_typed_with_env(
            &mut store,
            &env,
            |mut env: FunctionEnvMut<'_, Calls>, a: i32, b: i32, c: i32| env.data_mut().push(("throw", vec![a, b, c])),
        );
        let rethrow = Function::new_typed_with_env(&mut store, &env, |mut env: FunctionEnvMut<'_, Calls>, a: i32| {
            env.data_mut().push(("rethrow", vec![a]));
        });
        let imports = imports! { "env" => {
            "log" => log, "__cxa_throw" => throw, "__cxa_rethrow_primary_exception" => rethrow,
        } };
        let instance = Instance::new(&mut store, &module, &imports).expect("instantiates");
        let mut guest = Self { store, env, instance };
        guest.call(START_EXPORT, &[]).expect("relocates");
        guest
    }

    fn call(&mut self, name: &str, args: &[i32]) -> Result<Vec<Value>, wasmer::RuntimeError> {
        let args: Vec<Value> = args.iter().map(|arg| Value::I32(*arg)).collect();
        let function = self.instance.exports.get_function(name).expect("is exported").clone();
        function.call(&mut self.store, &args).map(<[Value]>::into_vec)
    }

    fn numbers(&mut self, name: &str, args: &[i32]) -> Vec<i32> {
        self.call(name, args).expect("returns").iter().map(|value| value.i32().expect("an i32")).collect()
    }
}

#[test]
fn what_was_imported_is_where_the_linker_would_have_put_it() {
    let mut guest = Guest::start();
    // 1024 + 100 bytes of data, to the next multiple of 16, and 4096 bytes of stack.
    let (low, high) = (1136, 1136 + 4096);
    assert_eq!(guest.numbers("places", &[]), [high, high, low, 0, 1028]);
    assert_eq!(guest.numbers("load", &[1024 + 3]), [i32::from(b'3')]);
    assert_eq!(guest.numbers("load", &[3]), [0]);
}

#[test]
fn the_new_form_is_that_of_a_main_module_of_today() {
    let wasm = translated(&old_main_module(), &main_options());
    let info = inspect(&wasm).unwrap();
    assert!(info.imports().all(|import| matches!(import.ty, ImportType::Function(_))));
    assert!(info.dylink().is_none());
    for name in ["memory", "__indirect_function_table", "__stack_pointer", EXCEPTION_TAG, START_EXPORT, "__cxa_throw"] {
        assert!(info.export(name).is_some(), "{name}");
    }
    // Exported addresses are absolute, and slot 0 is left free.
    assert_eq!(info.export("a_variable").and_then(|export| export.place).map(|place| place.offset), Some(1032));
    assert_eq!(info.slots().first().map(|slot| slot.place.offset), Some(1));
    assert_eq!(info.tables().first().map(|table| table.limits.initial), Some(5));
    let names: Vec<&str> = info.imports().map(|import| import.name).collect();
    assert_eq!(names, ["log", "__cxa_throw", "__cxa_rethrow_primary_exception"]);
}

#[test]
fn a_call_through_invoke_gives_what_the_function_gives() {
    let mut guest = Guest::start();
    assert_eq!(guest.numbers("call_add", &[]), [42]);
    assert_eq!(guest.call("call_gives", &[]).unwrap()[0].f64(), Some(2.5));
}

#[test]
fn what_is_thrown_ends_at_the_invoke() {
    let mut guest = Guest::start();
    assert_eq!(guest.numbers("call_throws", &[]), [0, 1]);
    assert_eq!(guest.env.as_ref(&guest.store), &[("throw", vec![7, 8, 9])]);
}

#[test]
fn what_is_no_exception_passes_the_invoke() {
    let mut guest = Guest::start();
    let error = guest.call("call_quits", &[]).unwrap_err();
    assert_eq!(error.message(), "exit -1");
}

#[test]
fn no_exception_is_not_thrown_again() {
    let mut guest = Guest::start();
    assert!(guest.call("rethrow", &[0]).unwrap().is_empty());
    assert!(guest.env.as_ref(&guest.store).is_empty());
    assert!(guest.call("rethrow", &[5]).unwrap_err().to_exception().is_some());
    assert_eq!(guest.env.as_ref(&guest.store), &[("rethrow", vec![5])]);
}

#[test]
fn a_library_catches_what_the_main_module_throws() {
    let mut guest = Guest::start();
    let options = Options { provided_elsewhere: Some(&|_| false), ..Options::default() };
    let library = Module::new(&guest.store, translated(&old_library(), &options)).expect("compiles");
    let main = |name: &str| guest.instance.exports.get_extern(name).expect("is exported").clone();
    let imports = imports! { "env" => {
        "memory" => main("memory"),
        "__indirect_function_table" => main("__indirect_function_table"),
        "__stack_pointer" => main("__stack_pointer"),
        "setThrew" => main("setThrew"),
        EXCEPTION_TAG => main(EXCEPTION_TAG),
    } };
    let library = Instance::new(&mut guest.store, &library, &imports).expect("instantiates");
    let catches = library.exports.get_function("catches").unwrap();
    catches.call(&mut guest.store, &[]).expect("the exception ends in the library");
    assert_eq!(guest.env.as_ref(&guest.store), &[("throw", vec![7, 8, 9])]);
    // As a call through the table does: the slot holds a function of another type.
    let wide = library.exports.get_function("catches_wide").unwrap();
    assert!(wide.call(&mut guest.store, &[]).unwrap_err().to_trap().is_some());
}

#[test]
fn what_has_no_known_value_is_refused() {
    let odd =
        parse(&format!(r#"(module {DYLINK} (import "env" "memory" (memory 1)) (import "env" "odd" (global i32)))"#));
    let error = translate(&odd, &main_options()).unwrap_err();
    assert!(matches!(&error, TranslateError::Unsupported { what, .. } if what.contains("env.odd")), "{error}");
    let placed = r#"(module (import "env" "memory" (memory 1)) (import "env" "__stack_pointer" (global (mut i32))))"#;
    assert!(translate(&parse(placed), &main_options()).unwrap_err().to_string().contains("dylink.0"));
    // One that has its data and stack where its linker put them needs nothing said.
    let plain = translated(&parse(r#"(module (import "env" "memory" (memory 1)))"#), &main_options());
    assert!(inspect(&plain).unwrap().export("memory").is_some());
    let no_function = parse(r#"(module (import "env" "invoke_v" (func (param i64))))"#);
    assert!(translate(&no_function, &Options::default()).unwrap_err().to_string().contains("invoke_v"));
}

#[test]
fn the_stack_lies_behind_the_data_and_within_memory() {
    let text = format!(
        r#"(module {DYLINK} (import "env" "memory" (memory 1)) (import "env" "__stack_pointer" (global $sp (mut i32)))
        (func (export "sp") (result i32) (global.get $sp)))"#
    );
    let with =
        |main_memory| translate(&parse(&text), &Options { main_memory: Some(main_memory), ..Options::default() });
    // 1136 are data. The last byte of the page may be the stack's, and none behind it.
    with(MainMemoryLayout { stack_size: 65_536 - 1136, ..MAIN_MEMORY }).expect("fits");
    for (main_memory, why) in [
        (MainMemoryLayout { stack_size: 65_536 - 1135, ..MAIN_MEMORY }, "the stack does not fit memory"),
        (MainMemoryLayout { stack_size: u32::MAX, ..MAIN_MEMORY }, "the stack does not fit memory"),
        (MainMemoryLayout { memory_base: u32::MAX - 99, ..MAIN_MEMORY }, "the data does not fit memory"),
        (MainMemoryLayout { memory_base: u32::MAX - 101, ..MAIN_MEMORY }, "the data does not fit memory"),
    ] {
        let error = with(main_memory).unwrap_err().to_string();
        assert!(error.contains(why), "{main_memory:?}: {error}");
    }
    // A section that says nothing of memory.
    let silent = text.replace(r#""\01\04\64\00\04\00""#, r#""\02\01\00""#);
    let error = translate(&parse(&silent), &main_options()).unwrap_err().to_string();
    assert!(error.contains("no section dylink.0"), "{error}");
}

#[test]
fn all_that_is_imported_comes_before_what_was_defined() {
    let text = r#"(module
        (import "env" "memory" (memory 1 2)) (import "env" "__cpp_exception" (tag $cpp (param i32)))
        (import "env" "log" (func $log (param i32)))
        (tag $own (param i64)) (table $t 3 funcref) (memory $second 5)
        (export "own" (tag $own)) (export "table" (table $t)) (export "second" (memory $second))
        (elem (table $t) (i32.const 1) func $log) (data "x")
        (func (export "throws") (throw $cpp (i32.const 1)))
        (func (export "throws_own") (throw $own (i64.const 1)))
        (func (export "init") (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))))"#;
    let info = inspect(&translated(&parse(text), &main_options())).unwrap();
    for (name, kind, index) in [
        ("memory", ExportKind::Memory, 0),
        ("second", ExportKind::Memory, 1),
        ("table", ExportKind::Table, 0),
        ("__cpp_exception", ExportKind::Tag, 0),
        ("own", ExportKind::Tag, 1),
    ] {
        let export = info.export(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!((export.kind, export.index), (kind, index), "{name}");
    }
    assert_eq!(info.memories().iter().map(|memory| memory.initial).collect::<Vec<_>>(), [1, 5]);
    assert_eq!(info.tables().iter().map(|table| table.limits.initial).collect::<Vec<_>>(), [3]);
    assert_eq!(info.imports().map(|import| import.name).collect::<Vec<_>>(), ["log"]);
    // What it exports under such a name already is not exported twice.
    let taken = r#"(module (import "env" "memory" (memory 1)) (func (export "memory")))"#;
    let info = inspect(&translated(&parse(taken), &main_options())).unwrap();
    assert_eq!(info.export("memory").map(|export| export.kind), Some(ExportKind::Function));
    // Of the section with what the linker knew nothing is left, unless it is wanted.
    let keeps = |keeps_dylink| {
        let main_memory = Some(MainMemoryLayout { keeps_dylink, ..MAIN_MEMORY });
        let wasm = translated(&old_main_module(), &Options { main_memory, ..Options::default() });
        inspect(&wasm).unwrap().dylink().is_some()
    };
    assert_eq!([keeps(false), keeps(true)], [false, true]);
}

#[test]
fn what_javascript_s_exceptions_need_is_missed_by_name() {
    let stack = r#"(global $sp (mut i32) (i32.const 64)) (export "__stack_pointer" (global $sp))"#;
    let threw = r#"(func (export "setThrew") (param i32 i32))"#;
    let invoke = r#"(import "env" "invoke_v" (func $invoke (param i32)))"#;
    for (text, why) in [
        (format!("(module {invoke} (table 1 funcref) {threw})"), "invoke_* that has no stack pointer"),
        (
            format!(
                r#"(module (import "env" "invoke_x" (func (param i32) (result i32 i32))) (table 1 funcref) {stack} {threw})"#
            ),
            "invoke_x with several results",
        ),
        (
            format!(
                r#"(module (import "env" "invoke_r" (func (param i32) (result externref))) (table 1 funcref) {stack} {threw})"#
            ),
            "invoke_r gives",
        ),
    ] {
        let error = translate(&parse(&text), &Options::default()).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    let library = Options { provided_elsewhere: Some(&|_| false), ..Options::default() };
    let own_tag = parse(&format!(
        r#"(module {DYLINK} (import "env" "memory" (memory 1)) (import "env" "__indirect_function_table" (table 0 funcref))
        (import "env" "__stack_pointer" (global $sp (mut i32))) {invoke} (tag (param i32)) (func (export "f") (call $invoke (i32.const 1))))"#
    ));
    let error = translate(&own_tag, &library).unwrap_err().to_string();
    assert!(error.contains("a library with tags of its own"), "{error}");
}

#[test]
fn added_types_are_counted() {
    let signatures = |wasm: &[u8]| {
        let info = inspect(wasm).unwrap();
        (0..).map_while(|number| info.signature(number)).count()
    };
    // What each catch takes, with the exception behind it, is the type of no block so far.
    let text = r#"(module (tag $t (param i32 i64)) (tag $u (param i32 f32)) (func (export "run")
        try nop catch $t drop drop rethrow 0 end
        try nop catch $u drop drop rethrow 0 end))"#;
    let before = parse(text);
    let after = translate(&before, &Options::default()).unwrap();
    validate(&after.wasm).unwrap();
    assert_eq!(after.counts.added_types as usize, signatures(&after.wasm) - signatures(&before));
    assert!(after.counts.added_types > 1, "{}", after.counts.added_types);
    // A block of one result, or none, says so itself.
    let short = r#"(module (tag $t (param i32)) (func (export "run") (result i32)
        try (result i32) i32.const 1 catch $t end))"#;
    assert_eq!(translate(&parse(short), &Options::default()).unwrap().counts.added_types, 0);
}

/// As `-sEMULATE_FUNCTION_POINTER_CASTS` links it: the table's functions are of one type, and who calls them pads or cuts.
const CASTS: &str = r#"(module
            (import "env" "invoke_iii" (func $invoke_iii (param i32 i32 i32) (result i32)))
            (import "env" "invoke_vi" (func $invoke_vi (param i32 i32)))
            (import "env" "__cxa_throw" (func $throw (param i32 i32 i32)))
            (import "env" "log" (func $log (param i32)))
            (memory 1) (global $sp (mut i32) (i32.const 64)) (global $threw (mut i32) (i32.const 0))
            (export "__stack_pointer" (global $sp))
            (table 3 funcref) (elem (i32.const 1) func $add $throws)
            (type $cast (func (param i64 i64 i64) (result i64)))
            (func (export "setThrew") (param i32 i32) (global.set $threw (local.get 0)))
            (func $add (type $cast) (i64.add (local.get 0) (i64.add (local.get 1) (local.get 2))))
            (func $throws (type $cast) (call $throw (i32.const 1) (i32.const 2) (i32.const 3)) (i64.const 0))
            (func (export "dynCall_iii") (param i32 i32 i32) (result i32)
                (i32.wrap_i64 (call_indirect (type $cast) (i64.extend_i32_u (local.get 1))
                    (i64.extend_i32_u (local.get 2)) (i64.const 0) (local.get 0))))
            ;; Of another type than the `invoke_*`: not this one.
            (func (export "dynCall_vi") (param i64 i32) (call $log (i32.const 1)))
            (func (export "run") (param i32) (result i32)
                (call $invoke_iii (local.get 0) (i32.const 30) (i32.const 12)) (global.get $threw) i32.add)
            (func (export "other") (call $invoke_vi (i32.const 1) (i32.const 0))))"#;

#[test]
fn invoke_goes_by_the_function_that_casts_where_there_is_one() {
    let outcome = |dyn_call: &str, export: &str, args: &[i32]| {
        let wasm = translated(&parse(&CASTS.replace("dynCall_", dyn_call)), &Options::default());
        let mut store = store();
        let compiled = Module::new(&store, &wasm).expect("compiles");
        let imports = imports! { "env" => {
            "log" => Function::new_typed(&mut store, |_: i32| {}),
            "__cxa_throw" => Function::new_typed(&mut store, |_: i32, _: i32, _: i32| {}),
        } };
        let instance = Instance::new(&mut store, &compiled, &imports).expect("instantiates");
        let args: Vec<Value> = args.iter().map(|arg| Value::I32(*arg)).collect();
        let results = instance.exports.get_function(export).unwrap().call(&mut store, &args);
        results.map(|results| results.first().and_then(Value::i32)).map_err(|error| error.to_trap().is_some())
    };
    assert_eq!(outcome("dynCall_", "run", &[1]), Ok(Some(42)), "the arguments are padded");
    assert_eq!(outcome("dynCall_", "run", &[2]), Ok(Some(1)), "what is thrown is caught");
    for (name, export, args) in [("dynCall_", "other", &[][..]), ("another_", "run", &[1])] {
        assert_eq!(outcome(name, export, args), Err(true), "{name}: by the type, which is another");
    }
}
