//! What the ids mean.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pyrun::{Engine, Error, Interpreter, PyHandle, PyObject, Python, Snapshot, Value};

use super::kept::Kept;
use super::link::{Link, Question};
use super::modules::store::Modules;
use super::refusal::Refusal;
use super::session::{Opening, Session, Stage, open};
use super::wait::wait_until;
use super::words::{Given, Values};
use crate::code::bad;
use crate::settings::{Chosen, EngineKey};
use crate::sys::{Address, utf8};

/// `PYRUN_VP_TEXT`.
const TEXT: i64 = 3;
/// Limit: results of one interpreter that nobody has dropped.
const RESULTS: usize = 1 << 16;

/// Interpreters, results and snapshots by id. All have their ids from one counter, which gives none twice.
pub(super) struct Table {
    last: i64,
    engines: BTreeMap<EngineKey, Engine>,
    sessions: BTreeMap<i64, Session>,
    results: BTreeMap<i64, Kept>,
    snapshots: BTreeMap<i64, Snapshot>,
    /// Modules other than Python's.
    pub(super) modules: Modules,
    /// Why the last request was not done that was not.
    pub(super) refused: String,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self {
            last: 0,
            engines: BTreeMap::new(),
            sessions: BTreeMap::new(),
            results: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            modules: Modules::new(),
            refused: String::new(),
        }
    }

    /// An id that was never given before.
    pub(super) fn id(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    /// What an interpreter is to be started with, and its engine if there is one already.
    fn chosen(&self, settings: &[u8]) -> Result<(Chosen, Option<Engine>), Refusal> {
        let mut chosen = Chosen::from_lines(utf8(settings)?)?;
        if let Some(id) = chosen.snapshot_name.as_ref().and_then(|name| name.parse::<i64>().ok()) {
            chosen.snapshot = Some(self.snapshots.get(&id).ok_or(Refusal::Stale)?.clone());
            chosen.snapshot_name = None;
        }
        let engine = self.engines.get(&chosen.engine_key()).cloned();
        Ok((chosen, engine))
    }

    /// Starts an interpreter with settings as lines of text.
    pub(super) fn open(&mut self, settings: &[u8]) -> Result<i64, Refusal> {
        let (chosen, engine) = self.chosen(settings)?;
        let link = Link::default();
        let opened = open(&chosen, engine, &link)?;
        self.engines.entry(opened.key).or_insert(opened.engine);
        let id = self.id();
        self.sessions.insert(id, Session::new(Stage::Ready(Box::new(opened.py)), link));
        Ok(id)
    }

    /// The same on a thread of its own.
    pub(super) fn open_later(&mut self, settings: &[u8]) -> Result<i64, Refusal> {
        let (chosen, engine) = self.chosen(settings)?;
        let link = Link::default();
        let opening = Opening::begin(chosen, engine, link.clone())?;
        let id = self.id();
        self.sessions.insert(id, Session::new(Stage::Opening(opening), link));
        Ok(id)
    }

    pub(super) fn close(&mut self, id: i64) -> Result<i64, Refusal> {
        self.sessions.remove(&id).ok_or(Refusal::Stale)?;
        self.results.retain(|_, kept| kept.session != id);
        self.modules.held.remove_all_of(id);
        Ok(0)
    }

    pub(super) fn session(&self, id: i64) -> Result<&Session, Refusal> {
        self.sessions.get(&id).ok_or(Refusal::Stale)
    }

    fn session_mut(&mut self, id: i64) -> Result<&mut Session, Refusal> {
        self.sessions.get_mut(&id).ok_or(Refusal::Stale)
    }

    /// An interpreter with room for another result.
    fn with_room(&self, id: i64) -> Result<&Session, Refusal> {
        let session = self.session(id)?;
        match session.results < RESULTS {
            true => Ok(session),
            false => {
                let why = "65536 results of the interpreter are kept: drop some with PYRUN_VP_DROP";
                Err(Error::HostLimit(why.to_owned()).into())
            }
        }
    }

    /// An interpreter that can be entered.
    fn enterable(&self, id: i64) -> Result<&Session, Refusal> {
        let session = self.with_room(id)?;
        if session.can_enter() { Ok(session) } else { Err(Error::Busy.into()) }
    }

    /// An idle interpreter, for what goes to the background.
    pub(super) fn idle(&mut self, id: i64) -> Result<&mut Interpreter, Refusal> {
        self.with_room(id)?;
        Ok(self.session_mut(id)?.idle()?)
    }

    /// Keeps what came out; its id. What was not done at all is no result.
    fn keep(&mut self, session: i64, outcome: Result<Value, Error>) -> Result<i64, Refusal> {
        if let Err(error @ (Error::Busy | Error::Poisoned(_) | Error::BadArgument(_))) = outcome {
            return Err(error.into());
        }
        let owner = self.session_mut(session)?;
        owner.results += 1;
        // What a run in the background prints meanwhile is its own.
        let output = if owner.started { Vec::new() } else { owner.link.printed() };
        let id = self.id();
        self.results.insert(id, Kept::new(session, outcome, output));
        Ok(id)
    }

    /// Runs something in an interpreter, and keeps what comes out.
    fn visit(
        &mut self,
        id: i64,
        body: impl FnOnce(Python<'_>) -> Result<Value, Error> + Send + 'static,
    ) -> Result<i64, Refusal> {
        let outcome = self.enterable(id)?.with_python(body);
        self.keep(id, outcome)
    }

    pub(super) fn run(&mut self, id: i64, source: &[u8]) -> Result<i64, Refusal> {
        let source = utf8(source)?.to_owned();
        self.visit(id, move |py| py.run_python(&source))
    }

    pub(super) fn import(&mut self, id: i64, name: &[u8]) -> Result<i64, Refusal> {
        let name = utf8(name)?.to_owned();
        self.visit(id, move |py| Ok(py.pyimport(&name)?.into_handle().into()))
    }

    pub(super) fn call(&mut self, id: i64, words: &[i64]) -> Result<i64, Refusal> {
        self.enterable(id)?;
        let (callee, name) = self.target(id, words)?;
        let given = self.arguments(id, words.get(3..).unwrap_or_default())?;
        self.visit(id, move |py| {
            let (positional, named) = given.into_values(py)?;
            callee_of(py, callee, &name)?.call_with(positional, named)?.value()
        })
    }

    /// An attribute, or a variable.
    pub(super) fn get(&mut self, id: i64, words: &[i64]) -> Result<i64, Refusal> {
        self.enterable(id)?;
        let (owner, name) = self.target(id, words)?;
        self.visit(id, move |py| callee_of(py, owner, &name)?.value())
    }

    pub(super) fn set(&mut self, id: i64, words: &[i64]) -> Result<i64, Refusal> {
        self.enterable(id)?;
        let (owner, name) = self.target(id, words)?;
        let &[_, _, _, kind, first, second] = words else { return Err(bad("to set takes six words").into()) };
        let given = self.argument(id, [kind, first, second])?;
        self.visit(id, move |py| {
            let value = given.into_value(py)?;
            callee_of(py, owner, "")?.set_attr(&name, value)?;
            Ok(Value::None)
        })
    }

    /// Notes that something was started, or what came of it before it began.
    fn started(&mut self, id: i64, begun: Result<(), Error>) -> Result<i64, Refusal> {
        let session = self.session_mut(id)?;
        match begun {
            Err(error @ (Error::Busy | Error::Poisoned(_) | Error::BadArgument(_) | Error::System { .. })) => {
                session.link.set_background(false);
                return Err(error.into());
            }
            Err(error) => session.early = Some(error),
            Ok(()) => {}
        }
        session.started = true;
        Ok(0)
    }

    pub(super) fn start(&mut self, id: i64, source: &[u8]) -> Result<i64, Refusal> {
        let source = utf8(source)?.to_owned();
        self.idle(id)?;
        self.session(id)?.link.set_background(true);
        let begun = self.idle(id)?.start(&source);
        self.started(id, begun)
    }

    pub(super) fn start_call(&mut self, id: i64, words: &[i64]) -> Result<i64, Refusal> {
        self.idle(id)?;
        let (callee, name) = self.target(id, words)?;
        let given = self.arguments(id, words.get(3..).unwrap_or_default())?;
        self.begin_call(id, move |py| {
            let values = given.into_values(py)?;
            Ok((callee_of(py, callee, &name)?.into_handle(), values))
        })
    }

    pub(super) fn start_import(&mut self, id: i64, name: &[u8]) -> Result<i64, Refusal> {
        let name = utf8(name)?.to_owned();
        self.idle(id)?;
        self.begin_call(id, move |py| {
            let import = py.pyimport("importlib")?.attr("import_module")?;
            Ok((import.into_handle(), (vec![Value::Str(name)], Vec::new())))
        })
    }

    fn begin_call(
        &mut self,
        id: i64,
        prepare: impl FnOnce(Python<'_>) -> Result<(PyHandle, Values), Error>,
    ) -> Result<i64, Refusal> {
        let prepared = prepare(self.idle(id)?.python());
        self.session(id)?.link.set_background(true);
        let py = self.idle(id)?;
        let begun = prepared.and_then(|(callee, (positional, named))| py.start_call(&callee, positional, named));
        self.started(id, begun)
    }

    /// How what was started goes on, after at most so many microseconds: 1 when it has ended; for a host that looks after it
    /// (`all`), 2 more when it asks something and 4 more when it has printed something.
    pub(super) fn poll(&mut self, id: i64, wait: i64, all: bool) -> Result<i64, Refusal> {
        let session = self.session(id)?;
        if !session.started {
            return Err(bad("nothing was started").into());
        }
        Ok(wait_until(wait, || {
            let done = i64::from(session.is_done());
            let asks = if all && session.link.question().is_some() { 2 } else { 0 };
            let printed = if all && session.link.has_printed() { 4 } else { 0 };
            done | asks | printed
        }))
    }

    /// The result of what was started; of a start, 0.
    pub(super) fn take(&mut self, id: i64) -> Result<i64, Refusal> {
        if self.poll(id, 0, false)? == 0 {
            return Err(Error::Busy.into());
        }
        let session = self.session_mut(id)?;
        let outcome = match &mut session.stage {
            Stage::Opening(opening) => {
                let opened = opening.take();
                return self.take_opened(id, opened);
            }
            Stage::Ready(py) => session.early.take().map_or_else(|| py.take(), Err),
        };
        session.started = false;
        session.link.set_background(false);
        self.keep(id, outcome)
    }

    fn take_opened(&mut self, id: i64, opened: Option<Result<super::session::Opened, Error>>) -> Result<i64, Refusal> {
        match opened.ok_or(Error::Busy)? {
            Ok(opened) => {
                self.engines.entry(opened.key).or_insert(opened.engine);
                let session = self.session_mut(id)?;
                session.stage = Stage::Ready(Box::new(opened.py));
                session.started = false;
                Ok(0)
            }
            Err(error) => {
                self.sessions.remove(&id);
                Err(error.into())
            }
        }
    }

    pub(super) fn interrupt(&mut self, id: i64) -> Result<i64, Refusal> {
        let session = self.session(id)?;
        if let Some(handle) = session.interrupt_handle() {
            handle.interrupt();
            session.link.interrupt();
        }
        Ok(0)
    }

    /// What a run asks: nothing for a line of input, or number, arguments and named ones of a call.
    pub(super) fn asked(&mut self, id: i64) -> Result<i64, Refusal> {
        let asked = match self.with_room(id)?.link.question() {
            None => return Err(bad("nothing was asked").into()),
            Some(Question::Line) => Value::None,
            Some(Question::Call(number, arguments, named)) => Value::Tuple(vec![Value::Int(number), arguments, named]),
        };
        self.keep(id, Ok(asked))
    }

    /// What was printed since the last time: a result, or 0.
    pub(super) fn printed(&mut self, id: i64) -> Result<i64, Refusal> {
        let output = self.with_room(id)?.link.printed();
        match output.is_empty() {
            true => Ok(0),
            false => self.keep(id, Ok(Value::Bytes(output))),
        }
    }

    pub(super) fn snapshot(&mut self, id: i64) -> Result<i64, Refusal> {
        let snapshot = self.idle(id)?.snapshot()?;
        let id = self.id();
        self.snapshots.insert(id, snapshot);
        Ok(id)
    }

    /// The value of a result of an interpreter's.
    pub(super) fn value(&self, session: i64, id: i64) -> Result<Value, Refusal> {
        let kept = self.results.get(&id).filter(|kept| kept.session == session);
        kept.map(|kept| kept.value.clone()).ok_or(Refusal::Stale)
    }

    /// A result that is an item of another one's value.
    pub(super) fn item(&mut self, id: i64, index: i64) -> Result<i64, Refusal> {
        let kept = self.results.get(&id).ok_or(Refusal::Stale)?;
        let (session, item) = (kept.session, kept.item(index)?);
        self.enterable(session)?;
        self.keep(session, Ok(item))
    }

    /// A result that is a value of the host's.
    pub(super) fn make(&mut self, id: i64, kind: i64, first: Address, second: i64) -> Result<i64, Refusal> {
        self.with_room(id)?;
        match self.argument(id, [kind, first.word(), second])? {
            // Needs no interpreter, which may be at work and wait for this.
            Given::Value(value) => self.keep(id, Ok(value)),
            other => self.visit(id, move |py| other.into_value(py)),
        }
    }

    /// What the host has released: a result, a snapshot or an interpreter; a module or a value of one's.
    pub(super) fn release(&mut self, id: i64) {
        // What is gone already is fine.
        if self.forget(id).or_else(|_| self.close(id)).is_err() {
            self.modules.release(id);
        }
    }

    pub(super) fn forget(&mut self, id: i64) -> Result<i64, Refusal> {
        if self.snapshots.remove(&id).is_some() {
            return Ok(0);
        }
        let kept = self.results.remove(&id).ok_or(Refusal::Stale)?;
        if let Ok(session) = self.session_mut(kept.session) {
            session.results = session.results.saturating_sub(1);
        }
        Ok(0)
    }

    /// A part of a result.
    pub(super) fn part(&mut self, id: i64, what: i64) -> Result<Cow<'_, [u8]>, Refusal> {
        if id == 0 && what == TEXT {
            return Ok(self.refused.as_bytes().into());
        }
        if let Some(held) = self.modules.held.get(id) {
            return Ok(held.part(what)?);
        }
        let kept = self.results.get_mut(&id).ok_or(Refusal::Stale)?;
        // Results go with their interpreter.
        let session = self.sessions.get(&kept.session).ok_or(Refusal::Stale)?;
        Ok(kept.part(what, session)?)
    }
}

/// An object of the guest's by its value and the name of an attribute; without a value, a variable.
fn callee_of<'py>(py: Python<'py>, owner: Option<Value>, name: &str) -> Result<PyObject<'py>, Error> {
    let owner = match owner {
        Some(value) => py.object(value)?,
        None => py.pyimport("__main__")?,
    };
    if name.is_empty() { Ok(owner) } else { owner.attr(name) }
}
