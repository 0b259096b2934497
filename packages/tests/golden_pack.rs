//! The format of packs: `golden/small.pack` is what version 1 looks like, byte by byte.
//!
//! When this fails, packs in people's caches are no longer what the code writes or reads: raise `PACK_VERSION`, then write
//! the file anew with `PYRUN_WRITE_GOLDEN=1 cargo test -p pyrun-packages --test golden_pack`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pyrun_memfs::{FileKind, Layer, LayerNode, Timespec};
use pyrun_packages::{PACK_VERSION, PackBuilder, PackLayer, SitePaths, TreeFile};

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/small.pack")
}

/// A pack with a source, its bytecode, data, an empty file, a shared library and directories within each other.
fn small_pack() -> Vec<u8> {
    let files: [(&str, i64, &[u8]); 5] = [
        ("lib/python3.14/site-packages/toy/__init__.py", 1_000_000_000, b"x = 1\n"),
        ("lib/python3.14/site-packages/toy/data.txt", 1_000_000_001, b"data"),
        ("lib/python3.14/site-packages/toy/empty", 0, b""),
        ("lib/python3.14/site-packages/toy/fast.so", 315_532_800, b"\0asm\x01\0\0\0"),
        ("usr/lib/x", -1, b"before 1970"),
    ];
    let file = |(path, secs, bytes): (&str, i64, &[u8])| TreeFile {
        path: path.to_owned(),
        mtime: Timespec { secs, nanos: 0 },
        bytes: bytes.to_vec(),
    };
    let mut builder = PackBuilder::new(SitePaths::new(3, 14), files.map(file).into()).unwrap();
    let pyc = [&b"PYC!"[..], &[9; 12], b"code"].concat();
    builder.add_bytecode("/lib/python3.14/site-packages/toy/__init__.py", &pyc).unwrap();
    let mut pack = Vec::new();
    builder.write_to(&mut pack).unwrap();
    pack
}

/// Path, mode, time and contents of all nodes but the root; a directory has no contents.
fn tree(layer: &PackLayer) -> BTreeMap<String, (u32, i64, Option<Vec<u8>>)> {
    fn walk(
        layer: &PackLayer,
        path: &str,
        number: LayerNode,
        tree: &mut BTreeMap<String, (u32, i64, Option<Vec<u8>>)>,
    ) {
        for entry in layer.entries(number).unwrap() {
            let path = format!("{path}/{}", std::str::from_utf8(&entry.name).unwrap());
            let is_directory = entry.kind == FileKind::Directory;
            let bytes = (!is_directory).then(|| layer.file_bytes(entry.node).unwrap().to_vec());
            if is_directory {
                walk(layer, &path, entry.node, tree);
            }
            tree.insert(path, (entry.mode, entry.mtime.secs, bytes));
        }
    }
    let mut found = BTreeMap::new();
    walk(layer, "", layer.root(), &mut found);
    found
}

#[test]
fn a_pack_is_written_as_it_always_was() {
    let pack = small_pack();
    if std::env::var_os("PYRUN_WRITE_GOLDEN").is_some() {
        std::fs::write(path(), &pack).unwrap();
    }
    let golden = std::fs::read(path()).unwrap();
    assert_eq!(PACK_VERSION, 1, "write the golden pack anew");
    let first = pack.iter().zip(&golden).position(|(new, old)| new != old);
    assert_eq!((pack.len(), first), (golden.len(), None), "length, and the first byte that differs");
}

#[test]
fn a_pack_of_old_is_read() {
    let layer = PackLayer::open(Arc::new(std::fs::read(path()).unwrap())).unwrap();
    let toy = "/lib/python3.14/site-packages/toy";
    let pyc = [&b"PYC!"[..], &[0; 4], &1_000_000_000_u32.to_le_bytes(), &6_u32.to_le_bytes(), b"code"].concat();
    let directory = |path: &str, time| (path.to_owned(), (0o755, time, None));
    let file = |path: String, time, bytes: &[u8]| (path, (0o644, time, Some(bytes.to_vec())));
    let expected = [
        directory("/lib", 1_000_000_001),
        directory("/lib/python3.14", 1_000_000_001),
        directory("/lib/python3.14/site-packages", 1_000_000_001),
        directory(toy, 1_000_000_001),
        directory(&format!("{toy}/__pycache__"), 1_000_000_000),
        file(format!("{toy}/__pycache__/__init__.cpython-314.pyc"), 1_000_000_000, &pyc),
        file(format!("{toy}/__init__.py"), 1_000_000_000, b"x = 1\n"),
        file(format!("{toy}/data.txt"), 1_000_000_001, b"data"),
        file(format!("{toy}/empty"), 0, b""),
        file(format!("{toy}/fast.so"), 315_532_800, b"\0asm\x01\0\0\0"),
        // A directory is as old as its newest file, and not older than 1970.
        directory("/usr", 0),
        directory("/usr/lib", 0),
        file("/usr/lib/x".to_owned(), -1, b"before 1970"),
    ];
    assert_eq!(tree(&layer), BTreeMap::from(expected));
}
