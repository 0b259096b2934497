//! What the limits of time of one interpreter need, kept with its guest, so that a run finds it from wherever it begins: the
//! embedder's thread, a thread of the run's own, a host function further in.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyrun_emscripten_shim::{Caller, Trap};
use pyrun_pyodide_loader::Instance;
use pyrun_pyodide_loader::embedder::Embedder;
use pyrun_pyodide_loader::object::{ObjectApi, PythonError, RaiseError, Value};

use super::{Armed, Fired, SIGXCPU, TimeLimits};
use crate::engine::Engine;
use crate::error::Error;
use crate::host::InterruptHandle;

/// Raises the exception of the soft stage: the handler of `SIGXCPU`. `_signal` is there from CPython's start, so nothing is
/// imported that the program would see.
const HANDLER: &str = "\
def time_is_over(signum, frame):
    raise TimeoutError('the time limit of the run is over')
__import__('_signal').signal(SIGXCPU, time_is_over)
";
/// Its name in tracebacks.
const HANDLER_FILE: &str = "<pyrun>";

/// One interpreter's.
#[derive(Debug)]
pub(crate) struct Watch {
    engine: Engine,
    interrupt: InterruptHandle,
    /// For each way in of the embedder's.
    limits: TimeLimits,
    state: Mutex<State>,
}

/// Plain data, whole after every statement.
#[derive(Debug, Default)]
struct State {
    /// What has fired since the embedder went in.
    fired: Option<Fired>,
    has_handler: bool,
}

impl Watch {
    /// For an interpreter that this handle interrupts.
    pub(crate) fn new(engine: Engine, interrupt: InterruptHandle, limits: TimeLimits) -> Self {
        Self { engine, interrupt, limits, state: Mutex::default() }
    }

    /// Leaves it with the guest.
    ///
    /// # Errors
    /// As [`Instance::keep`].
    pub(crate) fn keep(self, instance: &mut Instance) -> Result<(), Trap> {
        instance.keep(Arc::new(self))
    }

    /// The guest's; `None` where none was left, as while it is being made.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the guest was made without a place for it.
    pub(crate) fn of(caller: &mut Caller<'_>) -> Result<Option<Arc<Self>>, Trap> {
        let kept = caller.env().extensions.get::<Embedder>()?.0.clone();
        Ok(kept.and_then(|kept| kept.downcast().ok()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins what the embedder asks for: until the guard is dropped, these limits hold and those that every way in has.
    ///
    /// # Errors
    /// As [`Deadlines::arm`](super::Deadlines::arm).
    pub(crate) fn begin(&self, limits: TimeLimits) -> io::Result<Guarded<'_>> {
        self.state().fired = None;
        let (mut guarded, mut every) = (self.arm(limits)?, self.arm(self.limits)?);
        guarded.has_soft_stage |= every.has_soft_stage;
        guarded.armed.append(&mut every.armed);
        Ok(guarded)
    }

    /// Has these limits hold until the guard is dropped.
    ///
    /// # Errors
    /// As [`Deadlines::arm`](super::Deadlines::arm).
    pub(crate) fn arm(&self, limits: TimeLimits) -> io::Result<Guarded<'_>> {
        let mut armed = Vec::new();
        if !limits.is_none() {
            armed.push(self.engine.deadlines().arm(limits, &self.interrupt)?);
        }
        // Without a grace period nothing is cleaned up, and what is frozen afterwards has no handler of ours.
        let has_soft_stage = !armed.is_empty() && limits.grace != Some(Duration::ZERO);
        Ok(Guarded { armed, has_soft_stage, watch: self })
    }

    /// The limit whose exception this is, if it is one's.
    pub(crate) fn limit_of(&self, exception: &PythonError) -> Option<Fired> {
        self.state().fired.filter(|_| exception.type_name == "TimeoutError")
    }

    /// Why the guest was stopped.
    pub(crate) fn stopped(&self) -> Error {
        match self.state().fired {
            Some(fired) if fired.is_hard => fired.error(None).into(),
            _ => Error::Killed,
        }
    }
}

/// Limits that hold.
#[derive(Debug)]
#[must_use = "the limits hold while this is there"]
pub(crate) struct Guarded<'w> {
    armed: Vec<Armed>,
    /// Whether the first thing that happens is an exception.
    has_soft_stage: bool,
    watch: &'w Watch,
}

impl Guarded<'_> {
    /// Lets the soft stage raise its exception in the guest, when there are limits. A guest that has taken its own `_signal` apart
    /// is stopped by the hard stage alone.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub(crate) fn prepare(&self, python: &mut ObjectApi<'_>) -> Result<(), Trap> {
        if !self.has_soft_stage || self.watch.state().has_handler {
            return Ok(());
        }
        if let Err(RaiseError::Trap(trap)) = install_handler(python) {
            return Err(trap);
        }
        self.watch.state().has_handler = true;
        Ok(())
    }

    /// Remembers what has fired so far.
    pub(crate) fn note(&self) {
        let fired = self.armed.iter().filter_map(Armed::fired).max_by_key(|fired| fired.is_hard);
        if fired.is_some() {
            self.watch.state().fired = fired;
        }
    }
}

impl Drop for Guarded<'_> {
    fn drop(&mut self) {
        self.armed.iter_mut().for_each(Armed::disarm);
        self.note();
    }
}

/// Makes the guest raise a `TimeoutError` when the soft stage of a limit comes.
///
/// # Errors
/// What Python raises.
pub(crate) fn install_handler(python: &mut ObjectApi<'_>) -> Result<(), RaiseError> {
    let builtins = python.import("builtins")?;
    let dict = python.get_attr(&builtins, "dict")?;
    let number = python.object(&Value::Int(SIGXCPU.into()))?;
    let globals = python.call(&dict, &[], &[("SIGXCPU", number)])?;
    python.exec(HANDLER, HANDLER_FILE, &globals)
}
