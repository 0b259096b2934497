//! The libraries of a guest that is frozen, restored and reset.

use pyrun_emscripten_shim::snapshot::{self, GuestImage};
use pyrun_emscripten_shim::{Trap, testing};

use super::{Guest, ONE_SLOT, RTLD_GLOBAL, answer};

/// What an image says of all but the file system.
pub(super) fn outside_files(image: &GuestImage) -> String {
    let text = format!("{image:?}");
    text[text.find("}, globals: [").unwrap()..].to_owned()
}

/// A guest with two libraries. `/tmp/b.so` counts in a global and in memory, where its data says 7; `/tmp/a.so` needs it, takes
/// the addresses of one of its functions and of one of the host's, and looks whether there is an `extra`.
fn with_libraries() -> (Guest, u32, u32) {
    let mut guest = Guest::new();
    let b = r#"(import "env" "__memory_base" (global $base i32))
        (global $count (export "pyrun:global:2") (mut i32) (i32.const 0))
        (data (global.get $base) "\07")
        (func (export "count") (result i32)
          (global.set $count (i32.add (global.get $count) (i32.const 1)))
          (i32.store8 (global.get $base) (i32.add (i32.load8_u (global.get $base)) (i32.const 10)))
          (i32.add (i32.mul (global.get $count) (i32.const 1000)) (i32.load8_u (global.get $base))))
        (func $f (export "answer") (result i32) (i32.const 21)) (elem (global.get $table) $f)"#;
    guest.library("/tmp/b.so", "(mem-info (memory 4 2) (table 1 0))", b);
    let a = r#"(import "env" "count" (func $count (result i32)))
        (import "GOT.func" "answer" (global $answer (mut i32)))
        (import "GOT.func" "emscripten_get_now" (global $host (mut i32)))
        (import "GOT.func" "extra" (global $extra (mut i32)))
        (func (export "counted") (result i32) (call $count))
        (func (export "answers") (result i32) (call_indirect (result i32) (global.get $answer)))
        (func (export "spoil") (global.set $answer (i32.const 0)))
        (func (export "host") (result i32) (global.get $host))
        (func (export "extra_at") (result i32) (global.get $extra))"#;
    let dylink = "(needed \"/tmp/b.so\") (import-info \"GOT.func\" \"extra\" binding-weak) (mem-info (memory 0 0))";
    guest.library("/tmp/a.so", dylink, a);
    let a = guest.open("/tmp/a.so", 0).unwrap();
    let b = guest.open("/tmp/b.so", 0).unwrap();
    assert_eq!(guest.run(a, "counted").unwrap(), 1017);
    assert_eq!(guest.run(a, "counted").unwrap(), 2027);
    (guest, a, b)
}

#[test]
fn libraries_come_back_from_a_snapshot() {
    let (mut guest, a, b) = with_libraries();
    let (slot, host) = (guest.symbol(b, "count"), guest.run(a, "host").unwrap());
    assert_eq!(guest.run(a, "extra_at").unwrap(), 0, "it is not there");
    let frozen = guest.freeze();
    let mut restored = guest.restored(&frozen);
    assert_eq!(outside_files(&restored.freeze().0), outside_files(&frozen.0));
    assert_eq!(restored.loaded(), ["/tmp/b.so", "/tmp/a.so"]);
    assert_eq!(restored.run(a, "counted").unwrap(), 3037, "the global and the memory go on from where they were");
    assert_eq!(restored.run(a, "answers").unwrap(), 21);
    assert_eq!(restored.symbol(b, "count"), slot, "a function has the address that was handed out");
    assert_eq!(restored.run(a, "host").unwrap(), host);
    assert!(restored.caller().slot(host).unwrap().is_some());
    assert_eq!(guest.run(a, "counted").unwrap(), 3037, "the guest that was frozen is another");
    restored.library("/tmp/b.so", ONE_SLOT, &answer(1));
    assert_eq!(restored.open("/tmp/b.so", 0).map(|_| restored.loaded().len()), Ok(2), "it is known by its name");
}

#[test]
fn a_reset_leaves_nothing_of_what_was_loaded_since() {
    let (mut guest, a, b) = with_libraries();
    let frozen = guest.freeze();
    let mut guest = guest.restored(&frozen);
    for _ in 0..2 {
        guest.run(a, "counted").unwrap();
        guest.run(a, "spoil").unwrap();
        guest.library("/tmp/b.so", ONE_SLOT, "");
        guest.open("/tmp/b.so", RTLD_GLOBAL).unwrap();
        assert_ne!(guest.symbol(0, "answer"), 0, "the library is global now");
        let c = r#"(import "GOT.func" "another" (global (mut i32)))
            (import "GOT.func" "getprotobyname" (global $host (mut i32)))
            (func (export "another") (result i32) (global.get $host))"#;
        guest.library("/tmp/c.so", ONE_SLOT, &format!("{c} {}", answer(3)));
        let c = guest.open("/tmp/c.so", RTLD_GLOBAL).unwrap();
        let (made, host) = (guest.symbol(c, "another"), guest.run(c, "another").unwrap());
        let of_b = guest.symbol(b, "count");
        assert!([made, host, of_b].iter().all(|slot| *slot >= frozen.0.slots()), "new slots");

        snapshot::reset(&mut guest.caller(), &frozen.0, testing::env().process).unwrap();
        assert_eq!(outside_files(&guest.freeze().0), outside_files(&frozen.0));
        assert_eq!(guest.loaded(), ["/tmp/b.so", "/tmp/a.so"]);
        assert_eq!((guest.symbol(0, "answer"), guest.symbol(0, "another")), (0, 0), "the libraries are local again");
        assert_eq!(guest.symbol(c, "another"), 0, "the handle is not valid");
        for slot in [made, host, of_b] {
            assert!(guest.caller().slot(slot).unwrap().is_none(), "slot {slot} is empty");
        }
        assert_eq!(guest.run(a, "answers").unwrap(), 21);
        assert_eq!(guest.run(a, "counted").unwrap(), 3037);
        snapshot::reset(&mut guest.caller(), &frozen.0, testing::env().process).unwrap();
    }
}

#[test]
fn a_reset_gives_up_a_guest_whose_table_was_changed() {
    let taker = r#"(func $own (result i32) (i32.const 13)) (elem declare func $own)
        (func (export "take") (result i32) (table.set $t (SLOT) (ref.func $own)) (i32.const 0))
        (func (export "clear") (result i32) (table.set $t (SLOT) (ref.null func)) (i32.const 0))
        (func (export "add") (result i32) (table.grow $t (ref.func $own) (i32.const 3)))"#;
    // A slot of the main module's own, one of a library's, and new ones, before and after those that the host gives out.
    for (slot, calls) in [(1, "take"), (1, "clear"), (2, "take"), (0, "add")] {
        let (mut guest, ..) = with_libraries();
        let frozen = guest.freeze();
        let mut guest = guest.restored(&frozen);
        let body = taker.replace("(SLOT)", &format!("(i32.const {slot})")).replace("$t ", "0 ");
        guest.library("/tmp/c.so", ONE_SLOT, &body);
        let c = guest.open("/tmp/c.so", 0).unwrap();
        guest.run(c, calls).unwrap();
        let outcome = snapshot::reset(&mut guest.caller(), &frozen.0, testing::env().process);
        assert!(
            matches!(&outcome, Err(Trap::Aborted(why)) if why.contains("function table")),
            "{calls} {slot}: {outcome:?}"
        );
    }
}

#[test]
fn a_slot_that_nobody_owns_is_in_no_snapshot() {
    let (mut guest, ..) = with_libraries();
    let slot = guest.caller().grow_table(1).unwrap();
    let refused = snapshot::freeze(&mut guest.caller(), &[slot + 1]).unwrap_err();
    assert!(
        matches!(&refused, Trap::Bug { what, .. } if what.contains(&format!("slot {slot} of the function table"))),
        "{refused:?}"
    );
    let image = snapshot::freeze(&mut guest.caller(), &[slot]).unwrap();
    assert_eq!(image.slots(), slot + 1);
    assert_eq!(image.modules().count(), 2);
}

#[test]
fn code_that_is_not_kept_is_in_no_snapshot_and_not_reset() {
    let (mut guest, ..) = with_libraries();
    let frozen = guest.freeze();
    let mut guest = guest.restored(&frozen);
    guest.library("/tmp/own.so", "(mem-info (memory 0 0))", "(func (export \"foreign\"))");
    guest.open("/tmp/own.so", 0).unwrap();
    let refused = snapshot::freeze(&mut guest.caller(), &[]).unwrap_err().to_string();
    assert!(refused.contains("/tmp/own.so, which is no library of the release"), "{refused}");
    let refused = snapshot::reset(&mut guest.caller(), &frozen.0, testing::env().process).unwrap_err().to_string();
    assert!(refused.contains("code of its own"), "{refused}");
}

#[test]
fn a_snapshot_needs_its_libraries_and_globals() {
    let (mut guest, ..) = with_libraries();
    let (image, _) = guest.freeze();
    // Another main module; none of the libraries.
    let mut other = Guest::of(&super::MAIN.replace("pyrun:global:2", "pyrun:global:3"));
    let refused = snapshot::restore(&mut other.caller(), &image).unwrap_err().to_string();
    assert!(refused.contains("the snapshot has global 2"), "{refused}");
    let mut other = Guest::new();
    let refused = snapshot::restore(&mut other.caller(), &image).unwrap_err().to_string();
    assert!(refused.contains("/tmp/b.so: no such library"), "{refused}");
    let mut other = Guest::of(&super::MAIN.replace("funcref)", "funcref) (table 9 funcref)"));
    other.caller().grow_table(300).unwrap();
    let refused = snapshot::restore(&mut other.caller(), &image).unwrap_err().to_string();
    assert!(refused.contains("function table is too short"), "{refused}");
}

#[test]
fn globals_of_all_types_come_back() {
    let globals = r#"
        (global $a (export "pyrun:global:7") (mut i64) (i64.const 1))
        (global $b (export "pyrun:global:8") (mut f32) (f32.const 1))
        (global $c (export "pyrun:global:9") (mut f64) (f64.const 1))
        (func (export "set") (global.set $a (i64.const -5000000000)) (global.set $b (f32.const 0.5))
          (global.set $c (f64.const -0.25)))
        (func (export "sum") (result i32) (i32.trunc_f64_s (f64.add (f64.convert_i64_s (i64.div_s (global.get $a) (i64.const 1000000)))
          (f64.mul (f64.const 100) (f64.add (f64.promote_f32 (global.get $b)) (global.get $c))))))"#;
    let mut guest = Guest::new();
    guest.library("/tmp/g.so", "(mem-info (memory 0 0))", globals);
    let g = guest.open("/tmp/g.so", 0).unwrap();
    guest.run(g, "set").unwrap();
    assert_eq!(guest.run(g, "sum").unwrap(), (-5000_i32 + 25).cast_unsigned());
    let frozen = guest.freeze();
    let mut restored = guest.restored(&frozen);
    assert_eq!(restored.run(g, "sum").unwrap(), (-5000_i32 + 25).cast_unsigned());
    let reference = r#"(global (export "pyrun:global:1") (mut externref) (ref.null extern))"#;
    guest.library("/tmp/r.so", "(mem-info (memory 0 0))", reference);
    guest.open("/tmp/r.so", 0).unwrap();
    let refused = snapshot::freeze(&mut guest.caller(), &[]).unwrap_err();
    assert!(
        matches!(&refused, Trap::Bug { what, .. } if what.contains("pyrun:global:1 holds no number")),
        "{refused:?}"
    );
}
