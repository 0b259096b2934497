//! The operations, how they are drawn, and what comes back.

use proptest::prelude::*;
use pyrun_memfs::{OpenFlags, Whence};

use crate::SLOTS;

/// Where a path starts from: the working directory, or an open file.
pub(crate) type At = Option<usize>;

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Open { at: At, path: Vec<u8>, flags: OpenFlags, mode: u32 },
    Close(usize),
    Read(usize, usize),
    Write(usize, Vec<u8>),
    Pread(usize, usize, u64),
    Pwrite(usize, Vec<u8>, u64),
    Seek(usize, i64, Whence),
    Dup(usize),
    DupTo(usize, usize),
    SetAppend(usize, bool),
    Truncate(usize, i64),
    Pipe,
    Mkdir { at: At, path: Vec<u8>, mode: u32 },
    Unlink { at: At, path: Vec<u8> },
    Rmdir { at: At, path: Vec<u8> },
    Rename { from: At, old: Vec<u8>, to: At, new: Vec<u8> },
    Link { from: At, old: Vec<u8>, to: At, new: Vec<u8>, follow: bool },
    Symlink { target: Vec<u8>, at: At, path: Vec<u8> },
    Readlink { at: At, path: Vec<u8> },
    Stat { at: At, path: Vec<u8>, follow: bool },
    Fstat(usize),
    List(usize),
    Chdir(Vec<u8>),
    Fchdir(usize),
}

/// What an operation gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The slot is empty, or the operation is not compared for its kind of file.
    Skipped,
    Done,
    Number(u64),
    Bytes(Vec<u8>),
    /// Kind and permissions, links, length (0 for a directory).
    Stat(u32, u32, u64),
    Names(Vec<(String, u8)>),
    Error(String),
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        40 => prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(|name| name.as_bytes().to_vec()),
        1 => prop::sample::select(vec![255usize, 256]).prop_map(|length| vec![b'x'; length]),
    ]
}

/// A component, or two of them that lead back.
fn component() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => name(),
        1 => Just(b".".to_vec()),
        1 => name().prop_map(|name| [name, b"/..".to_vec()].concat()),
    ]
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    let parts = prop_oneof![
        6 => prop::collection::vec(component(), 1),
        5 => prop::collection::vec(component(), 2),
        2 => prop::collection::vec(component(), 3),
    ];
    let joined = (parts, prop::sample::select(vec!["/", "/", "/", "//"]), prop::bool::weighted(0.08)).prop_map(
        |(parts, separator, slash)| {
            let mut path = parts.join(separator.as_bytes());
            path.extend(slash.then_some(b'/'));
            path
        },
    );
    prop_oneof![
        200 => joined,
        1 => Just(Vec::new()),
        1 => prop::sample::select(vec![4095usize, 4096]).prop_map(|length| b"./".repeat(2048)[..length].to_vec()),
    ]
}

fn target() -> impl Strategy<Value = Vec<u8>> {
    let names = (prop::collection::vec(name(), 1..=2), prop::bool::weighted(0.1));
    let joined = names.prop_map(|(names, slash)| {
        let mut target = names.join(&b'/');
        target.extend(slash.then_some(b'/'));
        target
    });
    prop_oneof![
        60 => joined,
        1 => Just(Vec::new()),
        1 => prop::sample::select(vec![4095usize, 4096]).prop_map(|length| vec![b'y'; length]),
    ]
}

fn slot() -> impl Strategy<Value = usize> {
    0..SLOTS
}

fn at() -> impl Strategy<Value = At> {
    prop_oneof![4 => Just(None), 1 => slot().prop_map(Some)]
}

fn flags() -> impl Strategy<Value = OpenFlags> {
    let access = prop::sample::select(vec![OpenFlags::RDONLY, OpenFlags::WRONLY, OpenFlags::RDWR, OpenFlags::RDWR]);
    let extra = prop::sample::subsequence(
        vec![
            OpenFlags::CREAT,
            OpenFlags::EXCL,
            OpenFlags::TRUNC,
            OpenFlags::APPEND,
            OpenFlags::DIRECTORY,
            OpenFlags::NOFOLLOW,
            OpenFlags::CLOEXEC,
        ],
        0..=4,
    );
    let plain = prop::sample::select(vec![
        OpenFlags::RDONLY,
        OpenFlags::DIRECTORY,
        OpenFlags::RDWR | OpenFlags::CREAT,
        OpenFlags::WRONLY | OpenFlags::CREAT | OpenFlags::TRUNC,
    ]);
    let drawn = (access, extra).prop_map(|(access, extra)| extra.into_iter().fold(access, |all, flag| all | flag));
    // Kernels disagree about O_CREAT with O_DIRECTORY.
    let sane = drawn.prop_map(|flags| match flags.contains(OpenFlags::CREAT | OpenFlags::DIRECTORY) {
        true => flags - OpenFlags::DIRECTORY,
        false => flags,
    });
    prop_oneof![1 => plain, 1 => sane]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    (proptest::arbitrary::any::<u8>(), 0..300usize)
        .prop_map(|(first, length)| (0..length).map(|i| first.wrapping_add(i as u8)).collect())
}

/// Offsets near the start and around the bounds of what a file is cut into.
fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0..600u64, 1 => 65_300..65_800u64, 1 => 130_900..131_300u64]
}

fn length() -> impl Strategy<Value = i64> {
    prop_oneof![
        1 => -10..0i64,
        8 => offset().prop_map(|offset| offset as i64),
        1 => 0..300_000i64,
    ]
}

/// A tree to begin with, so that not every path leads nowhere, and some open files.
fn beginning() -> Vec<Operation> {
    let path = |path: &str| path.as_bytes().to_vec();
    let mkdir = |name: &str| Operation::Mkdir { at: None, path: path(name), mode: 0o755 };
    let open = |name: &str, flags| Operation::Open { at: None, path: path(name), flags, mode: 0o644 };
    vec![
        mkdir("a"),
        mkdir("b"),
        mkdir("a/b"),
        open("c", OpenFlags::RDWR | OpenFlags::CREAT),
        open("a/c", OpenFlags::RDWR | OpenFlags::CREAT | OpenFlags::APPEND),
        open("a", OpenFlags::DIRECTORY),
        Operation::Symlink { target: path("a/b"), at: None, path: path("d") },
    ]
}

fn on_descriptors() -> impl Strategy<Value = Operation> {
    let whence = prop::sample::select(vec![Whence::Set, Whence::Current, Whence::End]);
    prop_oneof![
        2 => slot().prop_map(Operation::Close),
        4 => (slot(), 0..400usize).prop_map(|(slot, length)| Operation::Read(slot, length)),
        6 => (slot(), bytes()).prop_map(|(slot, bytes)| Operation::Write(slot, bytes)),
        2 => (slot(), 0..400usize, offset()).prop_map(|(slot, length, offset)| Operation::Pread(slot, length, offset)),
        3 => (slot(), bytes(), offset()).prop_map(|(slot, bytes, offset)| Operation::Pwrite(slot, bytes, offset)),
        3 => (slot(), -300..70_000i64, whence).prop_map(|(slot, offset, whence)| Operation::Seek(slot, offset, whence)),
        1 => slot().prop_map(Operation::Dup),
        1 => (slot(), slot()).prop_map(|(from, to)| Operation::DupTo(from, to)),
        1 => (slot(), proptest::arbitrary::any::<bool>()).prop_map(|(slot, append)| Operation::SetAppend(slot, append)),
        3 => (slot(), length()).prop_map(|(slot, length)| Operation::Truncate(slot, length)),
        1 => Just(Operation::Pipe),
        4 => slot().prop_map(Operation::Fstat),
        4 => slot().prop_map(Operation::List),
        1 => slot().prop_map(Operation::Fchdir),
    ]
}

fn on_names() -> impl Strategy<Value = Operation> {
    let mode = || prop::sample::select(vec![0o755, 0o700, 0o644, 0o600]);
    prop_oneof![
        10 => (at(), path(), flags(), mode()).prop_map(|(at, path, flags, mode)| Operation::Open { at, path, flags, mode }),
        8 => (at(), path(), Just(0o755)).prop_map(|(at, path, mode)| Operation::Mkdir { at, path, mode }),
        3 => (at(), path()).prop_map(|(at, path)| Operation::Unlink { at, path }),
        2 => (at(), path()).prop_map(|(at, path)| Operation::Rmdir { at, path }),
        5 => (at(), path(), at(), path()).prop_map(|(from, old, to, new)| Operation::Rename { from, old, to, new }),
        3 => (at(), path(), at(), path(), proptest::arbitrary::any::<bool>())
            .prop_map(|(from, old, to, new, follow)| Operation::Link { from, old, to, new, follow }),
        4 => (target(), at(), path()).prop_map(|(target, at, path)| Operation::Symlink { target, at, path }),
        2 => (at(), path()).prop_map(|(at, path)| Operation::Readlink { at, path }),
        5 => (at(), path(), proptest::arbitrary::any::<bool>()).prop_map(|(at, path, follow)| Operation::Stat { at, path, follow }),
        2 => path().prop_map(Operation::Chdir),
    ]
}

fn any() -> impl Strategy<Value = Operation> {
    prop_oneof![on_descriptors(), on_names()]
}

/// The operations of one case.
pub(crate) fn case() -> impl Strategy<Value = Vec<Operation>> {
    let operations = prop::collection::vec(any(), 1..=60);
    (prop::bool::weighted(0.8), operations).prop_map(|(begins, operations)| {
        let mut all = if begins { beginning() } else { Vec::new() };
        all.extend(operations);
        all
    })
}
