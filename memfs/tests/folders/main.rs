//! Mounted folders: the walk through them, what reaches them, and what does not.

mod asked;
#[path = "../common/mod.rs"]
mod common;
mod kinds;
mod overlays;
mod root;
mod table;

use std::collections::BTreeMap;

use common::{list, open, read_all, vfs};
use pyrun_memfs::{AT_FDCWD, Budget, Errno, FreezeError, OpenFlags, SetTime, StorageLimits, Vfs, Whence};
use table::{Body, Table};

fn mounted(folder: Table, writable: bool) -> Vfs {
    let mut vfs = vfs();
    vfs.mount_folder(b"/mnt/host", Box::new(folder), writable).unwrap();
    vfs
}

#[test]
fn files_of_a_writable_folder_are_files() {
    let mut vfs = mounted(Table::with(&[("f", Body::File(b"host".to_vec()))]), true);
    assert_eq!(vfs.read_file(b"/mnt/host/f").unwrap(), b"host");
    let fd = open(&mut vfs, "/mnt/host/new", OpenFlags::RDWR | OpenFlags::CREAT | OpenFlags::APPEND);
    vfs.write(fd, b"one").unwrap();
    vfs.write(fd, b"two").unwrap();
    assert_eq!(vfs.seek(fd, -3, Whence::End), Ok(3));
    vfs.unlinkat(AT_FDCWD, b"/mnt/host/new").unwrap();
    assert_eq!(read_all(&mut vfs, fd), b"two", "open files live on here too");
    vfs.ftruncate(fd, 1).unwrap();
    assert_eq!(vfs.fstat(fd).unwrap().size, 1);
    vfs.fallocate(fd, 0, 10).unwrap();
    assert_eq!(vfs.bytes_readable(fd), Ok(4));
    vfs.fsync(fd).unwrap();
    vfs.close(fd).unwrap();
    vfs.write_file(b"/mnt/host/f", b"new").unwrap();
    vfs.chmod(AT_FDCWD, b"/mnt/host/f", 0o600, true).unwrap();
    let metadata = vfs.stat(AT_FDCWD, b"/mnt/host/f", true).unwrap();
    assert_eq!((metadata.dev, metadata.mode, metadata.size), (100, 0o100_600, 3));
    assert_eq!(vfs.chown(AT_FDCWD, b"/mnt/host/f", 0, u32::MAX, true), Err(Errno::Perm));
    assert_eq!(vfs.linkat(AT_FDCWD, b"/mnt/host/f", AT_FDCWD, b"/mnt/host/g", false), Err(Errno::Perm));
    assert_eq!(vfs.linkat(AT_FDCWD, b"/mnt/host/f", AT_FDCWD, b"/tmp/g", false), Err(Errno::XDev));
    assert_eq!(vfs.renameat(AT_FDCWD, b"/mnt/host/f", AT_FDCWD, b"/tmp/g"), Err(Errno::XDev));
    assert_eq!(vfs.statfs(AT_FDCWD, b"/mnt/host").unwrap().fsid, 7);
}

#[test]
fn directories_of_a_folder_are_directories() {
    let mut vfs = mounted(Table::new(), true);
    vfs.create_dir_all(b"/mnt/host/a/b").unwrap();
    vfs.chdir(b"/mnt/host/a/b").unwrap();
    assert_eq!(vfs.getcwd().unwrap(), b"/mnt/host/a/b");
    vfs.write_file(b"/mnt/host/a/f", b"x").unwrap();
    assert_eq!(list(&mut vfs, "../.."), ["a"]);
    assert_eq!(list(&mut vfs, "../../.."), ["host"]);
    let names: Vec<_> = (0..5).map(|index| format!("/mnt/host/a/b/{index}")).collect();
    names.iter().for_each(|name| vfs.mkdirat(AT_FDCWD, name.as_bytes(), 0o777).unwrap());
    let fd = open(&mut vfs, ".", OpenFlags::DIRECTORY);
    let first = vfs.getdents(fd, 4).unwrap();
    assert_eq!((first.len(), &*first[3].name), (4, b"1".as_slice()));
    assert_eq!(vfs.getdents(fd, 9).unwrap().len(), 3);
    vfs.rmdirat(AT_FDCWD, b"0").unwrap();
    vfs.seek(fd, 0, Whence::Set).unwrap();
    assert_eq!(vfs.getdents(fd, 9).unwrap().len(), 6);
    assert_eq!(vfs.read(fd, &mut [0]), Err(Errno::IsDir));
    vfs.renameat(AT_FDCWD, b"/mnt/host/a", AT_FDCWD, b"/mnt/host/c").unwrap();
    assert_eq!(vfs.getcwd().unwrap(), b"/mnt/host/c/b");
    assert_eq!(vfs.rmdirat(AT_FDCWD, b"/mnt/host/c"), Err(Errno::NotEmpty));
}

#[test]
fn links_of_a_folder_stay_in_the_guests_tree() {
    let links = [
        ("absolute", Body::Link(b"/tmp/secret".to_vec())),
        ("up", Body::Link(b"../../tmp/secret".to_vec())),
        ("inner", Body::Link(b"f".to_vec())),
        ("f", Body::File(b"inner".to_vec())),
    ];
    let mut vfs = mounted(Table::with(&links), false);
    vfs.write_file(b"/tmp/secret", b"the guest's own").unwrap();
    for link in ["absolute", "up"] {
        assert_eq!(vfs.read_file(format!("/mnt/host/{link}").as_bytes()).unwrap(), b"the guest's own");
    }
    assert_eq!(vfs.read_file(b"/mnt/host/inner").unwrap(), b"inner");
    assert_eq!(vfs.readlinkat(AT_FDCWD, b"/mnt/host/up").unwrap(), b"../../tmp/secret");
}

#[test]
fn nothing_changes_a_folder_that_is_read_only() {
    let mut vfs = mounted(Table::with(&[("f", Body::File(b"host".to_vec()))]), false);
    let mut open = |path: &[u8], flags| vfs.openat(AT_FDCWD, path, flags, 0o644).map(drop);
    assert_eq!(open(b"/mnt/host/f", OpenFlags::RDONLY), Ok(()));
    assert_eq!(open(b"/mnt/host/f", OpenFlags::RDWR), Err(Errno::RoFs));
    assert_eq!(open(b"/mnt/host/f", OpenFlags::TRUNC), Err(Errno::RoFs));
    assert_eq!(open(b"/mnt/host/g", OpenFlags::WRONLY | OpenFlags::CREAT), Err(Errno::RoFs));
    let (at, f, g) = (AT_FDCWD, b"/mnt/host/f".as_slice(), b"/mnt/host/g".as_slice());
    let refused = [
        vfs.mkdirat(at, g, 0o777),
        vfs.mknodat(at, g, 0o644, 0),
        vfs.symlinkat(b"f", at, g),
        vfs.linkat(at, f, at, g, false),
        vfs.renameat(at, f, at, g),
        vfs.unlinkat(at, f),
        vfs.truncate(at, f, 0),
        vfs.chmod(at, f, 0, true),
        vfs.chown(at, f, 0, 0, true),
        vfs.utimens(at, f, SetTime::Now, SetTime::Now, true),
        vfs.access(at, f, 2),
        vfs.fchmod(3, 0),
    ];
    assert_eq!(refused, [Err(Errno::RoFs); 12]);
    assert_eq!(vfs.access(at, f, 4), Ok(()));
    assert_eq!(vfs.statfs(at, f).unwrap().flags & 1, 1);
    assert_eq!(vfs.read_file(f).unwrap(), b"host");
}

#[test]
fn a_mount_point_stays_where_it_is() {
    let mut vfs = mounted(Table::new(), true);
    assert_eq!(vfs.rmdirat(AT_FDCWD, b"/mnt/host"), Err(Errno::Busy));
    assert_eq!(vfs.rmdirat(AT_FDCWD, b"/mnt"), Err(Errno::NotEmpty));
    assert_eq!(vfs.renameat(AT_FDCWD, b"/mnt/host", AT_FDCWD, b"/mnt/x"), Err(Errno::Busy));
    vfs.mkdirat(AT_FDCWD, b"/tmp/d", 0o777).unwrap();
    assert_eq!(vfs.renameat(AT_FDCWD, b"/tmp/d", AT_FDCWD, b"/mnt/host"), Err(Errno::Busy));
    vfs.renameat(AT_FDCWD, b"/mnt", AT_FDCWD, b"/moved").unwrap();
    vfs.chdir(b"/moved/host").unwrap();
    assert_eq!(vfs.getcwd().unwrap(), b"/moved/host");
}

/// A folder may lie in another one, or over it: what was mounted later hides what was there.
#[test]
fn folders_lie_in_each_other_and_over_each_other() {
    let directory = || Body::Directory(BTreeMap::new(), 1);
    let file = |text: &str| Body::File(text.as_bytes().to_vec());
    let outer = || Box::new(Table::with(&[("sub", directory()), ("hidden", file("outer"))]));
    let inner = || Box::new(Table::with(&[("file", file("inner")), ("deep", directory())]));
    for writable in [false, true] {
        let mut vfs = vfs();
        vfs.mount_folder(b"/w", outer(), writable).unwrap();
        vfs.mount_folder(b"/w/sub", inner(), !writable).unwrap();
        vfs.mount_folder(b"/w/sub/deep", Box::new(Table::with(&[("end", file("deepest"))])), false).unwrap();
        assert_eq!(list(&mut vfs, "/w"), ["hidden", "sub"]);
        assert_eq!(list(&mut vfs, "/w/sub"), ["deep", "file"]);
        assert_eq!(list(&mut vfs, "/w/sub/deep"), ["end"]);
        assert_eq!(list(&mut vfs, "/w/sub/deep/../.."), ["hidden", "sub"]);
        vfs.chdir(b"/w/sub/deep").unwrap();
        assert_eq!(vfs.getcwd().unwrap(), b"/w/sub/deep");
        assert_eq!(vfs.freeze().unwrap_err(), FreezeError::FolderWorkingDirectory { path: b"/w/sub/deep".to_vec() });
        vfs.chdir(b"/").unwrap();
        // Each has its own rights.
        let made = |vfs: &mut Vfs, path: &str| vfs.mkdirat(AT_FDCWD, path.as_bytes(), 0o777);
        let (may, may_not) = (Ok(()), Err(Errno::RoFs));
        assert_eq!(made(&mut vfs, "/w/new"), if writable { may } else { may_not });
        assert_eq!(made(&mut vfs, "/w/sub/new"), if writable { may_not } else { may });
        // Nothing goes from one to the other, and no mount point goes.
        assert_eq!(vfs.renameat(AT_FDCWD, b"/w/hidden", AT_FDCWD, b"/w/sub/x"), Err(Errno::XDev));
        for point in ["/w/sub", "/w/sub/deep"] {
            let gone = vfs.rmdirat(AT_FDCWD, point.as_bytes());
            assert!(matches!(gone, Err(Errno::Busy | Errno::RoFs)), "{point}: {gone:?}");
            let moved = vfs.renameat(AT_FDCWD, point.as_bytes(), AT_FDCWD, format!("{point}2").as_bytes());
            assert!(matches!(moved, Err(Errno::Busy | Errno::RoFs)), "{point}: {moved:?}");
        }
        // Over each other, in memory and in a folder: the later one counts.
        for point in ["/w/sub", "/w"] {
            vfs.mount_folder(point.as_bytes(), Box::new(Table::with(&[("top", file("top"))])), false).unwrap();
            assert_eq!(list(&mut vfs, point), ["top"], "{point}");
            assert!(!list(&mut vfs, &format!("{point}/..")).contains(&"top".to_owned()), "{point}");
        }
        vfs.chdir(b"/w").unwrap();
        assert_eq!(vfs.getcwd().unwrap(), b"/w");
        vfs.chdir(b"/").unwrap();
        // An image has none of it.
        let image = vfs.freeze().unwrap();
        let mut thawed = Vfs::thaw(&image, common::config(StorageLimits::default()), Vec::new()).unwrap();
        assert_eq!(list(&mut thawed, "/w"), [""; 0]);
        thawed.mount_folder(b"/w", outer(), false).unwrap();
        thawed.mount_folder(b"/w/sub", inner(), true).unwrap();
        assert_eq!(list(&mut thawed, "/w/sub"), ["deep", "file"]);
    }
}

/// A place that the folder below does not have is made in it, if it may be changed.
#[test]
fn a_place_in_a_folder_that_is_not_there() {
    let mut vfs = vfs();
    vfs.mount_folder(b"/w", Box::new(Table::new()), false).unwrap();
    assert_eq!(vfs.mount_folder(b"/w/new", Box::new(Table::new()), true), Err(Errno::RoFs));
    vfs.mount_folder(b"/v", Box::new(Table::new()), true).unwrap();
    assert_eq!(vfs.mount_folder(b"/v/new", Box::new(Table::new()), true), Ok(()));
}

#[test]
fn an_image_holds_nothing_of_a_folder() {
    let mut vfs = vfs();
    let table = || {
        Box::new(Table::with(&[
            ("secret", Body::File(b"of the host".to_vec())),
            ("sub", Body::Directory(BTreeMap::new(), 1)),
        ]))
    };
    vfs.mount_folder(b"/data", table(), true).unwrap();
    let fd = open(&mut vfs, "/data/secret", OpenFlags::RDONLY);
    let refused = vfs.freeze().unwrap_err();
    assert_eq!(refused, FreezeError::FolderDescriptor { fd, path: b"/data/secret".to_vec() });
    assert!(refused.to_string().contains("/data/secret") && refused.to_string().contains("close"), "{refused}");
    vfs.close(fd).unwrap();
    vfs.chdir(b"/data/sub").unwrap();
    assert_eq!(vfs.freeze().unwrap_err(), FreezeError::FolderWorkingDirectory { path: b"/data/sub".to_vec() });
    vfs.chdir(b"/").unwrap();
    let image = vfs.freeze().unwrap();
    let bytes = postcard::to_stdvec(&image).unwrap();
    assert!(!bytes.windows(6).any(|part| part == b"secret" || part == b"of the"));
    let mut thawed = Vfs::thaw(&image, common::config(StorageLimits::default()), Vec::new()).unwrap();
    assert_eq!(list(&mut thawed, "/data"), [""; 0], "the mount point is a directory again");
    thawed.mount_folder(b"/data", table(), false).unwrap();
    assert_eq!(list(&mut thawed, "/data"), ["secret", "sub"]);
    assert_eq!(list(&mut vfs, "/data"), ["secret", "sub"], "and the first one still has its folder");
}

#[test]
fn a_folder_s_descriptor_can_be_confined_to_it() {
    let mut vfs = mounted(
        Table::with(&[
            ("file", Body::File(b"host".to_vec())),
            ("sub", Body::Directory(BTreeMap::new(), 1)),
            ("near", Body::Link(b"sub/../file".to_vec())),
            ("up", Body::Link(b"../secret".to_vec())),
            ("absolute", Body::Link(b"/mnt/host/file".to_vec())),
        ]),
        true,
    );
    vfs.write_file(b"/mnt/secret", b"no").unwrap();
    let dir = open(&mut vfs, "/mnt/host", OpenFlags::DIRECTORY);
    vfs.confine_descriptors();
    for inside in ["file", "near", "sub/..", "sub/../near"] {
        assert!(vfs.stat(dir, inside.as_bytes(), true).is_ok(), "{inside}");
    }
    for outside in ["..", "up", "absolute", "../host/file", "sub/../..", "sub/../../host/file"] {
        assert_eq!(vfs.stat(dir, outside.as_bytes(), true), Err(Errno::NotCapable), "{outside}");
    }
    assert!(vfs.stat(AT_FDCWD, b"/mnt/host/up", true).is_ok(), "other paths see the tree");
}

#[test]
fn times_are_in_microseconds_unless_nanoseconds_are_asked_for() {
    let mut vfs = mounted(Table::with(&[("f", Body::File(Vec::new()))]), false);
    let times = |vfs: &mut Vfs| {
        let found = vfs.stat(AT_FDCWD, b"/mnt/host/f", true).unwrap();
        [found.atime, found.mtime, found.ctime].map(|time| time.nanos)
    };
    assert_eq!(times(&mut vfs), [0; 3]);
    vfs.show_nanoseconds();
    assert_eq!(times(&mut vfs), [2; 3]);
}

/// The listing that a descriptor keeps is charged before it is made, and given back when it is closed or rewound.
#[test]
fn listings_are_charged() {
    let mut vfs = mounted(Table::new(), true);
    for n in 0..200 {
        vfs.write_file(format!("/mnt/host/{n:0>200}").as_bytes(), b"").unwrap();
    }
    let account = Budget::new(200_000);
    vfs.charge(&account).unwrap();
    let before = account.used();
    let list = |vfs: &mut Vfs| -> pyrun_memfs::Result<i32> {
        let fd = vfs.openat(AT_FDCWD, b"/mnt/host", OpenFlags::RDONLY, 0)?;
        let listed = vfs.getdents(fd, 5).map(|_| fd);
        if listed.is_err() {
            vfs.close(fd)?;
        }
        listed
    };
    let first = list(&mut vfs).unwrap();
    assert!(account.used() >= before + 200 * 200, "{}", account.used());
    let mut open = vec![first];
    let full = loop {
        match list(&mut vfs) {
            Ok(fd) => open.push(fd),
            Err(errno) => break errno,
        }
    };
    assert!(full == Errno::NoMem && open.len() <= 5 && account.peak() <= 200_000, "{full:?}, {}", open.len());
    vfs.seek(open[0], 0, Whence::Set).unwrap();
    assert_eq!(vfs.getdents(open[0], 5).unwrap().len(), 5, "one that is rewound makes room for itself");
    for fd in open {
        vfs.close(fd).unwrap();
    }
    assert_eq!(account.used(), before);
}
