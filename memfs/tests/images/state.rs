//! What an image holds, case by case; what it shares; and when it is refused.

use pyrun_memfs::*;

use crate::common::{self, config, list, open, read_all};
use crate::world::{self, read_back};

/// A file system with something of everything.
pub(crate) fn rich() -> Vfs {
    let mut vfs = world::layered(config(StorageLimits::default()));
    let create = OpenFlags::RDWR | OpenFlags::CREAT;
    list(&mut vfs, "/base/b/c");
    vfs.write_file(b"/base/b/a", b"copied up").unwrap();
    let gone = open(&mut vfs, "/tmp/gone", create);
    vfs.write(gone, b"unlinked, open").unwrap();
    vfs.unlinkat(AT_FDCWD, b"/tmp/gone").unwrap();
    vfs.write_file(b"/tmp/one", b"two names").unwrap();
    vfs.linkat(AT_FDCWD, b"/tmp/one", AT_FDCWD, b"/home/two", false).unwrap();
    vfs.symlinkat(b"../tmp/one", AT_FDCWD, b"/home/link").unwrap();
    let sparse = open(&mut vfs, "/tmp/sparse", create);
    vfs.ftruncate(sparse, 1 << 40).unwrap();
    vfs.pwrite(sparse, b"island", 1 << 39).unwrap();
    let (_, writer) = vfs.pipe(OpenFlags::empty()).unwrap();
    vfs.write(writer, b"half full").unwrap();
    let listener = vfs.socket(SocketFamily::Inet, OpenFlags::empty()).unwrap();
    vfs.listen(listener, 3).unwrap();
    let name = vfs.socket_name(listener).unwrap();
    for _ in 0..2 {
        let client = vfs.socket(SocketFamily::Inet, OpenFlags::empty()).unwrap();
        vfs.connect(client, name).unwrap();
        vfs.send(client, b"hello").unwrap();
    }
    vfs.accept(listener, OpenFlags::empty()).unwrap();
    vfs.mkdirat(AT_FDCWD, b"/tmp/removed", 0o700).unwrap();
    open(&mut vfs, "/tmp/removed", OpenFlags::DIRECTORY);
    vfs.chdir(b"/tmp/removed").unwrap();
    vfs.rmdirat(AT_FDCWD, b"/tmp/removed").unwrap();
    vfs
}

fn thaw(image: &VfsImage, limits: StorageLimits) -> Vfs {
    Vfs::thaw(image, config(limits), world::layers()).expect("the same layers, within the limits")
}

#[test]
fn everything_is_there_again() {
    let mut vfs = rich();
    let image = vfs.freeze().unwrap();
    for image in [read_back(&image), image] {
        let mut thawed = thaw(&image, StorageLimits::default());
        assert_eq!(world::everything(&mut thawed), world::everything(&mut vfs));
        assert_eq!(thawed.getcwd(), Err(Errno::NoEnt));
        let mut buf = [0; 32];
        assert_eq!(thawed.pread(3, &mut buf, 0), Ok(14));
        assert_eq!((thawed.read(5, &mut buf), &buf[..9]), (Ok(9), b"half full".as_slice()));
        let (second, _) = thawed.accept(7, OpenFlags::empty()).unwrap();
        assert_eq!((thawed.read(second, &mut buf), &buf[..5]), (Ok(5), b"hello".as_slice()));
        assert_eq!(thawed.stat(AT_FDCWD, b"/home/two", true).unwrap().nlink, 2);
        assert!(thawed.layer_origin(AT_FDCWD, b"/base/b/c/a").is_some(), "a layer's file is still the layer's");
    }
}

#[test]
fn a_connection_that_is_half_shut_stays_so() {
    let mut vfs = common::vfs();
    let socket = |vfs: &mut Vfs| vfs.socket(SocketFamily::Inet, OpenFlags::empty()).unwrap();
    let listener = socket(&mut vfs);
    vfs.listen(listener, 1).unwrap();
    let client = socket(&mut vfs);
    vfs.connect(client, vfs.socket_name(listener).unwrap()).unwrap();
    let (server, _) = vfs.accept(listener, OpenFlags::empty()).unwrap();
    vfs.send(client, b"last").unwrap();
    vfs.shutdown(client, std::net::Shutdown::Write).unwrap();
    let image = read_back(&vfs.freeze().unwrap());
    let mut thawed = Vfs::thaw(&image, config(StorageLimits::default()), Vec::new()).unwrap();
    assert_eq!((thawed.send(client, b"x"), thawed.read(client, &mut [0])), (Err(Errno::Pipe), Err(Errno::Again)));
    assert_eq!(read_all(&mut thawed, server), b"last");
    assert_eq!(thawed.send(server, b"answer"), Ok(6));
    thawed.close(server).unwrap();
    assert_eq!(read_all(&mut thawed, client), b"answer");
    let other = socket(&mut thawed);
    assert_eq!(thawed.bind(other, thawed.socket_name(listener).unwrap()), Err(Errno::AddrInUse));
}

/// What the host holds for an image that was read is what it held before: names, hard links, entries, bytes.
#[test]
fn what_is_held_is_counted_as_it_was() {
    let mut vfs = rich();
    for number in 0..7 {
        vfs.linkat(AT_FDCWD, b"/tmp/one", AT_FDCWD, format!("/tmp/{number}").as_bytes(), false).unwrap();
    }
    let image = vfs.freeze().unwrap();
    for image in [read_back(&image), image] {
        let mut thawed = thaw(&image, StorageLimits::default());
        assert_eq!(thawed.host_memory(), vfs.host_memory());
        let free = |vfs: &mut Vfs| vfs.statfs(AT_FDCWD, b"/").unwrap().ffree;
        assert_eq!(free(&mut thawed), free(&mut vfs));
        let before = vfs.freeze().unwrap();
        for number in 0..7 {
            thawed.unlinkat(AT_FDCWD, format!("/tmp/{number}").as_bytes()).unwrap();
        }
        let mut other = thaw(&before, StorageLimits::default());
        for number in 0..7 {
            other.unlinkat(AT_FDCWD, format!("/tmp/{number}").as_bytes()).unwrap();
        }
        assert_eq!((thawed.host_memory(), free(&mut thawed)), (other.host_memory(), free(&mut other)));
    }
}

#[test]
fn holes_stay_holes() {
    let mut vfs = common::vfs();
    let fd = open(&mut vfs, "/tmp/sparse", OpenFlags::RDWR | OpenFlags::CREAT);
    vfs.ftruncate(fd, 1 << 40).unwrap();
    vfs.pwrite(fd, b"island", 1 << 39).unwrap();
    let image = vfs.freeze().unwrap();
    assert!(postcard::to_stdvec(&image).unwrap().len() < 10_000);
    let mut thawed = Vfs::thaw(&read_back(&image), config(StorageLimits::default()), Vec::new()).unwrap();
    assert_eq!(thawed.fstat(fd), vfs.fstat(fd));
}

/// Bytes that are shared count for each file system that has them, so none gets more than its limit.
#[test]
fn what_is_shared_counts_in_full() {
    let limits = StorageLimits { max_bytes: 100_000, ..StorageLimits::default() };
    let mut vfs = Vfs::new(config(limits));
    vfs.write_file(b"/tmp/f", &[1; 80_000]).unwrap();
    let image = read_back(&vfs.freeze().unwrap());
    let before = image.bytes();
    let mut thawed = Vfs::thaw(&image, config(limits), Vec::new()).unwrap();
    let free = limits.max_bytes - before;
    assert_eq!(thawed.write_file(b"/tmp/g", &[2; 100_000]), Err(Errno::NoSpc));
    let fits = thawed.stat(AT_FDCWD, b"/tmp/g", true).unwrap().size;
    assert!(fits < free && fits > free * 7 / 8, "{fits} of {free}");
    assert_eq!(thawed.write_file(b"/tmp/f", &[3; 80_000]), Ok(()), "what is there can be replaced");
    assert_eq!(thawed.unlinkat(AT_FDCWD, b"/tmp/f"), Ok(()));
    assert_eq!(thawed.write_file(b"/tmp/h", &[4; 80_000]), Ok(()), "and given back");
    assert_eq!(vfs.read_file(b"/tmp/f").unwrap(), [1; 80_000]);
    let mut other = Vfs::thaw(&image, config(limits), Vec::new()).unwrap();
    assert_eq!(other.read_file(b"/tmp/f").unwrap(), [1; 80_000]);
}

#[test]
fn an_image_beyond_the_limits_is_refused() {
    let vfs = rich();
    let image = vfs.freeze().unwrap();
    let all = StorageLimits::default();
    for (what, limits) in [
        ("bytes", StorageLimits { max_bytes: image.bytes() - 1, ..all }),
        ("inodes", StorageLimits { max_inodes: 20, ..all }),
        ("descriptors", StorageLimits { max_descriptors: 11, ..all }),
    ] {
        let refused = Vfs::thaw(&image, config(limits), world::layers()).unwrap_err();
        assert!(matches!(refused, ThawError::Limit { what: found, .. } if found == what), "{refused}");
    }
    thaw(&image, StorageLimits { max_bytes: image.bytes(), ..all });
}

#[test]
fn layers_are_known_by_name_and_order() {
    let image = rich().freeze().unwrap();
    assert_eq!(image.layers().collect::<Vec<_>>(), ["sha256:first", "sha256:second"]);
    let mut layers = world::layers();
    layers.reverse();
    let refused = Vfs::thaw(&image, config(StorageLimits::default()), layers).unwrap_err();
    assert_eq!(refused.to_string().split(':').next(), Some("layer 0 of the image is sha256"));
    for count in [0, 1, 3] {
        let layers = world::layers().into_iter().cycle().take(count).collect();
        let refused = Vfs::thaw(&image, config(StorageLimits::default()), layers).unwrap_err();
        assert!(matches!(refused, ThawError::Layer { index, .. } if index == count.min(2)), "{refused}");
    }
}

/// CPython's path finder caches a directory until its mtime, a double, differs: also when the clock goes back.
#[test]
fn a_layer_mounted_after_thawing_is_noticed() {
    for now in [common::NOW, Timespec { secs: 5, nanos: 0 }] {
        let mut vfs = world::layered(config(StorageLimits::default()));
        let mtime = |vfs: &mut Vfs, path: &str| {
            let time = vfs.stat(AT_FDCWD, path.as_bytes(), true).unwrap().mtime;
            time.secs as f64 + 1e-9 * f64::from(time.nanos)
        };
        let paths = ["/base/b", "/base/b/c"];
        let before = paths.map(|path| mtime(&mut vfs, path));
        assert_eq!(list(&mut vfs, "/base/b/c"), ["a", "b", "c"]);
        let image = read_back(&vfs.freeze().unwrap());
        let config = VfsConfig { clock: Box::new(FixedClock(now)), ..config(StorageLimits::default()) };
        let mut thawed = Vfs::thaw(&image, config, world::layers()).unwrap();
        assert_eq!(paths.map(|path| mtime(&mut thawed, path)), before);
        let files = vec![MapFile::new("c/new.py", *b"x = 1"), MapFile::new("e/new.py", *b"")];
        thawed.mount_layer(b"/base/b", std::sync::Arc::new(MapLayer::new("later", files).unwrap())).unwrap();
        for (path, before) in paths.into_iter().zip(before) {
            assert!(mtime(&mut thawed, path) > before, "{path} at {now:?}");
        }
        assert_eq!(list(&mut thawed, "/base/b/c"), ["a", "b", "c", "new.py"]);
        assert_eq!(thawed.read_file(b"/base/b/c/new.py").unwrap(), b"x = 1");
        assert_eq!(list(&mut vfs, "/base/b/c"), ["a", "b", "c"]);
        assert_eq!(thawed.freeze().unwrap().layers().last(), Some("later"));
    }
}

#[test]
fn an_image_serves_many_threads() {
    let image = rich().freeze().unwrap();
    std::thread::scope(|scope| {
        for number in 0..4u8 {
            let image = &image;
            scope.spawn(move || {
                let mut vfs = thaw(image, StorageLimits::default());
                vfs.write_file(b"/tmp/one", &[number; 100]).unwrap();
                let fd = open(&mut vfs, "/home/two", OpenFlags::RDONLY);
                assert_eq!(read_all(&mut vfs, fd), [number; 100]);
            });
        }
    });
}
