//! Runs on a thread of the library's: start, poll, take.

use pyrun::Error;

use crate::handle::Pyrun;
use crate::result::{ResultOut, answer, catch, code_of, report};
use crate::sys::{In, bad};

#[unsafe(no_mangle)]
extern "C" fn pyrun_start(py: Option<&Pyrun>, source: In<u8>, size: usize, error: ResultOut) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            inner.py.start(source.text(size)?)?;
            inner.started = true;
            Ok(())
        })
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_poll(py: Option<&Pyrun>) -> i32 {
    let done = catch(|| {
        let inner = Pyrun::lock(py)?;
        match inner.started {
            true => Ok(inner.py.poll()),
            false => Err(bad("nothing was started")),
        }
    });
    done.map_or_else(|error| code_of(&error), i32::from)
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_take(py: Option<&Pyrun>, result: ResultOut) -> i32 {
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
