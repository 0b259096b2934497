//! Zips as layers: whole, damaged, and made to harm.

mod common;

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::time::Instant;

use common::{list, vfs};
use pyrun_memfs::{AT_FDCWD, Errno, FileKind, Layer, LayerNode, ZipLayer, ZipLayerError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

fn options(method: CompressionMethod) -> SimpleFileOptions {
    let time = DateTime::from_date_and_time(2024, 2, 29, 12, 30, 58).unwrap();
    SimpleFileOptions::default().compression_method(method).last_modified_time(time)
}

const STORED: CompressionMethod = CompressionMethod::Stored;
const DEFLATED: CompressionMethod = CompressionMethod::Deflated;

fn zip(files: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes, method) in files {
        zip.start_file(*name, options(*method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn open(bytes: Vec<u8>) -> Result<ZipLayer, ZipLayerError> {
    ZipLayer::open("test.zip", Arc::new(bytes))
}

fn find(layer: &ZipLayer, path: &str) -> LayerNode {
    path.split('/').fold(layer.root(), |dir, name| {
        let entries = layer.entries(dir).unwrap();
        entries.into_iter().find(|entry| &*entry.name == name.as_bytes()).unwrap().node
    })
}

fn read(layer: &ZipLayer, path: &str) -> Result<Vec<u8>, Errno> {
    let node = find(layer, path);
    let mut bytes = Vec::new();
    let mut buf = [0; 7];
    loop {
        match layer.read_at(node, bytes.len() as u64, &mut buf)? {
            0 => return Ok(bytes),
            count => bytes.extend_from_slice(&buf[..count]),
        }
    }
}

/// Changes every occurrence of a text, in both headers of an entry.
fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    for start in 0..=bytes.len() - from.len() {
        if bytes[start..].starts_with(from) {
            bytes[start..start + to.len()].copy_from_slice(to);
        }
    }
}

#[test]
fn reads_stored_and_deflated_entries() {
    let text = b"all work and no play ".repeat(500);
    let layer =
        open(zip(&[("pkg/a.py", b"stored", STORED), ("pkg/sub/b.py", &text, DEFLATED), ("c", b"", DEFLATED)])).unwrap();
    assert_eq!(read(&layer, "pkg/a.py").unwrap(), b"stored");
    assert_eq!(read(&layer, "pkg/sub/b.py").unwrap(), text);
    assert_eq!(read(&layer, "c").unwrap(), b"");
    let pkg = &layer.entries(layer.root()).unwrap()[0];
    assert_eq!((pkg.kind, pkg.mode), (FileKind::Directory, 0o755), "no entry names it");
    let file = &layer.entries(pkg.node).unwrap()[0];
    assert_eq!((file.kind, file.mode, file.size), (FileKind::File, 0o644, 6));
    assert_eq!(file.mtime.secs, 1_709_209_858);
    let mut buf = [0; 4];
    assert_eq!(layer.read_at(file.node, u64::MAX, &mut buf), Ok(0));
    assert_eq!(layer.read_at(pkg.node, 0, &mut buf), Err(Errno::IsDir));
    assert_eq!(layer.entries(file.node), Err(Errno::NotDir));
    assert_eq!(layer.entries(LayerNode(99)), Err(Errno::NoEnt));
    assert_eq!(layer.read_link(file.node), Err(Errno::Inval));
}

#[test]
fn takes_directories_and_links() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("d/late", options(STORED)).unwrap();
    zip.add_directory("d/", options(STORED).unix_permissions(0o750)).unwrap();
    zip.add_directory("empty", options(STORED)).unwrap();
    zip.add_symlink("link", "d/late", options(STORED)).unwrap();
    zip.start_file("program", options(STORED).unix_permissions(0o755)).unwrap();
    let layer = open(zip.finish().unwrap().into_inner()).unwrap();
    let mut vfs = vfs();
    vfs.mount_layer(b"/z", Arc::new(layer)).unwrap();
    assert_eq!(list(&mut vfs, "/z"), ["d", "empty", "link", "program"]);
    assert_eq!(vfs.readlinkat(AT_FDCWD, b"/z/link").unwrap(), b"d/late");
    assert_eq!(vfs.read_file(b"/z/link").unwrap(), b"");
    assert_eq!(vfs.stat(AT_FDCWD, b"/z/d", true).unwrap().permissions(), 0o750);
    assert_eq!(vfs.stat(AT_FDCWD, b"/z/program", true).unwrap().permissions(), 0o755);
}

#[test]
fn refuses_names_that_lead_elsewhere() {
    for name in ["../up", "/abs", "a/../b", "a//b", "./a", "a/.", "nul\0l", "x/", ".."] {
        let mut bytes = zip(&[("placeholder"[..name.len()].as_ref(), b"text", STORED)]);
        replace(&mut bytes, &b"placeholder"[..name.len()], name.as_bytes());
        match open(bytes) {
            Err(ZipLayerError::BadName { name: found, .. }) => assert_eq!(found, name.as_bytes()),
            Ok(_) if name == "x/" => {}
            other => panic!("{name}: {other:?}"),
        }
    }
    let long = "x".repeat(256);
    assert!(matches!(open(zip(&[(&long, b"", STORED)])), Err(ZipLayerError::BadName { .. })));
}

#[test]
fn refuses_names_that_are_there_twice() {
    let refused = |first: &str, second: &str| {
        let mut bytes = zip(&[("firstname", b"1", STORED), ("other", b"", STORED), ("secondone", b"2", STORED)]);
        replace(&mut bytes, b"firstname", first.as_bytes());
        replace(&mut bytes, b"secondone", second.as_bytes());
        match open(bytes) {
            Err(ZipLayerError::BadName { name, .. }) => assert_eq!(name, second.as_bytes()),
            other => panic!("{first}, {second}: {other:?}"),
        }
    };
    refused("same/name", "same/name");
    refused("same/nam/", "same/nam/");
    let both = zip(&[("a", b"file", STORED), ("a/b", b"below it", STORED)]);
    assert!(matches!(open(both), Err(ZipLayerError::BadName { .. })));
    let both = zip(&[("a/b", b"below it", STORED), ("a", b"file", STORED)]);
    assert!(matches!(open(both), Err(ZipLayerError::BadName { .. })));
}

/// Puts an extra field and a comment behind every name of the central directory.
fn with_extra_and_comment(zip: &[u8], extra: &[u8], comment: &[u8]) -> Vec<u8> {
    let find = |signature: &[u8]| zip.windows(4).position(|window| window == signature).unwrap();
    let (start, end) = (find(b"PK\x01\x02"), find(b"PK\x05\x06"));
    let mut bytes = zip[..start].to_vec();
    let mut rest = &zip[start..end];
    while !rest.is_empty() {
        let length = 46 + usize::from(u16::from_le_bytes([rest[28], rest[29]]));
        let mut header = rest[..length].to_vec();
        rest = &rest[length..];
        header[30..32].copy_from_slice(&(extra.len() as u16).to_le_bytes());
        header[32..34].copy_from_slice(&(comment.len() as u16).to_le_bytes());
        bytes.extend([&header, extra, comment].concat());
    }
    let size = (bytes.len() - start) as u32;
    bytes.extend(&zip[end..]);
    let end = bytes.len() - 22;
    bytes[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
    bytes
}

#[test]
fn refuses_names_that_are_there_twice_behind_extra_fields_and_comments() {
    let field = |length: u16| [&0xcafe_u16.to_le_bytes()[..], &length.to_le_bytes(), &vec![7; length.into()]].concat();
    let plain = zip(&[("firstname", b"1", STORED), ("other", b"2", STORED), ("secondone", b"3", STORED)]);
    for (extra, comment) in [(vec![], &b"a comment"[..]), (field(6), b""), (field(300), b"and a comment")] {
        let mut bytes = with_extra_and_comment(&plain, &extra, comment);
        assert_eq!(read(&open(bytes.clone()).unwrap(), "secondone"), Ok(b"3".to_vec()));
        replace(&mut bytes, b"firstname", b"same/name");
        replace(&mut bytes, b"secondone", b"same/name");
        let refused = open(bytes);
        let named = matches!(&refused, Err(ZipLayerError::BadName { name, .. }) if name == b"same/name");
        assert!(named, "{} {comment:?}: {refused:?}", extra.len());
    }
}

#[test]
fn damage_is_an_error_and_no_panic() {
    let text = b"some text that deflates, deflates, deflates".repeat(20);
    let whole = zip(&[("stored", b"plain bytes", STORED), ("deflated", &text, DEFLATED)]);
    assert!(matches!(open(Vec::new()), Err(ZipLayerError::NotAZip { .. })));
    assert!(matches!(open(b"no zip at all".repeat(10)), Err(ZipLayerError::NotAZip { .. })));
    for length in 0..whole.len() {
        if let Ok(layer) = open(whole[..length].to_vec()) {
            read_everything(&layer, layer.root());
        }
    }
    let mut bad_crc = 0;
    for at in 0..whole.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            if let Ok(layer) = open(bytes) {
                bad_crc += read_everything(&layer, layer.root());
            }
        }
    }
    assert!(bad_crc > 100, "most flips in the deflated data must be noticed: {bad_crc}");
}

/// Reads all that there is; gives how many files were `Io`.
fn read_everything(layer: &ZipLayer, dir: LayerNode) -> usize {
    let mut failures = 0;
    for entry in layer.entries(dir).unwrap() {
        let mut buf = [0; 4096];
        match entry.kind {
            FileKind::Directory => failures += read_everything(layer, entry.node),
            FileKind::Symlink => failures += usize::from(layer.read_link(entry.node).is_err()),
            _ => match layer.read_at(entry.node, 0, &mut buf) {
                Ok(_) => {}
                Err(errno) => {
                    assert_eq!(errno, Errno::Io);
                    failures += 1;
                }
            },
        }
    }
    failures
}

#[test]
fn a_bomb_is_not_inflated() {
    let mut bytes = zip(&[("bomb", &vec![0; 1 << 20], DEFLATED)]);
    let size = (1u32 << 20).to_le_bytes();
    replace(&mut bytes, &size, &u32::MAX.wrapping_sub(9).to_le_bytes());
    if let Ok(layer) = open(bytes) {
        assert_eq!(read(&layer, "bomb"), Err(Errno::Io));
    }
}

#[test]
fn is_shared_by_threads() {
    let text = b"shared ".repeat(10_000);
    let layer = open(zip(&[("f", &text, DEFLATED)])).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(read(&layer, "f").unwrap(), text));
        }
    });
}

/// Not a test of a behaviour: prints how long opening 3,000 entries takes.
#[test]
#[ignore = "a measurement; run it with --ignored --nocapture"]
fn how_long_opening_takes() {
    let names: Vec<String> = (0..3000).map(|index| format!("pkg{}/module{index}.py", index / 20)).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), b"x".as_slice(), STORED)).collect();
    let bytes: pyrun_memfs::ZipBytes = Arc::new(zip(&files));
    for _ in 0..5 {
        let start = Instant::now();
        let layer = ZipLayer::open("test.zip", bytes.clone()).unwrap();
        let opened = start.elapsed();
        let start = Instant::now();
        zip::ZipArchive::new(Cursor::new((*bytes).as_ref())).unwrap();
        println!("{layer:?}: {opened:?}, of which the zip crate {:?}", start.elapsed());
    }
}

#[test]
fn what_is_kept_is_as_documented() {
    assert_eq!((ZipLayer::KEPT_BYTES, ZipLayer::MAX_INFLATED), (67_108_864, 1_073_741_824));
}

#[test]
fn a_name_that_stands_twice_is_named() {
    for length in [2, 300] {
        let (first, second) = ("a".repeat(length), "b".repeat(length));
        let mut bytes = zip(&[(&first, b"1", STORED), (&second, b"2", DEFLATED)]);
        for at in 0..bytes.len() - length {
            if bytes[at..at + length] == *second.as_bytes() {
                bytes[at..at + length].copy_from_slice(first.as_bytes());
            }
        }
        let error = ZipLayer::open("twice.zip", Arc::new(bytes)).map(drop).unwrap_err().to_string();
        assert!(error.contains(&format!("{first:?}")) || error.contains(&first), "{error}");
    }
}

#[test]
fn an_encrypted_entry_is_there_and_cannot_be_read() {
    let mut bytes = zip(&[("secret", b"text", STORED)]);
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = bytes.windows(4).position(|window| window == signature).unwrap();
        bytes[at + flags] |= 1;
    }
    let layer = ZipLayer::open("secret.zip", Arc::new(bytes)).unwrap();
    let entry = layer.entries(layer.root()).unwrap()[0].node;
    assert_eq!(layer.read_at(entry, 0, &mut [0; 4]), Err(Errno::Io));
}

/// The smallest changes in both headers of the first entry: the method, and what the central one says of its system's attributes.
fn patched(mut bytes: Vec<u8>, method: Option<u16>, mode: Option<u32>) -> Vec<u8> {
    for (signature, at_method, at_mode) in [(b"PK\x03\x04", 8, None), (b"PK\x01\x02", 10, Some(38))] {
        let at = bytes.windows(4).position(|window| window == signature).unwrap();
        if let Some(method) = method {
            bytes[at + at_method..at + at_method + 2].copy_from_slice(&method.to_le_bytes());
        }
        if let (Some(mode), Some(at_mode)) = (mode, at_mode) {
            bytes[at + at_mode..at + at_mode + 4].copy_from_slice(&(mode << 16).to_le_bytes());
        }
    }
    bytes
}

#[test]
fn modes_are_those_of_the_entry_or_what_is_usual() {
    for (name, mode, expected) in [
        ("f", 0o100_000, (FileKind::File, 0o644)),
        ("f", 0o100_400, (FileKind::File, 0o400)),
        ("f", 0o104_711, (FileKind::File, 0o711)),
        ("f", 0o120_777, (FileKind::Symlink, 0o777)),
        ("d/", 0o040_000, (FileKind::Directory, 0o755)),
        ("d/", 0o040_500, (FileKind::Directory, 0o500)),
    ] {
        let layer = open(patched(zip(&[(name, b"", STORED)]), None, Some(mode))).unwrap();
        let entry = &layer.entries(layer.root()).unwrap()[0];
        assert_eq!((entry.kind, entry.mode), expected, "{name} {mode:o}");
    }
}

#[test]
fn links_are_read_whole_or_not_at_all() {
    for method in [STORED, DEFLATED] {
        for (length, fits) in [(1, true), (4095, true), (4096, false)] {
            let text = b"x".repeat(length);
            let layer = open(patched(zip(&[("link", &text, method)]), None, Some(0o120_777))).unwrap();
            let read = layer.read_link(find(&layer, "link"));
            assert_eq!(read, if fits { Ok(text) } else { Err(Errno::Io) }, "{method} {length}");
            assert_eq!(layer.read_at(find(&layer, "link"), 0, &mut [0]), Err(Errno::IsDir), "a link is no file");
        }
    }
}

#[test]
fn a_method_that_wheels_do_not_use_cannot_be_read() {
    for method in [STORED, DEFLATED] {
        // 12 is bzip2.
        for mode in [0o100_644, 0o120_777] {
            let layer = open(patched(zip(&[("f", b"text", method)]), Some(12), Some(mode))).unwrap();
            let node = find(&layer, "f");
            let read =
                if mode == 0o100_644 { layer.read_at(node, 0, &mut [0; 9]) } else { layer.read_link(node).map(|_| 0) };
            assert_eq!(read, Err(Errno::Io), "{method} {mode:o}");
        }
    }
}

/// The bytes begin behind the extra field of the local header, which the central one does not have.
#[test]
fn extra_fields_of_the_local_header_are_passed_over() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, method) in [("a", STORED), ("b", DEFLATED)] {
        zip.start_file(name, options(method).with_alignment(512)).unwrap();
        zip.write_all(b"text of the entry").unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    assert!(u16::from_le_bytes([bytes[28], bytes[29]]) > 256, "there is one, of more than one byte's length");
    let layer = open(bytes).unwrap();
    for name in ["a", "b"] {
        assert_eq!(read(&layer, name), Ok(b"text of the entry".to_vec()), "{name}");
    }
}

/// A stored entry is as long as it says in both places.
#[test]
fn a_stored_entry_of_two_lengths_cannot_be_read() {
    let mut bytes = zip(&[("f", b"0123456789", STORED)]);
    let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[at + 24] = 9;
    let layer = open(bytes).unwrap();
    assert_eq!(layer.read_at(find(&layer, "f"), 0, &mut [0; 4]), Err(Errno::Io));
}
