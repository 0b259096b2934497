//! What each kind of file refuses, by a table of operations; terminals; what the streams of nobody say.

mod common;

use std::sync::{Arc, Mutex};

use common::{NOW, config, open, vfs};
use pyrun_memfs::{
    AT_FDCWD, Errno, LineRequest, MapFile, MapLayer, NullStream, OpenFlags, R_OK, Readiness, Result, SetTime,
    StorageLimits, Stream, TerminalModes, Timespec, Vfs, VfsConfig, W_OK, WaitHandle, Whence, WindowSize, X_OK,
};

const NOW_TIME: SetTime = SetTime::Now;

/// An operation, and what it says.
type Refused = (&'static str, fn(&mut Vfs, &[u8]) -> Result<()>, Errno);

/// Operations on a path whose last link is not followed.
const ON_LINKS: [Refused; 9] = [
    ("chmod", |vfs, path| vfs.chmod(AT_FDCWD, path, 0o600, false), Errno::NotSup),
    ("chown", |vfs, path| vfs.chown(AT_FDCWD, path, 1, 1, false), Errno::Perm),
    ("utimens", |vfs, path| vfs.utimens(AT_FDCWD, path, NOW_TIME, NOW_TIME, false), Errno::Perm),
    ("unlink", |vfs, path| vfs.unlinkat(AT_FDCWD, path), Errno::Perm),
    ("rmdir", |vfs, path| vfs.rmdirat(AT_FDCWD, path), Errno::Perm),
    ("link", |vfs, path| vfs.linkat(AT_FDCWD, path, AT_FDCWD, b"/tmp/new", false), Errno::XDev),
    ("mkdir", |vfs, path| vfs.mkdirat(AT_FDCWD, path, 0o777), Errno::Exist),
    ("symlink", |vfs, path| vfs.symlinkat(b"x", AT_FDCWD, path), Errno::Exist),
    ("mknod", |vfs, path| vfs.mknodat(AT_FDCWD, path, 0, 0), Errno::Exist),
];

#[test]
fn a_descriptor_s_link_is_the_kernel_s() {
    let mut vfs = vfs();
    // Root may try.
    vfs.set_enforce_permissions(false);
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    let path = format!("/proc/self/fd/{fd}");
    for (name, operation, errno) in ON_LINKS {
        assert_eq!(operation(&mut vfs, path.as_bytes()), Err(errno), "{name}");
    }
    let link = vfs.stat(AT_FDCWD, path.as_bytes(), false).unwrap();
    assert_eq!((link.mode, link.size, link.nlink, link.blocks), (0o120_700, 64, 1, 0));
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/new", false), Err(Errno::NoEnt));
    // The directory of links takes no names.
    assert_eq!(vfs.mkdirat(AT_FDCWD, b"/proc/self/fd/new", 0o777), Err(Errno::Perm));
    assert_eq!(vfs.rmdirat(AT_FDCWD, b"/proc/self/fd"), Err(Errno::Busy));
}

/// The descriptors of [`OPERATIONS`].
const FILE: i32 = 3;
const READER: i32 = 4;
const DIR: i32 = 5;
const NULL: i32 = 6;
const OUT: i32 = 7;
const INTO: i32 = 8;
const CLOSED: i32 = 99;
const OK: Result<()> = Ok(());

/// What each gives: ftruncate, fallocate, fsync, pread, pwrite, lseek to the beginning, fchmod.
const OPERATIONS: [(&str, i32, [Result<()>; 7]); 7] = [
    ("file", FILE, [OK; 7]),
    ("read-only", READER, [Err(Errno::Inval), Err(Errno::BadF), OK, OK, Err(Errno::BadF), OK, OK]),
    ("directory", DIR, [Err(Errno::Inval), Err(Errno::BadF), OK, Err(Errno::IsDir), Err(Errno::BadF), OK, OK]),
    ("device", NULL, [Err(Errno::Inval), Err(Errno::NoDev), Err(Errno::Inval), OK, OK, OK, OK]),
    (
        "pipe",
        INTO,
        [
            Err(Errno::Inval),
            Err(Errno::SPipe),
            Err(Errno::Inval),
            Err(Errno::SPipe),
            Err(Errno::SPipe),
            Err(Errno::SPipe),
            OK,
        ],
    ),
    (
        "pipe's end",
        OUT,
        [
            Err(Errno::Inval),
            Err(Errno::BadF),
            Err(Errno::Inval),
            Err(Errno::SPipe),
            Err(Errno::SPipe),
            Err(Errno::SPipe),
            OK,
        ],
    ),
    ("closed", CLOSED, [Err(Errno::BadF); 7]),
];

#[test]
fn each_kind_of_file_has_its_operations() {
    let mut vfs = vfs();
    let write = OpenFlags::RDWR | OpenFlags::CREAT;
    let file = open(&mut vfs, "/tmp/f", write);
    let reader = open(&mut vfs, "/tmp/f", OpenFlags::RDONLY);
    let dir = open(&mut vfs, "/tmp", OpenFlags::RDONLY);
    let null = open(&mut vfs, "/dev/null", OpenFlags::RDWR);
    let (out, into) = vfs.pipe(OpenFlags::empty()).unwrap();
    assert_eq!([file, reader, dir, null, out, into], [FILE, READER, DIR, NULL, OUT, INTO]);
    for (kind, fd, expected) in OPERATIONS {
        let got = [
            vfs.ftruncate(fd, 4),
            vfs.fallocate(fd, 0, 4),
            vfs.fsync(fd),
            vfs.pread(fd, &mut [0; 2], 0).map(drop),
            vfs.pwrite(fd, b"x", 0).map(drop),
            vfs.seek(fd, 0, Whence::Set).map(drop),
            vfs.fchmod(fd, 0o755),
        ];
        assert_eq!(got, expected, "{kind}");
    }
}

#[test]
fn sizes_have_bounds() {
    let mut vfs = vfs();
    let file = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    let null = open(&mut vfs, "/dev/null", OpenFlags::RDWR);
    for fd in [file, null] {
        assert_eq!([vfs.ftruncate(fd, -1), vfs.fallocate(fd, -1, 1)], [Err(Errno::Inval); 2]);
        assert_eq!([vfs.fallocate(fd, 0, 0), vfs.fallocate(fd, 0, -1)], [Err(Errno::Inval); 2]);
    }
    assert_eq!(vfs.fallocate(file, i64::MAX, i64::MAX), Err(Errno::FBig));
    assert_eq!(vfs.truncate(AT_FDCWD, b"/tmp", 0), Err(Errno::IsDir));
    assert_eq!(vfs.truncate(AT_FDCWD, b"/dev/null", 0), Err(Errno::Inval));
    assert_eq!(vfs.truncate(AT_FDCWD, b"/tmp/f", -1), Err(Errno::Inval));
    vfs.fchmod(file, 0o400).unwrap();
    assert_eq!(vfs.truncate(AT_FDCWD, b"/tmp/f", 0), Err(Errno::Acces));
    vfs.set_enforce_permissions(false);
    assert_eq!(vfs.truncate(AT_FDCWD, b"/tmp/f", 0), Ok(()));
}

#[test]
fn rights_are_asked_for_bit_by_bit() {
    let mut vfs = vfs();
    vfs.write_file(b"/tmp/f", b"").unwrap();
    for mode in [0o000, 0o400, 0o200, 0o100, 0o444, 0o222, 0o111, 0o010, 0o001, 0o755] {
        vfs.chmod(AT_FDCWD, b"/tmp/f", mode, true).unwrap();
        for wanted in 0..8 {
            let bits = (mode | mode >> 3 | mode >> 6) & 7;
            let expected = if bits & wanted == wanted { Ok(()) } else { Err(Errno::Acces) };
            assert_eq!(vfs.access(AT_FDCWD, b"/tmp/f", wanted), expected, "{mode:o} {wanted}");
        }
    }
    assert_eq!([R_OK, W_OK, X_OK], [4, 2, 1]);
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp/f", 8), Err(Errno::Inval));
    // Root may do all but execute what nobody may.
    vfs.set_enforce_permissions(false);
    vfs.chmod(AT_FDCWD, b"/tmp/f", 0, true).unwrap();
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp/f", R_OK | W_OK), Ok(()));
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp/f", X_OK), Err(Errno::Acces));
    vfs.chmod(AT_FDCWD, b"/tmp", 0, true).unwrap();
    assert_eq!(vfs.access(AT_FDCWD, b"/tmp", X_OK), Ok(()));
}

#[test]
fn owners_and_times_are_set_one_by_one() {
    let mut vfs = vfs();
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    let owner = |vfs: &mut Vfs| vfs.fstat(fd).map(|meta| (meta.uid, meta.gid)).unwrap();
    vfs.fchown(fd, 5, u32::MAX).unwrap();
    assert_eq!(owner(&mut vfs), (5, 0));
    vfs.chown(AT_FDCWD, b"/tmp/f", u32::MAX, 6, true).unwrap();
    assert_eq!(owner(&mut vfs), (5, 6));
    let at = |secs| Timespec { secs, nanos: 7000 };
    vfs.futimens(fd, SetTime::To(at(1)), SetTime::Omit).unwrap();
    let meta = vfs.fstat(fd).unwrap();
    let before = meta.mtime;
    assert_eq!(meta.atime, at(1));
    vfs.utimens(AT_FDCWD, b"/tmp/f", SetTime::Omit, SetTime::To(at(2)), true).unwrap();
    let meta = vfs.fstat(fd).unwrap();
    assert_ne!(before, at(2));
    assert_eq!((meta.atime, meta.mtime), (at(1), at(2)));
    let bad = SetTime::To(Timespec { secs: 0, nanos: 1_000_000_000 });
    for (atime, mtime) in [(bad, SetTime::Omit), (SetTime::Omit, bad)] {
        assert_eq!(vfs.futimens(fd, atime, mtime), Err(Errno::Inval));
    }
    vfs.futimens(fd, SetTime::To(Timespec { secs: 0, nanos: 999_999_999 }), SetTime::Now).unwrap();
    assert_eq!(vfs.fstat(fd).unwrap().mtime.secs, NOW.secs);
}

#[test]
fn what_is_copied_up_may_take_all_the_room_there_is() {
    let copies_up = |room: u64| {
        let mut vfs = Vfs::new(config(StorageLimits { max_bytes: room, ..StorageLimits::default() }));
        let layer = MapLayer::new("test", vec![MapFile::new("f", *b"0123456789")]).unwrap();
        vfs.mount_layer(b"/l", Arc::new(layer)).unwrap();
        let fd = open(&mut vfs, "/l/f", OpenFlags::RDWR);
        let before = vfs.budget().free();
        let written = vfs.pwrite(fd, b"x", 0);
        (vfs, written, before)
    };
    // With what the host holds for it besides.
    let (vfs, ..) = copies_up(1 << 20);
    let needed = (1 << 20) - vfs.budget().free();
    for (room, expected) in [(needed, Ok(1)), (needed - 1, Err(Errno::NoSpc))] {
        let (mut vfs, written, before) = copies_up(room);
        assert_eq!(written, expected);
        let text: &[u8] = if expected.is_ok() { b"x123456789" } else { b"0123456789" };
        assert_eq!(vfs.read_file(b"/l/f").unwrap(), text);
        assert_eq!(vfs.budget().free(), if expected.is_ok() { 0 } else { before });
    }
}

/// A terminal that tells what was set.
#[derive(Clone, Default)]
struct Terminal(Arc<Mutex<Option<TerminalModes>>>);

impl Stream for Terminal {
    fn read(&mut self, _buf: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        Ok(buf.len())
    }

    fn readiness(&mut self) -> Readiness {
        Readiness::all()
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        Some(WaitHandle(7))
    }

    fn bytes_readable(&mut self) -> Result<usize> {
        Ok(11)
    }

    fn terminal(&self) -> Option<WindowSize> {
        Some(WindowSize { rows: 24, cols: 80 })
    }

    fn modes(&self) -> Option<TerminalModes> {
        *self.0.lock().unwrap()
    }

    fn set_modes(&mut self, modes: TerminalModes) -> Result<()> {
        *self.0.lock().unwrap() = Some(modes);
        Ok(())
    }
}

#[test]
fn modes_are_the_terminal_s() {
    let terminal = Terminal::default();
    let stdin = Box::new(terminal.clone());
    let stdout = Box::new(Terminal::default());
    let mut vfs = Vfs::new(VfsConfig { stdin, stdout, ..config(StorageLimits::default()) });
    let modes = TerminalModes { input: 1, output: 2, control: 6, local: 3, special: [4; 17] };
    let tty = open(&mut vfs, "/dev/tty", OpenFlags::RDWR);
    for (number, fd) in (0..).zip([0, tty]) {
        let modes = TerminalModes { input: number, ..modes };
        assert_eq!(vfs.set_terminal_modes(fd, modes), Ok(()));
        assert_eq!((terminal.modes(), vfs.terminal_modes(fd)), (Some(modes), Ok(Some(modes))));
    }
    let file = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    let null = open(&mut vfs, "/dev/null", OpenFlags::RDWR);
    for (fd, errno) in [(file, Errno::NotTy), (null, Errno::NotTy), (99, Errno::BadF)] {
        assert_eq!(vfs.set_terminal_modes(fd, modes), Err(errno), "{fd}");
    }
    assert_eq!([file, null].map(|fd| vfs.terminal_modes(fd)), [Ok(None); 2]);
    assert_eq!(vfs.terminal_modes(99), Err(Errno::BadF));
    for (fd, answer) in
        [(0, Ok(())), (2, Ok(())), (file, Err(Errno::NotTy)), (null, Err(Errno::NotTy)), (99, Err(Errno::BadF))]
    {
        assert_eq!(vfs.terminal_line(fd, LineRequest::Drain), answer, "{fd}");
    }
    // Where there are none, setting them is without effect, and no error.
    assert_eq!((vfs.set_terminal_modes(2, modes), vfs.terminal_modes(2)), (Ok(()), Ok(None)));
    assert_eq!([0, 2, file, null].map(|fd| vfs.terminal(fd).unwrap().is_some()), [true, false, false, false]);
    assert_eq!([0, 2, file, null, 99].map(|fd| vfs.wait_handle(fd).is_some()), [true, false, false, false, false]);
}

#[test]
fn a_stream_of_nobody_is_ready_and_at_its_end() {
    let all = Readiness::IN | Readiness::OUT | Readiness::RDNORM | Readiness::WRNORM;
    assert_eq!(NullStream.readiness(), all);
    assert_eq!((NullStream.read(&mut [0; 4]), NullStream.write(b"abc"), NullStream.flush()), (Ok(0), Ok(3), Ok(())));
    assert_eq!((NullStream.modes(), NullStream.terminal(), NullStream.wait_handle()), (None, None, None));
    let mut vfs = vfs();
    let file = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    let null = open(&mut vfs, "/dev/null", OpenFlags::RDWR);
    let reader = open(&mut vfs, "/dev/null", OpenFlags::RDONLY);
    assert_eq!([file, null].map(|fd| vfs.readiness(fd)), [all; 2]);
    assert_eq!(vfs.readiness(reader), Readiness::IN | Readiness::RDNORM);
    assert_eq!(vfs.readiness(99), Readiness::NVAL);
}
