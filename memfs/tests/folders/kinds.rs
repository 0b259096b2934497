//! What the kinds of calls do across folders, and what a folder's modes give.

use std::collections::BTreeMap;

use pyrun_memfs::{AT_FDCWD, Errno, FileKind, OpenFlags, Result, Vfs};

use super::common::{open, vfs};
use super::table::{Body, Table};

fn folder() -> Box<Table> {
    Box::new(Table::with(&[
        ("f", Body::File(b"host".to_vec())),
        ("l", Body::Link(b"f".to_vec())),
        ("d", Body::Directory(BTreeMap::new(), 1)),
    ]))
}

/// Two folders beside each other and one in the first.
fn several() -> Vfs {
    let mut vfs = vfs();
    for at in ["/a", "/b", "/a/d"] {
        vfs.mount_folder(at.as_bytes(), folder(), true).unwrap();
    }
    vfs
}

#[test]
fn no_name_goes_from_one_folder_to_another() {
    let mut vfs = several();
    for (old, new) in [("/a/f", "/b/x"), ("/a/f", "/a/d/x"), ("/a/f", "/tmp/x"), ("/tmp", "/a/x"), ("/a/d/f", "/a/x")] {
        let rename = vfs.renameat(AT_FDCWD, old.as_bytes(), AT_FDCWD, new.as_bytes());
        let link = vfs.linkat(AT_FDCWD, old.as_bytes(), AT_FDCWD, new.as_bytes(), false);
        assert_eq!((rename, link), (Err(Errno::XDev), Err(Errno::XDev)), "{old} {new}");
        assert_eq!(vfs.stat(AT_FDCWD, new.as_bytes(), false), Err(Errno::NoEnt), "{new}");
    }
    assert_eq!(vfs.linkat(AT_FDCWD, b"/a/d/d", AT_FDCWD, b"/a/d/x", false), Err(Errno::Perm), "a directory");
    assert_eq!(vfs.linkat(AT_FDCWD, b"/a/d/f", AT_FDCWD, b"/a/d/x", false), Err(Errno::Perm), "the folder's word");
    assert_eq!(vfs.rmdirat(AT_FDCWD, b"/a/d"), Err(Errno::Busy));
    assert_eq!(vfs.rmdirat(AT_FDCWD, b"/b/d"), Ok(()));
    // Each folder is a device of its own, and the same number in two of them is two files.
    let devices = ["/a/f", "/b/f", "/a/d/f"].map(|path| vfs.stat(AT_FDCWD, path.as_bytes(), true).unwrap().dev);
    assert_eq!(devices, [100, 101, 102]);
}

#[test]
fn a_folder_takes_files_and_no_devices() {
    let mut vfs = several();
    for (mode, expected) in [
        (0o640, Ok(0o100_640)),
        (0o104_751, Ok(0o104_751)),
        (0o020_666, Err(Errno::Perm)),
        (0o010_666, Err(Errno::Perm)),
        (0o170_666, Err(Errno::Inval)),
    ] {
        let made = vfs.mknodat(AT_FDCWD, b"/a/new", mode, 0x0103);
        let found = vfs.stat(AT_FDCWD, b"/a/new", false).map(|found| found.mode);
        assert_eq!(made.and(found), expected, "{mode:o}");
        if expected.is_ok() {
            vfs.unlinkat(AT_FDCWD, b"/a/new").unwrap();
        }
    }
    for (mode, expected) in [(0o7777, 0o041_777), (0o2750, 0o040_750)] {
        vfs.mkdirat(AT_FDCWD, b"/a/new", mode).unwrap();
        assert_eq!(vfs.stat(AT_FDCWD, b"/a/new", true).unwrap().mode, expected);
        vfs.rmdirat(AT_FDCWD, b"/a/new").unwrap();
    }
}

#[test]
fn rights_are_those_of_any_class() {
    for (writable, path) in [(true, "/a/f"), (false, "/r/f")] {
        let mut vfs = several();
        for mode in [0o000, 0o400, 0o200, 0o100, 0o040, 0o020, 0o010, 0o004, 0o002, 0o001, 0o755, 0o666] {
            let mut table = folder();
            pyrun_memfs::Folder::set_attr(&mut *table, 2, &mode_of(mode)).unwrap();
            vfs.mount_folder(if writable { b"/a" } else { b"/r" }, table, writable).unwrap();
            for wanted in 0..8 {
                let bits = (mode | mode >> 3 | mode >> 6) & 7;
                let read_only: Result<()> = if wanted & 2 != 0 && !writable { Err(Errno::RoFs) } else { Ok(()) };
                let permitted = if bits & wanted == wanted { Ok(()) } else { Err(Errno::Acces) };
                let found = vfs.access(AT_FDCWD, path.as_bytes(), wanted);
                assert_eq!(found, read_only.and(permitted), "{path} {mode:o} {wanted}");
            }
        }
    }
}

fn mode_of(mode: u32) -> pyrun_memfs::folder::AttrChanges {
    pyrun_memfs::folder::AttrChanges { mode: Some(mode), ..Default::default() }
}

#[test]
fn each_kind_of_a_folder_s_is_opened_as_what_it_is() {
    let mut vfs = several();
    let all = [
        ("/b/f", OpenFlags::DIRECTORY, Err(Errno::NotDir)),
        ("/b/f", OpenFlags::CREAT | OpenFlags::EXCL, Err(Errno::Exist)),
        ("/b/l", OpenFlags::NOFOLLOW, Err(Errno::Loop)),
        ("/b/l", OpenFlags::RDWR, Ok(FileKind::File)),
        ("/b/d", OpenFlags::RDONLY, Ok(FileKind::Directory)),
        ("/b/d", OpenFlags::RDWR, Err(Errno::IsDir)),
        ("/b/d", OpenFlags::CREAT, Err(Errno::IsDir)),
        ("/b/none", OpenFlags::RDWR, Err(Errno::NoEnt)),
        ("/b/new", OpenFlags::RDWR | OpenFlags::CREAT, Ok(FileKind::File)),
    ];
    for (path, flags, expected) in all {
        let opened = vfs.openat(AT_FDCWD, path.as_bytes(), flags, 0o4640);
        let kind = opened.and_then(|fd| vfs.fstat(fd)).map(|found| found.kind());
        assert_eq!(kind, expected, "{path} {flags:?}");
    }
    assert_eq!(vfs.stat(AT_FDCWD, b"/b/new", true).unwrap().mode, 0o104_640);
    let dir = open(&mut vfs, "/b/d", OpenFlags::RDONLY);
    assert_eq!([vfs.read(dir, &mut [0]), vfs.pread(dir, &mut [0], 0)], [Err(Errno::IsDir); 2]);
    assert_eq!(vfs.readlinkat(AT_FDCWD, b"/b/f"), Err(Errno::Inval));
    assert_eq!(vfs.readlinkat(AT_FDCWD, b"/b/l"), Ok(b"f".to_vec()));
    assert_eq!(vfs.seek(dir, -1, pyrun_memfs::Whence::Set), Err(Errno::Inval));
}
