//! Engines and snapshots.

use pyrun::{Engine, Snapshot};

use crate::code::{bad, drop_caught};
use crate::handle::Pyrun;
use crate::result::{ResultOut, give, report};
use crate::settings::{Chosen, Settings};
use crate::sys::Out;

/// `pyrun_engine` is an [`Engine`] in a box.
pub(crate) fn create(settings: Option<&Settings>, engine: Out<Option<Box<Engine>>>, error: ResultOut) -> i32 {
    give(engine, error, || Chosen::of(settings)?.new_engine())
}

pub(crate) fn free(engine: Option<Box<Engine>>) {
    drop_caught(engine);
}

pub(crate) fn snapshot_take(py: Option<&Pyrun>, snapshot: Out<Option<Box<Snapshot>>>, error: ResultOut) -> i32 {
    give(snapshot, error, || Pyrun::enter(py, |inner| inner.py.snapshot()))
}

pub(crate) fn snapshot_free(snapshot: Option<Box<Snapshot>>) {
    drop_caught(snapshot);
}

pub(crate) fn reset(py: Option<&Pyrun>, error: ResultOut) -> i32 {
    report(error, || {
        Pyrun::enter(py, |inner| {
            let snapshot = inner.chosen.snapshot.clone();
            let snapshot =
                snapshot.ok_or_else(|| bad("the interpreter was not started from a snapshot of the caller's"))?;
            // It is not null: the lock was entered.
            let Some(Pyrun { interrupt, .. }) = py else { return Err(bad("a null pointer to an interpreter")) };
            interrupt.renew(|| {
                inner.chosen.builder(&inner.engine, inner.gate.stdio()).snapshot(&snapshot).reset(&mut inner.py)?;
                Ok(inner.py.interrupt_handle())
            })?;
            inner.register_all()
        })
    })
}
