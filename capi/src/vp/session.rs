//! An interpreter that has an id.

use std::sync::{Arc, Mutex, PoisonError};

use pyrun::stdio::{Input, Output};
use pyrun::{Engine, Error, HostModule, Interpreter, InterruptHandle, Python, Stdio, Value};

use super::link::{Lines, Link, Printer};
use crate::code;
use crate::settings::{Chosen, EngineKey};

/// The native stack of the thread that starts an interpreter, in bytes.
const STACK: usize = 8 << 20;

/// The module of the guest's that calls functions of the host's.
pub(super) const MODULE: &str = "pyrun_host";

/// An interpreter.
pub(super) struct Session {
    pub(super) stage: Stage,
    pub(super) link: Link,
    /// Whether something was started that nobody has taken.
    pub(super) started: bool,
    /// What came of it before it began.
    pub(super) early: Option<Error>,
    /// Results that are kept.
    pub(super) results: usize,
}

pub(super) enum Stage {
    /// A thread starts it.
    Opening(Opening),
    Ready(Box<Interpreter>),
}

impl Session {
    pub(super) fn new(stage: Stage, link: Link) -> Self {
        Self { started: matches!(stage, Stage::Opening(_)), stage, link, early: None, results: 0 }
    }

    /// The interpreter, when nothing is under way in it.
    pub(super) fn idle(&mut self) -> Result<&mut Interpreter, Error> {
        match &mut self.stage {
            Stage::Ready(py) if !self.started => Ok(py),
            Stage::Ready(_) | Stage::Opening(_) => Err(Error::Busy),
        }
    }

    /// Runs `body` in the interpreter: in an idle one at once, in one that waits for the host's answer on that one's thread.
    pub(super) fn with_python<R: Send + 'static>(
        &self,
        body: impl FnOnce(Python<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        match &self.stage {
            Stage::Ready(py) if !self.started => body(py.python()),
            Stage::Ready(_) => self.link.serve(body)?,
            Stage::Opening(_) => Err(Error::Busy),
        }
    }

    /// Whether [`Session::with_python`] has a way in.
    pub(super) fn can_enter(&self) -> bool {
        !self.started || self.link.can_serve()
    }

    /// Whether what was started has ended.
    pub(super) fn is_done(&self) -> bool {
        match &self.stage {
            _ if self.early.is_some() => true,
            Stage::Opening(opening) => opening.is_done(),
            Stage::Ready(py) => py.poll(),
        }
    }

    pub(super) fn interrupt_handle(&self) -> Option<InterruptHandle> {
        match &self.stage {
            Stage::Ready(py) => Some(py.interrupt_handle()),
            Stage::Opening(_) => None,
        }
    }
}

impl Drop for Session {
    /// What waits for the host's answer is told that none will come.
    fn drop(&mut self) {
        self.link.close();
    }
}

/// An interpreter that has started, and what it was started with.
pub(super) struct Opened {
    pub(super) key: EngineKey,
    pub(super) engine: Engine,
    pub(super) py: Interpreter,
}

/// Starts an interpreter.
pub(super) fn open(chosen: &Chosen, engine: Option<Engine>, link: &Link) -> Result<Opened, Error> {
    let engine = match engine {
        Some(engine) => engine,
        None => chosen.new_engine()?,
    };
    let printer = || Output::from(Printer(link.clone()));
    let lines = Input::blocking(Lines::new(link.clone()));
    let stdio = Stdio::discard().stdin(lines).stdout(printer()).stderr(printer());
    let mut builder = chosen.builder(&engine, stdio);
    let named = chosen.snapshot_name.as_ref().map(|name| engine.named_snapshot(name)).transpose()?;
    if let Some(snapshot) = named.as_ref().or(chosen.snapshot.as_ref()) {
        builder = builder.snapshot(snapshot);
    }
    let py = builder.start()?;
    let link = link.clone();
    py.register_module(MODULE, move |module| define(&module, link))?;
    Ok(Opened { key: chosen.engine_key(), engine, py })
}

/// The way to the host's functions.
fn define(module: &HostModule, link: Link) {
    module.function_with_values("call(number, arguments, named)", move |py, values| {
        let mut values = values.into_iter();
        match (values.next(), values.next(), values.next()) {
            (Some(Value::Int(number)), Some(arguments), Some(named)) => link.call(py, number, arguments, named),
            _ => Err(Error::raise("TypeError", "call(number, arguments, named)")),
        }
    });
}

/// An interpreter that a thread starts.
pub(super) struct Opening(Arc<Mutex<Option<Result<Opened, Error>>>>);

impl Opening {
    /// Begins it.
    pub(super) fn begin(chosen: Chosen, engine: Option<Engine>, link: Link) -> Result<Self, Error> {
        let place = Arc::new(Mutex::new(None));
        let theirs = place.clone();
        let body = move || {
            let opened = code::catch(|| open(&chosen, engine, &link));
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        };
        let thread = std::thread::Builder::new().name("python-start".to_owned()).stack_size(STACK);
        match thread.spawn(body) {
            Ok(_) => Ok(Self(place)),
            Err(source) => Err(Error::System { what: "cannot start a thread", source }),
        }
    }

    fn is_done(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// What came of it.
    pub(super) fn take(&self) -> Option<Result<Opened, Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
