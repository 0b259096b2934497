//! The tables of imports, and what is read of objects without a call, against `releases/`: what each release imports, with
//! types, and how large its objects are.

use std::collections::BTreeSet;
use std::path::Path;

use pyrun_pyodide_loader::imports::bridge;
use pyrun_pyodide_loader::{KnownRelease, RELEASES};
use wasmer::{FunctionType, Type};

/// Imports of no main module: the translator adds the first, and libraries of releases before 0.28 have the others.
const ELSEWHERE: [&str; 3] = ["env.emscripten_thread_sleep", "env.__cxa_get_exception_ptr", "env.llvm_eh_typeid_for"];

/// Whether no main module has to import it: there is one of these for each number of C++ types that a `catch` names.
fn is_elsewhere(name: &str) -> bool {
    ELSEWHERE.contains(&name) || name.starts_with("env.__cxa_find_matching_catch_")
}

fn release_file(release: &KnownRelease) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("releases").join(release.version).join("release.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap()
}

/// `module`, `name` and type of each import.
fn imports(release: &KnownRelease) -> Vec<(String, String, FunctionType)> {
    let table = release_file(release);
    let entry = |(import, ty): (&String, &toml::Value)| {
        let (module, name) = import.split_once('.').unwrap();
        (module.to_owned(), name.to_owned(), function_type(ty.as_str().unwrap()))
    };
    table["imports"].as_table().unwrap().iter().map(entry).collect()
}

fn function_type(letters: &str) -> FunctionType {
    let ty = |letter| match letter {
        'i' => Type::I32,
        'j' => Type::I64,
        'f' => Type::F32,
        'd' => Type::F64,
        'e' => Type::ExternRef,
        other => panic!("no type for {other}"),
    };
    let types = |letters: &str| letters.chars().map(ty).collect::<Vec<_>>();
    let (params, results) = letters.split_once(':').unwrap();
    FunctionType::new(types(params), types(results))
}

#[test]
fn every_release_finds_what_it_imports_with_its_types() {
    for release in RELEASES {
        let mut wrong = Vec::new();
        for (module, name, wanted) in imports(release) {
            let Some(import) = release.host_functions().find(&module, &name, Some(&wanted)) else {
                let inside = name.starts_with("invoke_") || bridge::is_bridge(&module, &name);
                if !inside {
                    wrong.push(format!("{module}.{name} is not supplied"));
                }
                continue;
            };
            if !import.has_type(&wanted) {
                let ours = FunctionType::new(import.params, import.results);
                wrong.push(format!("{module}.{name}: the module wants {wanted}, we have {ours}"));
            }
        }
        assert!(wrong.is_empty(), "{}: {wrong:#?}", release.version);
    }
}

#[test]
fn every_import_that_is_supplied_is_one_of_some_release() {
    let imported: BTreeSet<String> =
        RELEASES.iter().flat_map(imports).map(|(module, name, _)| format!("{module}.{name}")).collect();
    let mut unused = BTreeSet::new();
    for release in RELEASES {
        for family in release.host_functions().families() {
            let mut names = BTreeSet::new();
            for import in family.imports {
                let name = format!("{}.{}", family.module, import.name);
                assert!(names.insert(import.name), "{name} twice in one family");
                if !imported.contains(&name) && !is_elsewhere(&name) {
                    unused.insert(name);
                }
            }
        }
    }
    assert!(unused.is_empty(), "imported by no release: {unused:?}");
}

/// `object::layout` reads these objects where they lie, with offsets that are the same in all releases.
#[test]
fn objects_are_as_large_in_every_release() {
    let expected = [
        // A byte for the zero at its end.
        ("bytes", 17),
        ("complex", 24),
        ("float", 16),
        ("int", 12),
        ("list", 20),
        ("str", 32),
    ];
    for release in RELEASES {
        let table = release_file(release);
        let size = |name: &str| table["basic_sizes"][name].as_integer();
        for (name, expected) in expected {
            assert_eq!(size(name), Some(expected), "{name} of {}", release.version);
        }
        // 3.15 has a field more, behind those that are read.
        assert!(matches!(size("bytearray"), Some(28 | 32)), "bytearray of {}", release.version);
        assert_eq!(size("tuple"), Some(release.tuple_items.into()), "{}", release.version);
    }
}

#[test]
fn releases_are_found_by_what_they_are() {
    for release in RELEASES {
        let found = [KnownRelease::find(release.version), KnownRelease::of_module(release.module.sha256)];
        assert_eq!(found.map(|found| found.map(|found| found.version)), [Some(release.version); 2]);
    }
    let none = "0".repeat(64);
    assert!(KnownRelease::find("0.1").is_none() && KnownRelease::of_module(&none).is_none());
}
