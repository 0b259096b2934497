//! Exceptions that cross from one module of a program to another: thrown here, caught there, by whatever way the call goes.

use std::sync::Arc;

use pyrun_emscripten_shim::dylink::{ModuleId, ModuleSource, SideModule};
use pyrun_emscripten_shim::em::{self, Invoked, Target};
use pyrun_emscripten_shim::guest::extensions::Extensions;
use pyrun_emscripten_shim::memory;
use pyrun_emscripten_shim::program::{EmscriptenProgram, Started, link};
use pyrun_emscripten_shim::testing;
use pyrun_translate::{MainMemoryLayout, Options, inspect, translate};
use wasmer::sys::{Cranelift, EngineBuilder, Features};
use wasmer::{Engine, Module, Value};

/// Compiles what it is given.
struct Compiles;

impl ModuleSource for Compiles {
    fn helper_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<Module, String> {
        Module::new(engine, wasm).map_err(|error| error.to_string())
    }

    fn side_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<SideModule, String> {
        let info = Arc::new(inspect(wasm).map_err(|error| error.to_string())?);
        Ok(SideModule { id: ModuleId([0; 32]), module: self.helper_module(engine, wasm)?, info, is_kept: true })
    }

    fn module_named(&mut self, _: &Engine, _: ModuleId) -> Result<SideModule, String> {
        Err("nothing is kept".to_owned())
    }
}

/// A function that throws a number, and one that has what it calls thrown and gives the number.
fn code(throws: &str, catches: &str, calls: &str) -> String {
    format!(
        r#"(func (export "{throws}") (param i32) (result i32) (throw $e (local.get 0)))
        (func (export "{catches}") (param i32) (result i32)
          (block $caught (result i32)
            (drop (try_table (result i32) (catch $e $caught) (call ${calls} (local.get 0))))
            (i32.const -1)))"#
    )
}

/// A main module that calls a function of its first library, which calls one of the second, which calls one of the main module.
fn program() -> Started {
    let main = format!(
        r#"(module (@dylink.0 (needed "one.so" "two.so") (mem-info (memory 0 0)))
        (import "env" "one_throws" (func $one (param i32) (result i32)))
        (import "env" "nobody" (func $nobody (param i32) (result i32)))
        (memory (export "memory") 2)
        (table (export "__indirect_function_table") 8 funcref)
        (tag $e (export "__cpp_exception") (param i32))
        (func (export "emscripten_stack_get_current") (result i32) (i32.const 64))
        (func (export "calls_nobody") (param i32) (result i32) (call $nobody (local.get 0)))
        {})"#,
        code("main_throws", "main_catches", "one")
    );
    let library = |throws: &str, catches: &str, callee: &str| {
        let text = format!(
            r#"(module (@dylink.0 (mem-info (memory 0 0)))
            (import "env" "memory" (memory 1))
            (import "env" "{callee}" (func $callee (param i32) (result i32)))
            (import "env" "__cpp_exception" (tag $e (param i32))) {})"#,
            code(throws, catches, "callee")
        );
        wat::parse_str(text).unwrap()
    };
    // The first is loaded before the second, so what it imports of that is looked for when it is called.
    let one = library("one_throws", "one_catches", "two_throws");
    let two = library("two_throws", "two_catches", "main_throws");
    start(&main, &[("/usr/lib/one.so", one), ("/usr/lib/two.so", two)])
}

/// Starts a main module with these files.
fn start(main: &str, files: &[(&str, Vec<u8>)]) -> Started {
    let mut features = Features::default();
    features.exceptions(true);
    let engine: Engine = EngineBuilder::new(Cranelift::default()).set_features(Some(features)).engine().into();
    let main_memory = Some(MainMemoryLayout { memory_base: 1024, table_base: 1, stack_size: 4096, keeps_dylink: true });
    let wasm = wat::parse_str(main).unwrap();
    let translated = translate(&wasm, &Options { main_memory, ..Options::default() }).unwrap();
    let env = testing::env();
    let mut process = env.process;
    process.vfs.create_dir_all(b"/usr/lib").unwrap();
    for (path, wasm) in files {
        process.vfs.write_file(path.as_bytes(), wasm).unwrap();
    }
    let program = EmscriptenProgram {
        module: Module::new(&engine, &translated.wasm).unwrap(),
        info: Arc::new(translated.inspect().unwrap()),
        process,
        modules: Box::new(Compiles),
        functions: link::FUNCTIONS,
        extensions: Extensions::boot(),
        own: link::nothing_own(),
    };
    program.start(memory::store(&engine)).unwrap_or_else(|error| panic!("{error}"))
}

/// Calls a function of any of the modules.
fn call(started: &mut Started, name: &str, argument: i32) -> Result<i32, String> {
    let mut caller = started.caller();
    let target = match name.starts_with("main_") || name.starts_with("calls_") {
        true => Target::Export(name),
        false => Target::Slot(em::symbol(&mut caller, name).unwrap().expect("a library has it")),
    };
    match em::invoke(&mut caller, target, &[Value::I32(argument)]) {
        Ok(Invoked::Returned(values)) => Ok(values[0].unwrap_i32()),
        Ok(Invoked::Threw(_)) => Err("it threw".to_owned()),
        Err(trap) => Err(trap.to_string()),
    }
}

#[test]
fn what_one_module_throws_another_catches() {
    let mut started = program();
    for name in ["main_catches", "one_catches", "two_catches"] {
        for number in [42, 7] {
            assert_eq!(call(&mut started, name, number), Ok(number), "{name}");
        }
    }
    for name in ["main_throws", "one_throws", "two_throws"] {
        assert_eq!(call(&mut started, name, 1), Err("it threw".to_owned()), "{name}: nobody catches it");
    }
}

#[test]
fn what_nobody_defines_is_named_when_it_is_called() {
    let error = call(&mut program(), "calls_nobody", 1).unwrap_err();
    assert_eq!(error, "symbol nobody of the main module is undefined");
}

/// More types of functions that nobody defines than stubs get code of their own for: all are there, and refuse by name.
#[test]
fn stubs_of_any_number_of_types_are_there() {
    let types =
        |number: usize| -> String { (0..9).map(|bit| if number >> bit & 1 == 0 { " i32" } else { " f64" }).collect() };
    let count = 300;
    let imports: String = (0..count)
        .map(|number| format!("(import \"env\" \"nobody{number}\" (func $f{number} (param{})))", types(number)))
        .collect();
    let calls: String = (0..count)
        .map(|number| {
            let arguments: String = types(number).split_whitespace().map(|ty| format!("({ty}.const 0)")).collect();
            format!("(func (export \"calls_{number}\") (param i32) (result i32) (call $f{number} {arguments}) (i32.const 0))")
        })
        .collect();
    let main = format!(
        r#"(module (@dylink.0 (mem-info (memory 0 0))) {imports}
        (memory (export "memory") 2) (table (export "__indirect_function_table") 8 funcref) {calls})"#
    );
    let mut started = start(&main, &[]);
    for number in [0, 1, 255, 256, count - 1] {
        let error = call(&mut started, &format!("calls_{number}"), 1).unwrap_err();
        assert_eq!(error, format!("symbol nobody{number} of the main module is undefined"));
    }
}

/// A program that throws objects of a C++ class whose `what()` is the function in this slot. Its memory is as libc++abi has it: what is
/// thrown is at 400, its object at 432, with the class's information at 300 and that of its base at 320.
fn program_that_says(slot: u8) -> Started {
    let word = |bytes: u32| bytes.to_le_bytes().map(|byte| format!("\\{byte:02x}")).concat();
    let main = format!(
        r#"(module (import "env" "exit" (func $exit (param i32)))
        (memory (export "memory") 2)
        (table (export "__indirect_function_table") 8 funcref)
        (elem (i32.const 2) $text $traps $exits $throws)
        (tag $e (export "__cpp_exception") (param i32))
        (data (i32.const 300) "{}{}{}") (data (i32.const 320) "{}{}") (data (i32.const 340) "5Error\00") (data (i32.const 348) "St9exception\00")
        (data (i32.const 352) "{}") (data (i32.const 400) "\00++CGNLC") (data (i32.const 432) "{}")
        (data (i32.const 500) "{}{}{}") (data (i32.const 520) "it is told\00")
        (func (export "emscripten_stack_get_current") (result i32) (i32.const 64))
        (func $text (param i32) (result i32) (i32.const 520))
        (func $traps (param i32) (result i32) unreachable)
        (func $exits (param i32) (result i32) (call $exit (i32.const 3)) unreachable)
        (func $throws (param i32) (result i32) (throw $e (i32.const 0)))
        (func (export "main_fails") (param i32) (result i32) (throw $e (i32.const 400))))"#,
        word(0),
        word(340),
        word(320),
        word(0),
        word(600),
        word(300),
        word(500),
        word(0),
        word(0),
        word(slot.into()),
    );
    start(&main.replace("(i32.const 348)", "(i32.const 600)"), &[])
}

#[test]
fn what_ends_a_program_while_it_says_what_it_threw_is_told() {
    let invoked = |slot| {
        let mut started = program_that_says(slot);
        let mut caller = started.caller();
        em::invoke(&mut caller, Target::Export("main_fails"), &[Value::I32(0)])
    };
    let message = |slot| match invoked(slot) {
        Ok(Invoked::Threw(em::Thrown::Cpp { class, message, .. })) => (class, message),
        other => panic!("{other:?}"),
    };
    assert_eq!(message(2), (Some("Error".to_owned()), Some("it is told".to_owned())));
    for (slot, why) in [(3, "a trap"), (5, "an exception"), (7, "an empty slot")] {
        assert_eq!(message(slot), (Some("Error".to_owned()), None), "{why}");
    }
    assert!(matches!(invoked(4), Err(pyrun_emscripten_shim::Trap::Exit(3))));
}
