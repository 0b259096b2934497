//! Guests that use up their native stack, and then have the engine do something that takes a lock.
//!
//! What goes wrong here hangs the process, so each case runs in one of its own.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::engine;

/// What is done at the end of the stack.
const LAST: &[(&str, &str)] = &[
    ("throw", "(block $h (try_table (catch_all $h) (throw $e)))"),
    (
        "throw a value",
        "(drop (block $h (result i64) (try_table (catch $v $h) (throw $v (i64.const 1))) (i64.const 0)))",
    ),
    (
        "throw values that differ",
        "(loop $l (drop (block $h (result i64) (try_table (catch $v $h)
            (global.set $thrown (i32.add (global.get $thrown) (i32.const 1))) (throw $v (i64.extend_i32_u (global.get $thrown))))
            (i64.const 0)))
         (br_if $l (i32.and (global.get $thrown) (i32.const 255))))",
    ),
    ("throw it to the beginning", "(throw $e)"),
    (
        "throw again",
        "(block $g (try_table (catch_all $g) (throw_ref (block $h (result exnref) (try_table (catch_all_ref $h) (throw $e)) (unreachable)))))",
    ),
    ("throw nothing", "(throw_ref (ref.null exn))"),
    ("trap", "(unreachable)"),
    ("copy from beyond the memory", "(memory.copy (i32.const 0) (i32.const 65530) (i32.const 100))"),
    ("copy from where addresses end", "(memory.copy (i32.const 0) (i32.const -50) (i32.const 100))"),
    ("copy nothing from beyond the memory", "(memory.copy (i32.const 0) (i32.const 65537) (i32.const 0))"),
    ("fill beyond the memory", "(memory.fill (i32.const 65500) (i32.const 0) (i32.const 100))"),
    ("initialise memory from beyond a segment", "(memory.init $d (i32.const 0) (i32.const 5) (i32.const 100))"),
    ("initialise a table from beyond a segment", "(table.init $s (i32.const 0) (i32.const 5) (i32.const 100))"),
    ("copy a table from beyond its end", "(table.copy (i32.const 0) (i32.const 5) (i32.const 100))"),
    ("fill a table beyond its end", "(table.fill (i32.const 5) (ref.null func) (i32.const 100))"),
    ("look beyond the end of a table", "(drop (table.get (i32.const 5)))"),
    ("store beyond the end of a table", "(table.set (i32.const 5) (ref.null func))"),
];

/// How many values of 16 bytes a large frame holds.
const VECTORS: usize = 4096;

/// A module that goes down `n` large frames, then `m` small ones, and does what has this number in [`LAST`].
fn module() -> String {
    let vector = |value| format!("(i32x4.splat (i32.add (local.get 0) (i32.const {value})))\n");
    let (values, drops): (String, String) = ((0..VECTORS).map(vector).collect(), "drop\n".repeat(VECTORS));
    let last: String = (LAST.iter().enumerate())
        .map(|(index, (_, code))| {
            format!("(if (i32.eq (global.get $last) (i32.const {index})) (then {code} (return)))\n")
        })
        .collect();
    format!(
        r#"(module (memory 1) (table 1 funcref) (tag $e) (tag $v (param i64)) (data $d "") (elem $s func)
        (global $last (mut i32) (i32.const 0))
        (global $depth (mut i32) (i32.const 0)) (global $thrown (mut i32) (i32.const 0))
        (func $last {last})
        (func $small (param $m i32)
            (if (local.get $m) (then (call $small (i32.sub (local.get $m) (i32.const 1)))) (else (call $last)))
            (global.set $depth (local.get $m)))
        (func $large (param $n i32) (param $m i32)
            (if (i32.eqz (local.get $n)) (then (call $small (local.get $m)) (return)))
            (call $large (i32.sub (local.get $n) (i32.const 1)) (local.get $m))
            (if (i32.gt_u (local.get $n) (i32.const 1000000)) (then
                {values} (call $large (i32.const 0) (i32.const 0)) {drops})))
        (func (export "go") (param i32 i32 i32)
            (global.set $last (local.get 2)) (call $large (local.get 0) (local.get 1))))"#
    )
}

/// The largest number below `most` for which it ends well.
fn deepest(most: i32, mut ends_well: impl FnMut(i32) -> bool) -> i32 {
    let (mut well, mut badly) = (0, most);
    while well + 1 < badly {
        let middle = i32::midpoint(well, badly);
        *(if ends_well(middle) { &mut well } else { &mut badly }) = middle;
    }
    well
}

/// One case, at depths near the end of the stack; then another guest does the same on another thread, where there is room.
fn case(last: i32) {
    let module = engine().module(wat::parse_str(module()).expect("a module")).expect("it is compiled");
    let start = || module.instance().start().expect("an instance");
    let mut instance = start();
    let mut go = |n: i32, m: i32, last: i32| instance.call("go", (n, m, last)).is_ok();
    let n = deepest(1 << 13, |n| go(n, 0, -1));
    let m = deepest(1 << 13, |m| go(n, m, -1));
    assert!(n > 1000 && m > 10, "{n} large frames, {m} small ones");
    // A trap or an exception costs the engine time for each frame, so not at every depth. What the library needs is some KiB.
    for n in [n - 1, n] {
        for m in (0..2500).step_by(101) {
            go(n, m, last);
        }
    }
    let mut elsewhere = start();
    let other = std::thread::spawn(move || drop(elsewhere.call("go", (1, 1, last))));
    other.join().expect("another thread is not held up");
}

#[test]
#[ignore = "the others start it, each in a process of its own"]
fn child() {
    let Ok(wanted) = std::env::var("PYRUN_ESCAPE_STACK") else { return };
    let last = LAST.iter().position(|(what, _)| *what == wanted).expect("a case");
    case(i32::try_from(last).expect("a small number"));
}

#[test]
fn nothing_hangs_at_the_end_of_the_stack() {
    for (what, _) in LAST {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "stack::child", "--ignored"])
            .env("PYRUN_ESCAPE_STACK", what)
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        let begin = Instant::now();
        let ended = loop {
            match child.try_wait().expect("it is ours") {
                Some(status) => break Some(status),
                None if begin.elapsed() > Duration::from_secs(300) => break None,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        if ended.is_none() {
            child.kill().expect("it is ours");
            child.wait().expect("it is ours");
        }
        assert!(ended.is_some_and(|status| status.success()), "{what}: {ended:?} after {:?}", begin.elapsed());
    }
}
