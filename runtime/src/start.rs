//! From a sandbox to a running interpreter: booted, or restored from a snapshot.

use std::time::{Duration, Instant};

use pyrun_emscripten_shim::memory::store_from;
use pyrun_pyodide_loader::{Boot, Interpreter, Renewal, Restore, Target};
use wasmer::Store;

use crate::engine::Engine;
use crate::error::Error;
use crate::host::{InterruptHandle, Reports, SystemHost};
use crate::modules::{Compiled, GuestModules};
use crate::on_import::OnImport;
use crate::sandbox::Sandbox;
use crate::snapshot::Snapshot;

/// What is to be run, `sys.argv` and `sys.orig_argv`.
type CommandLine = (Target, Vec<Vec<u8>>, Vec<Vec<u8>>);

/// What an interpreter starts from.
pub(crate) enum Beginning {
    /// CPython's own start, with its command line, `argv[0]` first.
    Boot(Vec<Vec<u8>>),
    /// A snapshot, and what it is to run; nothing when the embedder drives it.
    Snapshot(Snapshot, Option<CommandLine>),
}

/// What an embedder asks to start from.
#[derive(Debug)]
pub(crate) enum From {
    /// The engine's own snapshot of a started interpreter, where what is asked of it allows that.
    Standing,
    /// A snapshot of the embedder's.
    Given(Snapshot),
    /// Nothing: it boots.
    Nothing,
}

/// An interpreter that only has to be started.
pub(crate) struct Start {
    engine: Engine,
    sandbox: Sandbox,
    interrupt: InterruptHandle,
    from: Beginning,
    /// Where lines for the person go.
    pub(crate) reports: Reports,
    /// Whether this process is there for the interpreter alone.
    pub(crate) ends_process: bool,
}

impl Start {
    pub(crate) fn new(engine: Engine, sandbox: Sandbox, interrupt: InterruptHandle, from: Beginning) -> Self {
        Self { engine, sandbox, interrupt, from, reports: Reports::Log, ends_process: false }
    }

    /// Starts it.
    ///
    /// # Errors
    /// Whatever keeps it from starting; [`Error::Snapshot`] when the snapshot does not fit.
    pub(crate) fn run(self, steps: &mut Steps) -> Result<Interpreter, Error> {
        let main = self.engine.main_module()?;
        steps.mark("main module");
        match self.from {
            Beginning::Boot(_) => self.boot(main, steps),
            Beginning::Snapshot(..) => self.restore(main, steps),
        }
    }

    fn host(&mut self) -> SystemHost {
        let host = SystemHost::new(self.interrupt.clone(), std::mem::take(&mut self.reports));
        if self.ends_process { host.owning_process() } else { host }
    }

    fn boot(mut self, main: Compiled, steps: &mut Steps) -> Result<Interpreter, Error> {
        let host = self.host();
        let Beginning::Boot(args) = self.from else { return Err(Error::Bug("not to be booted".to_owned())) };
        // A guest that sees nothing but what it is to compile imports nothing else.
        let (finds, optimization) = (self.sandbox.only_layers.is_none(), self.sandbox.optimization);
        let (process, mounted) = self.sandbox.process(&self.engine, &self.interrupt, host, None)?;
        steps.mark("file system");
        let modules = Box::new(GuestModules { modules: self.engine.modules().clone(), main: main.clone() });
        let store = Store::new(self.engine.modules().engine().clone());
        let mut interpreter = Boot { module: main.module, info: main.info, process, modules, args }.start(store)?;
        steps.mark("boot");
        if finds {
            interpreter.import_packages(Box::new(OnImport::new(self.engine, optimization, mounted)))?;
            steps.mark("package finder");
        }
        Ok(interpreter)
    }

    fn restore(mut self, main: Compiled, steps: &mut Steps) -> Result<Interpreter, Error> {
        let host = self.host();
        let Beginning::Snapshot(snapshot, command_line) = self.from else {
            return Err(Error::Bug("not to be restored".to_owned()));
        };
        let parts = snapshot.parts();
        let image = &parts.description.image;
        let host = host.with_monotonic(image.guest.process.monotonic);
        let optimization = self.sandbox.optimization;
        let bytes = |(name, value): &(String, String)| (name.clone().into_bytes(), value.clone().into_bytes());
        let environ = self.sandbox.environ.iter().map(bytes).collect();
        let (process, mounted) = self.sandbox.process(&self.engine, &self.interrupt, host, Some(&snapshot))?;
        steps.mark("file system");
        let modules = Box::new(GuestModules { modules: self.engine.modules().clone(), main: main.clone() });
        let store = store_from(self.engine.modules().engine(), parts.memory.clone());
        let packages = Some(Box::new(OnImport::new(self.engine, optimization, mounted)) as _);
        let restore = Restore { module: main.module, info: main.info, process, modules, packages };
        let mut interpreter = restore.start(store, image)?;
        steps.mark("restore");
        interpreter.renew(&Renewal { command_line, environ })?;
        steps.mark("renew");
        Ok(interpreter)
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
}
