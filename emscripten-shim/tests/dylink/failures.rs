//! What a failure leaves behind: a message, and nothing else.

use pyrun_emscripten_shim::em::{self, LibraryError};
use pyrun_emscripten_shim::{Trap, dylink};

use super::snapshots::outside_files;
use super::{Guest, MAIN, ONE_SLOT, answer};

#[test]
fn a_library_that_failed_leaves_nothing() {
    let mut guest = Guest::new();
    guest.library("/tmp/a.so", ONE_SLOT, &answer(1));
    guest.open("/tmp/a.so", 0).unwrap();
    let before = outside_files(&guest.freeze().0);
    for body in [
        // Nothing defines it; nor what it imports beside is of the type that it says.
        r#"(import "GOT.func" "nowhere" (global (mut i32)))"#,
        r#"(import "GOT.func" "nowhere" (global (mut i32))) (import "env" "__memory_base" (global (mut i32)))"#,
        r#"(import "GOT.func" "nowhere" (global (mut i32))) (import "env" "nothing" (global i32))"#,
        r#"(import "GOT.mem" "nowhere" (global (mut i32))) (import "env" "memory" (memory 9000))"#,
    ] {
        guest.library("/tmp/f.so", "(mem-info (memory 0 0))", body);
        guest.open("/tmp/f.so", 0).unwrap_err();
        assert_eq!(guest.loaded(), ["/tmp/a.so"], "{body}");
        assert_eq!(outside_files(&guest.freeze().0), before, "{body}");
    }
}

#[test]
fn messages_go_through_a_format() {
    let mut guest = Guest::new();
    let error = guest.open("/tmp/100%.so", 0).unwrap_err();
    assert!(error.starts_with("could not load dynamic lib: /tmp/100%%.so\nError: "), "{error}");
    assert_eq!(guest.symbol(0, "nothing"), 0);
    assert_eq!(guest.error(), "Tried to lookup unknown symbol \"nothing\" in dynamic lib: __main__");
    guest.process().vfs.write_file(b"/tmp/text.so", b"text").unwrap();
    assert!(guest.open("/tmp/text.so", 0).is_err());
    let plain = wat::parse_str("(module)").unwrap();
    guest.process().vfs.write_file(b"/tmp/plain.so", &plain).unwrap();
    assert!(guest.open("/tmp/plain.so", 0).unwrap_err().contains("need the dylink section to be first"));
    let process = guest.process();
    process.vfs.write_file(b"/tmp/large.so", b"").unwrap();
    process.vfs.truncate(pyrun_memfs::AT_FDCWD, b"/tmp/large.so", (64 << 20) + 1).unwrap();
    assert!(guest.open("/tmp/large.so", 0).unwrap_err().contains("is larger than a library may be"));
    guest.process().vfs.truncate(pyrun_memfs::AT_FDCWD, b"/tmp/large.so", 64 << 20).unwrap();
    assert!(!guest.open("/tmp/large.so", 0).unwrap_err().contains("larger"));
}

#[test]
fn a_library_that_traps_ends_the_call() {
    let mut guest = Guest::new();
    for start in ["(func $f unreachable) (start $f)", "(func (export \"__wasm_call_ctors\") unreachable)"] {
        guest.library("/tmp/t.so", "(mem-info (memory 0 0))", start);
        let dso = guest.record("/tmp/t.so", 0);
        assert!(matches!(guest.import("_dlopen_js", &[dso]), Err(Trap::Guest(_))), "{start}");
    }
}

#[test]
fn the_host_may_load_a_library_for_all() {
    let mut guest = Guest::new();
    guest.library("/tmp/b.so", ONE_SLOT, &answer(21));
    let ctors = r#"(import "env" "answer" (func $answer (result i32)))
        (func (export "__wasm_call_ctors") (drop (call $answer)))"#;
    guest.library("/tmp/a.so", "(needed \"/tmp/b.so\") (mem-info (memory 0 0))", ctors);
    assert_eq!(em::symbol(&mut guest.caller(), "answer").unwrap(), None);
    em::load_library(&mut guest.caller(), "/tmp/../tmp/a.so").unwrap();
    assert_eq!(guest.loaded(), ["/tmp/b.so", "/tmp/a.so"]);
    let slot = em::symbol(&mut guest.caller(), "answer").unwrap().unwrap();
    assert_eq!(guest.symbol(0, "answer"), slot);
    let refused = em::load_library(&mut guest.caller(), "/tmp/none.so").unwrap_err();
    assert!(matches!(&refused, LibraryError::Refused(why) if why.contains("/tmp/none.so")), "{refused:?}");
    guest.library("/tmp/t.so", "(mem-info (memory 0 0))", "(func (export \"__wasm_call_ctors\") unreachable)");
    let ended = em::load_library(&mut guest.caller(), "/tmp/t.so").unwrap_err();
    assert!(matches!(ended, LibraryError::Ended(Trap::Guest(_))), "{ended:?}");
}

#[test]
fn the_main_module_s_own_are_found_by_name() {
    let main = MAIN.replace("(memory (export", "(global (export \"variable\") i32 (i32.const 77)) (memory (export");
    let mut guest = Guest::of(&main);
    let caller = &mut guest.caller();
    assert_eq!(dylink::main_variable(caller, "variable").unwrap(), 77);
    assert!(dylink::main_function(caller, "own").is_ok());
    for (name, variable) in [("own", true), ("nothing", true), ("variable", false), ("nothing", false)] {
        let refused = match variable {
            true => dylink::main_variable(caller, name).unwrap_err(),
            false => dylink::main_function(caller, name).map(drop).unwrap_err(),
        };
        assert!(matches!(&refused, Trap::MissingExport(missing) if missing == name), "{refused:?}");
    }
}
