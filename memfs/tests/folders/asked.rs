//! What a folder is asked for: exactly what the guest said.

use pyrun_memfs::folder::{AttrChanges, FolderAccess};
use pyrun_memfs::{AT_FDCWD, Errno, OpenFlags, SetTime, Timespec, Vfs};

use super::common::{open, vfs};
use super::table::{Asked, Body, Table};

/// A writable folder with a file and a directory, and what it is asked for.
fn noted() -> (Vfs, impl Fn() -> Vec<Asked>) {
    let folder = Table::with(&[("f", Body::File(b"host".to_vec())), ("d", Body::Directory(Default::default(), 1))]);
    let asked = folder.asked.clone();
    let mut vfs = vfs();
    vfs.mount_folder(b"/mnt", Box::new(folder), true).unwrap();
    (vfs, move || std::mem::take(&mut *asked.lock().unwrap()))
}

#[test]
fn what_is_set_is_what_the_guest_sets() {
    let (mut vfs, asked) = noted();
    let none = AttrChanges::default();
    let to = |secs| SetTime::To(Timespec { secs, nanos: 123_456_789 });
    let (at, f) = (AT_FDCWD, b"/mnt/f");
    let fd = open(&mut vfs, "/mnt/f", OpenFlags::RDWR);
    asked();
    for (atime, mtime) in [(to(1), to(2)), (to(3), SetTime::Omit), (SetTime::Omit, to(4)), (SetTime::Now, to(5))] {
        let expected = [Asked::Set(AttrChanges { atime, mtime, ..none })];
        vfs.utimens(at, f, atime, mtime, true).unwrap();
        assert_eq!(asked(), expected);
        vfs.futimens(fd, atime, mtime).unwrap();
        assert_eq!(asked(), expected);
    }
    vfs.futimens(fd, SetTime::Omit, SetTime::Omit).unwrap();
    assert_eq!(asked(), [], "nothing is to be set");
    for mode in [0, 0o4755, 0o100_644, u32::MAX] {
        let expected = [Asked::Set(AttrChanges { mode: Some(mode & 0o7777), ..none })];
        vfs.chmod(at, f, mode, true).unwrap();
        assert_eq!(asked(), expected);
        vfs.fchmod(fd, mode).unwrap();
        assert_eq!(asked(), expected);
    }
    let size = |size| [Asked::Set(AttrChanges { size: Some(size), ..none })];
    vfs.truncate(at, f, 7).unwrap();
    assert_eq!(asked(), size(7));
    vfs.ftruncate(fd, 3).unwrap();
    assert_eq!(asked(), size(3));
    // What is there needs not be made longer.
    for (offset, len, expected) in [(0, 2, vec![]), (0, 3, vec![]), (1, 3, size(4).to_vec()), (9, 1, size(10).to_vec())]
    {
        vfs.fallocate(fd, offset, len).unwrap();
        assert_eq!(asked(), expected, "{offset} {len}");
    }
    assert_eq!(vfs.chown(at, f, 1000, u32::MAX, true), Ok(()));
    for (uid, gid) in [(0, u32::MAX), (u32::MAX, 0), (1000, 0), (0, 1000)] {
        assert_eq!(vfs.fchown(fd, uid, gid), Err(Errno::Perm), "{uid} {gid}");
    }
    assert_eq!(asked(), []);
}

#[test]
fn files_and_directories_are_brought_to_the_disk() {
    let (mut vfs, asked) = noted();
    let own = open(&mut vfs, "/tmp", OpenFlags::DIRECTORY);
    for path in ["/mnt/f", "/mnt/d", "/mnt", "/mnt/d/.."] {
        let fd = open(&mut vfs, path, OpenFlags::RDONLY);
        let node = vfs.fstat(fd).unwrap().ino;
        asked();
        assert_eq!((vfs.fsync(own), vfs.fsync(fd)), (Ok(()), Ok(())));
        assert_eq!(asked(), [Asked::Sync(node)], "{path}");
    }
}

#[test]
fn a_file_is_closed_as_it_was_opened() {
    let (mut vfs, asked) = noted();
    for (flags, read, write) in [
        (OpenFlags::RDONLY, true, false),
        (OpenFlags::WRONLY, false, true),
        (OpenFlags::RDWR, true, true),
        (OpenFlags::WRONLY | OpenFlags::APPEND, false, true),
    ] {
        let access = FolderAccess { read, write };
        let fd = open(&mut vfs, "/mnt/f", flags);
        assert_eq!(asked(), [Asked::Open(access)], "{flags:?}");
        let copy = vfs.dup(fd).unwrap();
        vfs.set_status_flags(fd, OpenFlags::NONBLOCK).unwrap();
        vfs.close(fd).unwrap();
        assert_eq!(asked(), [], "the copy is still open");
        vfs.close(copy).unwrap();
        assert_eq!(asked(), [Asked::Close(access)], "{flags:?}");
    }
    // The working directory is held, too.
    let read = FolderAccess { read: true, write: false };
    vfs.chdir(b"/mnt/d").unwrap();
    assert_eq!(asked(), [Asked::Open(read)]);
    vfs.chdir(b"/").unwrap();
    assert_eq!(asked(), [Asked::Close(read)]);
    // A file that is emptied when it is opened.
    let fd = open(&mut vfs, "/mnt/f", OpenFlags::WRONLY | OpenFlags::TRUNC);
    let empty = AttrChanges { size: Some(0), ..AttrChanges::default() };
    assert_eq!(asked(), [Asked::Open(FolderAccess { read: false, write: true }), Asked::Set(empty)]);
    assert_eq!(vfs.fstat(fd).unwrap().size, 0);
}
