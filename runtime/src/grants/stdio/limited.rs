//! Output streams that share one number of bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pyrun_memfs::{Errno, Readiness, Result, Stream, WaitHandle, WindowSize};

/// A stream that takes no more bytes than are left.
struct Limited {
    inner: Box<dyn Stream>,
    left: Arc<AtomicU64>,
}

/// Lets these streams take `bytes` together.
pub(super) fn share<const N: usize>(bytes: u64, streams: [Box<dyn Stream>; N]) -> [Box<dyn Stream>; N] {
    let left = Arc::new(AtomicU64::new(bytes));
    streams.map(|inner| Box::new(Limited { inner, left: left.clone() }) as Box<dyn Stream>)
}

impl Stream for Limited {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        self.inner.read(buf)
    }

    /// Limit: [`Limits::output_bytes`](crate::Limits::output_bytes). What does not fit any more is `ENOSPC`.
    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        let room = usize::try_from(left).unwrap_or(usize::MAX);
        let fits = buf.get(..room).unwrap_or(buf);
        if fits.is_empty() && !buf.is_empty() {
            return Err(Errno::NoSpc);
        }
        let written = self.inner.write(fits)?;
        // One guest writes, on one thread at a time.
        self.left.store(left.saturating_sub(written as u64), Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }

    fn readiness(&mut self) -> Readiness {
        self.inner.readiness()
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.inner.wait_handle()
    }

    fn bytes_readable(&mut self) -> Result<usize> {
        self.inner.bytes_readable()
    }

    fn terminal(&self) -> Option<WindowSize> {
        self.inner.terminal()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OnFull, OutputBuffer};
    use super::*;

    #[test]
    fn two_streams_share_the_bytes() {
        let buffers = [OutputBuffer::new(100, OnFull::Fail), OutputBuffer::new(100, OnFull::Fail)];
        let [mut first, mut second] = share(
            5,
            buffers
                .clone()
                .map(|buffer| Box::new(crate::grants::stdio::Writer::new(Box::new(buffer))) as Box<dyn Stream>),
        );
        assert_eq!((first.write(b"abc"), second.write(b"defg"), first.write(b"h")), (Ok(3), Ok(2), Err(Errno::NoSpc)));
        assert_eq!(second.write(b""), Ok(0));
        assert_eq!(buffers.map(|buffer| buffer.take()), [b"abc".to_vec(), b"de".to_vec()]);
    }

    #[test]
    fn what_the_stream_does_not_take_is_not_counted() {
        let [mut stream] = share(
            10,
            [Box::new(crate::grants::stdio::Writer::new(Box::new(OutputBuffer::new(2, OnFull::Fail))))
                as Box<dyn Stream>],
        );
        assert_eq!((stream.write(b"abc"), stream.write(b"c")), (Ok(2), Err(Errno::NoSpc)));
    }
}
