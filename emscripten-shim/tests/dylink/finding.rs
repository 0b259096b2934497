//! Where a library's bytes come from, and where its data and functions go.

use pyrun_emscripten_shim::GuestPtr;

use super::{Guest, MAIN, ONE_SLOT, answer};

/// What a C library has to find libraries with: it tells of `PATHS/NAME`, if the buffer has the 512 bytes that it should have.
const FIND: &str = r#"
  (func $copy (param $to i32) (param $from i32) (result i32)
    (loop $next
      (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
      (if (i32.load8_u (local.get $from)) (then
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $next))))
    (local.get $to))
  (func (export "_emscripten_find_dylib") (param $buffer i32) (param $paths i32) (param $name i32) (param $size i32) (result i32)
    (local $end i32)
    (if (i32.or (i32.ne (local.get $size) (i32.const 512)) (i32.load (i32.add (local.get $buffer) (i32.const 508))))
      (then (return (i32.const 0))))
    (local.set $end (call $copy (local.get $buffer) (local.get $paths)))
    (i32.store8 (local.get $end) (i32.const 47))
    (drop (call $copy (i32.add (local.get $end) (i32.const 1)) (local.get $name)))
    (local.get $buffer))
)"#;

/// A guest whose C library finds libraries itself, or has no way to.
fn guest(finds: bool) -> Guest {
    let main = MAIN.trim_end().strip_suffix(')').unwrap();
    Guest::of(&format!("{main} {}", if finds { FIND } else { ")" }))
}

#[test]
fn a_needed_library_lies_where_the_parent_says() {
    for finds in [true, false] {
        let mut guest = guest(finds);
        guest.process().vfs.create_dir_all(b"/tmp/lib/sub").unwrap();
        guest.library("/tmp/lib/b.so", ONE_SLOT, &answer(4));
        let needs = r#"(needed "b.so") (mem-info (memory 0 0)) (runtime-path "$ORIGIN/../lib")"#;
        guest.library("/tmp/lib/sub/../../lib/a.so", needs, "");
        guest.open("/tmp/lib/a.so", 0).unwrap();
        assert_eq!(guest.loaded(), ["/tmp/lib/b.so", "/tmp/lib/a.so"], "{finds}");
        let stack = guest.caller().guest().unwrap().stack_current().unwrap().clone();
        assert_eq!(guest.caller().call(&stack, ()).unwrap(), 60_000, "the stack is as it was");
        // Nowhere: it is looked for under its bare name, which says so.
        guest.library("/tmp/lib/c.so", r#"(needed "none.so") (mem-info (memory 0 0))"#, "");
        let error = guest.open("/tmp/lib/c.so", 0).unwrap_err();
        let named = if finds { "/none.so" } else { "none.so" };
        assert!(error.contains(&format!("Failed to find dynamic library \"{named}\"")), "{error}");
    }
}

#[test]
fn the_variable_goes_before_the_parent_s_paths() {
    let mut guest = guest(false);
    for folder in ["/tmp/one", "/tmp/two", "/tmp/three"] {
        guest.process().vfs.create_dir_all(folder.as_bytes()).unwrap();
    }
    // An empty folder is not the root.
    for (path, number) in [("/b.so", 1), ("/tmp/two/b.so", 2), ("/tmp/three/b.so", 3)] {
        guest.library(path, ONE_SLOT, &answer(number));
    }
    guest.process().environ = vec![b"A=b".to_vec(), b"LD_LIBRARY_PATH=:/tmp/one:/tmp/two/".to_vec()];
    let needs = r#"(needed "b.so") (mem-info (memory 0 0)) (runtime-path "/tmp/three")"#;
    guest.library("/tmp/a.so", needs, "");
    guest.open("/tmp/a.so", 0).unwrap();
    assert_eq!(guest.loaded(), ["/tmp/two/b.so", "/tmp/a.so"]);
    guest.process().environ.clear();
    guest.library("/tmp/c.so", needs, "");
    guest.open("/tmp/c.so", 0).unwrap();
    assert_eq!(guest.loaded()[2..], ["/tmp/three/b.so", "/tmp/c.so"]);
}

#[test]
fn bytes_that_the_guest_has_read_are_taken_and_freed() {
    // `free` says what it was given.
    let main = MAIN.replace(
        r#"(func (export "free") (param i32))"#,
        r#"(global $freed (mut i32) (i32.const 0)) (func (export "free") (param i32) (global.set $freed (local.get 0)))
           (func $freed (export "freed") (result i32) (global.get $freed)) (elem declare func $freed)"#,
    );
    let mut guest = Guest::of(&main);
    guest.library("/tmp/b.so", ONE_SLOT, &answer(3));
    let bytes = guest.process().vfs.read_file(b"/tmp/b.so").unwrap();
    guest.caller().with_mem(|mem| mem.write_bytes(100_000, &bytes)).unwrap().unwrap();
    let mut open = |[data, size]: [u32; 2], path| {
        let dso = guest.record(path, 0);
        for (at, word) in [(28, data), (32, size)] {
            guest.caller().with_mem(|mem| mem.write(GuestPtr::new(dso + at), word)).unwrap().unwrap();
        }
        let opened = guest.import("_dlopen_js", &[dso]).unwrap();
        (opened, guest.words::<2>(dso + 28), guest.run(0, "freed").unwrap())
    };
    let size = bytes.len() as u32;
    // Without an address or a size nothing was read.
    assert_eq!(open([100_000, 0], "/nowhere.so"), (0, [100_000, 0], 0));
    assert_eq!(open([0, size], "/nowhere.so"), (0, [0, size], 0));
    assert_eq!(open([100_000, size], "/nowhere.so"), (1, [0, 0], 100_000));
}

#[test]
fn a_library_s_place_is_in_its_record() {
    let mut guest = Guest::new();
    let at = r#"(import "env" "__memory_base" (global $base i32))
        (data (global.get $base) "\07") (global (export "value") i32 (i32.const 4))
        (func (export "base") (result i32) (global.get $base)) (func (export "slots") (result i32) (global.get $table))"#;
    for (size, alignment) in [(8, 0), (20, 4), (40, 12)] {
        let malloc = guest.caller().malloc(3).unwrap();
        guest.caller().with_mem(|mem| mem.bytes_mut(malloc, 64).unwrap().fill(0xff)).unwrap();
        let path = format!("/tmp/l{alignment}.so");
        guest.library(&path, &format!("(mem-info (memory {size} {alignment}) (table 2 0))"), at);
        let dso = guest.open(&path, 0).unwrap();
        let [allocated, memory, memory_size, table, table_size] = guest.words(dso + 8);
        assert_eq!((allocated, memory_size, table_size), (1, size, 2));
        assert_eq!((guest.run(dso, "base").unwrap(), guest.run(dso, "slots").unwrap()), (memory, table));
        assert_eq!(memory % (1 << alignment), 0);
        assert_eq!(guest.symbol(dso, "value"), memory + 4, "a variable is in the library's data");
    }
}

#[test]
fn data_is_zeroed_also_without_calloc_and_has_limits() {
    let dirty = r#"(func $malloc (export "malloc") (param i32) (result i32)
      (if (i32.gt_u (local.get 0) (i32.const 50000)) (then (return (i32.const 0))))
      (memory.fill (global.get $top) (i32.const 255) (local.get 0))"#;
    let main = MAIN.replace(r#"(func $malloc (export "malloc") (param i32) (result i32)"#, dirty);
    let without = main.replace(r#"(export "calloc")"#, "");
    let mut guest = Guest::of(&without);
    let sum = r#"(import "env" "__memory_base" (global $base i32))
        (func (export "sum") (result i32) (i32.add (i32.load (global.get $base)) (i32.load offset=96 (global.get $base))))"#;
    guest.library("/tmp/z.so", "(mem-info (memory 100 2))", sum);
    let z = guest.open("/tmp/z.so", 0).unwrap();
    assert_eq!(guest.run(z, "sum").unwrap(), 0);
    for main in [&main, &without] {
        // What is at null stays as it is.
        let mut guest = Guest::of(main);
        guest.caller().with_mem(|mem| mem.write(GuestPtr::new(0), 0x1234_u32)).unwrap().unwrap();
        for (size, alignment, why) in [
            (60_000, 2, "out of memory"),
            (u32::MAX, 2, "the library's data is too large"),
            (1, 21, "alignment 2^21 is out of range"),
            (1, 32, "alignment 2^32 is out of range"),
            (1, 20, "out of memory"),
        ] {
            guest.library("/tmp/l.so", &format!("(mem-info (memory {size} {alignment}))"), "");
            let error = guest.open("/tmp/l.so", 0).unwrap_err();
            assert!(error.contains(why), "{size} {alignment}: {error}");
        }
        assert_eq!(guest.words(0), [0x1234]);
    }
}
