//! Runs on a thread of the library's: start, poll, take.

use pyrun::Error;

use crate::code::{self, bad, catch};
use crate::handle::Pyrun;
use crate::result::{ResultOut, answer, report};
use crate::sys::In;

pub(crate) fn start(py: Option<&Pyrun>, source: In<u8>, size: usize, error: ResultOut) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            inner.py.start(source.text(size)?)?;
            inner.started = true;
            Ok(())
        })
    })
}

pub(crate) fn poll(py: Option<&Pyrun>) -> i32 {
    let done = catch(|| {
        let inner = Pyrun::lock(py)?;
        match inner.started {
            true => Ok(inner.py.poll()),
            false => Err(bad("nothing was started")),
        }
    });
    match done {
        // Another thread, or a host function of the run's, is asking something of it at this moment.
        Err(Error::Busy) => 0,
        done => done.map_or_else(|error| code::of(&error), i32::from),
    }
}

pub(crate) fn take(py: Option<&Pyrun>, result: ResultOut) -> i32 {
    answer(result, || {
        let mut inner = Pyrun::lock(py)?;
        if !inner.started {
            return Err(bad("nothing was started"));
        }
        if !inner.py.poll() {
            return Err(Error::Busy);
        }
        inner.started = false;
        inner.py.take()
    })
}
