//! What the modules of every release in the data folder are: each main module, and each library in the wheels.

use std::io::{Cursor, Read as _};

use pyrun::home::{Asset, Home};
use pyrun_translate::WasmKind;

#[test]
fn main_modules_and_their_libraries_are_told_apart() {
    let releases = Home::locate().expect("a data folder").releases();
    let (mut libraries, mut wrong) = (0, Vec::new());
    let mut check = |path: &str, wasm: &[u8], wanted: WasmKind| {
        let kind = WasmKind::of(wasm);
        libraries += u32::from(kind == WasmKind::EmscriptenSide);
        if kind != wanted {
            wrong.push(format!("{path} is {kind}"));
        }
    };
    for release in &releases {
        let main = release.asset(Asset::Module).expect("a main module");
        check(&main.to_string_lossy(), &std::fs::read(&main).expect("can be read"), WasmKind::PyodideMain);
        for wheel in std::fs::read_dir(release.wheels()).into_iter().flatten().flatten() {
            let archive = std::fs::read(wheel.path()).expect("can be read");
            modules(&wheel.path().to_string_lossy(), &archive, &mut |path, wasm| {
                check(path, wasm, WasmKind::EmscriptenSide);
            });
        }
    }
    assert!(releases.iter().any(|release| release.version() == pyrun::DEFAULT_RELEASE), "run ./assets-fetch.sh");
    assert!(libraries > 200, "only {libraries} libraries: run ./assets-fetch.sh");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Hands over each module of an archive, archives in it included.
fn modules(path: &str, archive: &[u8], each: &mut dyn FnMut(&str, &[u8])) {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap_or_else(|e| panic!("{path}: {e}"));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap_or_else(|e| panic!("{path}: {e}"));
        let path = format!("{path}!{}", entry.name().expect("a name"));
        if [".so", ".wasm", ".whl", ".zip"].iter().any(|suffix| path.ends_with(suffix)) {
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap_or_else(|e| panic!("{path}: {e}"));
            match contents.starts_with(b"PK") {
                true => modules(&path, &contents, each),
                false => each(&path, &contents),
            }
        }
    }
}
