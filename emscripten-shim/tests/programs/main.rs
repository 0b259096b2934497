//! Programs of Emscripten's other than CPython, from their modules to the end of `main`, and what they can do to the host.

mod ends;

use std::sync::Arc;

use pyrun_emscripten_shim::em::{self, Invoked, Target, Thrown};
use pyrun_emscripten_shim::guest::extensions::Extensions;
use pyrun_emscripten_shim::memory;
use pyrun_emscripten_shim::program::link::{self, EmbedderImports};
use pyrun_emscripten_shim::program::{EmscriptenProgram, ProgramEnd, ProgramError, Started};
use pyrun_emscripten_shim::{Process, Trap, testing};
use pyrun_translate::{MainMemoryLayout, Options, translate, validate};
use wasmer::sys::{Cranelift, EngineBuilder, Features};
use wasmer::{Function, Module, Value};

fn engine() -> wasmer::Engine {
    let mut features = Features::default();
    features.exceptions(true);
    EngineBuilder::new(Cranelift::default()).set_features(Some(features)).engine().into()
}

/// Starts what the text says, in a process that `prepare` has changed.
fn start_with(
    text: &str,
    prepare: impl FnOnce(&mut Process),
    own: EmbedderImports<'_>,
) -> Result<Started, ProgramError> {
    let wasm = wat::parse_str(text).expect("parses");
    let main_memory = Some(MainMemoryLayout { memory_base: 1024, table_base: 1, stack_size: 4096, keeps_dylink: true });
    let translated = translate(&wasm, &Options { main_memory, for_snapshots: true, ..Options::default() });
    let translated = translated.expect("translates");
    validate(&translated.wasm).expect("is valid");
    let store = memory::store(&engine());
    let module = Module::new(&store.store, &translated.wasm).expect("compiles");
    let env = testing::env();
    let mut process = env.process;
    prepare(&mut process);
    let program = EmscriptenProgram {
        module,
        info: Arc::new(translated.inspect().expect("is a module")),
        process,
        modules: env.modules,
        functions: link::FUNCTIONS,
        extensions: Extensions::boot(),
        own,
    };
    program.start(store)
}

fn start(text: &str) -> Started {
    start_with(text, |_| {}, link::nothing_own()).unwrap_or_else(|error| panic!("{error}"))
}

fn run(text: &str, args: &[&str]) -> Result<ProgramEnd, Trap> {
    let args: Vec<Vec<u8>> = args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
    start(text).call_main(&args)
}

fn invoke(started: &mut Started, name: &str) -> Invoked {
    em::invoke(&mut started.caller(), Target::Export(name), &[]).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A stack of its own, as modules have that export no global for it.
const STACK: &str = r#"
  (memory (export "memory") 2 16)
  (table (export "__indirect_function_table") 8 funcref)
  (global $sp (mut i32) (i32.const 65536))
  (func (export "_emscripten_stack_alloc") (param i32) (result i32)
    (global.set $sp (i32.and (i32.sub (global.get $sp) (local.get 0)) (i32.const -16))) (global.get $sp))
  (func $save (export "emscripten_stack_get_current") (result i32) (global.get $sp))
  (func (export "_emscripten_stack_restore") (param i32) (global.set $sp (local.get 0)))
"#;

#[test]
fn main_gets_its_command_line_and_gives_its_status() {
    // The first letter of the last argument, and a count of all.
    let program = format!(
        r#"(module {STACK} (func (export "main") (param $argc i32) (param $argv i32) (result i32)
          (local $last i32)
          (local.set $last (i32.add (local.get $argv) (i32.mul (i32.const 4) (i32.sub (local.get $argc) (i32.const 1)))))
          (i32.add (local.get $argc) (i32.load8_u (i32.load (local.get $last))))))"#
    );
    assert_eq!(run(&program, &["prog", "x", "A"]).unwrap(), ProgramEnd::Exited(3 + i32::from(b'A')));
    // Without a stack or an allocator there is no place for a command line; without parameters none is needed.
    let bare = r#"(module (import "env" "emscripten_get_now" (func (result f64))) (memory (export "memory") 1)
        (func (export "main") (param i32 i32) (result i32) (i32.const 1)))"#;
    assert!(matches!(run(bare, &["prog"]), Err(Trap::MissingExport(name)) if name == "malloc"));
    assert_eq!(run(&bare.replace("(param i32 i32)", ""), &["prog"]).unwrap(), ProgramEnd::Exited(1));
    let library = r#"(module (import "env" "emscripten_get_now" (func (result f64))) (memory (export "memory") 1))"#;
    assert!(matches!(run(library, &["prog"]), Err(Trap::MissingExport(name)) if name == "main"));
}

#[test]
fn a_program_ends_by_exit_by_returning_or_lives_on() {
    let program = |main: &str, more: &str| {
        format!(
            r#"(module
            (import "env" "exit" (func $exit (param i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
            (import "env" "emscripten_runtime_keepalive_push" (func $keep))
            {STACK} (global $ran (mut i32) (i32.const 0)) {more}
            (func (export "ran") (result i32) (global.get $ran))
            (func (export "__funcs_on_exit") (global.set $ran (i32.add (global.get $ran) (i32.const 1))))
            (func (export "fflush") (param i32) (result i32)
              (global.set $ran (i32.add (global.get $ran) (i32.const 10))) (i32.const 0))
            (func (export "__main_argc_argv") (param i32 i32) (result i32) {main}))"#
        )
    };
    let ran = |started: &mut Started| match invoke(started, "ran") {
        Invoked::Returned(values) => values[0].unwrap_i32(),
        thrown => panic!("{thrown:?}"),
    };
    for (main, ending, after) in [
        ("(call $exit (i32.const 3)) (unreachable)", ProgramEnd::Exited(3), 11),
        ("(call $proc_exit (i32.const 4)) (unreachable)", ProgramEnd::Exited(4), 0),
        ("(i32.const 5)", ProgramEnd::Exited(5), 11),
        ("(call $keep) (i32.const 6)", ProgramEnd::Alive(6), 0),
    ] {
        let mut started = start(&program(main, ""));
        assert_eq!(started.call_main(&[b"prog".to_vec()]).unwrap(), ending, "{main}");
        assert_eq!(ran(&mut started), after, "{main}");
    }
}

#[test]
fn what_runs_before_main_runs_in_order() {
    // Each step multiplies by ten and adds its number. The start function calls an import, which finds the guest ready.
    let step = |name: &str, number: u32| {
        format!(
            "(func (export \"{name}\") (global.set $order (i32.add (i32.mul (global.get $order) (i32.const 10)) (i32.const {number}))))"
        )
    };
    let program = format!(
        r#"(module (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
        {STACK} (global $order (mut i32) (i32.const 0)) {} {} {} {}
        (func $begin (global.set $order (i32.add (i32.const 1) (call $sizes (i32.const 0) (i32.const 4)))))
        (start $begin)
        (func (export "main") (result i32) (global.get $order)))"#,
        step("emscripten_stack_init", 2),
        step("__wasm_apply_data_relocs", 3),
        step("__wasm_call_ctors", 4),
        step("_initialize", 9),
    );
    assert_eq!(run(&program, &["prog"]).unwrap(), ProgramEnd::Exited(1234));
}

#[test]
fn a_module_may_import_its_memory_table_and_bases() {
    let sqlite = r#"(module (import "env" "memory" (memory 3 8)) (import "env" "emscripten_get_now" (func (result f64)))
        (func (export "main") (result i32) (memory.size)))"#;
    assert_eq!(run(sqlite, &["prog"]).unwrap(), ProgramEnd::Exited(3));
    let relocated = r#"(module (@custom "dylink.0" (before first) "\01\04\08\00\02\00")
        (import "env" "memory" (memory 3 8)) (import "env" "__indirect_function_table" (table 2 funcref))
        (import "env" "__memory_base" (global $base i32)) (import "env" "__table_base" (global $slots i32))
        (import "env" "__stack_pointer" (global $sp (mut i32)))
        (import "GOT.mem" "__heap_base" (global $heap (mut i32)))
        (import "env" "later" (func $later (param i32) (result i32)))
        (export "stackSave" (func $save)) (func $save (result i32) (global.get $sp))
        (elem (global.get $slots) func $save)
        (data (global.get $base) "\07")
        (func (export "call_later") (result i32) (call $later (i32.const 1)))
        (func (export "main") (result i32)
          (i32.add (i32.load8_u (global.get $base)) (i32.sub (global.get $heap) (call_indirect (result i32) (global.get $slots))))))"#;
    assert_eq!(run(relocated, &["prog"]).unwrap(), ProgramEnd::Exited(7));
    // What a library may define later is missed by name, when it is called.
    let error = em::invoke(&mut start(relocated).caller(), Target::Export("call_later"), &[]).unwrap_err();
    assert!(matches!(&error, Trap::Unresolved { symbol, .. } if symbol == "later"), "{error}");
    let small = relocated.replace("memory 3 8", "memory 0 8");
    assert!(
        translate(
            &wat::parse_str(small).unwrap(),
            &Options {
                main_memory: Some(MainMemoryLayout {
                    memory_base: 1024,
                    table_base: 1,
                    stack_size: 4096,
                    keeps_dylink: true
                }),
                ..Options::default()
            }
        )
        .is_err()
    );
}

#[test]
fn what_nobody_defines_refuses_by_name_when_it_is_called() {
    let program = r#"(module
        (import "env" "emscripten_glClear" (func $clear (param i32)))
        (import "env" "js_of_its_own" (func $own (result f64)))
        (import "other" "thing" (func $other))
        (memory (export "memory") 1)
        (func (export "clear") (call $clear (i32.const 0)))
        (func (export "own") (result f64) (call $own))
        (func (export "other") (call $other))
        (func (export "main") (result i32) (i32.const 0)))"#;
    assert_eq!(run(program, &["prog"]).unwrap(), ProgramEnd::Exited(0));
    let mut started = start(program);
    for (name, words) in [("clear", "draws"), ("own", "host function"), ("other", "host function")] {
        let error = em::invoke(&mut started.caller(), Target::Export(name), &[]).unwrap_err().to_string();
        assert!(error.contains("is not available here") && error.contains(words), "{error}");
    }
    // The embedder's go before the tables.
    let own: EmbedderImports<'_> =
        Box::new(|store, _, _, name, _| (name == "js_of_its_own").then(|| Function::new_typed(store, || 2.5_f64)));
    let mut started = start_with(program, |_| {}, own).unwrap();
    assert_eq!(invoke(&mut started, "own"), Invoked::Returned(vec![Value::F64(2.5)]));
    // An import of a known name and an unknown type is no function that can be called at all.
    let wrong = r#"(module (import "env" "exit" (func (param f64))) (import "env" "x" (global i32))
        (memory (export "memory") 1) (func (export "main")))"#;
    let error = start_with(wrong, |_| {}, link::nothing_own()).unwrap_err().to_string();
    assert!(error.contains("env.exit") && error.contains("env.x (a global)"), "{error}");
}

/// `throws` throws by way of the host; `guarded` catches that, and says so.
fn throwing(throw: &str) -> String {
    format!(
        r#"(module
        (import "env" "_emscripten_throw_longjmp" (func $longjmp))
        (import "env" "__cxa_throw" (func $throw (param i32 i32 i32)))
        (import "env" "invoke_v" (func $invoke_v (param i32)))
        {STACK}
        (elem (i32.const 1) func $throws $what)
        (global $threw (mut i32) (i32.const 0))
        (func (export "setThrew") (param i32 i32) (global.set $threw (local.get 0)))
        ;; An object at 200 with its table of functions at 300, a class at 400 whose base is std::exception at 420.
        (data (i32.const 200) "\2c\01\00\00")
        (data (i32.const 308) "\02\00\00\00")
        (data (i32.const 400) "\00\00\00\00\c2\01\00\00\a4\01\00\00")
        (data (i32.const 420) "\00\00\00\00\d6\01\00\00\00\00\00\00")
        (data (i32.const 450) "St13runtime_error\00")
        (data (i32.const 470) "St9exception\00")
        (data (i32.const 500) "it went wrong\00")
        (func $what (param i32) (result i32) (i32.const 500))
        (func $throws (export "throws") (global.set $sp (i32.sub (global.get $sp) (i32.const 64))) {throw})
        (func (export "guarded") (result i32) (call $invoke_v (i32.const 1)) (global.get $threw)))"#
    )
}

#[test]
fn what_is_thrown_is_caught_by_the_guest_or_is_a_value_for_the_host() {
    let mut started = start(&throwing("(call $longjmp)"));
    let stack = invoke(&mut started, "emscripten_stack_get_current");
    assert_eq!(invoke(&mut started, "guarded"), Invoked::Returned(vec![Value::I32(1)]));
    assert_eq!(invoke(&mut started, "throws"), Invoked::Threw(Thrown::Longjmp { buffer: None, value: None }));
    assert_eq!(invoke(&mut started, "emscripten_stack_get_current"), stack);

    let mut started = start(&throwing("(call $throw (i32.const 200) (i32.const 400) (i32.const 0))"));
    assert_eq!(invoke(&mut started, "guarded"), Invoked::Returned(vec![Value::I32(1)]));
    let expected = Thrown::Cpp {
        object: 200,
        class: Some("std::runtime_error".to_owned()),
        message: Some("it went wrong".to_owned()),
    };
    assert_eq!(invoke(&mut started, "throws"), Invoked::Threw(expected));
    assert_eq!(invoke(&mut started, "emscripten_stack_get_current"), stack);
    // A slot is a function pointer; an empty one, or one that is not there, is an error.
    let mut caller = started.caller();
    assert!(matches!(em::invoke(&mut caller, Target::Slot(1), &[]), Ok(Invoked::Threw(_))));
    for slot in [3, 8, u32::MAX] {
        assert!(matches!(em::invoke(&mut caller, Target::Slot(slot), &[]), Err(Trap::Aborted(_))), "{slot}");
    }
    // Addresses that are none say nothing, and do no harm.
    for (object, class) in [(200, -4), (-8, 400), (200, 0), (65530 * 2, 131_070)] {
        let throw = format!("(call $throw (i32.const {object}) (i32.const {class}) (i32.const 0))");
        let mut started = start(&throwing(&throw));
        match em::invoke(&mut started.caller(), Target::Export("throws"), &[]) {
            Ok(Invoked::Threw(Thrown::Cpp { class: None, message: None, .. })) | Err(Trap::Aborted(_)) => {}
            other => panic!("{object} {class}: {other:?}"),
        }
    }
}

/// A class that is its own base does not lead to `std::exception`, so nobody asks for its `what()`.
#[test]
fn a_ring_of_classes_has_an_end() {
    let ring = throwing("(call $throw (i32.const 200) (i32.const 400) (i32.const 0))");
    let ring = ring.replace(r"\a4\01\00\00", r"\90\01\00\00");
    let expected = Thrown::Cpp { object: 200, class: Some("std::runtime_error".to_owned()), message: None };
    assert_eq!(invoke(&mut start(&ring), "throws"), Invoked::Threw(expected));
}

#[test]
fn memory_and_files_as_components() {
    use pyrun_memfs::{Errno, OpenFlags, Whence};
    let program = r#"(module (import "env" "emscripten_get_now" (func (result f64))) (memory (export "memory") 1 4)
        (global $next (mut i32) (i32.const 1024))
        (func (export "malloc") (param i32) (result i32)
          (global.set $next (i32.add (global.get $next) (local.get 0))) (i32.sub (global.get $next) (local.get 0)))
        (func (export "free") (param i32)))"#;
    let mut started = start_with(program, |process| process.limits.memory = 3 << 16, link::nothing_own()).unwrap();
    let mut caller = started.caller();
    assert_eq!(em::malloc(&mut caller, 16).unwrap(), Some(1024));
    em::free(&mut caller, 1024).unwrap();
    assert!(matches!(em::realloc(&mut caller, 1024, 32), Err(Trap::MissingExport(name)) if name == "realloc"));
    assert_eq!(em::memory_grow(&mut caller, 2).unwrap(), Some(1));
    assert_eq!(em::memory_grow(&mut caller, 1).unwrap(), None, "the limit");
    assert_eq!(em::memory_grow(&mut caller, u32::MAX).unwrap(), None);
    let write = OpenFlags::RDWR | OpenFlags::CREAT;
    let fd = em::open(&mut caller, b"/tmp/x", write, 0o644).unwrap();
    assert_eq!(em::write(&mut caller, fd, b"hello"), Ok(5));
    assert_eq!(em::lseek(&mut caller, fd, 1, Whence::Set), Ok(1));
    let mut buffer = [0; 8];
    assert_eq!(em::read(&mut caller, fd, &mut buffer), Ok(4));
    assert_eq!(&buffer[..4], b"ello");
    assert_eq!(em::close(&mut caller, fd), Ok(()));
    assert_eq!(em::close(&mut caller, fd), Err(Errno::BadF));
    assert_eq!(em::stat(&mut caller, b"/tmp/x").unwrap().size, 5);
    assert_eq!(em::stat(&mut caller, b"/etc/passwd"), Err(Errno::NoEnt));
    // As for the guest's own `open`, the umask takes rights away and gives none.
    caller.env().process.umask = 0o027;
    for (name, asked, given) in [(b"/tmp/a", 0o666, 0o640), (b"/tmp/b", 0o640, 0o640), (b"/tmp/c", 0o007, 0)] {
        let fd = em::open(&mut caller, name, write, asked).unwrap();
        em::close(&mut caller, fd).unwrap();
        assert_eq!(em::stat(&mut caller, name).unwrap().mode & 0o777, given);
    }
}

#[test]
fn a_module_that_asks_for_too_much_is_refused_before_it_is_made() {
    let refused = |text: &str, prepare: fn(&mut Process)| {
        let error = start_with(text, prepare, link::nothing_own()).unwrap_err();
        assert!(matches!(error, ProgramError::Limit { .. }), "{error}");
        error.to_string()
    };
    let memory = r#"(module (memory (export "memory") 65535) (func (export "main")))"#;
    assert!(refused(memory, |process| process.limits.memory = 1 << 20).contains("memory begins at 4294901760"));
    let table = r#"(module (memory (export "memory") 1) (table 9000000 funcref) (func (export "main")))"#;
    assert!(refused(table, |_| {}).contains("slots begins at 9000000"));
}

#[test]
fn libraries_that_are_not_there_or_lie_are_named() {
    let program = |needed: &str| {
        format!(
            r#"(module (@custom "dylink.0" (before first) "{needed}") (memory (export "memory") 1) {} (func (export "main")))"#,
            r#"(func (export "emscripten_stack_get_current") (result i32) (i32.const 0))"#
        )
    };
    // The library `x.so`; then one whose name is longer than the section, which says nothing then.
    let error = start_with(&program("\\02\\06\\01\\04x.so"), |_| {}, link::nothing_own()).unwrap_err();
    assert!(matches!(&error, ProgramError::Library(why) if why.contains("x.so")), "{error}");
    let lying = wat::parse_str(program("\\02\\06\\01\\7fx.so")).unwrap();
    let translated = translate(&lying, &Options::default()).unwrap();
    assert!(translated.inspect().unwrap().dylink().is_none());
    // A file that is no library.
    let write = |process: &mut Process| {
        process.vfs.create_dir_all(b"/usr/lib").unwrap();
        process.vfs.write_file(b"/usr/lib/x.so", b"\x7fELF").unwrap();
    };
    let error = start_with(&program("\\02\\06\\01\\04x.so"), write, link::nothing_own()).unwrap_err();
    assert!(matches!(error, ProgramError::Library(_)), "{error}");
}

#[test]
fn a_main_that_recurses_ends_by_a_trap() {
    let program = format!(
        r#"(module (import "env" "emscripten_get_now" (func (result f64))) {STACK}
        (func $main (export "main") (param i32 i32) (result i32)
          (i32.add (i32.const 1) (call $main (local.get 0) (local.get 1)))))"#
    );
    assert!(matches!(run(&program, &["prog"]), Err(Trap::Guest(_))));
    // Through the host: what is counted is how deeply guest and host are nested.
    let program = format!(
        r#"(module (import "env" "__call_sighandler" (func $handle (param i32 i32))) {STACK}
        (elem (i32.const 1) func $again)
        (func $again (param i32) (call $handle (i32.const 1) (i32.const 2)))
        (func (export "main") (result i32) (call $again (i32.const 0)) (i32.const 0)))"#
    );
    assert!(matches!(run(&program, &["prog"]), Err(Trap::TooDeep(_))));
}
