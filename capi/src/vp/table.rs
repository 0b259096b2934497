//! What the ids mean.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use pyrun::stdio::{OnFull, OutputBuffer};
use pyrun::{Engine, Error, Interpreter, ModuleInstance, Python, Stdio, Value};

use super::kept::Kept;
use super::refusal::Refusal;
use super::session::Session;
use super::wasm;
use crate::code::bad;
use crate::convert::array;
use crate::settings::{Chosen, EngineKey};
use crate::sys::{Address, Kind, utf8};

/// Bytes of output that are kept for one result.
const OUTPUT: usize = 1 << 20;
/// `PYRUN_VP_TEXT`.
const TEXT: i64 = 3;
/// The size of a name that is a result.
const BY_ID: i64 = -1;
/// Results of one interpreter that nobody has dropped.
const RESULTS: usize = 1 << 16;

/// Interpreters and results by id. Both have their ids from one counter, which gives none twice.
pub(super) struct Table {
    last: i64,
    engines: BTreeMap<EngineKey, Engine>,
    sessions: BTreeMap<i64, Session>,
    results: BTreeMap<i64, Kept>,
    /// Instances of WebAssembly modules.
    modules: BTreeMap<i64, ModuleInstance>,
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
            modules: BTreeMap::new(),
            refused: String::new(),
        }
    }

    fn id(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    /// Starts an interpreter with settings as lines of text.
    pub(super) fn open(&mut self, settings: &[u8]) -> Result<i64, Refusal> {
        let chosen = Chosen::from_lines(utf8(settings)?)?;
        let engine = match self.engines.entry(chosen.engine_key()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(chosen.new_engine()?),
        };
        let output = OutputBuffer::new(OUTPUT, OnFull::Drop);
        let stdio = Stdio::discard().stdout(output.clone()).stderr(output.clone());
        let py = chosen.builder(engine, stdio).start()?;
        let id = self.id();
        self.sessions.insert(id, Session { py, output, started: false, results: 0 });
        Ok(id)
    }

    /// Makes an instance of a module.
    pub(super) fn open_module(&mut self, settings: &[u8]) -> Result<i64, Refusal> {
        let instance = wasm::open(settings)?;
        let id = self.id();
        self.modules.insert(id, instance);
        Ok(id)
    }

    /// An instance of a module.
    pub(super) fn module(&mut self, id: i64) -> Result<&mut ModuleInstance, Refusal> {
        self.modules.get_mut(&id).ok_or(Refusal::Stale)
    }

    pub(super) fn close(&mut self, id: i64) -> Result<i64, Refusal> {
        if self.modules.remove(&id).is_some() {
            return Ok(0);
        }
        self.sessions.remove(&id).ok_or(Refusal::Stale)?;
        self.results.retain(|_, kept| kept.session != id);
        Ok(0)
    }

    fn session(&mut self, id: i64) -> Result<&mut Session, Refusal> {
        self.sessions.get_mut(&id).ok_or(Refusal::Stale)
    }

    /// An interpreter that is there to run something.
    fn idle(&mut self, id: i64) -> Result<&mut Session, Refusal> {
        let session = self.session(id)?;
        if session.started {
            return Err(Error::Busy.into());
        }
        match session.results < RESULTS {
            true => Ok(session),
            false => {
                Err(Error::Limit("65536 results of the interpreter are kept: drop some with PYRUN_VP_DROP".to_owned())
                    .into())
            }
        }
    }

    /// Keeps what came out; its id. What was not done at all is no result.
    fn keep(&mut self, session: i64, outcome: Result<Value, Error>) -> Result<i64, Refusal> {
        if let Err(error @ (Error::Busy | Error::Poisoned(_) | Error::BadArgument(_))) = outcome {
            return Err(error.into());
        }
        let owner = self.session(session)?;
        owner.results += 1;
        let kept = Kept::new(session, outcome, owner.output.take());
        let id = self.id();
        self.results.insert(id, kept);
        Ok(id)
    }

    pub(super) fn run(&mut self, id: i64, source: &[u8]) -> Result<i64, Refusal> {
        let outcome = self.idle(id)?.py.run_python(utf8(source)?);
        self.keep(id, outcome)
    }

    pub(super) fn start(&mut self, id: i64, source: &[u8]) -> Result<i64, Refusal> {
        let session = self.idle(id)?;
        session.py.start(utf8(source)?)?;
        session.started = true;
        Ok(0)
    }

    pub(super) fn poll(&mut self, id: i64) -> Result<i64, Refusal> {
        let session = self.session(id)?;
        match session.started {
            true => Ok(session.py.poll().into()),
            false => Err(bad("nothing was started").into()),
        }
    }

    pub(super) fn take(&mut self, id: i64) -> Result<i64, Refusal> {
        if self.poll(id)? == 0 {
            return Err(Error::Busy.into());
        }
        let session = self.session(id)?;
        session.started = false;
        let outcome = session.py.take();
        self.keep(id, outcome)
    }

    pub(super) fn interrupt(&mut self, id: i64) -> Result<i64, Refusal> {
        self.session(id)?.py.interrupt_handle().interrupt();
        Ok(0)
    }

    pub(super) fn import(&mut self, id: i64, name: &[u8]) -> Result<i64, Refusal> {
        let module = self.idle(id)?.py.pyimport(utf8(name)?);
        let outcome = module.map(|module| Value::from(module.into_handle()));
        self.keep(id, outcome)
    }

    pub(super) fn call(&mut self, id: i64, words: &[i64]) -> Result<i64, Refusal> {
        let [callee, name, size, arguments @ ..] = words else {
            return Err(bad("a call has at least three words").into());
        };
        self.idle(id)?;
        let callee = self.value(id, *callee)?;
        let name = match *size {
            BY_ID => match self.value(id, *name)? {
                Value::Str(name) => name,
                _ => return Err(bad("a name is a str").into()),
            },
            size => utf8(Address::of(*name).slice(size)?)?.to_owned(),
        };
        let (arguments, rest) = arguments.as_chunks::<3>();
        if !rest.is_empty() {
            return Err(bad("each argument has three words").into());
        }
        let arguments = arguments.iter().map(|words| self.argument(id, *words)).collect::<Result<Vec<_>, _>>()?;
        let outcome = call(&self.idle(id)?.py, callee, &name, arguments);
        self.keep(id, outcome)
    }

    /// The value of a result of an interpreter's.
    fn value(&self, session: i64, id: i64) -> Result<Value, Refusal> {
        let kept = self.results.get(&id).filter(|kept| kept.session == session);
        kept.map(|kept| kept.value.clone()).ok_or(Refusal::Stale)
    }

    fn argument(&self, id: i64, [kind, first, second]: [i64; 3]) -> Result<Value, Refusal> {
        let kind = u32::try_from(kind).map_err(|_| bad("a value of an unknown kind"))?;
        let address = Address::of(first);
        Ok(match Kind::of(kind)? {
            Kind::None => Value::None,
            Kind::Bool => Value::Bool(first != 0),
            Kind::Int => Value::Int(first),
            Kind::Float => Value::Float(f64::from_bits(first.cast_unsigned())),
            Kind::Str => Value::Str(utf8(address.slice(second)?)?.to_owned()),
            Kind::Bytes => Value::Bytes(address.slice(second)?.to_vec()),
            Kind::Int64s => array(self.python(id)?, "q", address.slice::<i64>(second)?)?,
            Kind::Float64s => array(self.python(id)?, "d", address.slice::<f64>(second)?)?,
            Kind::Object => self.value(id, first)?,
            _ => return Err(bad("values of this kind cannot be passed by pyrun_vp_request").into()),
        })
    }

    fn python(&self, id: i64) -> Result<Python<'_>, Refusal> {
        Ok(self.sessions.get(&id).ok_or(Refusal::Stale)?.py.python())
    }

    /// A result that is an item of another one's value.
    pub(super) fn item(&mut self, id: i64, index: i64) -> Result<i64, Refusal> {
        let kept = self.results.get(&id).ok_or(Refusal::Stale)?;
        let (session, item) = (kept.session, kept.item(index)?);
        self.idle(session)?;
        self.keep(session, Ok(item))
    }

    /// A result that is a value of the host's.
    pub(super) fn make(&mut self, id: i64, kind: i64, first: Address, second: i64) -> Result<i64, Refusal> {
        self.idle(id)?;
        let value = self.argument(id, [kind, first.word(), second])?;
        self.keep(id, Ok(value))
    }

    pub(super) fn forget(&mut self, id: i64) -> Result<i64, Refusal> {
        let kept = self.results.remove(&id).ok_or(Refusal::Stale)?;
        if let Ok(session) = self.session(kept.session) {
            session.results = session.results.saturating_sub(1);
        }
        Ok(0)
    }

    /// A part of a result.
    pub(super) fn part(&mut self, id: i64, what: i64) -> Result<Cow<'_, [u8]>, Refusal> {
        if id == 0 && what == TEXT {
            return Ok(self.refused.as_bytes().into());
        }
        let kept = self.results.get_mut(&id).ok_or(Refusal::Stale)?;
        // Results go with their interpreter.
        let session = self.sessions.get_mut(&kept.session).ok_or(Refusal::Stale)?;
        Ok(kept.part(what, session)?)
    }
}

fn call(py: &Interpreter, callee: Value, name: &str, arguments: Vec<Value>) -> Result<Value, Error> {
    let callee = py.python().object(callee)?;
    let called = match name {
        "" => callee.call(arguments)?,
        name => callee.call_method(name, arguments)?,
    };
    called.value()
}
