//! What has an id besides interpreters: an instance of a module, operations on arrays, a program that runs. Each may have one
//! thing under way in the background.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyrun::stdio::{Input, Output};
use pyrun::{Engine, Error, InterruptHandle, Module, ModuleInstance, Operations, Outcome as Ended, Stdio, Value};

use super::held::Outcome;
use crate::code::{self, bad};
use crate::settings::Chosen;
use crate::vp::link::{Lines, Link, Printer};

/// The native stack of the thread that works in the background, in bytes.
const STACK: usize = 8 << 20;

/// What is driven.
pub(super) enum Machine {
    Instance(ModuleInstance),
    Operations(Operations),
}

pub(super) struct Guest {
    pub(super) link: Link,
    stage: Stage,
    /// What ends what runs, as soon as it is known; operations end by themselves.
    interrupt: Interrupt,
}

type Interrupt = Arc<OnceLock<InterruptHandle>>;

enum Stage {
    Idle(Box<Machine>),
    Working(Work),
    /// A program that has ended, or a machine that a panic took along.
    Gone,
}

/// What a thread has done: what it worked on comes back.
struct Done {
    machine: Option<Machine>,
    outcome: Result<Outcome, Error>,
    /// It was the opening, which has no result of its own.
    opened: bool,
}

/// Something under way.
struct Work(Arc<Mutex<Option<Done>>>);

impl Work {
    fn begin(body: impl FnOnce() -> Done + Send + 'static) -> Result<Self, Error> {
        let place = Arc::new(Mutex::new(None));
        let theirs = place.clone();
        let body = move || {
            let done = code::catch(|| Ok(body()));
            let done = done.unwrap_or_else(|error| Done { machine: None, outcome: Err(error), opened: false });
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        };
        let thread = std::thread::Builder::new().name("module".to_owned()).stack_size(STACK);
        match thread.spawn(body) {
            Ok(_) => Ok(Self(place)),
            Err(source) => Err(Error::System { what: "cannot start a thread", source }),
        }
    }
}

/// What is opened.
pub(super) enum Source {
    Path(String),
    Bytes(Vec<u8>),
    Operations,
}

impl Source {
    fn module(self, engine: &Engine) -> Result<Module, Error> {
        match self {
            Self::Path(path) => engine.module(path.as_str()),
            Self::Bytes(bytes) => engine.module(bytes),
            Self::Operations => Err(bad("operations are no program")),
        }
    }

    /// Opens it. What interrupts it goes to `interrupt` before its code runs.
    fn open(self, engine: &Engine, chosen: &Chosen, link: &Link, interrupt: &Interrupt) -> Result<Machine, Error> {
        let limits = chosen.limits().clone();
        if matches!(self, Self::Operations) {
            return Ok(Machine::Operations(Operations::with_limits(engine, limits)?));
        }
        let grants = chosen.grants(streams(link));
        let mut builder = self.module(engine)?.instance().grants(grants).limits(limits);
        let _ = interrupt.set(builder.interrupt_handle()?);
        Ok(Machine::Instance(builder.start()?))
    }
}

/// Standard streams that the host is asked for, and picks up.
fn streams(link: &Link) -> Stdio {
    let printer = || Output::from(Printer(link.clone()));
    Stdio::discard().stdin(Input::blocking(Lines::new(link.clone()))).stdout(printer()).stderr(printer())
}

impl Guest {
    /// Opens something at once.
    pub(super) fn open(source: Source, engine: &Engine, chosen: &Chosen) -> Result<Self, Error> {
        let link = Link::default();
        let interrupt = Interrupt::default();
        let machine = source.open(engine, chosen, &link, &interrupt)?;
        Ok(Self { link, stage: Stage::Idle(Box::new(machine)), interrupt })
    }

    /// Opens something in the background.
    pub(super) fn open_later(source: Source, engine: Engine, chosen: Chosen) -> Result<Self, Error> {
        let link = Link::default();
        link.set_background(true);
        let interrupt = Interrupt::default();
        let (theirs, to_set) = (link.clone(), interrupt.clone());
        let work = Work::begin(move || match source.open(&engine, &chosen, &theirs, &to_set) {
            Ok(machine) => Done { machine: Some(machine), outcome: Ok(nothing()), opened: true },
            Err(error) => Done { machine: None, outcome: Err(error), opened: true },
        })?;
        Ok(Self { link, stage: Stage::Working(work), interrupt })
    }

    /// Runs a program in the background.
    pub(super) fn run(source: Source, engine: &Engine, chosen: &Chosen, arguments: Vec<String>) -> Result<Self, Error> {
        let link = Link::default();
        let program = source.module(engine)?.program();
        let program = program.grants(chosen.grants(streams(&link))).limits(chosen.limits().clone());
        link.set_background(true);
        let mut program = program.arguments(arguments);
        let interrupt = Interrupt::new(program.interrupt_handle()?.into());
        let work = Work::begin(move || {
            let outcome = match program.run() {
                Ok(Ended { timed_out: Some(limit), .. }) => Err(limit.into()),
                outcome => outcome.map(|outcome| Outcome::Gave(Value::Int(outcome.status.into()).into())),
            };
            Done { machine: None, outcome, opened: false }
        })?;
        Ok(Self { link, stage: Stage::Working(work), interrupt })
    }

    /// Interrupts what runs, and what waits for the host's answer.
    pub(super) fn interrupt(&self) {
        if let Some(interrupt) = self.interrupt.get() {
            interrupt.interrupt();
            self.link.interrupt();
        }
    }

    /// What is driven, when nothing is under way in it.
    pub(super) fn machine(&mut self) -> Result<&mut Machine, Error> {
        match &mut self.stage {
            Stage::Idle(machine) => Ok(machine),
            Stage::Working(_) => Err(Error::Busy),
            Stage::Gone => Err(bad("it is a program that has ended")),
        }
    }

    /// The instance that it is.
    pub(super) fn instance(&mut self) -> Result<&mut ModuleInstance, Error> {
        match self.machine()? {
            Machine::Instance(instance) => Ok(instance),
            Machine::Operations(_) => Err(bad("operations have no memory and no functions to be named: call them")),
        }
    }

    /// Works on it in the background.
    pub(super) fn start(
        &mut self,
        body: impl FnOnce(&mut Machine) -> Result<Outcome, Error> + Send + 'static,
    ) -> Result<(), Error> {
        self.machine()?;
        let Stage::Idle(mut machine) = std::mem::replace(&mut self.stage, Stage::Gone) else {
            return Err(Error::Busy);
        };
        self.link.set_background(true);
        let work = Work::begin(move || {
            let outcome = body(&mut machine);
            Done { machine: Some(*machine), outcome, opened: false }
        })?;
        self.stage = Stage::Working(work);
        Ok(())
    }

    /// Whether what is under way has ended.
    pub(super) fn is_done(&self) -> Result<bool, Error> {
        match &self.stage {
            Stage::Working(work) => Ok(work.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()),
            Stage::Idle(_) | Stage::Gone => Err(nothing_started()),
        }
    }

    /// Whether something is under way.
    pub(super) fn is_working(&self) -> bool {
        matches!(self.stage, Stage::Working(_))
    }

    /// What came of it.
    pub(super) fn take(&mut self) -> Result<Taken, Error> {
        let done = match &self.stage {
            Stage::Working(work) => work.0.lock().unwrap_or_else(PoisonError::into_inner).take(),
            Stage::Idle(_) | Stage::Gone => return Err(nothing_started()),
        };
        let done = done.ok_or(Error::Busy)?;
        self.stage = done.machine.map_or(Stage::Gone, |machine| Stage::Idle(Box::new(machine)));
        self.link.set_background(false);
        Ok(match (done.opened, done.outcome) {
            (true, Ok(_)) => Taken::Opened,
            (true, Err(error)) => Taken::NotOpened(error),
            (false, outcome) => Taken::Ended(outcome),
        })
    }
}

/// What came of what was under way.
pub(super) enum Taken {
    Opened,
    NotOpened(Error),
    Ended(Result<Outcome, Error>),
}

fn nothing_started() -> Error {
    bad("nothing was started")
}

impl Drop for Guest {
    /// What runs is ended, and what waits for the host's answer is told that none will come.
    fn drop(&mut self) {
        if let Some(interrupt) = self.interrupt.get() {
            interrupt.kill();
        }
        self.link.close();
    }
}

fn nothing() -> Outcome {
    Outcome::Gave(Value::None.into())
}
