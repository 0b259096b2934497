//! Which times of last change an operation moves: those of the file, of its directory, or none.

use pyrun_memfs::{OpenFlags, Whence};

use crate::host::Host;
use crate::memory::Memory;
use crate::operation::Operation;
use crate::{LONG_AGO, Side};

/// What may be there before or after.
const NAMES: [&str; 14] =
    [".", "a", "a/f", "a/g", "a/l", "a/new", "a/e", "a/d", "b", "b/f", "b/x", "d", "empty", "a/d/x"];

fn open(path: &str, flags: OpenFlags) -> Operation {
    Operation::Open { at: None, path: path.into(), flags, mode: 0o644 }
}

fn mkdir(path: &str) -> Operation {
    Operation::Mkdir { at: None, path: path.into(), mode: 0o755 }
}

fn rename(old: &str, new: &str) -> Operation {
    Operation::Rename { from: None, old: old.into(), to: None, new: new.into() }
}

fn link(old: &str, new: &str) -> Operation {
    Operation::Link { from: None, old: old.into(), to: None, new: new.into(), follow: false }
}

/// Two directories with files, one that is empty, a link, an empty file; slot 0 has `a/f` open, slot 1 `a`.
fn before() -> Vec<Operation> {
    let create = OpenFlags::RDWR | OpenFlags::CREAT;
    vec![
        mkdir("a"),
        mkdir("b"),
        mkdir("d"),
        open("a/f", create),
        Operation::Write(0, b"text of it".to_vec()),
        open("a", OpenFlags::DIRECTORY),
        open("b/x", create),
        open("empty", create),
        Operation::Symlink { target: b"f".to_vec(), at: None, path: b"a/l".to_vec() },
    ]
}

fn operations() -> Vec<Operation> {
    let path = |path: &str| path.as_bytes().to_vec();
    let mut all = vec![
        Operation::Read(0, 4),
        Operation::Write(0, b"more".to_vec()),
        Operation::Write(0, Vec::new()),
        Operation::Pwrite(0, b"m".to_vec(), 2),
        Operation::Pwrite(0, Vec::new(), 100),
        Operation::Pread(0, 3, 0),
        Operation::Seek(0, 100, Whence::Set),
        Operation::Truncate(0, 4),
        Operation::Truncate(0, 10),
        Operation::Truncate(0, 100),
        Operation::Close(0),
        Operation::Dup(0),
        Operation::List(1),
        Operation::Fchdir(1),
        Operation::Readlink { at: None, path: path("a/l") },
        Operation::Stat { at: None, path: path("a/l"), follow: true },
        Operation::Symlink { target: path("x"), at: None, path: path("a/new") },
        link("a/f", "a/new"),
        link("a/f", "b/f"),
        link("a/l", "b/f"),
    ];
    all.extend(on_names());
    all
}

fn on_names() -> Vec<Operation> {
    let path = |path: &str| path.as_bytes().to_vec();
    let create = OpenFlags::RDWR | OpenFlags::CREAT;
    let truncate = OpenFlags::RDWR | OpenFlags::TRUNC;
    let mut all = vec![
        open("a/f", OpenFlags::RDWR),
        open("a/f", create),
        open("a/f", truncate),
        open("a/l", truncate),
        open("empty", truncate),
        open("a/new", create),
        open("a/new", create | OpenFlags::EXCL),
        open("a/f", create | OpenFlags::EXCL),
        open("a/none", OpenFlags::RDWR),
    ];
    all.extend(["a/f", "a/l", "b/x", "a/none", "d"].map(|name| Operation::Unlink { at: None, path: path(name) }));
    all.extend(["d", "a", "a/f", "none"].map(|name| Operation::Rmdir { at: None, path: path(name) }));
    all.extend(["a/new", "a/f", "d/"].map(mkdir));
    all.extend(
        [
            ("a/f", "a/g"),
            ("a/f", "b/f"),
            ("a/f", "b/x"),
            ("a/f", "a/f"),
            ("a/f", "d"),
            ("a/l", "b/f"),
            ("d", "a/d"),
            ("b", "d"),
            ("b", "a/d"),
            ("a", "d"),
            ("d", "a/f"),
        ]
        .map(|(old, new)| rename(old, new)),
    );
    all
}

#[test]
fn times_move_as_on_linux() {
    for operation in operations() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut host = Host::new(folder.path());
        let mut memory = Memory::new();
        for step in before() {
            assert_eq!(memory.apply(&step), host.apply(&step), "{step:?}");
        }
        for name in NAMES {
            host.age(name);
            memory.age(name, LONG_AGO);
        }
        assert_eq!(memory.apply(&operation), host.apply(&operation), "{operation:?}");
        for name in NAMES {
            let (ours, theirs) = (memory.is_old(name, LONG_AGO), host.is_old(name));
            assert_eq!(ours, theirs, "{name} after {operation:?} (left: memfs, right: Linux)");
        }
    }
}
