//! Which of the three streams stands behind a device, operation by operation.

mod common;

use std::sync::{Arc, Mutex};

use common::{config, open};
use pyrun_memfs::{
    AT_FDCWD, Errno, LineRequest, NullStream, OpenFlags, Readiness, Result, StorageLimits, Stream, TerminalModes, Vfs,
    VfsConfig, WaitHandle, Whence, WindowSize,
};

/// What reached a stream.
type Heard = Arc<Mutex<Vec<(u8, &'static str)>>>;

/// A terminal that says its number wherever it can.
struct Numbered(u8, Heard);

impl Numbered {
    fn heard(&self, what: &'static str) {
        self.1.lock().unwrap().push((self.0, what));
    }

    fn modes_of(number: u8) -> TerminalModes {
        TerminalModes { input: number.into(), output: 2, control: 6, local: 3, special: [4; 17] }
    }
}

impl Stream for Numbered {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        buf.fill(self.0);
        // More than there is room for, which nobody believes.
        Ok(buf.len() + 1)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        self.heard("write");
        Ok(buf.len() + 1)
    }

    fn flush(&mut self) -> Result<()> {
        self.heard("flush");
        Ok(())
    }

    fn readiness(&mut self) -> Readiness {
        // Each has bits that only reading or only writing asks for.
        match self.0 {
            0 => Readiness::IN | Readiness::RDNORM | Readiness::OUT | Readiness::HUP,
            1 => Readiness::OUT | Readiness::WRNORM | Readiness::IN | Readiness::ERR,
            _ => Readiness::PRI | Readiness::WRNORM | Readiness::NVAL,
        }
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        Some(WaitHandle(self.0.into()))
    }

    fn bytes_readable(&mut self) -> Result<usize> {
        Ok(self.0.into())
    }

    fn terminal(&self) -> Option<WindowSize> {
        Some(WindowSize { rows: self.0.into(), cols: 80 })
    }

    fn modes(&self) -> Option<TerminalModes> {
        Some(Self::modes_of(self.0))
    }

    fn set_modes(&mut self, _: TerminalModes) -> Result<()> {
        self.heard("modes");
        Ok(())
    }

    fn line(&mut self, _: LineRequest) -> Result<()> {
        self.heard("line");
        Ok(())
    }
}

fn numbered() -> (Vfs, impl Fn() -> Vec<(u8, &'static str)>) {
    let heard = Heard::default();
    let stream = |number| Box::new(Numbered(number, heard.clone()));
    let (stdin, stdout, stderr) = (stream(0), stream(1), stream(2));
    let vfs = Vfs::new(VfsConfig { stdin, stdout, stderr, ..config(StorageLimits::default()) });
    (vfs, move || std::mem::take(&mut *heard.lock().unwrap()))
}

/// A device; the stream that is read, the one that is written, the one whose size it has, and the one that its modes are of.
const DEVICES: [(&str, u8, u8, u8); 5] =
    [("stdin", 0, 0, 0), ("stdout", 1, 1, 1), ("stderr", 2, 2, 2), ("tty", 0, 1, 1), ("tty1", 2, 2, 2)];

#[test]
fn each_device_has_its_stream() {
    let (mut vfs, heard) = numbered();
    for (name, reads, writes, size) in DEVICES {
        let fd = open(&mut vfs, &format!("/dev/{name}"), OpenFlags::RDWR);
        let mut buf = [9; 3];
        assert_eq!((vfs.read(fd, &mut buf), buf), (Ok(3), [reads; 3]), "{name}");
        assert_eq!((vfs.write(fd, b"text"), heard()), (Ok(4), vec![(writes, "write")]), "{name}");
        assert_eq!((vfs.fsync(fd), heard()), (Ok(()), vec![(writes, "flush")]), "{name}");
        assert_eq!(vfs.terminal(fd), Ok(Some(WindowSize { rows: size.into(), cols: 80 })), "{name}");
        assert_eq!(vfs.terminal_modes(fd), Ok(Some(Numbered::modes_of(reads))), "{name}");
        assert_eq!(vfs.set_terminal_modes(fd, Numbered::modes_of(7)), Ok(()), "{name}");
        assert_eq!(heard(), [(reads, "modes")], "{name}");
        assert_eq!((vfs.terminal_line(fd, LineRequest::Drain), heard()), (Ok(()), vec![(reads, "line")]), "{name}");
        assert_eq!(vfs.bytes_readable(fd), Ok(reads.into()), "{name}");
        for whence in [Whence::Set, Whence::Current, Whence::End] {
            assert_eq!(vfs.seek(fd, 0, whence), Err(Errno::SPipe), "{name}");
        }
        assert_eq!([vfs.pread(fd, &mut buf, 0), vfs.pwrite(fd, b"x", 0)], [Err(Errno::SPipe); 2], "{name}");
        assert_eq!((vfs.read(fd, &mut []), heard()), (Ok(0), vec![]), "reading nothing does not wait");
        vfs.close(fd).unwrap();
    }
}

#[test]
fn a_device_is_waited_for_as_it_was_opened() {
    let (mut vfs, _) = numbered();
    let reading = Readiness::IN | Readiness::PRI | Readiness::RDNORM | Readiness::HUP | Readiness::ERR;
    let writing = Readiness::OUT | Readiness::WRNORM | Readiness::ERR;
    for (name, reads, writes, _) in DEVICES {
        let said = |number| Numbered(number, Heard::default()).readiness();
        let (read, write) = (said(reads) & reading, said(writes) & writing);
        for (flags, ready, handle) in [
            (OpenFlags::RDONLY, read, reads),
            (OpenFlags::WRONLY, write, writes),
            (OpenFlags::RDWR, read | write, reads),
        ] {
            let fd = open(&mut vfs, &format!("/dev/{name}"), flags);
            assert_eq!(vfs.readiness(fd), ready, "{name} {flags:?}");
            assert_eq!(vfs.wait_handle(fd), Some(WaitHandle(handle.into())), "{name} {flags:?}");
            vfs.close(fd).unwrap();
        }
    }
}

#[test]
fn devices_without_a_stream_have_none_of_it() {
    let (mut vfs, heard) = numbered();
    for name in ["null", "zero", "full", "random", "urandom"] {
        for (flags, ready) in [
            (OpenFlags::RDONLY, Readiness::IN | Readiness::RDNORM),
            (OpenFlags::WRONLY, Readiness::OUT | Readiness::WRNORM),
            (OpenFlags::RDWR, Readiness::IN | Readiness::RDNORM | Readiness::OUT | Readiness::WRNORM),
        ] {
            let fd = open(&mut vfs, &format!("/dev/{name}"), flags);
            assert_eq!(vfs.readiness(fd), ready, "{name} {flags:?}");
            assert_eq!((vfs.wait_handle(fd), vfs.terminal(fd), vfs.terminal_modes(fd)), (None, Ok(None), Ok(None)));
            assert_eq!(vfs.bytes_readable(fd), Err(Errno::NotTy), "{name}");
            assert_eq!(vfs.set_terminal_modes(fd, Numbered::modes_of(7)), Err(Errno::NotTy), "{name}");
            assert_eq!((vfs.fsync(fd), vfs.seek(fd, 5, Whence::End)), (Err(Errno::Inval), Ok(0)), "{name}");
            vfs.close(fd).unwrap();
        }
    }
    assert_eq!(heard(), []);
}

/// Whether there is a `tty` is the terminal's that is written to.
#[test]
fn a_tty_wants_a_terminal_to_write_to() {
    for (is_terminal, expected) in [(true, Ok(())), (false, Err(Errno::NxIo))] {
        let heard = Heard::default();
        let terminal = || -> Box<dyn Stream> { Box::new(Numbered(1, heard.clone())) };
        let none = || -> Box<dyn Stream> { Box::new(NullStream) };
        let (stdin, stdout) = if is_terminal { (none(), terminal()) } else { (terminal(), none()) };
        let mut vfs = Vfs::new(VfsConfig { stdin, stdout, stderr: terminal(), ..config(StorageLimits::default()) });
        assert_eq!(vfs.openat(AT_FDCWD, b"/dev/tty", OpenFlags::RDWR, 0).map(drop), expected);
        assert!(vfs.openat(AT_FDCWD, b"/dev/tty1", OpenFlags::RDWR, 0).is_ok());
    }
}
