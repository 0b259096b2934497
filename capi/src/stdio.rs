//! The guest's standard streams, which are the host's functions.

use std::sync::{Arc, Mutex, PoisonError};

use pyrun::Stdio;
use pyrun_memfs::{Errno, Readiness, Result, Stream};

use crate::sys::Callbacks;

/// The host's functions, for as long as the host wants to be called.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Mutex<Option<Callbacks>>>);

impl Gate {
    pub(crate) fn new(callbacks: Callbacks) -> Self {
        Self(Arc::new(Mutex::new(Some(callbacks))))
    }

    /// From now on nothing is called; `false` when one of the functions is at work.
    pub(crate) fn close(&self) -> bool {
        match self.0.try_lock() {
            Ok(mut callbacks) => *callbacks = None,
            Err(std::sync::TryLockError::Poisoned(callbacks)) => *callbacks.into_inner() = None,
            Err(std::sync::TryLockError::WouldBlock) => return false,
        }
        true
    }

    /// The three streams.
    pub(crate) fn stdio(&self) -> Stdio {
        let stream = |descriptor| Box::new(Standard { gate: self.clone(), descriptor });
        Stdio::discard().stdin(stream(0)).stdout(stream(1)).stderr(stream(2))
    }
}

struct Standard {
    gate: Gate,
    descriptor: i32,
}

/// `PYRUN_READ_AGAIN`.
const AGAIN: i64 = -2;

impl Stream for Standard {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        if self.descriptor != 0 {
            return Err(Errno::BadF);
        }
        let mut callbacks = self.gate.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = callbacks.as_mut().and_then(|callbacks| callbacks.read(buf)).unwrap_or(0);
        match usize::try_from(count) {
            Ok(count) if count <= buf.len() => Ok(count),
            Err(_) if count == AGAIN => Err(Errno::Again),
            _ => Err(Errno::Io),
        }
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        if self.descriptor == 0 {
            return Err(Errno::BadF);
        }
        let mut callbacks = self.gate.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(callbacks) = callbacks.as_mut() {
            callbacks.write(self.descriptor, buf);
        }
        Ok(buf.len())
    }

    fn readiness(&mut self) -> Readiness {
        match self.descriptor {
            0 => Readiness::IN | Readiness::RDNORM,
            _ => Readiness::OUT | Readiness::WRNORM,
        }
    }
}
