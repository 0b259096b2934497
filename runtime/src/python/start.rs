//! From options to a running interpreter: booted, or restored from a snapshot.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyrun_emscripten_shim::memory::{Room, store, store_from, store_with};
use pyrun_emscripten_shim::{Process, Trap};
use pyrun_pyodide_loader::guest_modules::PackageSource;
use pyrun_pyodide_loader::{AfterRestore, Instance, Invocation};

use crate::compile::allowance::Allowance;
use crate::compile::{Compiled, GuestModules, Known};
use crate::deadline::{TimeLimits, Watch};
use crate::engine::Engine;
use crate::error::{Error, SnapshotError};
use crate::host::{InterruptHandle, Reports, SystemHost};
use crate::limits::Limits;
use crate::limits::account::Account;
use crate::module::ModuleKind as _;
use crate::module::guest::GuestParts;
use crate::module::python::{PythonFrom, PythonStart};
use crate::python::on_import::OnImport;
use crate::python::process::{EXECUTABLE, PythonOptions};
use crate::snapshot::image::Snapshot;

/// The native stack of the thread that an interpreter runs on, in bytes. The guest's own frames are not on it.
pub(super) const NATIVE_STACK: usize = 64 << 20;

/// What an interpreter starts from.
pub(crate) enum Beginning {
    /// CPython's own start, with its command line, `argv[0]` first.
    Boot(Vec<Vec<u8>>),
    /// A snapshot, and what it is to run; nothing when the embedder drives it.
    Snapshot(Snapshot, Option<Invocation>),
}

/// What an embedder asks to start from.
#[derive(Debug)]
pub(crate) enum From {
    /// The engine's own snapshot of a started interpreter, where what is asked of it allows that.
    Base,
    /// A snapshot of the embedder's.
    Given(Snapshot),
    /// Nothing: it boots.
    Nothing,
}

/// An interpreter that only has to be started.
pub(crate) struct Start {
    engine: Engine,
    options: PythonOptions,
    interrupt: InterruptHandle,
    /// Where lines for the person go.
    pub(crate) reports: Reports,
    /// Whether this process is there for the interpreter alone.
    pub(crate) ends_process: bool,
    /// Whether the guest may load libraries of its own.
    native_code: bool,
    limits: Limits,
}

impl Start {
    pub(crate) fn new(engine: Engine, options: PythonOptions, interrupt: InterruptHandle) -> Self {
        let (native_code, limits) = (options.grants.native_code, options.limits.clone());
        Self { engine, options, interrupt, reports: Reports::Log, ends_process: false, native_code, limits }
    }

    /// Starts it. Signals wait until its user lets them through ([`Instance::let_signals_through`]).
    ///
    /// # Errors
    /// Whatever keeps it from starting; [`Error::Snapshot`] when the snapshot does not fit.
    pub(crate) fn run(self, from: Beginning, steps: &mut Steps) -> Result<Instance, Error> {
        let main = self.engine.main_module()?;
        let watch = self.watch();
        let mut interpreter = match from {
            Beginning::Boot(args) => self.boot(main, args, steps),
            Beginning::Snapshot(snapshot, invocation) => self.restore(main, snapshot, invocation, steps),
        }?;
        watch.keep(&mut interpreter).map_err(Error::from_trap)?;
        Ok(interpreter)
    }

    /// What limits the time of what the embedder runs. A program has its limits from the start on; see
    /// [`Program`](crate::Program).
    fn watch(&self) -> Watch {
        Watch::new(self.engine.clone(), self.interrupt.clone(), self.limits_of_time())
    }

    fn limits_of_time(&self) -> TimeLimits {
        if self.options.on_own_thread { TimeLimits::default() } else { self.options.limits.time() }
    }

    /// What the guest will have used.
    pub(crate) fn account(&self) -> Arc<Account> {
        self.interrupt.account().clone()
    }

    fn host(&mut self) -> SystemHost {
        let host = SystemHost::new(self.interrupt.clone(), std::mem::take(&mut self.reports));
        if self.ends_process { host.owning_process() } else { host }
    }

    /// The code that the guest may load.
    fn modules(&self, main: &Compiled) -> Box<GuestModules> {
        let (shared, known) = (self.engine.modules().clone(), Known::Release(self.engine.clone()));
        let allowance = Allowance::new(&self.limits, &self.interrupt);
        Box::new(GuestModules::new(shared, main.clone(), known, self.native_code, allowance))
    }

    /// What bounds the instructions by which memories and tables grow. Code of the release asks the host instead, which knows the
    /// limits; a pooled interpreter may get others, which the engine would not learn.
    fn room(&self, main: &Compiled) -> Option<Room> {
        self.native_code.then(|| self.limits.room(&main.info))
    }

    fn boot(mut self, main: Compiled, args: Vec<Vec<u8>>, steps: &mut Steps) -> Result<Instance, Error> {
        let host = self.host();
        let initial = |sizes: Option<u64>| sizes.unwrap_or(0);
        let pages = initial(main.info.memories().first().map(|memory| memory.initial));
        self.options.check_size(pages, initial(main.info.tables().first().map(|table| table.limits.initial)))?;
        // A guest that sees nothing but what it is to compile imports nothing else.
        let (finds, optimization) = (self.options.only_layers.is_none(), self.options.optimization);
        let account = self.account();
        let modules = self.modules(&main);
        let room = self.room(&main);
        let (process, mounted) = self.options.process(&self.engine, &self.interrupt, host, None)?;
        steps.mark("file system");
        let shared = self.engine.modules().engine();
        let store = match room {
            Some(room) => store_with(shared, room),
            None => store(shared),
        };
        self.interrupt.attach(store.gate.clone());
        let from = PythonFrom::Boot { args, data: self.engine.main_data()?, store };
        let start = PythonStart { parts: GuestParts { process, modules }, from };
        let mut interpreter = self.engine.kind().instantiate(main.into(), start)?;
        steps.mark("boot");
        if finds {
            interpreter
                .import_packages(Box::new(OnImport::new(self.engine, optimization, mounted, account)))
                .map_err(Error::from_trap)?;
            steps.mark("package finder");
        }
        Ok(interpreter)
    }

    fn restore(
        mut self,
        main: Compiled,
        snapshot: Snapshot,
        invocation: Option<Invocation>,
        steps: &mut Steps,
    ) -> Result<Instance, Error> {
        let (engine, interrupt, limits) = (self.engine.clone(), self.interrupt.clone(), self.limits_of_time());
        let own = self.own_parts(&snapshot, invocation)?;
        steps.mark("file system");
        let modules = self.modules(&main);
        let parts = snapshot.parts();
        let store = store_from(self.engine.modules().engine(), parts.memory.clone(), self.room(&main));
        self.interrupt.attach(store.0.gate.clone());
        let from = PythonFrom::Restore { image: &parts.header.image, packages: own.packages, store };
        let start = PythonStart { parts: GuestParts { process: own.process, modules }, from };
        let mut interpreter = self.engine.kind().instantiate(main.into(), start)?;
        steps.mark("restore");
        within(&engine, &interrupt, limits, || interpreter.after_restore(&own.after_restore).map_err(unusable))?;
        steps.mark("after_restore");
        Ok(interpreter)
    }

    /// Takes an interpreter that was restored from the same snapshot back to it.
    pub(crate) fn reset(mut self, snapshot: &Snapshot, interpreter: &mut Instance) -> Result<(), Error> {
        self.interrupt.attach(interpreter.gate());
        let watch = self.watch();
        let modules = self.modules(&self.engine.main_module()?);
        let (engine, interrupt, limits) = (self.engine.clone(), self.interrupt.clone(), self.limits_of_time());
        let own = self.own_parts(snapshot, None)?;
        interpreter.reset(&snapshot.parts().header.image, own.process, Some(own.packages)).map_err(Error::from_trap)?;
        interpreter.set_modules(modules);
        within(&engine, &interrupt, limits, || interpreter.after_restore(&own.after_restore).map_err(unusable))?;
        watch.keep(interpreter).map_err(Error::from_trap)?;
        interpreter.let_signals_through().map_err(Error::from_trap)
    }

    /// Everything that is not the snapshot's.
    fn own_parts(&mut self, snapshot: &Snapshot, invocation: Option<Invocation>) -> Result<OwnParts, Error> {
        snapshot.check_release(&self.engine)?;
        let image = &snapshot.parts().header.image;
        self.options.check_size(image.guest.pages.into(), image.guest.slots().into())?;
        let host = self.host().with_monotonic(image.guest.process.monotonic);
        let options = std::mem::take(&mut self.options);
        let optimization = options.optimization;
        let bytes = |(name, value): (&str, &str)| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let environ = options.grants.last_variables().map(bytes).collect();
        let (process, mounted) = options.process(&self.engine, &self.interrupt, host, Some(snapshot))?;
        let packages = Box::new(OnImport::new(self.engine.clone(), optimization, mounted, self.account()));
        Ok(OwnParts { process, packages, after_restore: AfterRestore { invocation, environ } })
    }
}

/// A snapshot whose own code has changed what a start from it needs.
fn unusable(trap: Trap) -> Error {
    match trap {
        Trap::Aborted(why) => SnapshotError::Unusable(why).into(),
        trap => Error::from_trap(trap),
    }
}

/// What a restored interpreter has of its own.
struct OwnParts {
    process: Process,
    packages: Box<dyn PackageSource>,
    after_restore: AfterRestore,
}

/// Does something that may run code of the guest's which nobody has asked for, such as what a snapshot's own code has put in the place of
/// a function that a start calls. It has no more time than that, and no grace.
fn within<T>(
    engine: &Engine,
    interrupt: &InterruptHandle,
    limits: TimeLimits,
    body: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let limits = TimeLimits { grace: Some(Duration::ZERO), ..limits };
    let (outcome, fired) = engine.deadlines().within(limits, interrupt, body).map_err(Error::untimed)?;
    match fired {
        Some(fired) => Err(fired.error(None).into()),
        None => outcome,
    }
}

/// Boots an interpreter with these options on a thread of its own, and gives what `take` makes of it within these limits.
pub(crate) fn freeze<T: Send + 'static>(
    engine: Engine,
    options: PythonOptions,
    limits: TimeLimits,
    take: impl FnOnce(&mut Instance) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    on_own_thread(move || {
        let interrupt = interrupt_handle()?;
        let mut start = Start::new(engine.clone(), options, interrupt.clone());
        start.reports = Reports::Stderr;
        let mut interpreter = start.run(Beginning::Boot(vec![EXECUTABLE.into()]), &mut Steps::new())?;
        interpreter.let_signals_through().map_err(Error::from_trap)?;
        within(&engine, &interrupt, limits, || take(&mut interpreter))
    })
}

/// Runs something on a thread whose native stack is large enough for a guest.
pub(crate) fn on_own_thread<T: Send + 'static>(
    body: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let thread = std::thread::Builder::new().name("python".to_owned()).stack_size(NATIVE_STACK);
    let running = thread.spawn(body).map_err(|source| Error::System { what: "cannot start a thread", source })?;
    // Bug: only a panic ends the thread without a result, and it is ours: those of the embedder's code end where it is called.
    running.join().unwrap_or_else(|_| Err(Error::Bug("the interpreter's thread panicked".to_owned())))
}

/// What will interrupt an interpreter that is about to be started.
pub(crate) fn interrupt_handle() -> Result<InterruptHandle, Error> {
    InterruptHandle::new().map_err(|source| Error::System { what: "no descriptor left", source })
}

/// The handle of a run that is to come, made when it is first asked for.
pub(crate) fn stored_handle(stored: &mut Option<InterruptHandle>) -> Result<InterruptHandle, Error> {
    match stored {
        Some(handle) => Ok(handle.clone()),
        None => Ok(stored.insert(interrupt_handle()?).clone()),
    }
}

/// When each step of a start was done.
#[derive(Debug)]
pub(crate) struct Steps {
    last: Instant,
    pub(crate) done: Vec<(&'static str, Duration)>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { last: Instant::now(), done: Vec::new() }
    }

    pub(crate) fn mark(&mut self, step: &'static str) {
        let now = Instant::now();
        self.done.push((step, now - self.last));
        self.last = now;
    }

    /// How long this step took; nothing, when it was not made.
    pub(crate) fn time_of(&self, step: &str) -> Duration {
        self.done.iter().find(|(done, _)| *done == step).map_or(Duration::ZERO, |(_, time)| *time)
    }
}
