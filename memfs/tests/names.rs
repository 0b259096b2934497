//! Directories, links, rename: what the comparison with Linux does not reach (`..`, the root, absolute links, 40 links).

mod common;

use common::{list, open, vfs};
use pyrun_memfs::{AT_FDCWD, DIRENT_STRIDE, Errno, FileKind, OpenFlags, Vfs, Whence};

fn mkdir(vfs: &mut Vfs, path: &str) {
    vfs.mkdirat(AT_FDCWD, path.as_bytes(), 0o777).unwrap_or_else(|errno| panic!("mkdir {path}: {errno}"));
}

fn symlink(vfs: &mut Vfs, target: &str, path: &str) {
    vfs.symlinkat(target.as_bytes(), AT_FDCWD, path.as_bytes()).unwrap();
}

#[test]
fn a_new_tree_has_what_a_program_expects() {
    let mut vfs = vfs();
    assert_eq!(list(&mut vfs, "/"), ["tmp", "home", "dev", "proc"]);
    assert_eq!(vfs.getcwd().unwrap(), b"/");
    assert_eq!(list(&mut vfs, "/proc/self/fd"), ["0", "1", "2", "3"], "the last one lists");
    assert_eq!(vfs.stat(AT_FDCWD, b"/dev/shm", true).unwrap().kind(), FileKind::Directory);
    let root = vfs.stat(AT_FDCWD, b"/..", true).unwrap();
    assert_eq!((root.ino, root.nlink), (vfs.stat(AT_FDCWD, b"/", true).unwrap().ino, 6));
}

#[test]
fn forty_links_and_no_more() {
    let mut vfs = vfs();
    vfs.write_file(b"/tmp/0", b"x").unwrap();
    for index in 1..=41 {
        symlink(&mut vfs, &format!("{}", index - 1), &format!("/tmp/{index}"));
    }
    assert!(vfs.stat(AT_FDCWD, b"/tmp/40", true).is_ok());
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/41", true), Err(Errno::Loop));
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/41", false).unwrap().kind(), FileKind::Symlink);
    symlink(&mut vfs, "loop", "/tmp/loop");
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/loop/x", false), Err(Errno::Loop));
    symlink(&mut vfs, &"grow/".repeat(500), "/tmp/grow");
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/grow", true), Err(Errno::Loop));
}

#[test]
fn links_lead_anywhere_in_the_tree() {
    let mut vfs = vfs();
    mkdir(&mut vfs, "/tmp/d");
    symlink(&mut vfs, "/", "/tmp/d/root");
    symlink(&mut vfs, "../..", "/tmp/d/up");
    let root = vfs.stat(AT_FDCWD, b"/", true).unwrap();
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/d/root", true), Ok(root));
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/d/up/tmp/d/root/", false), Ok(root));
    assert_eq!(vfs.mkdirat(AT_FDCWD, b"/tmp/d/root", 0o777), Err(Errno::Exist));
    symlink(&mut vfs, "/tmp/made", "/tmp/d/dangling");
    let fd = open(&mut vfs, "/tmp/d/dangling", OpenFlags::CREAT | OpenFlags::WRONLY);
    assert_eq!(vfs.readlinkat(AT_FDCWD, format!("/proc/self/fd/{fd}").as_bytes()).unwrap(), b"/tmp/made");
    assert!(vfs.stat(AT_FDCWD, b"/tmp/made", false).is_ok());
    let link = vfs.openat(AT_FDCWD, b"/tmp/d/dangling", OpenFlags::NOFOLLOW, 0);
    assert_eq!(link, Err(Errno::Loop));
    assert_eq!(vfs.chmod(AT_FDCWD, b"/tmp/d/dangling", 0, false), Err(Errno::NotSup));
}

#[test]
fn the_root_and_the_dots_stay() {
    let mut vfs = vfs();
    vfs.chdir(b"/tmp").unwrap();
    for (path, unlink, rmdir) in [
        (b"/".as_slice(), Errno::IsDir, Errno::Busy),
        (b".", Errno::IsDir, Errno::Inval),
        (b"..", Errno::IsDir, Errno::NotEmpty),
    ] {
        assert_eq!(vfs.unlinkat(AT_FDCWD, path), Err(unlink));
        assert_eq!(vfs.rmdirat(AT_FDCWD, path), Err(rmdir));
        assert_eq!(vfs.mkdirat(AT_FDCWD, path, 0o777), Err(Errno::Exist));
        assert_eq!(vfs.renameat(AT_FDCWD, path, AT_FDCWD, b"/tmp/x"), Err(Errno::Busy));
        assert_eq!(vfs.renameat(AT_FDCWD, b"/home", AT_FDCWD, path), Err(Errno::Busy));
    }
    assert_eq!(vfs.linkat(AT_FDCWD, b"/home", AT_FDCWD, b"/tmp/x", false), Err(Errno::Perm));
    assert_eq!(vfs.renameat(AT_FDCWD, b"/tmp", AT_FDCWD, b"/tmp/x/y"), Err(Errno::NoEnt));
    assert_eq!(vfs.renameat(AT_FDCWD, b"/tmp", AT_FDCWD, b"/tmp/x"), Err(Errno::Inval));
    assert_eq!(vfs.rmdirat(AT_FDCWD, b"/proc/self/fd"), Err(Errno::Busy));
    assert_eq!(vfs.unlinkat(AT_FDCWD, b"/proc/self/fd/0"), Err(Errno::Acces));
    vfs.set_enforce_permissions(false);
    assert_eq!(vfs.unlinkat(AT_FDCWD, b"/proc/self/fd/0"), Err(Errno::Perm));
    assert_eq!(vfs.mkdirat(AT_FDCWD, b"/proc/self/fd/7", 0o777), Err(Errno::Perm));
}

#[test]
fn rename_moves_directories_with_what_is_in_them() {
    let mut vfs = vfs();
    for path in ["/tmp/a", "/tmp/a/b", "/tmp/empty", "/tmp/full", "/tmp/full/x"] {
        mkdir(&mut vfs, path);
    }
    vfs.chdir(b"/tmp/a/b").unwrap();
    let mut rename = |old: &str, new: &str| vfs.renameat(AT_FDCWD, old.as_bytes(), AT_FDCWD, new.as_bytes());
    assert_eq!(rename("/tmp/a", "/tmp/full"), Err(Errno::NotEmpty));
    assert_eq!(rename("/tmp/full/x", "/tmp/full"), Err(Errno::NotEmpty));
    assert_eq!(rename("/tmp/a", "/tmp/a/b/c"), Err(Errno::Inval));
    assert_eq!(rename("/tmp/a", "/tmp/empty/"), Ok(()));
    assert_eq!(vfs.getcwd().unwrap(), b"/tmp/empty/b");
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp", true).unwrap().nlink, 4);
    assert_eq!(vfs.stat(AT_FDCWD, b"../../full/x", true).unwrap().nlink, 2);
}

#[test]
fn a_real_folder_has_no_links_on_its_way() {
    let mut vfs = vfs();
    mkdir(&mut vfs, "/tmp/d");
    mkdir(&mut vfs, "/tmp/d/e");
    symlink(&mut vfs, "d", "/tmp/link");
    symlink(&mut vfs, "/", "/tmp/d/root");
    symlink(&mut vfs, "nowhere", "/tmp/dangling");
    vfs.write_file(b"/tmp/file", b"x").unwrap();
    vfs.chdir(b"/tmp/d/e").unwrap();
    // Whoever mounts may look anywhere.
    vfs.chmod(AT_FDCWD, b"/tmp/d", 0, true).unwrap();
    for (path, real) in [
        ("/", "/"),
        ("/tmp/d/e", "/tmp/d/e"),
        ("/tmp/./link//e/", "/tmp/d/e"),
        ("/tmp/link/root/tmp/link", "/tmp/d"),
        ("/tmp/d/..", "/tmp"),
        (".", "/tmp/d/e"),
    ] {
        assert_eq!(vfs.real_folder(path.as_bytes()), Ok(real.into()), "{path}");
    }
    for (path, errno) in [("/tmp/dangling", Errno::NoEnt), ("/tmp/file", Errno::NotDir), ("/tmp/none", Errno::NoEnt)] {
        assert_eq!(vfs.real_folder(path.as_bytes()), Err(errno), "{path}");
    }
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/d/e", true).map(drop), Err(Errno::Acces), "permissions count as before");
}

#[test]
fn a_removed_working_directory_is_empty() {
    let mut vfs = vfs();
    mkdir(&mut vfs, "/tmp/d");
    vfs.chdir(b"/tmp/d").unwrap();
    let fd = open(&mut vfs, ".", OpenFlags::DIRECTORY);
    vfs.rmdirat(AT_FDCWD, b"/tmp/d").unwrap();
    assert_eq!(vfs.getcwd(), Err(Errno::NoEnt));
    assert_eq!(vfs.stat(AT_FDCWD, b".", true).unwrap().nlink, 0);
    assert_eq!(vfs.stat(AT_FDCWD, b"../d", true), Err(Errno::NoEnt));
    assert_eq!(vfs.mkdirat(AT_FDCWD, b"x", 0o777), Err(Errno::NoEnt));
    assert_eq!(vfs.openat(AT_FDCWD, b"x", OpenFlags::CREAT, 0), Err(Errno::NoEnt));
    assert_eq!(vfs.getdents(fd, 10), Err(Errno::NoEnt));
    let long = "x".repeat(256);
    assert_eq!(vfs.stat(AT_FDCWD, long.as_bytes(), true), Err(Errno::NoEnt));
    vfs.chdir(b"..").unwrap();
    assert_eq!(vfs.getcwd().unwrap(), b"/tmp");
}

#[test]
fn listings_are_stable_while_entries_come_and_go() {
    let mut vfs = vfs();
    mkdir(&mut vfs, "/tmp/d");
    for index in 0..10 {
        vfs.write_file(format!("/tmp/d/{index}").as_bytes(), b"").unwrap();
    }
    let fd = open(&mut vfs, "/tmp/d", OpenFlags::DIRECTORY);
    let first = vfs.getdents(fd, 5).unwrap();
    let names = |entries: &[pyrun_memfs::DirEntry]| -> Vec<String> {
        entries.iter().map(|entry| String::from_utf8(entry.name.clone()).unwrap()).collect()
    };
    assert_eq!(names(&first), [".", "..", "0", "1", "2"]);
    assert_eq!(first[4].offset, 5 * DIRENT_STRIDE);
    for gone in [0, 3] {
        vfs.unlinkat(AT_FDCWD, format!("/tmp/d/{gone}").as_bytes()).unwrap();
    }
    vfs.write_file(b"/tmp/d/new", b"").unwrap();
    assert_eq!(names(&vfs.getdents(fd, 100).unwrap()), ["4", "5", "6", "7", "8", "9", "new"]);
    assert_eq!(vfs.getdents(fd, 100).unwrap(), []);
    assert_eq!(vfs.seek(fd, first[3].offset as i64, Whence::Set), Ok(first[3].offset));
    assert_eq!(names(&vfs.getdents(fd, 2).unwrap()), ["2", "4"]);
    assert_eq!(vfs.seek(fd, 0, Whence::End), Err(Errno::Inval));
}

#[test]
fn permissions_are_those_of_any_class() {
    let mut vfs = vfs();
    mkdir(&mut vfs, "/tmp/d");
    vfs.write_file(b"/tmp/d/f", b"x").unwrap();
    vfs.chmod(AT_FDCWD, b"/tmp/d/f", 0o004, true).unwrap();
    assert!(vfs.openat(AT_FDCWD, b"/tmp/d/f", OpenFlags::RDONLY, 0).is_ok());
    assert_eq!(vfs.openat(AT_FDCWD, b"/tmp/d/f", OpenFlags::RDWR, 0), Err(Errno::Acces));
    assert_eq!(vfs.openat(AT_FDCWD, b"/tmp/d/f", OpenFlags::TRUNC, 0), Err(Errno::Acces));
    assert_eq!(vfs.truncate(AT_FDCWD, b"/tmp/d/f", 0), Err(Errno::Acces));
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp/d/f", 4), Ok(()));
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp/d/f", 1), Err(Errno::Acces));
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp/d/f", 8), Err(Errno::Inval));
    vfs.chmod(AT_FDCWD, b"/tmp/d", 0o555, true).unwrap();
    assert_eq!(vfs.unlinkat(AT_FDCWD, b"/tmp/d/f"), Err(Errno::Acces));
    assert_eq!(vfs.openat(AT_FDCWD, b"/tmp/d/g", OpenFlags::CREAT, 0), Err(Errno::Acces));
    assert_eq!(vfs.renameat(AT_FDCWD, b"/tmp/d/f", AT_FDCWD, b"/tmp/f"), Err(Errno::Acces));
    vfs.chmod(AT_FDCWD, b"/tmp/d", 0o666, true).unwrap();
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/d/f", true), Err(Errno::Acces));
    assert_eq!(vfs.chdir(b"/tmp/d"), Err(Errno::Acces));
    vfs.set_enforce_permissions(false);
    assert!(vfs.openat(AT_FDCWD, b"/tmp/d/f", OpenFlags::RDWR, 0).is_ok());
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp/d/f", 1), Err(Errno::Acces), "root executes only what has a bit for it");
}

/// A right exists when the user's, the group's or the others' class has it, for a file and for a directory alike.
#[test]
fn each_class_gives_its_rights() {
    let mut vfs = vfs();
    mkdir(&mut vfs, "/tmp/d");
    vfs.write_file(b"/tmp/d/f", b"x").unwrap();
    for (shift, right) in (0..9).map(|bit| (bit / 3 * 3, 1 << (bit % 3))) {
        vfs.chmod(AT_FDCWD, b"/tmp/d/f", right << shift, true).unwrap();
        for asked in 0..8 {
            let expected = if asked & !right == 0 { Ok(()) } else { Err(Errno::Acces) };
            assert_eq!(vfs.access(AT_FDCWD, b"/tmp/d/f", asked), expected, "{asked} of {right:o} << {shift}");
        }
        let opened = |flags, needs| (flags, if needs & !right == 0 { Ok(()) } else { Err(Errno::Acces) });
        for (flags, expected) in
            [opened(OpenFlags::RDONLY, 4), opened(OpenFlags::WRONLY, 2), opened(OpenFlags::RDWR, 6)]
        {
            let fd = vfs.openat(AT_FDCWD, b"/tmp/d/f", flags, 0);
            assert_eq!(fd.map(|fd| vfs.close(fd).unwrap()), expected, "{flags:?} of {right:o} << {shift}");
        }
        vfs.chmod(AT_FDCWD, b"/tmp/d", right << shift, true).unwrap();
        let reached = vfs.stat(AT_FDCWD, b"/tmp/d/f", true).map(drop);
        assert_eq!(reached, if right == 1 { Ok(()) } else { Err(Errno::Acces) }, "{right:o} << {shift}");
        vfs.chmod(AT_FDCWD, b"/tmp/d", 0o777, true).unwrap();
    }
    // Some right to execute is asked of a file even where modes are not looked at; a directory needs none.
    vfs.set_enforce_permissions(false);
    for bit in [0o100, 0o010, 0o001] {
        vfs.chmod(AT_FDCWD, b"/tmp/d/f", bit, true).unwrap();
        assert_eq!(vfs.access(AT_FDCWD, b"/tmp/d/f", 7), Ok(()));
    }
    vfs.chmod(AT_FDCWD, b"/tmp/d", 0, true).unwrap();
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp/d", 1), Ok(()));
}

#[test]
fn a_file_system_can_move_to_another_thread() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&vfs());
}

#[test]
fn each_step_of_a_listing_gives_as_many_as_are_asked_for() {
    let mut vfs = vfs();
    vfs.create_dir_all(b"/d/b").unwrap();
    vfs.write_file(b"/d/a", b"").unwrap();
    let fd = open(&mut vfs, "/d", OpenFlags::DIRECTORY);
    for (steps, expected) in [
        (&[0, 1, 0, 1, 1, 1, 1][..], &["", ".", "", "..", "b", "a", ""][..]),
        (&[2, 2, 1], &["...", "ba", ""]),
        (&[3, 3, 3], &["...b", "a", ""]),
        (&[9, 9], &["...ba", ""]),
    ] {
        vfs.seek(fd, 0, Whence::Set).unwrap();
        for (most, expected) in steps.iter().zip(expected) {
            let names: Vec<_> = vfs.getdents(fd, *most).unwrap().into_iter().map(|entry| entry.name).collect();
            assert_eq!(names.concat(), expected.as_bytes(), "{steps:?}");
        }
    }
}

/// What a listing says of an entry is what `stat` says, and no two files have one number.
#[test]
fn entries_have_the_numbers_of_their_files() {
    let mut vfs = vfs();
    vfs.write_file(b"/tmp/a", b"").unwrap();
    vfs.linkat(AT_FDCWD, b"/tmp/a", AT_FDCWD, b"/tmp/b", false).unwrap();
    vfs.symlinkat(b"a", AT_FDCWD, b"/tmp/l").unwrap();
    let mut numbers = std::collections::HashMap::new();
    for path in ["/", "/tmp", "/dev", "/proc/self", "/proc/self/fd"] {
        let fd = open(&mut vfs, path, OpenFlags::DIRECTORY);
        for entry in vfs.getdents(fd, 100).unwrap() {
            let name = String::from_utf8(entry.name).unwrap();
            let full = format!("{path}/{name}").replace("//", "/");
            let found = vfs.stat(AT_FDCWD, full.as_bytes(), false).unwrap();
            assert_eq!((entry.ino, entry.kind), (found.ino, found.kind()), "{full}");
            if name != "." && name != ".." && full != "/tmp/b" {
                assert_eq!(numbers.insert(found.ino, full.clone()), None, "{full}");
            }
        }
        vfs.close(fd).unwrap();
    }
    let link = vfs.stat(AT_FDCWD, b"/proc/self/fd/2", false).unwrap();
    assert_eq!(link.ino, (1 << 48) + 2, "above those of all inodes");
}

#[test]
fn a_mount_s_real_path_is_that_of_a_directory() {
    let mut vfs = vfs();
    vfs.create_dir_all(b"/a/b").unwrap();
    vfs.symlinkat(b"a/b", AT_FDCWD, b"/link").unwrap();
    vfs.write_file(b"/a/f", b"").unwrap();
    vfs.chmod(AT_FDCWD, b"/a", 0, true).unwrap();
    for (path, expected) in [
        ("/", Ok("/")),
        ("/link/.", Ok("/a/b")),
        ("/a/b/../b/", Ok("/a/b")),
        ("/proc/self/fd", Ok("/proc/self/fd")),
        ("/a/f", Err(Errno::NotDir)),
        ("/none", Err(Errno::NoEnt)),
    ] {
        let found = vfs.real_folder(path.as_bytes());
        assert_eq!(found, expected.map(|path| path.as_bytes().to_vec()), "{path}");
    }
    assert_eq!(vfs.stat(AT_FDCWD, b"/a/f", true), Err(Errno::Acces), "checks are on again");
}
