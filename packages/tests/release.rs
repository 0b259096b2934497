//! The lock file, the standard library and the wheels of the real release.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pyrun_memfs::{FileKind, Layer, LayerNode};
use pyrun_packages::{
    Digest, LOCK_FILE, Lock, PackBuilder, PackLayer, Package, PackageType, SitePaths, TreeFile, unpack_package,
    unpack_stdlib,
};

/// A file of the release in pyrun's data folder.
fn asset(name: &str) -> Vec<u8> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable("PYRUN_HOME")
        .or_else(|| variable("XDG_DATA_HOME").map(|data| data.join("pyrun")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/pyrun")))
        .expect("PYRUN_HOME or HOME is set");
    let path = home.join("releases/314.0.3").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: run ./assets-fetch.sh", path.display()))
}

fn lock() -> Lock {
    Lock::parse(&asset(LOCK_FILE)).unwrap()
}

fn site() -> SitePaths {
    SitePaths::new(3, 14)
}

fn unpack(lock: &Lock, name: &str) -> (Package, Vec<TreeFile>) {
    let package = lock.package(name).unwrap().clone();
    let bytes = asset(&format!("wheels/{}", package.file_name));
    assert_eq!(Digest::of(&bytes), package.sha256, "{name}");
    let files = unpack_package(&package, &bytes, &site()).unwrap();
    (package, files)
}

fn pack(files: Vec<TreeFile>) -> Vec<u8> {
    let mut pack = Vec::new();
    PackBuilder::new(site(), files).unwrap().write_to(&mut pack).unwrap();
    pack
}

/// All files of a layer by their path.
fn tree(layer: &PackLayer) -> BTreeMap<String, LayerNode> {
    let mut found = BTreeMap::new();
    let mut directories = vec![(String::new(), layer.root())];
    while let Some((path, number)) = directories.pop() {
        for entry in layer.entries(number).unwrap() {
            let path = format!("{path}/{}", std::str::from_utf8(&entry.name).unwrap());
            match entry.kind {
                FileKind::Directory => directories.push((path, entry.node)),
                _ => drop(found.insert(path, entry.node)),
            }
        }
    }
    found
}

#[test]
fn the_lock_file_is_understood() {
    let lock = lock();
    assert_eq!((lock.info().abi_version.as_str(), lock.info().platform.as_str()), ("2026_0", "emscripten_5_0_3"));
    assert_eq!(lock.packages().len(), 354);
    let libraries = lock.packages().iter().filter(|package| package.package_type == PackageType::SharedLibrary);
    assert_eq!(libraries.count(), 9);
    for (module, package) in [("sklearn", "scikit-learn"), ("PIL.Image", "Pillow"), ("dateutil", "python-dateutil")] {
        assert_eq!(lock.package_for_import(module).map(|package| package.name.as_str()), Some(package));
    }
    assert!(lock.package_for_import("json").is_none());
}

#[test]
fn every_package_can_be_resolved() {
    let lock = lock();
    for package in lock.packages() {
        let order = lock.resolve(&[&package.name]).unwrap();
        assert_eq!(order.last().map(|last| &last.name), Some(&package.name));
    }
    let names = |name: &str| lock.resolve(&[name]).unwrap().iter().map(|p| p.canonical.clone()).collect::<Vec<_>>();
    assert_eq!(names("pandas"), ["numpy", "six", "python-dateutil", "pytz", "pandas"]);
    assert!(names("scikit-learn").contains(&"scipy".to_owned()));
}

#[test]
fn a_pack_holds_what_the_wheel_holds() {
    let (_, files) = unpack(&lock(), "numpy");
    let layer = PackLayer::open(Arc::new(pack(files.clone()))).unwrap();
    let tree = tree(&layer);
    assert_eq!(tree.len(), files.len());
    for file in &files {
        let node = tree.get(&format!("/{}", file.path)).copied().unwrap();
        assert!(layer.file_bytes(node).unwrap() == file.bytes, "{}", file.path);
    }
    let installer = tree.get("/lib/python3.14/site-packages/numpy-2.4.3.dist-info/INSTALLER").unwrap();
    assert_eq!(layer.file_bytes(*installer).unwrap(), b"pyodide.loadPackage");
}

#[test]
fn every_wheel_of_the_default_set_can_be_packed() {
    let lock = lock();
    let home =
        ["numpy", "pandas", "scipy", "scikit-learn", "matplotlib", "pillow", "lxml", "pydantic", "regex", "sympy"];
    for package in lock.resolve(&home).unwrap() {
        let (_, files) = unpack(&lock, &package.name);
        for module in &package.imports {
            let beginning = format!("lib/python3.14/site-packages/{module}");
            assert!(files.iter().any(|file| file.path.starts_with(&beginning)), "{module} of {}", package.name);
        }
        assert!(PackLayer::open(Arc::new(pack(files))).is_ok(), "{}", package.name);
    }
}

#[test]
fn the_standard_library_is_a_directory() {
    let files = unpack_stdlib("python_stdlib.zip", &asset("python_stdlib.zip"), &site()).unwrap();
    let builder = PackBuilder::new(site(), files).unwrap();
    assert!(builder.sources().any(|source| source == "/lib/python314.zip/json/__init__.py"));
    assert!(builder.sources().all(|source| source.starts_with("/lib/python314.zip/")));
}
