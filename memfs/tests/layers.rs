//! Layers in the tree: merged, lazy, copied up when written.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{config, list, open, read_all, vfs};
use pyrun_memfs::{
    AT_FDCWD, Errno, FileKind, Layer, LayerEntry, LayerNode, MapFile, MapLayer, OpenFlags, Result, StorageLimits,
    Timespec, Vfs,
};

fn layer(files: &[(&str, &str)]) -> Arc<MapLayer> {
    let files = files.iter().map(|(path, text)| MapFile::new(*path, text.as_bytes()));
    Arc::new(MapLayer::new("test", files.collect()).unwrap())
}

#[test]
fn layers_share_directories_and_the_first_wins() {
    let mut vfs = vfs();
    vfs.write_file(b"/tmp/own", b"").unwrap();
    vfs.create_dir_all(b"/site/google").unwrap();
    vfs.write_file(b"/site/google/own.py", b"guest").unwrap();
    vfs.mount_layer(b"/site", layer(&[("google/a.py", "1"), ("both", "first"), ("google/own.py", "layer")])).unwrap();
    assert_eq!(list(&mut vfs, "/site/google"), ["own.py", "a.py"]);
    let before = vfs.stat(AT_FDCWD, b"/site/google", true).unwrap().mtime;
    vfs.mount_layer(b"site/", layer(&[("google/b.py", "2"), ("both", "second"), ("x/y/z", "")])).unwrap();
    assert!(vfs.stat(AT_FDCWD, b"/site/google", true).unwrap().mtime > before, "a cached listing must be noticed");
    assert_eq!(list(&mut vfs, "/site/google"), ["own.py", "a.py", "b.py"]);
    assert_eq!(vfs.read_file(b"/site/both").unwrap(), b"first");
    assert_eq!(vfs.read_file(b"/site/google/own.py").unwrap(), b"guest");
    assert_eq!(vfs.stat(AT_FDCWD, b"/site", true).unwrap().nlink, 4);
    assert_eq!(vfs.mount_layer(b"/tmp/own", layer(&[])), Err(Errno::NotDir));
}

#[test]
fn a_file_is_the_layers_until_it_is_written() {
    let mut vfs = vfs();
    vfs.mount_layer(b"/l", layer(&[("f", "layer's"), ("g", "other")])).unwrap();
    let fd = open(&mut vfs, "/l/f", OpenFlags::RDWR);
    let (origin, node) = vfs.layer_origin(AT_FDCWD, b"/l/f").expect("still the layer's");
    let mut buf = [0; 16];
    assert_eq!((origin.identity(), origin.read_at(node, 5, &mut buf)), ("test", Ok(2)));
    vfs.pwrite(fd, b"LAYER", 0).unwrap();
    assert!(vfs.layer_origin(AT_FDCWD, b"/l/f").is_none());
    assert_eq!(read_all(&mut vfs, fd), b"LAYER's");
    assert_eq!(origin.read_at(node, 0, &mut buf), Ok(7), "the layer itself is as it was");
    vfs.truncate(AT_FDCWD, b"/l/g", 2).unwrap();
    assert_eq!(vfs.read_file(b"/l/g").unwrap(), b"ot");
    vfs.renameat(AT_FDCWD, b"/l/g", AT_FDCWD, b"/l/f").unwrap();
    vfs.unlinkat(AT_FDCWD, b"/l/f").unwrap();
    assert!(list(&mut vfs, "/l").is_empty());
    vfs.rmdirat(AT_FDCWD, b"/l").unwrap();
}

#[test]
fn copying_up_takes_room_or_changes_nothing() {
    let mut vfs = Vfs::new(config(StorageLimits { max_bytes: 128 + 50, ..StorageLimits::default() }));
    let text = "x".repeat(100);
    vfs.mount_layer(b"/l", layer(&[("f", &text)])).unwrap();
    let fd = open(&mut vfs, "/l/f", OpenFlags::RDWR);
    assert_eq!(vfs.write(fd, b"y"), Err(Errno::NoSpc));
    assert!(vfs.layer_origin(AT_FDCWD, b"/l/f").is_some());
    assert_eq!(vfs.write(fd, b""), Ok(0));
    vfs.ftruncate(fd, 0).unwrap();
    assert_eq!(vfs.write(fd, b"y"), Ok(1));
}

#[test]
fn links_in_a_layer_lead_through_the_guests_tree() {
    let link = MapFile { mode: 0o120_777, ..MapFile::new("d/link", *b"../../tmp/f") };
    let directory = MapFile { mode: 0o040_700, mtime: Timespec { secs: 9, nanos: 1 }, ..MapFile::new("empty", []) };
    let mut vfs = vfs();
    vfs.mount_layer(b"/l", Arc::new(MapLayer::new("links", vec![link, directory]).unwrap())).unwrap();
    vfs.write_file(b"/tmp/f", b"guest's").unwrap();
    assert_eq!(vfs.read_file(b"/l/d/link").unwrap(), b"guest's");
    assert_eq!(vfs.readlinkat(AT_FDCWD, b"/l/d/link").unwrap(), b"../../tmp/f");
    let empty = vfs.stat(AT_FDCWD, b"/l/empty", true).unwrap();
    assert_eq!((empty.mode, empty.mtime.secs), (0o040_700, 9));
}

/// Counts how often it is asked, and has an entry of every bad sort.
struct Hostile(AtomicUsize);

impl Layer for Hostile {
    fn identity(&self) -> &str {
        "hostile"
    }

    fn root(&self) -> LayerNode {
        LayerNode(0)
    }

    fn entries(&self, dir: LayerNode) -> Result<Vec<LayerEntry>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        if dir.0 > 1000 {
            return Err(Errno::Io);
        }
        let names: [&[u8]; 8] = [b"..", b".", b"", b"a/b", b"a\0", &[b'x'; 256], b"file", b"down"];
        let entry = |name: &[u8]| LayerEntry {
            name: name.into(),
            node: LayerNode(if name == b"down" { dir.0 } else { 2000 }),
            kind: if name == b"file" { FileKind::File } else { FileKind::Directory },
            size: u64::MAX,
            mode: u32::MAX,
            mtime: Timespec::default(),
        };
        Ok(names.into_iter().map(entry).collect())
    }

    fn read_at(&self, _: LayerNode, _: u64, buf: &mut [u8]) -> Result<usize> {
        Ok(buf.len() + 1)
    }
}

#[test]
fn a_layer_is_asked_late_and_not_believed() {
    let mut vfs = vfs();
    let layer = Arc::new(Hostile(AtomicUsize::new(0)));
    vfs.mount_layer(b"/l", layer.clone()).unwrap();
    assert_eq!(layer.0.load(Ordering::Relaxed), 0);
    assert_eq!(list(&mut vfs, "/l"), ["file", "down"]);
    assert_eq!(list(&mut vfs, "/l"), ["file", "down"]);
    assert_eq!(layer.0.load(Ordering::Relaxed), 1);
    assert_eq!(list(&mut vfs, "/l/down/down/down"), ["file", "down"], "an endless tree, made as far as it is walked");
    let fd = open(&mut vfs, "/l/file", OpenFlags::RDWR);
    assert_eq!(vfs.read(fd, &mut [0; 10]), Ok(10));
    assert_eq!(vfs.write(fd, b"x"), Err(Errno::NoSpc));
    assert_eq!(vfs.read_file(b"/l/file"), Err(Errno::FBig));
}

/// Says that its files are longer, or shorter, than what it gives of them.
struct Lying(u64);

impl Layer for Lying {
    fn identity(&self) -> &str {
        "lying"
    }

    fn root(&self) -> LayerNode {
        LayerNode(0)
    }

    fn entries(&self, _: LayerNode) -> Result<Vec<LayerEntry>> {
        let (kind, mtime) = (FileKind::File, Timespec::default());
        Ok(vec![LayerEntry { name: (*b"f").into(), node: LayerNode(1), kind, size: self.0, mode: 0o644, mtime }])
    }

    fn read_at(&self, _: LayerNode, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let left = 70_000_u64.saturating_sub(offset).min(buf.len() as u64) as usize;
        buf[..left].fill(7);
        Ok(left)
    }
}

#[test]
fn a_file_is_copied_up_as_long_as_it_is_said_to_be() {
    for (size, expected) in [(0, Ok(1)), (1, Ok(1)), (70_000, Ok(1)), (69_999, Ok(1)), (70_001, Err(Errno::Io))] {
        let mut vfs = vfs();
        vfs.mount_layer(b"/l", Arc::new(Lying(size))).unwrap();
        let fd = open(&mut vfs, "/l/f", OpenFlags::RDWR);
        let before = vfs.budget().used();
        assert_eq!(vfs.pwrite(fd, b"x", 0), expected, "{size}");
        let metadata = vfs.fstat(fd).unwrap();
        assert_eq!(metadata.size, size.max(u64::from(expected.is_ok())));
        if expected.is_ok() {
            let mut bytes = vec![7; size as usize];
            bytes.splice(..1.min(bytes.len()), [b'x']);
            assert!(read_all(&mut vfs, fd) == bytes, "{size}");
            assert_eq!(metadata.blocks, metadata.size.div_ceil(512));
        } else {
            assert_eq!(vfs.budget().used(), before, "nothing is left of what could not be copied");
        }
    }
}

/// What cannot fit is not begun; what has no bytes needs no room.
#[test]
fn copying_up_asks_for_room_before_it_reads() {
    let full = StorageLimits { max_bytes: 13 + 400, ..StorageLimits::default() };
    for (size, expected) in [(0, Ok(())), (10, Err(Errno::NoSpc)), (50_000, Err(Errno::NoSpc))] {
        let mut vfs = Vfs::new(config(full));
        vfs.mount_layer(b"/l", Arc::new(Lying(size))).unwrap();
        assert_eq!(vfs.write_file(b"/tmp/fills", &[1; 1000]), Err(Errno::NoSpc));
        let before = (vfs.budget().used(), vfs.budget().peak());
        assert_eq!(vfs.truncate(AT_FDCWD, b"/l/f", 60_000), expected, "{size}");
        assert_eq!((vfs.budget().used(), vfs.budget().peak()), before, "{size}");
        let now = vfs.stat(AT_FDCWD, b"/l/f", true).unwrap();
        assert_eq!(
            (now.size, vfs.layer_origin(AT_FDCWD, b"/l/f").is_some()),
            if expected.is_ok() { (60_000, false) } else { (size, true) }
        );
    }
}

/// What was refused of a limit is known, also when a part of it was given.
#[test]
fn what_is_refused_is_noted() {
    let mut vfs = Vfs::new(config(StorageLimits { max_bytes: 13 + 128 + 160, ..StorageLimits::default() }));
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    assert_eq!((vfs.write(fd, &[1; 100]), vfs.budget().refused()), (Ok(100), 0));
    assert_eq!((vfs.write(fd, &[1; 60]), vfs.budget().refused(), vfs.budget().free()), (Ok(60), 0, 0));
    assert_eq!(vfs.write(fd, &[1; 16]), Err(Errno::NoSpc));
    assert_eq!(vfs.budget().refused(), vfs.budget().limit() + 16);
}
