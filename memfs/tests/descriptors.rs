//! Descriptors, pipes and devices.

mod common;

use std::sync::{Arc, Mutex};

use common::{config, open, read_all, vfs};
use pyrun_memfs::{
    AT_FDCWD, Errno, FD_CLOEXEC, FileKind, OpenFlags, Readiness, Result, StorageLimits, Stream, Vfs, VfsConfig,
    WaitHandle, Whence, WindowSize,
};

#[test]
fn duplicates_share_the_position() {
    let mut vfs = vfs();
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT | OpenFlags::CLOEXEC);
    assert_eq!((fd, vfs.descriptor_flags(fd)), (3, Ok(FD_CLOEXEC)));
    assert_eq!(vfs.dup(fd), Ok(4));
    assert_eq!(vfs.descriptor_flags(4), Ok(0));
    assert_eq!(vfs.dup_from(fd, 10), Ok(10));
    assert_eq!(vfs.dup_to(fd, 4), Ok(4));
    assert_eq!(vfs.dup_to(fd, fd), Ok(fd));
    vfs.write(10, b"abc").unwrap();
    assert_eq!(vfs.seek(4, 0, Whence::Current), Ok(3));
    vfs.close(fd).unwrap();
    assert_eq!(vfs.seek(10, -2, Whence::Current), Ok(1));
    assert_eq!(read_all(&mut vfs, 4), b"bc");
    assert_eq!(open(&mut vfs, "/tmp/f", OpenFlags::RDONLY), 3, "the lowest free one");
    assert_eq!(vfs.dup_highest(fd), Ok(4095));
    assert_eq!(vfs.dup_highest(4095), Ok(4094));
    assert_eq!(vfs.dup_highest(99), Err(Errno::BadF));
    assert_eq!(vfs.dup_from(3, -1), Err(Errno::Inval));
    assert_eq!(vfs.dup_from(3, 4096), Err(Errno::Inval));
    assert_eq!(vfs.dup_to(3, 4096), Err(Errno::BadF));
    assert_eq!(vfs.dup_to(99, 3), Err(Errno::BadF));
    assert_eq!(vfs.dup(-1), Err(Errno::BadF));
}

#[test]
fn descriptors_are_limited() {
    let mut vfs = Vfs::new(config(StorageLimits { max_descriptors: 6, ..StorageLimits::default() }));
    for _ in 0..2 {
        open(&mut vfs, "/tmp", OpenFlags::RDONLY);
    }
    assert_eq!(vfs.pipe(OpenFlags::empty()), Err(Errno::MFile));
    assert_eq!(vfs.dup(0), Ok(5));
    assert_eq!(vfs.dup(0), Err(Errno::MFile));
    assert_eq!(vfs.dup_highest(0), Err(Errno::MFile));
    assert_eq!(vfs.openat(AT_FDCWD, b"/tmp/f", OpenFlags::CREAT, 0), Err(Errno::MFile));
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/f", true), Err(Errno::NoEnt), "an error changes nothing");
    vfs.close(4).unwrap();
    assert_eq!(vfs.dup_to(0, 4), Ok(4));
    assert_eq!(vfs.dup_to(0, 6), Err(Errno::BadF));
    let tiny = Vfs::new(config(StorageLimits { max_descriptors: 0, max_inodes: 0, max_bytes: 0 }));
    assert_eq!(tiny.getcwd().unwrap(), b"/", "no room for anything, and still no panic");
}

#[test]
fn descriptor_links_lead_to_the_file_itself() {
    let mut vfs = vfs();
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    vfs.write(fd, b"text").unwrap();
    vfs.unlinkat(AT_FDCWD, b"/tmp/f").unwrap();
    let again = open(&mut vfs, "/dev/fd/3", OpenFlags::RDONLY);
    assert_eq!(read_all(&mut vfs, again), b"text");
    assert_eq!(vfs.stat(AT_FDCWD, b"/proc/self/fd/3", false).unwrap().kind(), FileKind::Symlink);
    assert_eq!(vfs.stat(AT_FDCWD, b"/proc/self/fd/3", true).unwrap().size, 4);
    assert_eq!(vfs.stat(AT_FDCWD, b"/proc/self/fd/03", true), Err(Errno::NoEnt));
    assert_eq!(vfs.stat(AT_FDCWD, b"/proc/self/fd/99", true), Err(Errno::NoEnt));
    let dir = open(&mut vfs, "/tmp", OpenFlags::DIRECTORY);
    assert_eq!(vfs.readlinkat(AT_FDCWD, format!("/proc/self/fd/{dir}").as_bytes()).unwrap(), b"/tmp");
    assert!(vfs.mkdirat(AT_FDCWD, format!("/proc/self/fd/{dir}/made").as_bytes(), 0o777).is_ok());
    assert_eq!(vfs.linkat(AT_FDCWD, b"/proc/self/fd/3", AT_FDCWD, b"/tmp/back", true), Err(Errno::NoEnt));
    assert_eq!(vfs.openat(AT_FDCWD, b"/proc/self/fd/3", OpenFlags::NOFOLLOW, 0), Err(Errno::Loop));
}

#[test]
fn pipes_end_with_their_writers() {
    let mut vfs = vfs();
    let (reader, writer) = vfs.pipe(OpenFlags::CLOEXEC).unwrap();
    let mut buf = [0; 8];
    assert_eq!(vfs.descriptor_flags(reader), Ok(FD_CLOEXEC));
    assert_eq!(vfs.read(reader, &mut buf), Err(Errno::Again));
    assert_eq!(vfs.read(writer, &mut buf), Err(Errno::BadF));
    assert_eq!(vfs.write(writer, b"abc"), Ok(3));
    assert_eq!((vfs.bytes_readable(reader), vfs.readiness(reader).contains(Readiness::IN)), (Ok(3), true));
    let copy = vfs.dup(writer).unwrap();
    vfs.close(writer).unwrap();
    assert_eq!(vfs.read(reader, &mut buf), Ok(3));
    assert_eq!(vfs.read(reader, &mut buf), Err(Errno::Again), "the copy is still open");
    vfs.close(copy).unwrap();
    assert_eq!(vfs.read(reader, &mut buf), Ok(0));
    assert!(vfs.readiness(reader).contains(Readiness::HUP));
    let metadata = vfs.fstat(reader).unwrap();
    assert_eq!((metadata.dev, metadata.mode, metadata.size), (14, 0o010_600, 0));
    assert_eq!(vfs.seek(reader, 0, Whence::Set), Err(Errno::SPipe));
    assert_eq!(vfs.pread(reader, &mut buf, 0), Err(Errno::SPipe));
    let path = format!("/proc/self/fd/{reader}");
    assert_eq!(vfs.readlinkat(AT_FDCWD, path.as_bytes()).unwrap(), format!("pipe:[{}]", metadata.ino).as_bytes());
    let writer = open(&mut vfs, &path, OpenFlags::WRONLY);
    assert_eq!(vfs.write(writer, b"again"), Ok(5), "a pipe can be opened by its link");
    vfs.close(reader).unwrap();
    assert_eq!(vfs.write(writer, b"x"), Err(Errno::Pipe));
    assert!(vfs.readiness(writer).contains(Readiness::ERR));
}

#[test]
fn a_pipe_has_the_flags_that_it_was_made_with() {
    let mut vfs = vfs();
    for (flags, status, descriptor) in [
        (OpenFlags::empty(), OpenFlags::empty(), 0),
        (OpenFlags::NONBLOCK, OpenFlags::NONBLOCK, 0),
        (OpenFlags::CLOEXEC, OpenFlags::empty(), FD_CLOEXEC),
        (OpenFlags::CLOEXEC | OpenFlags::NONBLOCK, OpenFlags::NONBLOCK, FD_CLOEXEC),
    ] {
        let (reader, writer) = vfs.pipe(flags).unwrap();
        assert_eq!(vfs.status_flags(reader), Ok(status), "{flags:?}");
        assert_eq!(vfs.status_flags(writer), Ok(status | OpenFlags::WRONLY), "{flags:?}");
        assert_eq!((vfs.descriptor_flags(reader), vfs.descriptor_flags(writer)), (Ok(descriptor), Ok(descriptor)));
    }
    assert_eq!(vfs.pipe(OpenFlags::APPEND), Err(Errno::Inval));
}

#[derive(Default)]
struct Ends {
    input: Vec<u8>,
    output: Vec<u8>,
    flushed: bool,
}

struct Terminal(Arc<Mutex<Ends>>);

impl Stream for Terminal {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        let mut ends = self.0.lock().unwrap();
        let count = ends.input.len().min(buf.len());
        ends.input.drain(..count).zip(buf).for_each(|(byte, target)| *target = byte);
        Ok(count)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        self.0.lock().unwrap().output.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.0.lock().unwrap().flushed = true;
        Ok(())
    }

    fn readiness(&mut self) -> Readiness {
        let readable = if self.0.lock().unwrap().input.is_empty() { Readiness::empty() } else { Readiness::IN };
        readable | Readiness::OUT
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        Some(WaitHandle(7))
    }

    fn terminal(&self) -> Option<WindowSize> {
        Some(WindowSize { rows: 24, cols: 80 })
    }
}

#[test]
fn streams_stand_behind_the_first_three() {
    let ends = Arc::new(Mutex::new(Ends { input: b"typed".to_vec(), ..Ends::default() }));
    let stdin: Box<dyn Stream> = Box::new(Terminal(ends.clone()));
    let stdout: Box<dyn Stream> = Box::new(Terminal(ends.clone()));
    let mut vfs = Vfs::new(VfsConfig { stdin, stdout, ..config(StorageLimits::default()) });
    assert_eq!(vfs.readiness(0), Readiness::IN);
    let mut buf = [0; 3];
    assert_eq!((vfs.read(0, &mut buf), buf), (Ok(3), *b"typ"));
    let tty = open(&mut vfs, "/dev/tty", OpenFlags::RDWR);
    assert_eq!((vfs.read(tty, &mut buf), &buf[..2]), (Ok(2), b"ed".as_slice()));
    assert_eq!(
        (vfs.readiness(0), vfs.readiness(1), vfs.readiness(99)),
        (Readiness::empty(), Readiness::OUT, Readiness::NVAL)
    );
    vfs.write(tty, b"to the ").unwrap();
    vfs.write(1, b"screen").unwrap();
    vfs.fsync(1).unwrap();
    assert_eq!(ends.lock().unwrap().output, b"to the screen");
    assert!(ends.lock().unwrap().flushed);
    assert_eq!(vfs.write(0, b"x"), Err(Errno::BadF));
    assert_eq!((vfs.wait_handle(0), vfs.wait_handle(2), vfs.wait_handle(99)), (Some(WaitHandle(7)), None, None));
    assert_eq!(vfs.terminal(1), Ok(Some(WindowSize { rows: 24, cols: 80 })));
    assert_eq!((vfs.terminal(2), vfs.terminal(99)), (Ok(None), Err(Errno::BadF)));
    assert_eq!(vfs.seek(0, 0, Whence::Set), Err(Errno::SPipe));
    assert_eq!(vfs.fstat(0).unwrap().kind(), FileKind::CharDevice);
    vfs.close(0).unwrap();
    assert_eq!(open(&mut vfs, "/dev/stdin", OpenFlags::RDONLY), 0);
}

#[test]
fn output_is_dropped_while_that_is_asked_for() {
    let ends = Arc::new(Mutex::new(Ends::default()));
    let stdout: Box<dyn Stream> = Box::new(Terminal(ends.clone()));
    let mut vfs = Vfs::new(VfsConfig { stdout, ..config(StorageLimits::default()) });
    for (discards, text) in [(true, "lost"), (false, "kept"), (true, "lost")] {
        vfs.discard_output(discards);
        assert_eq!(vfs.write(1, text.as_bytes()), Ok(4));
    }
    let full = open(&mut vfs, "/dev/full", OpenFlags::WRONLY);
    assert_eq!(vfs.write(full, b"x"), Err(Errno::NoSpc), "other devices are as they are");
    assert_eq!(ends.lock().unwrap().output, b"kept");
}

#[test]
fn without_a_terminal_there_is_no_tty() {
    let mut vfs = vfs();
    assert_eq!(vfs.openat(AT_FDCWD, b"/dev/tty", OpenFlags::RDWR, 0), Err(Errno::NxIo));
    assert_eq!(vfs.stat(AT_FDCWD, b"/dev/tty", true).unwrap().kind(), FileKind::CharDevice);
}

#[test]
fn what_the_devices_swallow_goes_nowhere() {
    let ends = Arc::new(Mutex::new(Ends::default()));
    let stream = || -> Box<dyn Stream> { Box::new(Terminal(ends.clone())) };
    let (stdin, stdout, stderr) = (stream(), stream(), stream());
    let mut vfs = Vfs::new(VfsConfig { stdin, stdout, stderr, ..config(StorageLimits::default()) });
    for name in ["null", "zero", "random", "urandom"] {
        let device = open(&mut vfs, &format!("/dev/{name}"), OpenFlags::WRONLY);
        assert_eq!(vfs.write(device, b"gone"), Ok(4), "{name}");
    }
    let full = open(&mut vfs, "/dev/full", OpenFlags::WRONLY);
    assert_eq!((vfs.write(full, b""), vfs.write(full, b"x")), (Ok(0), Err(Errno::NoSpc)));
    assert_eq!(ends.lock().unwrap().output, b"");
}

#[test]
fn devices_do_what_their_names_say() {
    let mut vfs = vfs();
    let mut buf = [9; 4];
    let null = open(&mut vfs, "/dev/null", OpenFlags::RDWR | OpenFlags::TRUNC | OpenFlags::CREAT);
    assert_eq!((vfs.read(null, &mut buf), vfs.write(null, b"gone")), (Ok(0), Ok(4)));
    assert_eq!(vfs.seek(null, 100, Whence::Set), Ok(0));
    assert_eq!(vfs.ftruncate(null, 0), Err(Errno::Inval));
    let zero = open(&mut vfs, "/dev/zero", OpenFlags::RDWR);
    assert_eq!((vfs.read(zero, &mut buf), buf), (Ok(4), [0; 4]));
    let full = open(&mut vfs, "/dev/full", OpenFlags::RDWR);
    assert_eq!(vfs.write(full, b"x"), Err(Errno::NoSpc));
    let random = open(&mut vfs, "/dev/urandom", OpenFlags::RDONLY);
    assert_eq!((vfs.read(random, &mut buf), buf), (Ok(4), [0, 1, 2, 3]));
    assert_eq!(vfs.pread(random, &mut buf, 10), Ok(4));
    assert_eq!(vfs.bytes_readable(random), Err(Errno::NotTy));
    assert!(vfs.readiness(random).contains(Readiness::IN));
    vfs.mknodat(AT_FDCWD, b"/tmp/null", 0o020_666, 0x0103).unwrap();
    assert!(vfs.openat(AT_FDCWD, b"/tmp/null", OpenFlags::RDWR, 0).is_ok());
    vfs.mknodat(AT_FDCWD, b"/tmp/none", 0o020_666, 0x4242).unwrap();
    assert_eq!(vfs.openat(AT_FDCWD, b"/tmp/none", OpenFlags::RDWR, 0), Err(Errno::NxIo));
    assert_eq!(vfs.mknodat(AT_FDCWD, b"/tmp/fifo", 0o010_666, 0), Err(Errno::Perm));
    assert_eq!(vfs.mknodat(AT_FDCWD, b"/tmp/bad", 0o170_666, 0), Err(Errno::Inval));
    vfs.mknodat(AT_FDCWD, b"/tmp/plain", 0o644, 0).unwrap();
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/plain", true).unwrap().mode, 0o100_644);
}

#[test]
fn a_copy_has_flags_of_its_own() {
    let mut vfs = vfs();
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT | OpenFlags::CLOEXEC);
    let other = open(&mut vfs, "/tmp/f", OpenFlags::RDONLY | OpenFlags::CLOEXEC);
    let copies = [vfs.dup(fd), vfs.dup_from(fd, 20), vfs.dup_highest(fd), vfs.dup_to(fd, other), vfs.dup_to(fd, 30)];
    for copy in copies.map(Result::unwrap) {
        assert_eq!((vfs.descriptor_flags(copy), vfs.descriptor_flags(fd)), (Ok(0), Ok(FD_CLOEXEC)), "{copy}");
        for (asked, flags) in [(u32::MAX, FD_CLOEXEC), (0, 0), (FD_CLOEXEC, FD_CLOEXEC), (2, 0)] {
            assert_eq!((vfs.set_descriptor_flags(copy, asked), vfs.descriptor_flags(copy)), (Ok(()), Ok(flags)));
        }
        vfs.write(copy, b"x").unwrap();
    }
    assert_eq!(vfs.seek(fd, 0, Whence::Current), Ok(5), "one description");
    assert_eq!(vfs.set_descriptor_flags(99, 0), Err(Errno::BadF));
}

/// The links of descriptors, however few are taken at once, and while some are closed.
#[test]
fn the_directory_of_descriptors_lists_each_once() {
    let mut vfs = vfs();
    let dir = open(&mut vfs, "/proc/self/fd", OpenFlags::RDONLY);
    for target in [9, 17, 4000] {
        vfs.dup_to(0, target).unwrap();
    }
    vfs.close(1).unwrap();
    for step in 1..9 {
        vfs.seek(dir, 0, Whence::Set).unwrap();
        let mut names = Vec::new();
        loop {
            let entries = vfs.getdents(dir, step).unwrap();
            if entries.is_empty() {
                break;
            }
            assert!(entries.len() <= step);
            names.extend(entries.into_iter().map(|entry| String::from_utf8(entry.name).unwrap()));
        }
        assert_eq!(names, [".", "..", "0", "2", "3", "9", "17", "4000"], "{step}");
    }
    assert_eq!(vfs.getdents(dir, 0), Ok(vec![]));
}

/// Whether a limit was met is known afterwards, to each file system for itself.
#[test]
fn a_limit_that_was_met_is_remembered() {
    let limits = StorageLimits { max_descriptors: 6, max_inodes: 24, ..StorageLimits::default() };
    let mut vfs = Vfs::new(config(limits));
    let met = |vfs: &Vfs| vfs.shortages().map(|shortage| shortage.is_met());
    let image = vfs.freeze().unwrap();
    let thawed = || Vfs::thaw(&image, config(limits), Vec::new()).unwrap();
    let (mut by_inodes, mut by_descriptors) = (thawed(), thawed());
    assert_eq!([met(&vfs), met(&by_inodes)], [[false; 2]; 2]);
    let made = (0..50).take_while(|n| by_inodes.write_file(format!("/tmp/{n}").as_bytes(), b"").is_ok()).count();
    assert!(made > 0 && made < 24, "{made}");
    let opened = (0..50).take_while(|_| by_descriptors.dup(0).is_ok()).count();
    assert_eq!(opened, 3);
    assert_eq!([met(&vfs), met(&by_inodes), met(&by_descriptors)], [[false; 2], [true, false], [false, true]]);
    // As many fit as at first.
    assert_eq!((0..50).take_while(|_| vfs.dup(0).is_ok()).count(), 3);
    assert_eq!([met(&vfs), met(&thawed())], [[false, true], [false; 2]]);
}
