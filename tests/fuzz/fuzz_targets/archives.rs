//! Zips, wheels, packs and the lock file from anywhere: no input makes their readers panic, hang, or take more memory than
//! the input justifies, and what they let through has safe paths.

#![no_main]

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use pyrun_memfs::{FileKind, Layer, LayerNode, ZipLayer};
use pyrun_packages::{Lock, PackLayer, SitePaths, unpack_package, unpack_stdlib};
use zip::write::SimpleFileOptions;

/// A lock file with each kind of package.
const LOCK: &str = r#"{"info": {"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.0"},
"packages": {
"x": {"name": "x", "version": "1.0", "file_name": "x-1.0-py3-none-any.whl", "install_dir": "site", "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "package_type": "package", "imports": ["x", "x.b"], "depends": ["y"]},
"y": {"name": "y", "version": "1.0", "file_name": "y-1.0.zip", "install_dir": "stdlib", "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "package_type": "cpython_module", "imports": ["y", "y.b"], "depends": ["z", "x"]},
"z": {"name": "z", "version": "1.0", "file_name": "z-1.0.zip", "install_dir": "dynlib", "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "package_type": "shared_library", "imports": ["z", "z.b"], "depends": []}}}"#;

/// Of a file in a zip, as much is read. An entry may say that it is larger than the zip can make it.
const MOST_READ: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    for archive in [bytes.to_vec(), damaged(valid(bytes), bytes)] {
        read_as_wheel(&archive);
        read_layer(ZipLayer::open("zip", Arc::new(archive)));
    }
    read_layer(PackLayer::open(Arc::new(bytes.to_vec())));
    for text in [bytes.to_vec(), damaged(LOCK.into(), bytes)] {
        read_lock(&text);
    }
});

fn read_lock(text: &[u8]) {
    if let Ok(lock) = Lock::parse(text) {
        let names: Vec<&str> = lock.packages().iter().map(|package| package.name.as_str()).collect();
        drop(lock.resolve(&names));
        for package in lock.packages() {
            _ = lock.package(&package.name);
            _ = lock.package_for_import(&package.name);
        }
    }
}

/// A zip whose entries the bytes choose: names of few letters, so that they meet, stored or deflated.
fn valid(bytes: &[u8]) -> Vec<u8> {
    const NAMES: [&str; 10] =
        ["a", "b/", "b/c", "b/../d", "x.so", "x-1.dist-info/RECORD", "/e", "a/f", "ż", "x.data/purelib/g"];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for chunk in bytes.chunks(5).take(20) {
        let [choice, rest @ ..] = chunk else { continue };
        let method = if choice & 1 == 0 { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        let name = NAMES[usize::from(choice >> 1) % NAMES.len()];
        if zip.start_file(name, SimpleFileOptions::default().compression_method(method)).is_ok() {
            let _ = zip.write_all(&rest.repeat(usize::from(*choice)));
        }
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Some bytes changed, from the end on: a zip's directory is there.
fn damaged(mut archive: Vec<u8>, bytes: &[u8]) -> Vec<u8> {
    for pair in bytes.rchunks(2).take(usize::from(bytes.first().copied().unwrap_or_default() % 8)) {
        if let [back, value] = pair {
            let place = archive.len().wrapping_sub(usize::from(*back) * 4 + usize::from(*value % 4) + 1);
            if let Some(byte) = archive.get_mut(place) {
                *byte = *value;
            }
        }
    }
    archive
}

fn read_as_wheel(archive: &[u8]) {
    let layout = SitePaths::new(3, 14);
    let lock = Lock::parse(LOCK.as_bytes()).expect("the target's lock file can be read");
    let unpacked = lock.packages().iter().map(|package| unpack_package(package, archive, &layout));
    for files in unpacked.chain([unpack_stdlib("stdlib.zip", archive, &layout)]).flatten() {
        for file in files {
            let mut parts = file.path.split('/').skip(1);
            assert!(parts.all(|part| !matches!(part, "" | "." | "..")), "{:?} leads elsewhere", file.path);
        }
    }
}

fn read_layer<E>(layer: Result<impl Layer, E>) {
    let Ok(layer) = layer else { return };
    read_directory(&layer, layer.root(), 0);
}

fn read_directory(layer: &impl Layer, directory: LayerNode, depth: usize) {
    for entry in layer.entries(directory).unwrap_or_default() {
        match entry.kind {
            FileKind::Directory if depth < 64 => read_directory(layer, entry.node, depth + 1),
            FileKind::Symlink => drop(layer.read_link(entry.node)),
            _ => read_file(layer, entry.node, entry.size),
        }
    }
}

fn read_file(layer: &impl Layer, file: LayerNode, size: u64) {
    let mut buffer = [0; 4096];
    let mut at = 0;
    while let Ok(count @ 1..) = layer.read_at(file, at, &mut buffer) {
        at += count as u64;
        assert!(at <= size, "more than there is");
        if at > MOST_READ {
            break;
        }
    }
    _ = layer.read_at(file, u64::MAX, &mut buffer);
}
