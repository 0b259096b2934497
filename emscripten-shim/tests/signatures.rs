//! The shim's import tables against the release's own types, `abi/314.0.3.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pyrun_emscripten_shim::host::{Host, Wait};
use pyrun_emscripten_shim::imports::type_matches;
use pyrun_emscripten_shim::{Env, Process};
use pyrun_emscripten_shim::{FAMILIES, Family};
use pyrun_memfs::{Entropy, FixedClock, Limits, NullStream, Readiness, Timespec, Vfs, VfsConfig, WaitHandle};
use wasmer::{AsStoreMut, FunctionEnv, FunctionType, Store, Type};

const ABI: &str = include_str!("../../abi/314.0.3.toml");

/// Not imported by the module as it comes: the translator adds it.
const TRANSLATORS: &str = "sleep";

struct NoWorld;

impl Host for NoWorld {
    fn wall_clock(&self) -> Timespec {
        Timespec::default()
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn fill_random(&mut self, _buf: &mut [u8]) {}

    fn wait(&mut self, _streams: &[(WaitHandle, Readiness)], _timeout: Option<Duration>) -> Wait {
        Wait::TimedOut
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn report(&mut self, _line: &str) {}
}

impl Entropy for NoWorld {
    fn fill(&mut self, _buf: &mut [u8]) {}
}

fn env() -> Env {
    let vfs = Vfs::new(VfsConfig {
        clock: Box::new(FixedClock::default()),
        entropy: Box::new(NoWorld),
        stdin: Box::new(NullStream),
        stdout: Box::new(NullStream),
        stderr: Box::new(NullStream),
        limits: Limits::default(),
    });
    Env::new(Process::new(vfs, Box::new(NoWorld)), Default::default(), Box::new(()))
}

type Imports = BTreeMap<String, BTreeMap<String, String>>;

fn table() -> Imports {
    let abi: toml::Table = ABI.parse().unwrap();
    abi["imports"].clone().try_into().unwrap()
}

fn function_type(compact: &str) -> FunctionType {
    let types = |letters: &str| -> Vec<Type> {
        letters
            .chars()
            .map(|letter| match letter {
                'i' => Type::I32,
                'j' => Type::I64,
                'f' => Type::F32,
                'd' => Type::F64,
                'e' => Type::ExternRef,
                other => panic!("no type for {other}"),
            })
            .collect()
    };
    let (params, results) = compact.split_once(':').unwrap();
    FunctionType::new(types(params), types(results))
}

fn supplied() -> impl Iterator<Item = &'static Family> {
    FAMILIES.iter().copied().filter(|family| family.name != TRANSLATORS)
}

#[test]
fn every_import_has_the_type_that_the_module_asks_for() {
    let mut store = Store::default();
    let env = FunctionEnv::new(&mut store, env());
    let table = table();
    for family in supplied() {
        let wanted = table.get(family.name).unwrap_or_else(|| panic!("no imports of {}", family.name));
        for import in family.imports {
            let name = format!("{}.{}", family.module, import.name);
            let ty = wanted.get(&name).unwrap_or_else(|| panic!("{name} is not imported"));
            let function = (import.define)(&mut store.as_store_mut(), &env);
            let ours = function.ty(&store);
            assert!(
                type_matches(&function, &store.as_store_mut(), &function_type(ty)),
                "{name}: the module wants {ty}, we have {ours}"
            );
        }
    }
}

#[test]
fn every_import_of_our_families_is_there_once() {
    let table = table();
    let mut names = BTreeSet::new();
    for family in supplied() {
        for import in family.imports {
            assert!(names.insert(format!("{}.{}", family.module, import.name)), "{} twice", import.name);
        }
    }
    let ours: BTreeSet<_> = supplied().map(|family| family.name).collect();
    let wanted: BTreeSet<_> = table
        .iter()
        .filter(|(family, _)| ours.contains(family.as_str()))
        .flat_map(|(_, imports)| imports.keys().cloned())
        .collect();
    assert_eq!(names, wanted);
}

#[test]
fn the_families_have_the_sizes_that_the_glue_has() {
    let count = |names: &[&str]| -> usize {
        let family = |name: &&str| supplied().find(|family| family.name == *name).unwrap();
        names.iter().map(|name| family(name).imports.len()).sum()
    };
    assert_eq!(count(&["WASI clocks and entropy", "WASI environment", "WASI files", "WASI exit"]), 14);
    assert_eq!(count(&["descriptors", "metadata", "names", "size", "pipe", "poll", "identity"]), 38);
    assert_eq!(count(&["sockets"]), 12);
    assert_eq!(count(&["name resolution"]), 4);
    assert_eq!(count(&["time", "timers"]), 8);
    assert_eq!(count(&["heap", "mappings"]), 5);
    assert_eq!(count(&["exit"]), 12);
    assert_eq!(count(&["promises"]), 3);
    assert_eq!(table().values().map(BTreeMap::len).sum::<usize>(), 268);
}
