//! A descriptor of the host as a stream: `read(2)` and `write(2)`, and waiting that a signal for the guest ends.
//!
//! A blocking `read` in the kernel cannot be woken by our wake descriptor, so this waits on both first and reads when
//! there is something. For the same reason a write to a pipe or socket goes in pieces of at most
//! [`PIECE`] bytes, each after a wait: a bigger one could block with the descriptor "writable". A terminal that is writable may block
//! whatever the piece, so it is opened again for writing: that description is ours alone, and does not block.
//!
//! A file is one for the guest, too: its position is the descriptor's own, which programs of one shell line share, so that what one
//! has not read is there for the next.
//!
//! Descriptors that somebody set to non-blocking (a shell's other job on the same terminal does that) behave the same.
//! A write to a pipe that nobody reads is `EPIPE` as long as the process ignores `SIGPIPE`, as every Rust program does;
//! a C program that embeds this must do so itself.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use pyrun_emscripten_shim::host::Wait;
use pyrun_memfs::{
    Errno, LineRequest, Readiness, Result, Stream, StreamFile, TerminalModes, WaitHandle, Whence, WindowSize,
};
use rustix::fs::{FileType, OFlags, SeekFrom};
use rustix::io::Errno as HostErrno;

use super::terminal::{HeldTerminal, ModesOfTerminal};
use crate::grants::folders::metadata;
use crate::host::errno;
use crate::host::{InterruptHandle, readiness, wait};

/// What a pipe that is writable takes without blocking (`PIPE_BUF` on Linux).
const PIECE: usize = 4096;

/// Limit: how long a terminal that is full is left alone before it is asked again.
const A_LITTLE: Duration = Duration::from_millis(5);

/// The size of a terminal that does not know its own: what Emscripten's `libtty.js` always says.
const DEFAULT_SIZE: WindowSize = WindowSize { rows: 24, cols: 80 };

/// A descriptor of the host. Closing it, if it is owned, is the descriptor's own business.
#[derive(Debug)]
pub(super) struct HostStream<D = BorrowedFd<'static>> {
    descriptor: D,
    interrupt: InterruptHandle,
    /// A write never waits: a regular file or a block device.
    is_file: bool,
    /// Of a terminal, what is written to.
    own: Option<OwnedFd>,
    /// Of a terminal whose modes the guest may change.
    modes: Option<HeldTerminal>,
    /// Whether the times of a file are not told.
    hides_times: bool,
}

/// The same terminal, opened again so that what is written to it waits for nobody. `None` where this user may not open it, or there is no
/// `/proc`.
fn own_description(terminal: BorrowedFd<'_>) -> Option<OwnedFd> {
    if !rustix::fs::fcntl_getfl(terminal).is_ok_and(|flags| flags.intersects(OFlags::WRONLY | OFlags::RDWR)) {
        return None;
    }
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(format!("/proc/self/fd/{}", terminal.as_raw_fd()), flags, rustix::fs::Mode::empty()).ok()
}

impl HostStream {
    /// The process's standard input.
    pub(super) fn stdin(interrupt: InterruptHandle) -> Self {
        Self::new(rustix::stdio::stdin(), interrupt)
    }

    /// The process's standard output. Bytes that `std::io::stdout()` still holds are not brought out first.
    pub(super) fn stdout(interrupt: InterruptHandle) -> Self {
        Self::new(rustix::stdio::stdout(), interrupt)
    }

    /// The process's standard error.
    pub(super) fn stderr(interrupt: InterruptHandle) -> Self {
        Self::new(rustix::stdio::stderr(), interrupt)
    }
}

impl<D: AsFd + Send> HostStream<D> {
    /// Any descriptor, e.g. a [`File`](std::fs::File) or one end of a pipe.
    pub(super) fn new(descriptor: D, interrupt: InterruptHandle) -> Self {
        let is_file = rustix::fs::fstat(&descriptor).is_ok_and(|stat| {
            matches!(FileType::from_raw_mode(stat.st_mode), FileType::RegularFile | FileType::BlockDevice)
        });
        let own = rustix::termios::isatty(&descriptor).then(|| own_description(descriptor.as_fd())).flatten();
        Self { descriptor, interrupt, is_file, own, modes: None, hides_times: false }
    }

    /// Lets the guest change the modes of the terminal, if it is one. `known` are those of other streams.
    pub(super) fn setting_modes(mut self, known: &mut Vec<Arc<ModesOfTerminal>>) -> Self {
        self.modes = ModesOfTerminal::of(self.descriptor.as_fd(), known).map(HeldTerminal);
        self
    }

    /// Tells no times of a file: they are a clock.
    pub(super) fn hiding_times(mut self, hides: bool) -> Self {
        self.hides_times = hides;
        self
    }

    fn number(&self) -> i32 {
        self.descriptor.as_fd().as_raw_fd()
    }

    /// Waits until the descriptor can be used; `Intr` when a signal for the guest is pending and it cannot.
    fn wait_for(&self, interest: Readiness) -> Result<()> {
        if self.is_file {
            return Ok(());
        }
        // What is ready goes before a signal, as in the kernel; `wait` has it the other way round.
        let useful = interest | Readiness::ERR | Readiness::HUP | Readiness::NVAL;
        if readiness(self.number()).intersects(useful) {
            return Ok(());
        }
        match wait(&self.interrupt, &[(WaitHandle(self.number()), interest)], self.interrupt.timer_in()) {
            // A timer of the guest's is due.
            Wait::Interrupted | Wait::TimedOut => Err(Errno::Intr),
            Wait::Ready => Ok(()),
        }
    }

    fn wait_a_little(&self) -> Result<()> {
        match wait(&self.interrupt, &[], Some(A_LITTLE)) {
            Wait::Interrupted => Err(Errno::Intr),
            Wait::TimedOut | Wait::Ready => Ok(()),
        }
    }

    /// Runs `call` once the descriptor is ready, again while it says that it is not or that it was interrupted.
    fn retrying(
        &self,
        interest: Readiness,
        mut call: impl FnMut(BorrowedFd<'_>) -> rustix::io::Result<usize>,
    ) -> Result<usize> {
        let descriptor = self.descriptor.as_fd();
        let descriptor = self.own.as_ref().filter(|_| interest == Readiness::OUT).map_or(descriptor, AsFd::as_fd);
        loop {
            self.wait_for(interest)?;
            match call(descriptor) {
                Ok(count) => return Ok(count),
                Err(HostErrno::INTR) if self.interrupt.ends_waits() => {
                    return Err(Errno::Intr);
                }
                // A terminal with room for one byte is writable, and takes no end of a line, which are two.
                Err(HostErrno::AGAIN) if self.own.is_some() => self.wait_a_little()?,
                // AGAIN: another process that shares the descriptor was faster.
                Err(HostErrno::INTR | HostErrno::AGAIN) => {}
                Err(error) => return Err(errno::guest(error)),
            }
        }
    }
}

impl<D: AsFd + Send> Stream for HostStream<D> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.interrupt.note_input();
        self.retrying(Readiness::IN, |descriptor| rustix::io::read(descriptor, &mut *buf))
    }

    /// Writes all of `buf` unless a signal or an error comes: then what was written so far, if anything was.
    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        let mut done = 0;
        while let Some(rest) = buf.get(done..).filter(|rest| !rest.is_empty()) {
            let piece = if self.is_file { rest } else { rest.get(..PIECE).unwrap_or(rest) };
            match self.retrying(Readiness::OUT, |descriptor| rustix::io::write(descriptor, piece)) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(done)
    }

    fn flush(&mut self) -> Result<()> {
        if !self.is_file {
            return Ok(());
        }
        rustix::fs::fsync(&self.descriptor).map_err(errno::guest)
    }

    fn readiness(&mut self) -> Readiness {
        readiness(self.number())
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        Some(WaitHandle(self.number()))
    }

    fn file(&self) -> Option<StreamFile> {
        let stat = rustix::fs::fstat(&self.descriptor).ok()?;
        let told = metadata(&stat, std::time::Duration::ZERO);
        let appends = rustix::fs::fcntl_getfl(&self.descriptor).is_ok_and(|flags| flags.contains(OFlags::APPEND));
        Some(StreamFile {
            kind: told.kind(),
            permissions: told.permissions(),
            size: told.size,
            times: (!self.hides_times).then_some([told.atime, told.mtime, told.ctime]),
            blksize: told.blksize,
            blocks: told.blocks,
            appends,
        })
    }

    fn is_seekable(&self) -> bool {
        // What has no position says so; a terminal says yes, and has none.
        self.is_file || !rustix::termios::isatty(&self.descriptor) && rustix::fs::tell(&self.descriptor).is_ok()
    }

    fn seek(&mut self, offset: i64, whence: Whence) -> Result<u64> {
        let to = match whence {
            Whence::Set => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::Inval)?),
            Whence::Current => SeekFrom::Current(offset),
            Whence::End => SeekFrom::End(offset),
        };
        rustix::fs::seek(&self.descriptor, to).map_err(errno::guest)
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.interrupt.note_input();
        self.retrying(Readiness::IN, |descriptor| rustix::io::pread(descriptor, &mut *buf, offset))
    }

    fn write_at(&mut self, offset: u64, buf: &[u8]) -> Result<usize> {
        self.retrying(Readiness::OUT, |descriptor| rustix::io::pwrite(descriptor, buf, offset))
    }

    fn set_len(&mut self, len: u64) -> Result<()> {
        rustix::fs::ftruncate(&self.descriptor, len).map_err(errno::guest)
    }

    fn modes(&self) -> Option<TerminalModes> {
        self.modes.as_ref()?.0.get()
    }

    fn set_modes(&mut self, modes: TerminalModes) -> Result<()> {
        self.modes.as_ref().map_or(Ok(()), |terminal| terminal.0.set(modes))
    }

    fn line(&mut self, request: LineRequest) -> Result<()> {
        self.modes.as_ref().map_or(Ok(()), |terminal| terminal.0.line(request))
    }

    fn bytes_readable(&mut self) -> Result<usize> {
        let count = rustix::io::ioctl_fionread(&self.descriptor).map_err(errno::guest)?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn terminal(&self) -> Option<WindowSize> {
        if !rustix::termios::isatty(&self.descriptor) {
            return None;
        }
        let size = rustix::termios::tcgetwinsize(&self.descriptor).ok();
        Some(
            size.filter(|size| size.ws_row != 0 && size.ws_col != 0)
                .map_or(DEFAULT_SIZE, |size| WindowSize { rows: size.ws_row, cols: size.ws_col }),
        )
    }
}

#[cfg(test)]
mod tests;
