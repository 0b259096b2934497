//! Exceptions without end (H7): by a module, shallow and deep, and by a C++ library of the release under Python.
//!
//! What they take is seen in the memory of a process, so each case runs in one of its own.

use std::process::{Command, Stdio};

use pyrun::{Error, Limits};

use super::{engine, open};

/// `go` goes down so many frames and throws there so often, by a cleanup that throws again what it has caught, after it has thrown and
/// caught another; the numbers that are thrown differ by the bits of the mask. Gives the sum of what it catches.
const MODULE: &str = r#"(module (memory 1) (tag $t (param i32)) (global $depth (mut i32) (i32.const 0))
    (func $throw (param i32) (throw $t (local.get 0)))
    (func $cleanup (param $n i32)
      (block $landing (result exnref) (try_table (catch_all_ref $landing) (call $throw (local.get $n))) (return))
      (drop (block $c (result i32) (try_table (catch $t $c) (throw $t (i32.const -5))) (unreachable)))
      (throw_ref))
    (func $loop (param $n i32) (param $mask i32) (result i64) (local $sum i64)
      (loop $again
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s (block $c (result i32)
          (try_table (catch $t $c) (call $cleanup (i32.and (local.get $n) (local.get $mask)))) (unreachable)))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum))
    (func $go (export "go") (param $depth i32) (param $n i32) (param $mask i32) (result i64) (local $sum i64)
      (if (i32.eqz (local.get $depth)) (then (return (call $loop (local.get $n) (local.get $mask)))))
      (local.set $sum (call $go (i32.sub (local.get $depth) (i32.const 1)) (local.get $n) (local.get $mask)))
      (global.set $depth (local.get $depth))
      (local.get $sum)))"#;

/// C++ of a package that refuses what it is asked for by an exception.
const PYTHON: &str = "
import contourpy, numpy
generator = contourpy.contour_generator(z=numpy.arange(25.0).reshape(5, 5))
def throw(count):
    for _ in range(count):
        try:
            generator.filled(3, 2)
        except ValueError as error:
            assert 'upper_level' in str(error), error
        else:
            raise AssertionError('it went well')
";

/// Resident bytes of this process, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}

/// Runs `body` once so that everything is there, and again, which must take hardly any memory more.
fn takes_nothing(mut body: impl FnMut(i32)) {
    body(2000);
    let before = resident();
    body(0);
    if let (Some(before), Some(after)) = (before, resident()) {
        assert!(after < before + (8 << 20), "{before} bytes before, {after} after");
    }
}

fn module_case(depth: i32, count: i32) {
    let module = engine().module(wat::parse_str(MODULE).expect("a module")).expect("it is compiled");
    let mut instance = module.instance().start().expect("an instance");
    takes_nothing(|first| {
        let count = if first > 0 { first } else { count };
        let sum: i64 = (1..=i64::from(count)).map(|n| n & 63).sum();
        assert_eq!(instance.call("go", (depth, count, 63)).expect("it returns")[0].as_signed(), Some(sum));
    });
}

fn python_case(boots: bool) {
    let builder = engine().interpreter().packages(["contourpy"]);
    let builder = if boots { builder.without_snapshot() } else { builder };
    let py = builder.start().expect("an interpreter");
    py.run(PYTHON).expect("the package");
    takes_nothing(|first| {
        let count = if first > 0 { first } else { 100_000 };
        py.run(&format!("throw({count})")).expect("it catches them all");
        let usage = py.interrupt_handle().usage();
        assert!(usage.host_memory < 8 << 20, "{usage}");
    });
}

/// Each has its process. A million of throws without frames above them, two with their cleanups for each of the rest.
const CASES: &[(&str, fn())] = &[
    ("shallow", || module_case(0, 500_000)),
    ("deep", || module_case(10_000, 20_000)),
    ("Python, restored", || python_case(false)),
    ("Python, booted", || python_case(true)),
];

#[test]
#[ignore = "the other starts it, for each case in a process of its own"]
fn child() {
    let wanted = std::env::var("PYRUN_ESCAPE_THROWN").expect("the other says which case");
    let (_, case) = CASES.iter().find(|(what, _)| *what == wanted).expect("a case");
    case();
}

#[test]
fn as_many_as_one_likes_take_no_memory() {
    for (what, _) in CASES {
        let ran = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "thrown::child", "--ignored"])
            .env("PYRUN_ESCAPE_THROWN", what)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .expect("a process");
        let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        assert!(ran.status.success() && said.contains("1 passed"), "{what}: {said}");
    }
}

/// A library of the guest's own throws so many that differ, and catches them.
const LIBRARY: &str = r#"(module (@dylink.0) (import "env" "memory" (memory 0)) (tag $t (param i32))
    (func (export "throw") (param $n i32)
      (loop $again
        (drop (block $c (result i32) (try_table (catch $t $c) (throw $t (local.get $n))) (unreachable)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

#[test]
fn a_library_that_throws_more_than_the_host_may_hold_ends_its_interpreter_alone() {
    for boots in [false, true] {
        let limits = Limits::new().host_memory(16 << 20);
        let builder = engine().interpreter().limits(limits).allow_native_code();
        let builder = if boots { builder.without_snapshot() } else { builder };
        let py = builder.start().expect("an interpreter");
        py.run(&open("/tmp/own.so", LIBRARY)).expect("it is loaded");
        for _ in 0..3 {
            py.run("for _ in range(50): library.throw(100)").expect("they are the same");
            // Each call of the embedder's finds the guest at rest, so these add up to no more than the account.
            py.run("library.throw(10_000)").expect("they fit");
        }
        let ended = py.run("try: library.throw(1_000_000)\nexcept BaseException: pass");
        assert!(matches!(ended, Err(Error::Limit { which: "host-memory", .. })), "{boots}: {ended:?}");
        assert!(matches!(py.run("1"), Err(Error::Poisoned(_))), "{boots}");
        let usage = py.interrupt_handle().usage();
        assert!(usage.host_memory_peak <= 16 << 20, "{usage}");
    }
}

/// Those that differ are kept, in case a reference of one is, until the account is used up.
#[test]
fn as_many_that_differ_as_one_likes_reach_the_limit() {
    let module = engine().module(wat::parse_str(MODULE).expect("a module")).expect("it is compiled");
    let limits = Limits::new().host_memory(4 << 20);
    let mut builder = module.instance().limits(limits);
    let handle = builder.interrupt_handle().expect("a handle");
    let mut instance = builder.start().expect("an instance");
    for depth in [0, 1000, 0] {
        let ended = instance.call("go", (depth, 1_000_000, -1));
        assert!(matches!(ended, Err(Error::Limit { which: "host-memory", .. })), "{depth}: {ended:?}");
        let sum = instance.call("go", (depth, 8, 7)).expect("it goes on")[0].as_signed();
        assert_eq!(sum, Some(28));
        let usage = handle.usage();
        assert!(
            usage.host_memory < 1 << 20 && usage.host_memory_peak > 3 << 20,
            "what it has thrown is freed: {usage}"
        );
    }
}
