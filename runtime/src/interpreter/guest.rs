//! Where an interpreter's guest is (here, at work on a thread of its own, gone), and the one way into it.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::guest::signals;
use pyrun_pyodide_loader::Instance;
use pyrun_pyodide_loader::object::{BuiltinException, ObjectApi, RaiseError, Value, function::panic_text};

use crate::deadline::{TimeLimits, Watch};
use crate::error::Error;
use crate::sys::SendInterpreter;

/// Where the guest is.
pub(super) enum State {
    /// Here, and nobody is using it.
    Ready(Box<SendInterpreter>),
    /// On a thread of its own, at work.
    Away(Worker),
    /// Gone, or not to be trusted any more; the text says why.
    Poisoned(String),
}

impl State {
    /// The guest is here again, unless it was lost.
    pub(super) fn take_back(&mut self, done: Done) -> Result<Value, Error> {
        *self = match done.poisoned {
            Some(why) => Self::Poisoned(why),
            None => Self::Ready(done.guest),
        };
        done.result
    }

    /// Takes the guest back from a worker that is done, and its unclaimed result is lost.
    pub(super) fn come_home(&mut self) -> Result<(), Error> {
        if let Self::Away(worker) = self {
            match worker.finished() {
                Some(done) => drop(self.take_back(done)),
                None => return Err(Error::Busy),
            }
        }
        match self {
            Self::Poisoned(why) => Err(Error::Poisoned(why.clone())),
            _ => Ok(()),
        }
    }
}

/// A run on a thread of its own.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
}

#[derive(Default)]
pub(super) struct Shared {
    slot: Mutex<Slot>,
    pub(super) done: Condvar,
}

#[derive(Default)]
pub(super) struct Slot {
    pub(super) done: Option<Done>,
    /// Whoever is to be told.
    pub(super) waker: Option<Waker>,
}

/// What a worker comes back with.
pub(super) struct Done {
    pub(super) guest: Box<SendInterpreter>,
    pub(super) result: Result<Value, Error>,
    pub(super) poisoned: Option<String>,
}

impl Shared {
    /// Plain data, whole after every statement, so a panic elsewhere spoils nothing.
    pub(super) fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    pub(super) fn is_finished(&self) -> bool {
        self.shared.slot().done.is_some()
    }

    /// What the worker has come back with, if it has.
    pub(super) fn finished(&self) -> Option<Done> {
        self.shared.slot().done.take()
    }

    /// The same, once it has.
    pub(super) fn wait(&self) -> Done {
        let mut slot = self.shared.slot();
        loop {
            if let Some(done) = slot.done.take() {
                return done;
            }
            slot = self.shared.done.wait(slot).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn wake_when_finished(&self, waker: &Waker) {
        self.shared.slot().waker = Some(waker.clone());
    }
}

impl SendInterpreter {
    /// Runs `body` inside, for as long as the limits let it. The second part says why the guest must not be entered again, if
    /// that is so.
    pub(super) fn enter<R>(
        &mut self,
        limits: TimeLimits,
        body: impl FnOnce(&mut ObjectApi<'_>) -> Result<R, RaiseError>,
    ) -> (Result<R, Error>, Option<String>) {
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| entered(self.interpreter(), limits, body)));
        match outcome {
            Ok(Ok(result)) => (result, None),
            Ok(Err(trap)) => {
                let error = self.ended_by(trap.flatten());
                let why = error.to_string();
                (Err(error), Some(why))
            }
            Err(panic) => {
                let why = format!("pyrun panicked: {}", panic_text(&*panic));
                // Bug: the panic is ours. Those of the embedder's code end where it is called on the way (host functions,
                // readers, writers, progress), and its conversions are outside of here.
                (Err(Error::Bug(why.clone())), Some(why))
            }
        }
    }
}

impl SendInterpreter {
    /// How the guest ended, as the embedder reads it.
    fn ended_by(&mut self, trap: Trap) -> Error {
        match (trap, Watch::of(&mut self.interpreter().caller())) {
            (Trap::Stopped, Ok(Some(watch))) => watch.stopped(),
            (trap, _) => Error::from_trap(trap),
        }
    }
}

/// Runs `body` in an interpreter that is being made, with what it raises as an error.
pub(crate) fn enter<R>(
    instance: &mut Instance,
    limits: TimeLimits,
    body: impl FnOnce(&mut ObjectApi<'_>) -> Result<R, RaiseError>,
) -> Result<R, Error> {
    entered(instance, limits, body).map_err(|trap| match (trap.flatten(), Watch::of(&mut instance.caller())) {
        (Trap::Stopped, Ok(Some(watch))) => watch.stopped(),
        (trap, _) => Error::from_trap(trap),
    })?
}

fn entered<R>(
    instance: &mut Instance,
    limits: TimeLimits,
    body: impl FnOnce(&mut ObjectApi<'_>) -> Result<R, RaiseError>,
) -> Result<Result<R, Error>, Trap> {
    signals::keep();
    let gate = instance.gate();
    let watch = Watch::of(&mut instance.caller())?;
    // Before anything runs: what dropped handles held is freed first, and that may run the program's code.
    let guarded = match watch.as_ref().map(|watch| watch.begin(limits)).transpose() {
        Ok(guarded) => guarded,
        Err(source) => return Ok(Err(Error::untimed(source))),
    };
    let mut python = instance.python()?;
    if let Some(guarded) = &guarded {
        guarded.prepare(&mut python)?;
    }
    let result = body(&mut python);
    if let Some(guarded) = &guarded {
        guarded.note();
    }
    let result = to_embedder_error(&mut python, result)?;
    python.collect()?;
    drop(guarded);
    // It may have been stopped in the last moment, and then it is gone.
    if gate.is_stopped() { Err(Trap::Stopped) } else { Ok(result) }
}

/// Turns an exception into what an embedder reads. What ends the guest stays a trap.
pub(super) fn to_embedder_error<R>(
    python: &mut ObjectApi<'_>,
    result: Result<R, RaiseError>,
) -> Result<Result<R, Error>, Trap> {
    let error = match result {
        Ok(value) => return Ok(Ok(value)),
        Err(RaiseError::Trap(trap)) => return Err(trap),
        Err(RaiseError::Convert(error)) => return Ok(Err(Error::Convert(error))),
        Err(RaiseError::HostMemory(over)) => return Ok(Err(Error::past_host_memory(over))),
        Err(error) => error,
    };
    let exception = python.exception(error)?;
    let is = |python: &mut ObjectApi<'_>, class| match python.exception_is(&exception, class) {
        Err(RaiseError::Trap(trap)) => Err(trap),
        other => Ok(other.unwrap_or(false)),
    };
    if is(python, BuiltinException::SystemExit)? {
        return match python.exit_status(&exception) {
            Ok((status, message)) => Ok(Err(Error::SystemExit { status, message })),
            Err(RaiseError::Trap(trap)) => Err(trap),
            Err(_) => Ok(Err(Error::SystemExit { status: 1, message: None })),
        };
    }
    let interrupted = is(python, BuiltinException::KeyboardInterrupt)?;
    let described = Box::new(python.describe(exception)?);
    if interrupted {
        return Ok(Err(Error::Interrupted(described)));
    }
    let limit = Watch::of(python.caller())?.and_then(|watch| watch.limit_of(&described));
    Ok(Err(match limit {
        Some(limit) => limit.error(Some(described)).into(),
        None => Error::Python(described),
    }))
}
