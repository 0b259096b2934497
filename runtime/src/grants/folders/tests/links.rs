//! Links that a guest makes, moves and names.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{Fixture, READ};
use crate::grants::folders::nodes::ROOT;
use pyrun_memfs::folder::Folder as _;
use pyrun_memfs::{Errno, Result};

type Do = fn(&mut Fixture) -> Result<()>;
fn rename(t: &mut Fixture, old: &str, dir: &str, new: &str) -> Result<()> {
    let (from, name) = old.rsplit_once('/').unwrap_or(("", old));
    let mut folder = |path: &str| if path.is_empty() { Ok(ROOT) } else { t.node(path) };
    let (from, to) = (folder(from)?, folder(dir)?);
    t.folder.rename(from, name.as_bytes(), to, new.as_bytes())
}

/// A link at the bottom of a directory that moves up, among many on the way: found wherever it is, by the depth that it has there.
#[test]
fn links_deep_in_what_moves_up() {
    // The last led out before, so it is the host's.
    for (ups, expected) in [(4, Ok(())), (5, Ok(())), (6, Err(Errno::Perm)), (7, Ok(()))] {
        let mut t = Fixture::new();
        let deep = t.at("granted/sub/deep");
        for way in ["a/b/c/d", "a/x", "b/c", "z"] {
            fs::create_dir_all(deep.join(way)).unwrap();
        }
        // `sub/deep/a/b/c/d` is six down, `up/a/b/c/d` five.
        symlink("../".repeat(ups) + "x", deep.join("a/b/c/d/l")).unwrap();
        assert_eq!(rename(&mut t, "sub/deep", "", "up"), expected, "{ups}");
    }
}

/// Links that are in the folder, what is done, and whether it may be: by `..`, absolute, by the host or by the guest.
const CASES: &[(&str, &str, Do, Result<()>)] = &[
    ("sub/deep/l", "../../file", |t| rename(t, "sub/deep/l", "sub", "l"), Err(Errno::Perm)),
    ("sub/deep/l", "../../file", |t| rename(t, "sub/deep/l", "", "file"), Err(Errno::Perm)),
    ("sub/deep/l", "../../file", |t| rename(t, "sub/deep/l", "sub/deep", "m"), Ok(())),
    ("sub/deep/l", "../file", |t| rename(t, "sub/deep/l", "sub", "m"), Ok(())),
    ("sub/l", "../sub", |t| rename(t, "sub/l", "sub/deep", "l"), Ok(())),
    ("l", "/etc/passwd", |t| rename(t, "l", "", "m"), Err(Errno::Perm)),
    ("sub/l", "deep/../../../secret", |t| rename(t, "sub/l", "", "m"), Err(Errno::Perm)),
    // With the directory that they are in.
    ("sub/deep/l", "../../file", |t| rename(t, "sub/deep", "", "up"), Err(Errno::Perm)),
    ("sub/deep/l", "../file", |t| rename(t, "sub/deep", "", "up"), Ok(())),
    ("sub/deep/l", "/etc/passwd", |t| rename(t, "sub/deep", "", "up"), Ok(())),
    ("sub/deep/l", "../../file", |t| rename(t, "sub", "", "other"), Ok(())),
    // By a second name.
    (
        "sub/deep/l",
        "../../file",
        |t| {
            let (link, sub) = (t.node("sub/deep/l")?, t.node("sub")?);
            t.folder.link(link, sub, b"m")
        },
        Err(Errno::Perm),
    ),
    ("l", "/etc/passwd", |t| t.node("l").and_then(|link| t.folder.link(link, ROOT, b"m")), Err(Errno::Perm)),
    ("sub/l", "../file", |t| t.node("sub/l").and_then(|link| t.folder.link(link, 1, b"m")), Err(Errno::Perm)),
];

#[test]
fn links_that_are_moved_or_named_may_not_lead_out() {
    for &(at, text, act, expected) in CASES {
        for openat2 in [true, false] {
            let mut t = Fixture::new();
            t.folder.openat2 = openat2;
            symlink(text, t.at("granted").join(at)).unwrap();
            let before = listing(&t.at("granted"));
            assert_eq!(act(&mut t), expected, "{at} -> {text}");
            assert_eq!(listing(&t.at("granted")) == before, expected.is_err(), "{at} -> {text}");
        }
    }
}

/// What another guest, or the host, does meanwhile: how deep a directory is is not taken from memory.
#[test]
fn how_deep_a_link_is_is_asked_of_the_host() {
    let mut t = Fixture::new();
    let deep = t.node("sub/deep").unwrap();
    t.folder.open(deep, READ).unwrap();
    fs::rename(t.at("granted/sub/deep"), t.at("granted/up")).unwrap();
    assert_eq!(t.folder.symlink(deep, b"l", b"../../secret"), Err(Errno::Perm));
    assert_eq!(t.folder.symlink(deep, b"l", b"../file"), Ok(()));
    fs::rename(t.at("granted/up"), t.at("out")).unwrap();
    assert_eq!(t.folder.symlink(deep, b"m", b"../file"), Err(Errno::NoEnt));
    assert!(!t.at("out/m").is_symlink());
}

/// All names below a folder.
fn listing(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        found.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            found.extend(listing(&entry.path()));
        }
    }
    found.sort();
    found
}

#[test]
fn made_links_may_not_lead_out() {
    let mut t = Fixture::new();
    let sub = t.node("sub").unwrap();
    for target in [&b"/etc/passwd"[..], b"..", b"../secret", b"sub/../../secret", b"./../x"] {
        assert_eq!(t.folder.symlink(ROOT, b"l", target), Err(Errno::Perm));
    }
    assert_eq!(t.folder.symlink(sub, b"l", b"../../secret"), Err(Errno::Perm));
    assert_eq!(t.folder.symlink(sub, b"l", b""), Err(Errno::NoEnt));
    t.folder.symlink(sub, b"l", b"../file").unwrap();
    assert_eq!(fs::read(t.at("granted/sub/l")).unwrap(), b"content");
}
