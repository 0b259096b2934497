//! Streams that end in the embedder's memory.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyrun_memfs::{Errno, Readiness, Result, Stream};

/// What a full [`OutputBuffer`] does with more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFull {
    /// The guest's write fails with `ENOSPC`: an `OSError` in Python, so that the program ends.
    #[default]
    Fail,
    /// The rest is dropped and the guest does not notice; [`OutputBuffer::is_full`] tells.
    Drop,
}

/// Collects what the guest writes, up to a limit. Clones share the bytes: keep one, give the other to the guest.
///
/// ```
/// use std::io::Write as _;
/// use pyrun::stdio::{OnFull, OutputBuffer};
///
/// let output = OutputBuffer::new(8, OnFull::Drop);
/// output.clone().write(b"Hello, world").unwrap();
/// assert!(output.is_full());
/// assert_eq!(output.take(), b"Hello, w");
/// ```
#[derive(Clone, Debug)]
pub struct OutputBuffer {
    state: Arc<Mutex<Collected>>,
    limit: usize,
    on_full: OnFull,
}

#[derive(Debug, Default)]
struct Collected {
    bytes: Vec<u8>,
    full: bool,
}

impl OutputBuffer {
    /// An empty buffer for at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize, on_full: OnFull) -> Self {
        Self { state: Arc::default(), limit, on_full }
    }

    /// What was written since the last time; the buffer is empty afterwards.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        let mut state = self.state();
        state.full = false;
        std::mem::take(&mut state.bytes)
    }

    /// Whether something did not fit since the last [`take`](Self::take).
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.state().full
    }

    /// The state is plain bytes, whole after every statement, so a panic elsewhere spoils nothing.
    fn state(&self) -> MutexGuard<'_, Collected> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for OutputBuffer {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        let room = self.limit.saturating_sub(state.bytes.len());
        let fits = buf.get(..room).unwrap_or(buf);
        state.bytes.extend_from_slice(fits);
        if fits.len() == buf.len() {
            return Ok(buf.len());
        }
        state.full = true;
        match self.on_full {
            OnFull::Drop => Ok(buf.len()),
            OnFull::Fail if fits.is_empty() => Err(ErrorKind::StorageFull.into()),
            OnFull::Fail => Ok(fits.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hands what the guest writes to a function, in the pieces in which it comes. A piece may end inside a line or inside a
/// character.
///
/// ```
/// use pyrun::stdio::OutputFn;
/// let shout = OutputFn::new(|bytes: &[u8]| print!("{}", String::from_utf8_lossy(bytes).to_uppercase()));
/// # drop(shout);
/// ```
pub struct OutputFn<F>(F);

impl<F: FnMut(&[u8]) + Send> OutputFn<F> {
    /// A stream that calls `function` for every write of the guest.
    pub fn new(function: F) -> Self {
        Self(function)
    }
}

impl<F> std::fmt::Debug for OutputFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutputFn")
    }
}

impl<F: FnMut(&[u8]) + Send> Write for OutputFn<F> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (self.0)(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An input that was known beforehand.
///
/// ```
/// use pyrun::stdio::{InputBytes, Stdio};
/// let stdio = Stdio::discard().stdin(InputBytes::new("yes\n"));
/// ```
#[derive(Clone, Debug)]
pub struct InputBytes {
    bytes: Vec<u8>,
    position: usize,
}

impl InputBytes {
    /// An input of these bytes and then the end.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), position: 0 }
    }
}

/// The same as the guest reads it; a type of its own, since the trait is not of the public interface.
pub(super) struct InputStream(pub(super) InputBytes);

impl Stream for InputStream {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        let rest = self.0.bytes.get(self.0.position..).unwrap_or_default();
        let count = rest.len().min(buf.len());
        if let (Some(target), Some(source)) = (buf.get_mut(..count), rest.get(..count)) {
            target.copy_from_slice(source);
        }
        self.0.position += count;
        Ok(count)
    }

    fn write(&mut self, _buf: &[u8]) -> Result<usize> {
        Err(Errno::BadF)
    }

    fn readiness(&mut self) -> Readiness {
        Readiness::IN.union(Readiness::RDNORM)
    }

    fn bytes_readable(&mut self) -> Result<usize> {
        Ok(self.0.bytes.len().saturating_sub(self.0.position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_buffer_takes_what_fits_and_then_fails() {
        let output = OutputBuffer::new(4, OnFull::Fail);
        let mut stream = output.clone();
        assert_eq!(stream.write(b"abcdef").unwrap(), 4);
        assert_eq!(stream.write(b"ef").unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(stream.write(b"").unwrap(), 0);
        assert!(output.is_full());
        assert_eq!(output.take(), b"abcd");
        assert!(!output.is_full());
        assert_eq!(stream.write(b"ef").unwrap(), 2);
    }

    #[test]
    fn exactly_full_is_not_too_much() {
        let output = OutputBuffer::new(4, OnFull::Fail);
        assert_eq!(output.clone().write(b"abcd").unwrap(), 4);
        assert!(!output.is_full());
    }

    #[test]
    fn a_function_gets_every_write() {
        let mut pieces = Vec::new();
        OutputFn::new(|bytes: &[u8]| pieces.push(bytes.to_vec())).write_all(b"one").unwrap();
        assert_eq!(pieces, [b"one"]);
    }

    #[test]
    fn input_in_small_reads() {
        let mut input = InputStream(InputBytes::new("abc"));
        let mut buf = [0; 2];
        assert_eq!(input.read(&mut buf), Ok(2));
        assert_eq!(input.read(&mut buf), Ok(1));
        assert_eq!(buf, *b"cb");
        assert_eq!(input.read(&mut buf), Ok(0));
        assert_eq!(input.write(b"x"), Err(Errno::BadF));
    }
}
