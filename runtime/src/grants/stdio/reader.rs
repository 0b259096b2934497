//! Any reader as standard input: it is read on a thread of its own, so that an interrupt ends a wait for it.
//!
//! The thread reads only when the guest has asked, and one piece at a time. What comes after the guest has stopped
//! waiting is kept for its next read, so no byte is lost. The thread ends when the guest is gone and the read under way
//! has returned.

use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use pyrun_emscripten_shim::host::Wait;
use pyrun_memfs::{Errno, Readiness, Result, Stream, WaitHandle};

use super::answers::READABLE;
use super::guarded::Guarded;
use crate::host::errno::errno_of;
use crate::host::{InterruptHandle, Wake, wait};

/// The most bytes of one read.
const PIECE: usize = 64 << 10;

/// A reader, and the thread that reads from it once that is needed.
pub(super) struct ReaderStream {
    reader: Option<Box<dyn Read + Send>>,
    interrupt: InterruptHandle,
    shared: Option<Arc<Shared>>,
    /// Bytes that were read and not taken yet.
    held: Vec<u8>,
}

/// What the guest's side and the thread have in common.
struct Shared {
    exchange: Mutex<Exchange>,
    asked: Condvar,
    /// Readable when there is an answer.
    answered: Wake,
}

#[derive(Default)]
enum Exchange {
    /// Nobody has asked.
    #[default]
    Idle,
    /// The guest waits, or did.
    Asked,
    Answered(io::Result<Vec<u8>>),
    /// The guest is gone.
    Closed,
}

impl Shared {
    /// Whole after every statement, so a panic elsewhere spoils nothing.
    fn exchange(&self) -> MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads whenever it is asked to.
    fn serve(&self, reader: Box<dyn Read + Send>) {
        let mut reader = Guarded::new(reader);
        let mut bytes = vec![0; PIECE];
        loop {
            let waiting = self.exchange();
            let asked =
                self.asked.wait_while(waiting, |exchange| !matches!(exchange, Exchange::Asked | Exchange::Closed));
            if matches!(*asked.unwrap_or_else(PoisonError::into_inner), Exchange::Closed) {
                return;
            }
            let read = loop {
                match reader.call(|reader| reader.read(&mut bytes)) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            let answer = read.map(|count| bytes.get(..count).unwrap_or_default().to_vec());
            let mut exchange = self.exchange();
            if matches!(*exchange, Exchange::Closed) {
                return;
            }
            *exchange = Exchange::Answered(answer);
            drop(exchange);
            self.answered.wake();
        }
    }
}

impl ReaderStream {
    pub(super) fn new(reader: Box<dyn Read + Send>, interrupt: InterruptHandle) -> Self {
        Self { reader: Some(reader), interrupt, shared: None, held: Vec::new() }
    }

    /// The thread, which is started when it is first needed.
    fn shared(&mut self) -> Result<Arc<Shared>> {
        if let Some(shared) = &self.shared {
            return Ok(shared.clone());
        }
        let answered = Wake::new().map_err(|error| errno_of(&error))?;
        let shared = Arc::new(Shared { exchange: Mutex::default(), asked: Condvar::new(), answered });
        let theirs = shared.clone();
        let reader = self.reader.take().ok_or(Errno::Io)?;
        let thread = std::thread::Builder::new().name("python-stdin".to_owned());
        thread.spawn(move || theirs.serve(reader)).map_err(|error| errno_of(&error))?;
        self.shared = Some(shared.clone());
        Ok(shared)
    }

    /// An answer that is there; else asks for one.
    fn ask(&mut self) -> Result<Option<io::Result<Vec<u8>>>> {
        let shared = self.shared()?;
        let mut exchange = shared.exchange();
        match std::mem::take(&mut *exchange) {
            Exchange::Answered(answer) => {
                shared.answered.drain();
                Ok(Some(answer))
            }
            _ => {
                *exchange = Exchange::Asked;
                shared.asked.notify_one();
                Ok(None)
            }
        }
    }
}

impl Stream for ReaderStream {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        while self.held.is_empty() {
            if let Some(answer) = self.ask()? {
                self.held = answer.map_err(|error| errno_of(&error))?;
                if self.held.is_empty() {
                    return Ok(0);
                }
                break;
            }
            let handle = self.wait_handle().ok_or(Errno::Io)?;
            match wait(&self.interrupt, &[(handle, Readiness::IN)], None) {
                Wait::Interrupted => return Err(Errno::Intr),
                Wait::Ready | Wait::TimedOut => {}
            }
        }
        let count = buf.len().min(self.held.len());
        let taken = self.held.drain(..count);
        buf.iter_mut().zip(taken).for_each(|(slot, byte)| *slot = byte);
        Ok(count)
    }

    fn write(&mut self, _buf: &[u8]) -> Result<usize> {
        Err(Errno::BadF)
    }

    fn readiness(&mut self) -> Readiness {
        if !self.held.is_empty() {
            return READABLE;
        }
        match self.ask() {
            Ok(None) => Readiness::empty(),
            Ok(Some(Ok(bytes))) if !bytes.is_empty() => {
                self.held = bytes;
                READABLE
            }
            // An end or an error: a read says so at once, and says it again.
            Ok(Some(_)) | Err(_) => READABLE,
        }
    }

    fn bytes_readable(&mut self) -> Result<usize> {
        Ok(self.held.len())
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.shared.as_ref().map(|shared| WaitHandle(shared.answered.descriptor()))
    }
}

impl Drop for ReaderStream {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            *shared.exchange() = Exchange::Closed;
            shared.asked.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A reader of what is sent to it.
    struct Sent(mpsc::Receiver<Vec<u8>>);

    impl Read for Sent {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let bytes = self.0.recv().unwrap_or_default();
            buf[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        }
    }

    fn stream() -> (ReaderStream, mpsc::Sender<Vec<u8>>, InterruptHandle) {
        let (sender, receiver) = mpsc::channel();
        let interrupt = InterruptHandle::new().unwrap();
        (ReaderStream::new(Box::new(Sent(receiver)), interrupt.clone()), sender, interrupt)
    }

    #[test]
    fn bytes_come_in_order_and_then_the_end() {
        let (mut stream, sender, _) = stream();
        sender.send(b"abc".to_vec()).unwrap();
        sender.send(b"d".to_vec()).unwrap();
        drop(sender);
        let mut buf = [0; 2];
        assert_eq!((stream.read(&mut buf), buf), (Ok(2), *b"ab"));
        assert_eq!((stream.read(&mut buf), buf[0]), (Ok(1), b'c'));
        assert_eq!((stream.read(&mut buf), buf[0]), (Ok(1), b'd'));
        assert_eq!(stream.read(&mut buf), Ok(0));
        assert_eq!(stream.read(&mut buf), Ok(0));
    }

    #[test]
    fn an_interrupt_ends_a_read_and_loses_no_byte() {
        let (mut stream, sender, interrupt) = stream();
        interrupt.interrupt();
        assert_eq!(stream.read(&mut [0; 8]), Err(Errno::Intr));
        interrupt.forget();
        sender.send(b"late".to_vec()).unwrap();
        let mut buf = [0; 8];
        assert_eq!(stream.read(&mut buf), Ok(4));
        assert_eq!(&buf[..4], b"late");
    }

    #[test]
    fn readiness_asks_and_a_wait_sees_the_answer() {
        let (mut stream, sender, interrupt) = stream();
        assert_eq!(stream.readiness(), Readiness::empty());
        sender.send(b"x".to_vec()).unwrap();
        let handle = stream.wait_handle().unwrap();
        assert_eq!(wait(&interrupt, &[(handle, Readiness::IN)], None), Wait::Ready);
        assert_eq!(stream.readiness(), READABLE);
        assert_eq!(stream.read(&mut [0; 8]), Ok(1));
    }

    #[test]
    fn an_error_of_the_reader_is_an_errno() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::PermissionDenied))
            }
        }
        let mut stream = ReaderStream::new(Box::new(Broken), InterruptHandle::new().unwrap());
        assert_eq!(stream.read(&mut [0; 8]), Err(Errno::Acces));
    }

    /// Its thread answers all the same, so nobody waits for ever.
    #[test]
    fn a_panic_of_the_reader_is_an_errno() {
        struct Panics;
        impl Read for Panics {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                std::panic::resume_unwind(Box::new("no luck"))
            }
        }
        let mut stream = ReaderStream::new(Box::new(Panics), InterruptHandle::new().unwrap());
        assert_eq!(stream.read(&mut [0; 8]), Err(Errno::Io));
        assert_eq!(stream.read(&mut [0; 8]), Err(Errno::Io));
    }
}
