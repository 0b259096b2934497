//! The shim's import tables against the release's own types, `releases/314.0.3/release.toml` of the loader.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use pyrun_emscripten_shim::imports::type_matches;
use pyrun_emscripten_shim::{FAMILIES, Import};
use wasmer::{AsStoreMut, FunctionEnv, FunctionType, Store, Type};

use self::world::env;

const ABI: &str = include_str!("../../pyodide-loader/releases/314.0.3/release.toml");

/// Not imported by the module as it comes: the translator adds it.
const TRANSLATORS: &str = "env.emscripten_thread_sleep";

/// Imports that nobody supplies yet, with the reason. One that is supplied fails the test.
const GAPS: [(&str, &str); 0] = [];

/// Groups of the table that the layers above supply.
const ABOVE: [&str; 4] = ["Pyodide's socket hooks", "bridge", "build artefact", "cpython"];

/// By group, `module.name` and its type.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

fn table() -> Imports {
    let abi: toml::Table = ABI.parse().unwrap();
    abi["imports"].clone().try_into().unwrap()
}

/// What the shim has to supply, with types.
fn wanted() -> BTreeMap<String, String> {
    let ours = table().into_iter().filter(|(group, _)| !ABOVE.contains(&group.as_str()));
    ours.flat_map(|(_, imports)| imports).collect()
}

fn supplied() -> impl Iterator<Item = (String, &'static Import)> {
    let named = |family: &&'static pyrun_emscripten_shim::Family| {
        let module = family.module;
        family.imports.iter().map(move |import| (format!("{module}.{}", import.name), import))
    };
    FAMILIES.iter().flat_map(named).filter(|(name, _)| name != TRANSLATORS)
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

#[test]
fn every_import_has_the_type_that_the_module_asks_for() {
    let mut store = Store::default();
    let env = FunctionEnv::new(&mut store, env());
    let wanted = wanted();
    for (name, import) in supplied() {
        let ty = wanted.get(&name).unwrap_or_else(|| panic!("{name} is not imported"));
        let function = (import.define)(&mut store.as_store_mut(), &env);
        let ours = function.ty(&store);
        assert!(
            type_matches(&function, &store.as_store_mut(), &function_type(ty)),
            "{name}: the module wants {ty}, we have {ours}"
        );
    }
}

#[test]
fn every_import_is_there_once() {
    let mut names = BTreeSet::new();
    for (name, _) in supplied() {
        assert!(names.insert(name.clone()), "{name} twice");
    }
    let wanted: BTreeSet<_> = wanted().into_keys().collect();
    let missing: Vec<_> = wanted.difference(&names).collect();
    assert_eq!(missing, GAPS.map(|(name, _)| name), "not supplied");
    let extra: Vec<_> = names.difference(&wanted).collect();
    assert!(extra.is_empty(), "not imported: {extra:?}");
}

#[test]
fn the_families_have_the_sizes_that_the_glue_has() {
    let count = |names: &[&str]| -> usize {
        let family = |name: &&str| FAMILIES.iter().find(|family| family.name == *name).unwrap();
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
