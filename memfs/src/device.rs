//! The character devices: which there are, their numbers, and what reading and writing them does.
//!
//! Replaces the devices of Emscripten's `FS.createDefaultDevices` and `libtty.js`. `/dev/stdin`, `/dev/stdout` and
//! `/dev/stderr` are devices of their own (Emscripten makes them links to `tty`), `tty` reads stdin and writes stdout
//! and can be opened only where that is a terminal, `tty1` writes stderr. `/dev/full` is Linux's.

use crate::entropy::Entropy;
use crate::errno::{Errno, Result};
use crate::stream::{LineRequest, NullStream, Readiness, Stream, StreamFile, TerminalModes, WaitHandle, WindowSize};
use crate::whence::Whence;

/// Which device a device number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    Null,
    Zero,
    Full,
    Random,
    Stdin,
    Stdout,
    Stderr,
    Tty,
    Tty1,
    /// One of the streams that a guest was given besides, by its place among them.
    Given(u8),
}

/// Name, device number and mode of what `/dev` holds at start.
pub(crate) const DEFAULT_DEVICES: [(&[u8], u64, u32); 10] = [
    (b"null", 0x0103, 0o666),
    (b"zero", 0x0105, 0o666),
    (b"full", 0x0107, 0o666),
    (b"random", 0x0108, 0o666),
    (b"urandom", 0x0109, 0o666),
    (b"tty", 0x0500, 0o666),
    (b"tty1", 0x0401, 0o666),
    (b"stdin", 0xf000, 0o666),
    (b"stdout", 0xf001, 0o666),
    (b"stderr", 0xf002, 0o666),
];

impl Device {
    /// The device with this number; `NxIo` for an unknown number.
    pub(crate) fn from_number(rdev: u64) -> Result<Self> {
        Ok(match rdev {
            0x0103 => Self::Null,
            0x0105 => Self::Zero,
            0x0107 => Self::Full,
            0x0108 | 0x0109 => Self::Random,
            0x0500 => Self::Tty,
            0x0401 => Self::Tty1,
            0xf000 => Self::Stdin,
            0xf001 => Self::Stdout,
            0xf002 => Self::Stderr,
            0xf100..=0xf1ff => Self::Given((rdev & 0xff) as u8),
            _ => return Err(Errno::NxIo),
        })
    }

    /// Whether it is an end of the outside world, which has no position.
    pub(crate) fn is_stream(self) -> bool {
        !matches!(self, Self::Null | Self::Zero | Self::Full | Self::Random)
    }
}

/// The device number of the first stream that is given besides.
const FIRST_GIVEN: u64 = 0xf100;

/// What stands behind the devices.
pub(crate) struct Devices {
    entropy: Box<dyn Entropy>,
    stdin: Box<dyn Stream>,
    stdout: Box<dyn Stream>,
    stderr: Box<dyn Stream>,
    given: Vec<Box<dyn Stream>>,
    /// What a stream is that is not there any more: one of an image.
    gone: NullStream,
    /// Whether what is written to a stream is dropped.
    discards: bool,
}

impl Devices {
    pub(crate) fn new(
        entropy: Box<dyn Entropy>,
        stdin: Box<dyn Stream>,
        stdout: Box<dyn Stream>,
        stderr: Box<dyn Stream>,
    ) -> Self {
        Self { entropy, stdin, stdout, stderr, given: Vec::new(), gone: NullStream, discards: false }
    }

    /// Takes another stream, and gives its device number. Limit: 256 of them; beyond it `ENFILE`.
    pub(crate) fn add(&mut self, stream: Box<dyn Stream>) -> Result<u64> {
        let place = u8::try_from(self.given.len()).map_err(|_| Errno::NFile)?;
        self.given.push(stream);
        Ok(FIRST_GIVEN | u64::from(place))
    }

    /// Drops a stream that was taken besides; any other device is left alone.
    pub(crate) fn let_go(&mut self, rdev: u64) {
        if let Ok(Device::Given(place)) = Device::from_number(rdev)
            && let Some(stream) = self.given.get_mut(usize::from(place))
        {
            *stream = Box::new(NullStream);
        }
    }

    pub(crate) fn read(&mut self, device: Device, buf: &mut [u8]) -> Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        match device {
            Device::Null => return Ok(0),
            Device::Zero | Device::Full => buf.fill(0),
            Device::Random => self.entropy.fill(buf),
            _ => {
                return self.reader(device).read(buf).map(|count| count.min(buf.len()));
            }
        }
        Ok(buf.len())
    }

    pub(crate) fn write(&mut self, device: Device, buf: &[u8]) -> Result<usize> {
        match device {
            Device::Null | Device::Zero | Device::Random => Ok(buf.len()),
            Device::Full if buf.is_empty() => Ok(0),
            Device::Full => Err(Errno::NoSpc),
            _ if self.discards => Ok(buf.len()),
            _ => self.writer(device).write(buf).map(|count| count.min(buf.len())),
        }
    }

    pub(crate) fn discard(&mut self, discards: bool) {
        self.discards = discards;
    }

    pub(crate) fn flush(&mut self, device: Device) -> Result<()> {
        if device.is_stream() { self.writer(device).flush() } else { Err(Errno::Inval) }
    }

    pub(crate) fn readiness(&mut self, device: Device, reads: bool, writes: bool) -> Readiness {
        let reading = Readiness::IN | Readiness::PRI | Readiness::RDNORM | Readiness::HUP | Readiness::ERR;
        let writing = Readiness::OUT | Readiness::WRNORM | Readiness::ERR;
        let mut ready = Readiness::empty();
        if reads {
            ready |= self.for_reading(device).map_or(reading, |stream| stream.readiness())
                & if device.is_stream() { reading } else { Readiness::IN | Readiness::RDNORM };
        }
        if writes {
            ready |= self.for_writing(device).map_or(writing, |stream| stream.readiness())
                & if device.is_stream() { writing } else { Readiness::OUT | Readiness::WRNORM };
        }
        ready
    }

    /// What stands behind a stream, where that is told.
    pub(crate) fn file(&self, device: Device) -> Option<StreamFile> {
        self.shared(device, true)?.file()
    }

    pub(crate) fn is_seekable(&self, device: Device) -> bool {
        !device.is_stream() || self.shared(device, true).is_some_and(Stream::is_seekable)
    }

    /// A device that is no stream is always at its start.
    pub(crate) fn seek(&mut self, device: Device, offset: i64, whence: Whence) -> Result<u64> {
        self.for_reading(device).map_or(Ok(0), |stream| stream.seek(offset, whence))
    }

    pub(crate) fn read_at(&mut self, device: Device, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let length = buf.len();
        match self.for_reading(device) {
            Some(stream) => stream.read_at(offset, buf).map(|count| count.min(length)),
            None => self.read(device, buf),
        }
    }

    pub(crate) fn write_at(&mut self, device: Device, offset: u64, buf: &[u8]) -> Result<usize> {
        let discards = self.discards;
        match self.for_writing(device) {
            Some(_) if discards => Ok(buf.len()),
            Some(stream) => stream.write_at(offset, buf).map(|count| count.min(buf.len())),
            None => self.write(device, buf),
        }
    }

    pub(crate) fn set_len(&mut self, device: Device, len: u64) -> Result<()> {
        self.for_writing(device).ok_or(Errno::Inval)?.set_len(len)
    }

    pub(crate) fn bytes_readable(&mut self, device: Device) -> Result<usize> {
        self.for_reading(device).ok_or(Errno::NotTy)?.bytes_readable()
    }

    pub(crate) fn wait_handle(&self, device: Device, reads: bool) -> Option<WaitHandle> {
        self.shared(device, reads)?.wait_handle()
    }

    pub(crate) fn terminal(&self, device: Device) -> Option<WindowSize> {
        self.shared(device, false)?.terminal()
    }

    pub(crate) fn modes(&self, device: Device) -> Option<TerminalModes> {
        self.shared(device, true)?.modes()
    }

    pub(crate) fn set_modes(&mut self, device: Device, modes: TerminalModes) -> Result<()> {
        self.for_reading(device).ok_or(Errno::NotTy)?.set_modes(modes)
    }

    pub(crate) fn line(&mut self, device: Device, request: LineRequest) -> Result<()> {
        self.for_reading(device).ok_or(Errno::NotTy)?.line(request)
    }

    fn shared(&self, device: Device, reads: bool) -> Option<&dyn Stream> {
        match device {
            Device::Stdin => Some(&*self.stdin),
            Device::Tty if reads => Some(&*self.stdin),
            Device::Stdout | Device::Tty => Some(&*self.stdout),
            Device::Stderr | Device::Tty1 => Some(&*self.stderr),
            Device::Given(place) => Some(self.given.get(usize::from(place)).map_or(&self.gone, |stream| &**stream)),
            _ => None,
        }
    }

    fn for_reading(&mut self, device: Device) -> Option<&mut dyn Stream> {
        if device.is_stream() { Some(self.reader(device)) } else { None }
    }

    fn for_writing(&mut self, device: Device) -> Option<&mut dyn Stream> {
        if device.is_stream() { Some(self.writer(device)) } else { None }
    }

    /// The stream that reading this stream device means.
    fn reader(&mut self, device: Device) -> &mut dyn Stream {
        match device {
            Device::Stdout => &mut *self.stdout,
            Device::Stderr | Device::Tty1 => &mut *self.stderr,
            Device::Given(place) => given(&mut self.given, &mut self.gone, place),
            _ => &mut *self.stdin,
        }
    }

    /// The stream that writing this stream device means.
    fn writer(&mut self, device: Device) -> &mut dyn Stream {
        match device {
            Device::Stdin => &mut *self.stdin,
            Device::Stderr | Device::Tty1 => &mut *self.stderr,
            Device::Given(place) => given(&mut self.given, &mut self.gone, place),
            _ => &mut *self.stdout,
        }
    }
}

fn given<'s>(given: &'s mut [Box<dyn Stream>], gone: &'s mut NullStream, place: u8) -> &'s mut dyn Stream {
    match given.get_mut(usize::from(place)) {
        Some(stream) => &mut **stream,
        None => gone,
    }
}
