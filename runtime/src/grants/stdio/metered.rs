//! Output streams that are counted together, and share a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use pyrun_memfs::{Errno, Result, Stream};

/// What has gone out of one guest by its standard output and error. Clones share the count.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutputMeter(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    written: AtomicU64,
    limit: AtomicU64,
    is_reached: AtomicBool,
    failed: Mutex<Option<Errno>>,
    /// [`INSIDE_STDOUT`] and its like.
    lines: AtomicU8,
}

/// The last byte of standard output was no end of a line.
const INSIDE_STDOUT: u8 = 1;
/// The last byte of standard error was no end of a line.
const INSIDE_STDERR: u8 = 2;
/// The last byte of both was of standard error.
const LAST_IS_STDERR: u8 = 4;

/// Where what a guest has written ends inside a line: what somebody writes behind it there begins with an end of that line. Given by
/// [`InterruptHandle::open_lines`](crate::InterruptHandle::open_lines).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenLines {
    /// On standard output.
    pub stdout: bool,
    /// On standard error.
    pub stderr: bool,
    /// Where both are one file or terminal: on that.
    pub both: bool,
}

impl Default for Counts {
    fn default() -> Self {
        let (written, limit) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
        Self { written, limit, is_reached: AtomicBool::new(false), failed: Mutex::default(), lines: AtomicU8::new(0) }
    }
}

impl OutputMeter {
    /// This many bytes may go out, together with those that have.
    pub(crate) fn set_limit(&self, limit: Option<u64>) {
        self.0.limit.store(limit.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Bytes that the streams have taken.
    pub(crate) fn written(&self) -> u64 {
        self.0.written.load(Ordering::Relaxed)
    }

    /// Whether something did not fit any more.
    pub(crate) fn is_reached(&self) -> bool {
        self.0.is_reached.load(Ordering::Relaxed)
    }

    /// What the last write that failed got from standard output, its limit apart.
    pub(crate) fn failed(&self) -> Option<Errno> {
        *self.0.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it ends inside a line.
    pub(crate) fn open_lines(&self) -> OpenLines {
        let lines = self.0.lines.load(Ordering::Relaxed);
        let has = |bit| lines & bit != 0;
        let both = if has(LAST_IS_STDERR) { has(INSIDE_STDERR) } else { has(INSIDE_STDOUT) };
        OpenLines { stdout: has(INSIDE_STDOUT), stderr: has(INSIDE_STDERR), both }
    }

    /// Another stream that is counted with these.
    pub(super) fn stream(&self, inner: Box<dyn Stream>) -> Box<dyn Stream> {
        Box::new(Metered { inner, is_stdout: false, is_standard: false, reads: true, meter: self.clone() })
    }

    /// Standard output and error, counted. What stands behind them is read only if `reads`: a terminal is input, too.
    pub(super) fn streams(
        &self,
        stdout: Box<dyn Stream>,
        stderr: Box<dyn Stream>,
        reads: bool,
    ) -> [Box<dyn Stream>; 2] {
        [(stdout, true), (stderr, false)].map(|(inner, is_stdout)| {
            Box::new(Metered { inner, is_stdout, is_standard: true, reads, meter: self.clone() }) as Box<dyn Stream>
        })
    }
}

/// A stream that is counted, and takes no more bytes than are left.
struct Metered {
    inner: Box<dyn Stream>,
    is_stdout: bool,
    /// Standard output or error.
    is_standard: bool,
    reads: bool,
    meter: OutputMeter,
}

impl Stream for Metered {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        if self.reads { self.inner.read(buf) } else { Err(Errno::BadF) }
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        self.counted(buf, |inner, fits| inner.write(fits))
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        if self.reads { self.inner.read_at(offset, buf) } else { Err(Errno::BadF) }
    }

    fn write_at(&mut self, offset: u64, buf: &[u8]) -> Result<usize> {
        self.counted(buf, |inner, fits| inner.write_at(offset, fits))
    }

    /// Zeros that a file grows by are output, too, whether or not the disk holds them.
    fn set_len(&mut self, len: u64) -> Result<()> {
        let size = self.inner.file().map_or(0, |file| file.size);
        let counts = &*self.meter.0;
        let written = counts.written.load(Ordering::Relaxed).saturating_add(len.saturating_sub(size));
        if len > size && written > counts.limit.load(Ordering::Relaxed) {
            counts.is_reached.store(true, Ordering::Relaxed);
            return Err(Errno::NoSpc);
        }
        self.inner.set_len(len)?;
        counts.written.store(written, Ordering::Relaxed);
        Ok(())
    }

    passed_on!();
}

impl Metered {
    /// Notes whether these bytes, which went out, end inside a line.
    fn note_line(&self, bytes: &[u8]) {
        let Some(last) = bytes.last().filter(|_| self.is_standard) else { return };
        let (inside, from) = if self.is_stdout { (INSIDE_STDOUT, 0) } else { (INSIDE_STDERR, LAST_IS_STDERR) };
        let others = self.meter.0.lines.load(Ordering::Relaxed) & !(inside | LAST_IS_STDERR);
        let inside = if *last == b'\n' { 0 } else { inside };
        self.meter.0.lines.store(others | inside | from, Ordering::Relaxed);
    }

    /// Limit: [`Limits::output_bytes`](crate::Limits::output_bytes). What does not fit any more is `ENOSPC`.
    fn counted(&mut self, buf: &[u8], write: impl FnOnce(&mut dyn Stream, &[u8]) -> Result<usize>) -> Result<usize> {
        let counts = &*self.meter.0;
        let present = counts.written.load(Ordering::Relaxed);
        let room = usize::try_from(counts.limit.load(Ordering::Relaxed).saturating_sub(present)).unwrap_or(usize::MAX);
        let fits = buf.get(..room).unwrap_or(buf);
        if fits.len() < buf.len() {
            counts.is_reached.store(true, Ordering::Relaxed);
        }
        if fits.is_empty() && !buf.is_empty() {
            return Err(Errno::NoSpc);
        }
        let written = write(&mut *self.inner, fits);
        match written {
            // One guest writes, on one thread at a time.
            Ok(count) => {
                counts.written.store(present.saturating_add(count as u64), Ordering::Relaxed);
                self.note_line(fits.get(..count).unwrap_or(fits));
            }
            Err(errno) if self.is_stdout => {
                *counts.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(errno);
            }
            Err(_) => {}
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OnFull, OutputBuffer, Writer};
    use super::*;

    fn writer(buffer: &OutputBuffer) -> Box<dyn Stream> {
        Box::new(Writer::new(Box::new(buffer.clone())))
    }

    #[test]
    fn two_streams_share_the_bytes() {
        let buffers = [OutputBuffer::new(100, OnFull::Fail), OutputBuffer::new(100, OnFull::Fail)];
        let meter = OutputMeter::default();
        meter.set_limit(Some(5));
        let [mut first, mut second] = meter.streams(writer(&buffers[0]), writer(&buffers[1]), false);
        assert_eq!((first.write(b"abc"), meter.is_reached()), (Ok(3), false));
        assert_eq!((second.write(b"defg"), first.write(b"h")), (Ok(2), Err(Errno::NoSpc)));
        assert_eq!(second.write(b""), Ok(0));
        assert_eq!(buffers.map(|buffer| buffer.take()), [b"abc".to_vec(), b"de".to_vec()]);
        assert_eq!((meter.written(), meter.is_reached(), meter.failed()), (5, true, None));
    }

    #[test]
    fn where_output_ends_inside_a_line_is_known() {
        let meter = OutputMeter::default();
        let buffer = OutputBuffer::new(100, OnFull::Fail);
        let [mut stdout, mut stderr] = meter.streams(writer(&buffer), writer(&buffer), true);
        let lines = |stdout, stderr, both| OpenLines { stdout, stderr, both };
        assert_eq!(meter.open_lines(), OpenLines::default());
        for (is_stdout, text, want) in [
            (true, "a", lines(true, false, true)),
            (true, "", lines(true, false, true)),
            (false, "b\n", lines(true, false, false)),
            (true, "c\nd", lines(true, false, true)),
            (false, "e", lines(true, true, true)),
            (true, "\n", lines(false, true, false)),
        ] {
            if is_stdout { &mut stdout } else { &mut stderr }.write(text.as_bytes()).unwrap();
            assert_eq!(meter.open_lines(), want, "{text:?}");
        }
    }

    #[test]
    fn what_the_stream_does_not_take_is_not_counted_but_known() {
        let buffer = OutputBuffer::new(2, OnFull::Fail);
        let meter = OutputMeter::default();
        let [mut stdout, mut stderr] = meter.streams(writer(&buffer), writer(&buffer), false);
        assert_eq!(stdout.write(b"abc"), Ok(2));
        assert_eq!((stderr.write(b"c"), meter.failed()), (Err(Errno::NoSpc), None), "only output's errors are kept");
        assert_eq!((stdout.write(b"c"), meter.failed()), (Err(Errno::NoSpc), Some(Errno::NoSpc)));
        assert_eq!((meter.written(), meter.is_reached()), (2, false));
    }
}
