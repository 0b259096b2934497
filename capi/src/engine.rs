//! Engines and snapshots.

use pyrun::home::Home;
use pyrun::{Config, Engine, Error, Snapshot, Value};

use crate::handle::Pyrun;
use crate::result::{ResultOut, answer, give};
use crate::sys::{In, Out, bad};

/// `pyrun_engine`.
pub(crate) struct EngineHandle(pub(crate) Engine);

#[unsafe(no_mangle)]
extern "C" fn pyrun_engine_create(
    home: In<u8>,
    size: usize,
    engine: Out<Option<Box<EngineHandle>>>,
    error: ResultOut,
) -> i32 {
    give(engine, error, || {
        let config = match home.text(size)? {
            "" => Config::new(),
            path => Config::new().home(Home::at(path)),
        };
        Engine::new(config).map(EngineHandle)
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_engine_free(engine: Option<Box<EngineHandle>>) {
    let _ = crate::result::catch(|| {
        drop(engine);
        Ok(())
    });
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_snapshot_take(py: Option<&Pyrun>, snapshot: Out<Option<Box<Snapshot>>>, error: ResultOut) -> i32 {
    give(snapshot, error, || Pyrun::enter(py, |inner| inner.py.snapshot()))
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_snapshot_free(snapshot: Option<Box<Snapshot>>) {
    let _ = crate::result::catch(|| {
        drop(snapshot);
        Ok(())
    });
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_reset(py: Option<&Pyrun>, error: ResultOut) -> i32 {
    crate::result::report(error, || {
        Pyrun::enter(py, |inner| {
            let snapshot = inner.settings.snapshot.clone();
            let snapshot =
                snapshot.ok_or_else(|| bad("the interpreter was not started from a snapshot of the caller's"))?;
            inner.settings.builder(&inner.engine, &inner.gate).snapshot(&snapshot).reset(&mut inner.py)
        })
    })
}

/// What goes through an entry that gives a value.
pub(crate) fn value(
    py: Option<&Pyrun>,
    result: ResultOut,
    body: impl FnOnce(&mut crate::handle::Inner) -> Result<Value, Error>,
) -> i32 {
    answer(result, || Pyrun::enter(py, body))
}
