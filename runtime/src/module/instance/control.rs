//! What ends a module's code from outside: its gate, its interrupt handle, its limits of time.

use std::sync::OnceLock;
use std::time::Duration;

use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_translate::{ImportType, ModuleInfo};

use crate::deadline::{Armed, Fired, GRACE, TimeLimits, Watched};
use crate::engine::Engine;
use crate::error::Error;
use crate::host::{InterruptHandle, SIGXCPU};

/// What interrupts an instance.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    pub(crate) handle: InterruptHandle,
    /// Whether somebody else has it.
    pub(crate) is_shared: bool,
}

/// One instance's.
#[derive(Debug)]
pub(crate) struct Control {
    pub(super) gate: Gate,
    pub(super) interrupt: InterruptHandle,
    /// For each call.
    pub(super) limits: TimeLimits,
    /// Whether the embedder has had the handle from the start.
    is_shared: bool,
    /// Whether its code ever sees a signal: it calls the host.
    sees_signals: bool,
    /// Why it was stopped for good.
    gone: Option<String>,
    /// Stops it when it does not see a signal. Made when somebody can send one; `None` when there is no thread for that.
    watched: OnceLock<Option<Watched>>,
}

impl Control {
    pub(crate) fn new(gate: Gate, interrupt: Interrupt, limits: TimeLimits, info: &ModuleInfo) -> Self {
        let Interrupt { handle: interrupt, is_shared } = interrupt;
        let sees_signals = info.imports().any(|import| matches!(import.ty, ImportType::Function(_)));
        let mut control =
            Self { gate, interrupt, limits, is_shared, sees_signals, gone: None, watched: OnceLock::new() };
        control.limit(limits);
        control
    }

    /// From now on each call has these limits.
    pub(super) fn limit(&mut self, limits: TimeLimits) {
        let grace = if self.sees_signals { limits.grace } else { Some(Duration::ZERO) };
        self.limits = TimeLimits { grace, ..limits };
    }

    /// From now on a signal stops the code that does not see it.
    pub(super) fn watch(&self, engine: &Engine) {
        self.watched.get_or_init(|| watch(engine, &self.interrupt, self.limits.grace));
    }

    /// As [`Control::watch`], where somebody watches already.
    pub(crate) fn set_watched(&self, watched: Option<Watched>) {
        let _ = self.watched.set(watched);
    }

    /// Has the limits of a call hold.
    ///
    /// # Errors
    /// [`Error::System`]
    pub(crate) fn arm(&self, engine: &Engine) -> Result<Armed, Error> {
        engine.deadlines().arm(self.limits, &self.interrupt).map_err(Error::untimed)
    }

    /// Whether anything can stop what runs: else a call need not go through the gate.
    #[inline]
    pub(super) fn can_be_stopped(&self) -> bool {
        self.is_shared || self.watched.get().is_some()
    }

    /// Whether it was stopped for good.
    pub(super) fn is_gone(&self) -> bool {
        self.gate.is_stopped()
    }

    /// The error of a call that ended with this one, and of those that come after it.
    #[cold]
    pub(crate) fn ended(&mut self, error: Error, fired: Option<Fired>) -> Error {
        let error = match (&error, &self.gone) {
            (Error::Killed, Some(why)) => return Error::Poisoned(why.clone()),
            _ => cause(error, &self.interrupt, fired),
        };
        if self.is_gone() {
            self.gone.get_or_insert_with(|| error.to_string());
        }
        error
    }
}

/// Has a signal stop the guest that does not see it.
pub(crate) fn watch(engine: &Engine, interrupt: &InterruptHandle, grace: Option<Duration>) -> Option<Watched> {
    let watched = engine.deadlines().watch(interrupt, grace.unwrap_or(GRACE));
    watched.inspect_err(|error| tracing::warn!(%error, "a signal ends a module only when it calls the host")).ok()
}

/// Why something ended, when what ended it came from outside.
pub(crate) fn cause(error: Error, interrupt: &InterruptHandle, fired: Option<Fired>) -> Error {
    match (error, fired) {
        (Error::Killed, Some(fired)) if fired.is_hard => fired.error(None).into(),
        (Error::Killed, _) => interrupt.stopped_by().map_or(Error::Killed, |signal| Error::Signal { signal }),
        (Error::Signal { signal: SIGXCPU }, Some(fired)) => fired.error(None).into(),
        (error, _) => error,
    }
}

/// Runs `body`, which makes or runs a guest that `interrupt` speaks of, within these limits; and the limit that fired, if one did.
pub(crate) fn within<R>(
    engine: &Engine,
    limits: TimeLimits,
    interrupt: &InterruptHandle,
    body: impl FnOnce() -> Result<R, Error>,
) -> (Result<R, Error>, Option<Fired>) {
    match engine.deadlines().within(limits, interrupt, body) {
        Ok((result, fired)) => (result.map_err(|error| cause(error, interrupt, fired)), fired),
        Err(error) => (Err(Error::untimed(error)), None),
    }
}
