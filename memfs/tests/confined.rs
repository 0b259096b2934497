//! Descriptors that are confined: what starts at one stays below it.

mod common;

use common::{open, vfs};
use pyrun_memfs::{AT_FDCWD, Errno, MapFile, MapLayer, OpenFlags, Vfs};

/// `/tmp/d/` with a file and links, opened; beside it is `/tmp/secret`.
fn world() -> (Vfs, i32) {
    let mut vfs = vfs();
    vfs.write_file(b"/tmp/secret", b"no").unwrap();
    vfs.create_dir_all(b"/tmp/d/e").unwrap();
    vfs.write_file(b"/tmp/d/file", b"yes").unwrap();
    for (text, name) in [
        ("file", "near"),
        ("e/../file", "round"),
        ("../secret", "up"),
        ("/tmp/secret", "absolute"),
        ("..", "parent"),
        ("../d/file", "back"),
        ("../new", "dangling"),
        ("/proc/self/fd/0", "descriptor"),
    ] {
        vfs.symlinkat(text.as_bytes(), AT_FDCWD, format!("/tmp/d/{name}").as_bytes()).unwrap();
    }
    let dir = open(&mut vfs, "/tmp/d", OpenFlags::DIRECTORY);
    vfs.confine_descriptors();
    (vfs, dir)
}

#[test]
fn a_path_below_a_descriptor_stays_below_it() {
    let (mut vfs, dir) = world();
    for inside in ["file", "./file", "e/../file", "near", "round", "e/../e/./..", ".", "e/.."] {
        assert!(vfs.stat(dir, inside.as_bytes(), true).is_ok(), "{inside}");
    }
    for outside in [
        "..",
        "../d/file",
        "e/../../secret",
        "/tmp/secret",
        "/",
        "up",
        "absolute",
        "parent",
        "parent/d/file",
        "back",
        "e/../..",
        "descriptor",
    ] {
        assert_eq!(vfs.stat(dir, outside.as_bytes(), true), Err(Errno::NotCapable), "{outside}");
    }
    assert!(vfs.stat(dir, b"up", false).is_ok(), "the link itself is inside");
    assert_eq!(vfs.readlinkat(dir, b"up").unwrap(), b"../secret");
}

#[test]
fn nothing_is_changed_outside() {
    let (mut vfs, dir) = world();
    let escape = Err(Errno::NotCapable);
    assert_eq!(vfs.openat(dir, b"dangling", OpenFlags::CREAT | OpenFlags::WRONLY, 0o666).map(drop), escape);
    assert_eq!(vfs.openat(dir, b"../new", OpenFlags::CREAT | OpenFlags::WRONLY, 0o666).map(drop), escape);
    assert_eq!(vfs.mkdirat(dir, b"parent/new", 0o777), escape);
    assert_eq!(vfs.symlinkat(b"x", dir, b"../new"), escape);
    assert_eq!(vfs.unlinkat(dir, b"../secret"), escape);
    assert_eq!(vfs.rmdirat(dir, b"../d/e"), escape);
    assert_eq!(vfs.renameat(dir, b"file", dir, b"../new"), escape);
    assert_eq!(vfs.renameat(dir, b"../secret", dir, b"new"), escape);
    assert_eq!(vfs.linkat(dir, b"../secret", dir, b"new", false), escape);
    assert_eq!(vfs.linkat(dir, b"up", dir, b"new", true), escape);
    assert_eq!(vfs.linkat(dir, b"file", dir, b"../new", false), escape);
    assert_eq!(vfs.truncate(dir, b"up", 0), escape);
    assert_eq!(vfs.read_file(b"/tmp/secret").unwrap(), b"no");
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/new", true), Err(Errno::NoEnt));
}

#[test]
fn each_descriptor_has_a_floor_of_its_own() {
    let (mut vfs, dir) = world();
    let inner = vfs.openat(dir, b"e", OpenFlags::DIRECTORY, 0).unwrap();
    assert_eq!(vfs.stat(inner, b"../file", true), Err(Errno::NotCapable));
    let root = vfs.openat(AT_FDCWD, b"/", OpenFlags::DIRECTORY, 0).unwrap();
    assert!(vfs.stat(root, b"tmp/d/up", true).is_ok());
    assert_eq!(vfs.stat(root, b"..", true), Err(Errno::NotCapable));
    assert_eq!(vfs.stat(root, b"proc/self/fd/0", true), Err(Errno::NotCapable), "a descriptor's link leads anywhere");
    assert_eq!(vfs.stat(99, b"/tmp", true), Err(Errno::BadF));
    let file = vfs.openat(dir, b"file", OpenFlags::RDONLY, 0).unwrap();
    assert_eq!(vfs.stat(file, b"x", true), Err(Errno::NotDir));
}

#[test]
fn the_working_directory_sees_everything() {
    let (mut vfs, _) = world();
    vfs.chdir(b"/tmp/d").unwrap();
    for anywhere in ["../secret", "up", "absolute", "/tmp/secret", "back"] {
        assert!(vfs.stat(AT_FDCWD, anywhere.as_bytes(), true).is_ok(), "{anywhere}");
    }
}

#[test]
fn a_layer_s_directory_is_confined_too() {
    let mut vfs = vfs();
    let layer = MapLayer::new("layer", vec![MapFile::new("in/a", *b"a"), MapFile::new("b", *b"b")]).unwrap();
    vfs.mount_layer(b"/l", std::sync::Arc::new(layer)).unwrap();
    let dir = open(&mut vfs, "/l/in", OpenFlags::DIRECTORY);
    vfs.confine_descriptors();
    assert!(vfs.stat(dir, b"a", true).is_ok());
    assert_eq!(vfs.stat(dir, b"../b", true), Err(Errno::NotCapable));
}
