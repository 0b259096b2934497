//! One end of the outside world behind a character device: a terminal, a host pipe, a buffer of the embedder.
//!
//! Replaces the `tty` operations of Emscripten's `libtty.js` and Pyodide's `streams.ts`. Line buffering is not done here:
//! what the guest writes is handed on as it comes.

use crate::errno::{Errno, Result};
use crate::metadata::FileKind;
use crate::time::Timespec;
use crate::whence::Whence;

/// Something the runtime can wait on. Opaque here; the runtime knows that it is a host descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaitHandle(pub i32);

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Lines.
    pub rows: u16,
    /// Columns.
    pub cols: u16,
}

/// How a terminal treats what is typed and shown: fields of `struct termios`, with Linux's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalModes {
    /// `c_iflag`: what becomes of bytes that come in.
    pub input: u32,
    /// `c_oflag`: what becomes of bytes that go out.
    pub output: u32,
    /// `c_cflag`: speed, bits of a byte.
    pub control: u32,
    /// `c_lflag`: whether input comes in lines, is shown, and makes signals.
    pub local: u32,
    /// `c_cc`, from `VINTR` to `VEOL2`: which keys make signals and edit lines, and how many bytes a read waits for, and how long.
    pub special: [u8; SPECIAL_CODES],
}

impl TerminalModes {
    /// The place of `VTIME` in `c_cc`: tenths of a second that a read waits when input does not come in lines.
    pub const VTIME: usize = 5;
    /// The place of `VMIN`: the fewest bytes that it waits for.
    pub const VMIN: usize = 6;

    /// The same modes, where a read gives what is there as soon as there are `least` bytes.
    #[must_use]
    pub fn with_least(mut self, least: u8) -> Self {
        self.special[Self::VMIN] = least;
        self.special[Self::VTIME] = 0;
        self
    }
}

/// Entries of `c_cc` that mean something.
pub const SPECIAL_CODES: usize = 17;

/// What can be asked of a terminal's line besides its modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineRequest {
    /// `tcdrain`: wait until what was written is out.
    Drain,
    /// `tcsendbreak`.
    Break,
    /// `tcflush`: drop what was typed and not read.
    DropInput,
    /// `tcflush`: drop what was written and is not out.
    DropOutput,
    /// `tcflush`: drop both.
    DropBoth,
    /// `tcflow`, by its number: stop and go on with output (0, 1) or input (2, 3).
    Flow(u8),
}

bitflags::bitflags! {
    /// What `poll` reports, with the guest's numbers.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Readiness: u16 {
        /// `POLLIN`: a read would not block.
        const IN = 1;
        /// `POLLPRI`.
        const PRI = 2;
        /// `POLLOUT`: a write would not block.
        const OUT = 4;
        /// `POLLERR`: for a writer, that nobody reads any more.
        const ERR = 8;
        /// `POLLHUP`: for a reader, that nobody writes any more.
        const HUP = 16;
        /// `POLLNVAL`: the descriptor is closed.
        const NVAL = 32;
        /// `POLLRDNORM`.
        const RDNORM = 64;
        /// `POLLWRNORM`.
        const WRNORM = 256;
    }
}

/// What stands behind a stream, as `fstat` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFile {
    /// A file, a pipe, a socket or a device.
    pub kind: FileKind,
    /// The permission bits.
    pub permissions: u32,
    /// Length in bytes.
    pub size: u64,
    /// Last access, last change of the content, last change of either; `None` where the guest is not to know.
    pub times: Option<[Timespec; 3]>,
    /// The size of a good buffer.
    pub blksize: u32,
    /// Allocated units of 512 bytes.
    pub blocks: u64,
    /// Whether every write goes to the end (`O_APPEND`).
    pub appends: bool,
}

/// One end of the outside world.
pub trait Stream: Send {
    /// Reads up to `buf.len()` bytes; 0 is the end. May block.
    ///
    /// # Errors
    /// [`Errno::Intr`](crate::Errno::Intr) when a signal came, [`Errno::Again`](crate::Errno::Again) when it must not
    /// block and nothing is there, [`Errno::Io`](crate::Errno::Io) when the source failed.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize>;

    /// Writes some of `buf` and says how much. May block.
    ///
    /// # Errors
    /// As for `read`, and [`Errno::Pipe`](crate::Errno::Pipe) when nobody reads any more.
    fn write(&mut self, buf: &[u8]) -> Result<usize>;

    /// Hands on what is buffered (`fsync`).
    ///
    /// # Errors
    /// As for `write`.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    /// What can be done now without blocking. Never blocks itself.
    fn readiness(&mut self) -> Readiness;

    /// What to wait on until `readiness` changes; `None` if it never does.
    fn wait_handle(&self) -> Option<WaitHandle> {
        None
    }

    /// How many bytes a read would give at once (`FIONREAD`).
    ///
    /// # Errors
    /// [`Errno::NotTy`](crate::Errno::NotTy) when that is not known, as for a device without such a count.
    fn bytes_readable(&mut self) -> Result<usize> {
        Err(Errno::NotTy)
    }

    /// What stands behind it; `None` for a character device, which is what a reader or a buffer of the embedder's looks like.
    fn file(&self) -> Option<StreamFile> {
        None
    }

    /// Whether it has a position, as a file has: [`seek`](Self::seek), [`read_at`](Self::read_at) and their kin then work.
    fn is_seekable(&self) -> bool {
        false
    }

    /// Moves the position, which all have that share what stands behind it, and gives it.
    ///
    /// # Errors
    /// [`Errno::SPipe`] for what has none; [`Errno::Inval`] before the start.
    fn seek(&mut self, _offset: i64, _whence: Whence) -> Result<u64> {
        Err(Errno::SPipe)
    }

    /// Reads at a place; the position stays.
    ///
    /// # Errors
    /// As for [`read`](Self::read); [`Errno::SPipe`] for what has no position.
    fn read_at(&mut self, _offset: u64, _buf: &mut [u8]) -> Result<usize> {
        Err(Errno::SPipe)
    }

    /// Writes at a place; the position stays.
    ///
    /// # Errors
    /// As for [`write`](Self::write); [`Errno::SPipe`] for what has no position.
    fn write_at(&mut self, _offset: u64, _buf: &[u8]) -> Result<usize> {
        Err(Errno::SPipe)
    }

    /// Cuts the file behind it, or makes it longer by zeros.
    ///
    /// # Errors
    /// [`Errno::Inval`] for what is no file; [`Errno::FBig`], [`Errno::NoSpc`].
    fn set_len(&mut self, _len: u64) -> Result<()> {
        Err(Errno::Inval)
    }

    /// `Some` when it is a terminal.
    fn terminal(&self) -> Option<WindowSize> {
        None
    }

    /// The modes of a terminal that lets the guest set them.
    fn modes(&self) -> Option<TerminalModes> {
        None
    }

    /// Sets the modes of a terminal; without effect for one that has none.
    ///
    /// # Errors
    /// What the terminal says.
    fn set_modes(&mut self, _modes: TerminalModes) -> Result<()> {
        Ok(())
    }

    /// Asks something of a terminal's line; without effect for one whose modes the guest may not set.
    ///
    /// # Errors
    /// What the terminal says.
    fn line(&mut self, _request: LineRequest) -> Result<()> {
        Ok(())
    }
}

/// A stream that is always at its end and swallows what is written: for descriptors that are not connected.
///
/// ```
/// use pyrun_memfs::{NullStream, Stream};
/// assert_eq!(NullStream.read(&mut [0; 8]), Ok(0));
/// assert_eq!(NullStream.write(b"gone"), Ok(4));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NullStream;

impl Stream for NullStream {
    fn read(&mut self, _buf: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        Ok(buf.len())
    }

    fn readiness(&mut self) -> Readiness {
        Readiness::IN | Readiness::OUT | Readiness::RDNORM | Readiness::WRNORM
    }
}
