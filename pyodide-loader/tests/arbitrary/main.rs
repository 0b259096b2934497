//! Every import of every release with arbitrary arguments, over a small memory: no panic, no hang, no fault of ours, bounded
//! memory, nothing of the host's but what the import's row in its table names, and nothing taken but what the row bounds.
//!
//! `ctypes` reaches all of them, with any arguments, and so does whatever a library's code does by mistake.
//! `emscripten-shim/src/arbitrary.rs` does the same with the handlers that need no guest, many more times; here the imports go
//! through the engine, call the guest back, and find what earlier calls have left behind. What belongs to the bridge is not
//! here: it refuses whatever it is given.

mod machine;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

use machine::{Argument, Call, Guest, Machine, imports, imports_of_programs, releases};

/// As many calls find the same guest.
const CALLS: usize = 60;
/// By how much the process may grow while the imports run. What the engine takes to compile, which depends on the number of
/// processors, is not counted.
#[cfg(target_os = "linux")]
const MOST_GROWTH_KIB: u64 = 512 << 10;

/// Numbers near those that mean something: descriptors, flags, slots, addresses in and just beyond memory.
fn word() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => 0_u32..12,
        6 => prop::sample::select((1_u32..20).map(|at| at * 0x100).collect::<Vec<_>>()),
        2 => 0_u32..0x2_0010,
        2 => 0xffff_ff00_u32..=u32::MAX,
        1 => (0_u32..32).prop_map(|bit| 1 << bit),
        1 => any::<u32>(),
    ]
}

fn wide() -> impl Strategy<Value = i64> {
    prop_oneof![3 => -4_i64..10_000, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => any::<i64>()]
}

fn float() -> impl Strategy<Value = f64> {
    let odd = vec![0.0, -0.0, -1.0, 0.5, 1e9, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    prop_oneof![1 => prop::sample::select(odd), 1 => any::<f64>()]
}

fn calls(imports: usize) -> impl Strategy<Value = Vec<Call>> {
    let argument = (word(), wide(), float()).prop_map(|(word, wide, float)| Argument { word, wide, float });
    prop::collection::vec((0..imports, prop::array::uniform(argument)), 1..CALLS)
}

#[test]
fn no_import_panics_whatever_it_is_given() {
    let guest = Guest::new();
    let cases = std::env::var("PYRUN_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400);
    #[cfg(target_os = "linux")]
    let before = {
        // Sets the highest mark back to what the process has now.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        memory_kib("VmHWM:")
    };
    let of_releases = releases().into_iter().map(|release| (release, imports(release)));
    for (release, imports) in of_releases.chain([(releases()[0], imports_of_programs())]) {
        let config = Config { cases, rng_seed: RngSeed::Fixed(6), failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(&calls(imports.len()), |calls| {
            let mut machine = Machine::new(&guest, release, &imports);
            for call in &calls {
                machine.call(call).map_err(TestCaseError::fail)?;
            }
            Ok(())
        });
        if let Err(TestError::Fail(reason, calls)) = outcome {
            let names: Vec<_> = calls.iter().map(|(index, _)| imports[*index].name).collect();
            panic!("{}: {reason}\nafter {names:?}", release.version);
        }
    }
    #[cfg(target_os = "linux")]
    {
        let growth = memory_kib("VmHWM:") - before;
        assert!(growth < MOST_GROWTH_KIB, "the process grew by {growth} KiB");
    }
}

/// A line of the process's status.
#[cfg(target_os = "linux")]
fn memory_kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
