//! Interpreters: who may use one, and when.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use pyrun::{Engine, Error, Interpreter, InterruptHandle, PyBuffer, Usage, Value};

use crate::code::{self, bad};
use crate::module::Module;
use crate::result::{ResultOut, answer, give, report};
use crate::settings::{Chosen, Settings};
use crate::stdio::Gate;
use crate::sys::{Out, Release};

/// `pyrun`. What C code does wrong with it is found by the lock, which nobody ever waits for: it is taken while another
/// thread or, further up on the same stack, another call is inside.
pub(crate) struct Pyrun {
    /// Shared with nobody but the `pyrun_em`s of it, which do not hold it.
    pub(crate) inner: Arc<Mutex<Inner>>,
    /// Outside of the lock, since it is used while the interpreter runs.
    pub(crate) interrupt: Interrupt,
}

/// The handle of an interpreter, which gets another one when it is reset. Nobody waits for it: signal handlers come here.
pub(crate) struct Interrupt {
    current: RwLock<InterruptHandle>,
    /// Of the one that is there, or is being made.
    is_killed: AtomicBool,
}

impl Interrupt {
    fn new(handle: InterruptHandle) -> Self {
        Self { current: RwLock::new(handle), is_killed: AtomicBool::new(false) }
    }

    /// What is sent while another handle is made finds an interpreter that is idle, and is forgotten as then.
    fn interrupt(&self) {
        if let Ok(handle) = self.current.try_read() {
            handle.interrupt();
        }
    }

    fn usage(&self) -> Result<Usage, Error> {
        // While it is reset there is nothing to be told.
        self.current.try_read().map(|handle| handle.usage()).map_err(|_| Error::Busy)
    }

    fn kill(&self) {
        self.is_killed.store(true, Ordering::SeqCst);
        if let Ok(handle) = self.current.try_read() {
            handle.kill();
        }
    }

    /// Runs `body`, which gives the interpreter another handle. What kills it meanwhile kills the new one.
    pub(crate) fn renew(&self, body: impl FnOnce() -> Result<InterruptHandle, Error>) -> Result<(), Error> {
        self.is_killed.store(false, Ordering::SeqCst);
        let next = body()?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next.clone();
        if self.is_killed.load(Ordering::SeqCst) {
            next.kill();
        }
        Ok(())
    }
}

pub(crate) struct Inner {
    pub(crate) py: Interpreter,
    /// Buffers that the host has, by their numbers. While there are any, nothing runs.
    pub(crate) lent: BTreeMap<u64, PyBuffer>,
    pub(crate) next_lent: u64,
    /// Whether `pyrun_start` has begun something that nobody has taken.
    pub(crate) started: bool,
    pub(crate) engine: Engine,
    /// What it was granted, for when it is taken back to its snapshot.
    pub(crate) chosen: Chosen,
    pub(crate) gate: Gate,
}

impl Inner {
    /// The interpreter, for whoever does not run anything in it.
    pub(crate) fn lock(inner: &Mutex<Self>) -> Result<MutexGuard<'_, Self>, Error> {
        match inner.try_lock() {
            Ok(inner) => Ok(inner),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Poisoned(_)) => Err(code::poisoned()),
        }
    }

    /// Runs something in the interpreter.
    pub(crate) fn enter<R>(&mut self, body: impl FnOnce(&mut Self) -> Result<R, Error>) -> Result<R, Error> {
        if self.started || !self.lent.is_empty() {
            return Err(Error::Busy);
        }
        body(self)
    }

    /// Makes the modules of the host's, in their order.
    pub(crate) fn register_all(&self) -> Result<(), Error> {
        self.chosen.modules.iter().try_for_each(|module| module.register(&self.py, &self.gate))
    }
}

impl Pyrun {
    /// Starts one.
    fn start(chosen: Chosen) -> Result<Self, Error> {
        let engine = chosen.engine()?;
        let gate = Gate::new(chosen.streams);
        let mut builder = chosen.builder(&engine, gate.stdio());
        if let Some(snapshot) = &chosen.snapshot {
            builder = builder.snapshot(snapshot);
        }
        let py = builder.start()?;
        let interrupt = Interrupt::new(py.interrupt_handle());
        let inner = Inner { py, lent: BTreeMap::new(), next_lent: 1, started: false, engine, chosen, gate };
        inner.register_all()?;
        Ok(Self { inner: Arc::new(Mutex::new(inner)), interrupt })
    }

    /// The interpreter, for whoever does not run anything in it.
    pub(crate) fn lock(py: Option<&Self>) -> Result<MutexGuard<'_, Inner>, Error> {
        Inner::lock(&py.ok_or_else(|| bad("a null pointer to an interpreter"))?.inner)
    }

    /// Runs something in the interpreter.
    pub(crate) fn enter<R>(py: Option<&Self>, body: impl FnOnce(&mut Inner) -> Result<R, Error>) -> Result<R, Error> {
        Self::lock(py)?.enter(body)
    }

    /// As [`Pyrun::enter`], for an entry that gives a value.
    pub(crate) fn value(
        py: Option<&Self>,
        result: ResultOut,
        body: impl FnOnce(&mut Inner) -> Result<Value, Error>,
    ) -> i32 {
        answer(result, || Self::enter(py, body))
    }
}

pub(crate) fn create(settings: Option<&Settings>, py: Out<Option<Box<Pyrun>>>, error: ResultOut) -> i32 {
    give(py, error, || Pyrun::start(Chosen::of(settings)?))
}

pub(crate) fn register(py: Option<&Pyrun>, module: Option<&Module>, error: ResultOut) -> i32 {
    report(error, || {
        let functions = Module::functions(module)?;
        Pyrun::enter(py, |inner| {
            functions.register(&inner.py, &inner.gate)?;
            inner.chosen.modules.push(functions);
            Ok(())
        })
    })
}

pub(crate) fn destroy(py: Release<Pyrun>) -> i32 {
    py.free_if(|py| {
        let mut inner = match py.inner.try_lock() {
            Ok(inner) => inner,
            Err(TryLockError::Poisoned(inner)) => inner.into_inner(),
            Err(TryLockError::WouldBlock) => return code::BUSY,
        };
        if !inner.lent.is_empty() || !inner.gate.close() {
            return code::BUSY;
        }
        // The host is told that its data is not needed while all else is whole and locked: what it does with the interpreter then is
        // refused, as while a call runs.
        drop(std::mem::take(&mut inner.chosen.modules));
        code::OK
    })
}

pub(crate) fn usage(py: Option<&Pyrun>, result: ResultOut) -> i32 {
    answer(result, || {
        let py = py.ok_or_else(|| bad("a null pointer to an interpreter"))?;
        Ok(Value::Str(py.interrupt.usage()?.to_json()))
    })
}

pub(crate) fn kill(py: Option<&Pyrun>) {
    if let Some(py) = py {
        py.interrupt.kill();
    }
}

pub(crate) fn interrupt(py: Option<&Pyrun>) {
    if let Some(py) = py {
        py.interrupt.interrupt();
    }
}
