//! What of the host an interpreter calls, and until when: streams and functions.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use pyrun::stdio::{Input, Output};
use pyrun::{Error, Stdio};

use crate::sys::{Callback, Streams};

/// What the host has given to one interpreter, for as long as it wants to be called. Clones are the same gate.
///
/// Streams and functions have a lock each: making a function's result may run Python code, which may print.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Given>);

struct Given {
    streams: Mutex<Option<Streams>>,
    /// Held so that the host's data goes when the gate is closed, not when the guest is gone.
    functions: Mutex<Option<Vec<Arc<Callback>>>>,
}

impl Gate {
    pub(crate) fn new(streams: Option<Streams>) -> Self {
        Self(Arc::new(Given { streams: Mutex::new(streams), functions: Mutex::new(Some(Vec::new())) }))
    }

    /// From now on nothing is called; `false`, and all is as before, when something of the host's is at work.
    pub(crate) fn close(&self) -> bool {
        let (Some(mut streams), Some(mut functions)) = (at_once(&self.0.streams), at_once(&self.0.functions)) else {
            return false;
        };
        *streams = None;
        let gone = functions.take();
        // The host is told that its data is not needed when no lock is held.
        drop((streams, functions));
        drop(gone);
        true
    }

    /// Keeps a function until the gate is closed.
    pub(crate) fn keep(&self, function: Arc<Callback>) -> std::result::Result<(), Error> {
        let mut functions = at_once(&self.0.functions).ok_or(Error::Busy)?;
        let functions = functions.get_or_insert_default();
        if !functions.iter().any(|kept| Arc::ptr_eq(kept, &function)) {
            functions.push(function);
        }
        Ok(())
    }

    /// Runs `body`, which calls a function of the host's, if that is wanted now.
    pub(crate) fn pass<R>(&self, body: impl FnOnce() -> R) -> std::result::Result<R, Error> {
        let refuse = |why: &str| Error::raise("RuntimeError", why);
        match at_once(&self.0.functions) {
            None => Err(refuse("a host function was called while another one runs")),
            Some(functions) if functions.is_none() => Err(refuse("the interpreter is being destroyed")),
            Some(_functions) => Ok(body()),
        }
    }

    /// The three streams.
    pub(crate) fn stdio(&self) -> Stdio {
        let stream = |descriptor| Standard { gate: self.clone(), descriptor };
        // The host's function is called on the thread that runs the guest.
        let (stdout, stderr) = (Output::from(stream(1)), Output::from(stream(2)));
        Stdio::discard().stdin(Input::blocking(stream(0))).stdout(stdout).stderr(stderr)
    }
}

/// The lock, unless somebody holds it. What it guards is whole after every statement.
fn at_once<T>(lock: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match lock.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(guard)) => Some(guard.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

struct Standard {
    gate: Gate,
    descriptor: i32,
}

/// `PYRUN_READ_AGAIN`.
const AGAIN: i64 = -2;

impl Read for Standard {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut streams = self.gate.0.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let count = streams.as_mut().and_then(|streams| streams.read(buf)).unwrap_or(0);
        match usize::try_from(count) {
            Ok(count) if count <= buf.len() => Ok(count),
            Err(_) if count == AGAIN => Err(ErrorKind::WouldBlock.into()),
            _ => Err(io::Error::other("the read callback failed")),
        }
    }
}

impl Write for Standard {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut streams = self.gate.0.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(streams) = streams.as_mut() {
            streams.write(self.descriptor, buf);
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
