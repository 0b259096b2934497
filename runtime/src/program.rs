//! One run of CPython's command line: what it is made of, and how it ends.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::process::Limits;
use pyrun_memfs::Layer;
use pyrun_packages::Optimization;
use pyrun_pyodide_loader::{BootError, Ending, Instance, Invocation};

use crate::command_line::CommandLine;
use crate::engine::Engine;
use crate::error::Error;
use crate::host::{InterruptHandle, Reports};
use crate::sandbox::{EXECUTABLE, Mount, Sandbox};
use crate::snapshot::{Plain, Snapshot, snapshot_for};
use crate::start::{Beginning, From, Start, Steps, interrupt_handle};
use crate::stdio::Stdio;
use crate::sys;

/// The native stack of the thread that an interpreter runs on, in bytes. The guest's own frames are not on it.
const NATIVE_STACK: usize = 64 << 20;

/// A program that is about to run: a command line, and what it may see.
///
/// ```no_run
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let outcome = engine.program().args(["-c", "print(6 * 7)"]).run()?;
/// assert_eq!(outcome.status, 0);
/// # Ok::<_, pyrun::Error>(())
/// ```
pub struct Program {
    engine: Engine,
    args: Vec<OsString>,
    sandbox: Sandbox,
    from: From,
    ends_process: bool,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("args", &self.args).field("sandbox", &self.sandbox).finish_non_exhaustive()
    }
}

/// How a program ended.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// The exit status, as CPython would have given it.
    pub status: i32,
    /// The path of the `FileNotFoundError` that ended the program, if one did.
    pub missing_file: Option<String>,
    /// What the start cost, step by step.
    pub timings: Vec<(&'static str, Duration)>,
}

impl Program {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, args: Vec::new(), sandbox: Sandbox::default(), from: From::Standing, ends_process: false }
    }

    /// CPython's command line, without `argv[0]`.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable of the program.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.sandbox.environ.push((name.into(), value.into()));
        self
    }

    /// Makes packages of the release importable, with what they depend on.
    #[must_use]
    pub fn packages<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.sandbox.packages.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Shows the program these layers at `/`, in place of the standard library and all packages.
    pub(crate) fn only_layers(mut self, layers: Vec<Arc<dyn Layer>>) -> Self {
        self.sandbox.only_layers = Some(layers);
        self
    }

    /// Makes a folder of the host visible at `guest`, an absolute path.
    #[must_use]
    pub fn folder(mut self, host: &Path, guest: &str, writable: bool) -> Self {
        self.sandbox.folders.push(Mount { host: host.to_owned(), guest: guest.to_owned(), writable });
        self
    }

    /// Makes a script's folder visible, read-only, at its own path, unless a folder already granted covers it.
    #[must_use]
    pub fn script_folder(self, folder: &Path) -> Self {
        let guest = folder.to_string_lossy().into_owned();
        if self.sandbox.folders.iter().any(|mount| Path::new(&guest).starts_with(&mount.guest)) {
            return self;
        }
        self.folder(folder, &guest, false)
    }

    /// The working folder, an absolute path of the guest; made when it is not there.
    #[must_use]
    pub fn working_folder(mut self, guest: &str) -> Self {
        self.sandbox.working_folder = Some(guest.to_owned());
        self
    }

    /// Where standard input comes from, and output and error go to. Nowhere by default.
    #[must_use]
    pub fn stdio(mut self, stdio: Stdio) -> Self {
        self.sandbox.stdio = stdio;
        self
    }

    /// What the program may take of the host.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.sandbox.limits = limits;
        self
    }

    /// Starts from a snapshot. The command line may then hold what is to be run and its arguments, but no options of
    /// CPython's.
    #[must_use]
    pub fn snapshot(mut self, snapshot: &Snapshot) -> Self {
        self.from = From::Given(snapshot.clone());
        self
    }

    /// Boots, even where the engine's own snapshot of a started interpreter would do.
    #[must_use]
    pub fn without_snapshot(mut self) -> Self {
        self.from = From::Nothing;
        self
    }

    /// Lets the program end this process when it exits by itself (`sys.exit`, `os._exit`), as native CPython would: the
    /// way out through the engine costs more than all of a start.
    #[must_use]
    pub fn ends_process(mut self) -> Self {
        self.ends_process = true;
        self
    }

    /// Runs the program to its end, on a thread of its own.
    ///
    /// # Errors
    /// [`Error`]; an exception of the program's is not one, but a status.
    pub fn run(self) -> Result<Outcome, Error> {
        on_own_thread(move || self.run_here())
    }

    fn run_here(mut self) -> Result<Outcome, Error> {
        sys::leave_sigint_to_other_threads();
        let mut steps = Steps::new();
        let interrupt = interrupt_handle()?;
        self.sandbox.optimization = self.optimization();
        let owns_terminal = self.sandbox.stdio.is_inherited();
        let start = self.plan(interrupt.clone(), &mut steps)?;
        // Not before: Ctrl-C while modules are compiled ends the process.
        let _ctrl_c = match owns_terminal {
            true => Some(
                sys::CtrlC::for_guest(interrupt)
                    .map_err(|source| Error::System { what: "cannot take Ctrl-C", source })?,
            ),
            false => None,
        };
        let mut interpreter = match start.run(&mut steps) {
            Ok(interpreter) => interpreter,
            // `-h`, `-V`, a wrong option: CPython has said what there is to say.
            Err(Error::Boot(BootError::Ended(Trap::Exit(status)))) => {
                return Ok(Outcome { status, missing_file: None, timings: steps.done });
            }
            Err(error) => return Err(error),
        };
        let ending = interpreter.run_main()?;
        steps.mark("run");
        let missing_file = match ending {
            Ending::Status(1) => interpreter.missing_file()?,
            _ => None,
        };
        let status = interpreter.finalize(ending)?;
        steps.mark("finalize");
        Ok(Outcome { status, missing_file, timings: steps.done })
    }

    /// Everything that is there before the guest's first instruction.
    fn plan(self, interrupt: InterruptHandle, steps: &mut Steps) -> Result<Start, Error> {
        let args = self.args.iter().cloned().map(OsString::into_encoded_bytes);
        let args: Vec<Vec<u8>> = std::iter::once(EXECUTABLE.into()).chain(args).collect();
        self.engine.main_module()?;
        steps.mark("main module");
        let plain = Plain::parse(&self.args, self.sandbox.start_folder());
        let from = match (self.from, plain) {
            (From::Given(snapshot), Some(plain)) => Some((snapshot, plain)),
            (From::Given(_), None) => return Err(Error::SnapshotOptions),
            (From::Standing, Some(plain)) if !self.sandbox.is_read_at_start() => {
                snapshot_for(&self.engine, &self.sandbox, &plain.target).map(|snapshot| (snapshot, plain))
            }
            _ => None,
        };
        steps.mark("snapshot");
        let from = match from {
            Some((snapshot, plain)) => {
                let invocation = Invocation { target: plain.target, argv: plain.argv, orig_argv: args };
                Beginning::Snapshot(snapshot, Some(invocation))
            }
            None => Beginning::Boot(args),
        };
        let mut start = Start::new(self.engine, self.sandbox, interrupt, from);
        start.ends_process = self.ends_process;
        start.reports = Reports::Stderr;
        Ok(start)
    }

    /// Boots an interpreter, and gives what `take` makes of it.
    pub(crate) fn freeze<T: Send + 'static>(
        self,
        take: impl FnOnce(&mut Instance) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        on_own_thread(move || {
            let interrupt = interrupt_handle()?;
            let mut interpreter = self.without_snapshot().plan(interrupt, &mut Steps::new())?.run(&mut Steps::new())?;
            take(&mut interpreter)
        })
    }

    /// The bytecode that the program will look for. Levels that have none compile what they import.
    fn optimization(&self) -> Optimization {
        let environ = &self.sandbox.environ;
        let variable = environ.iter().rfind(|(name, _)| name == "PYTHONOPTIMIZE").map(|(_, value)| value.as_str());
        let level = CommandLine::parse(&self.args).optimization_level(variable);
        Optimization::from_level(level).unwrap_or_default()
    }
}

/// Runs something on a thread whose native stack is large enough for a guest.
fn on_own_thread<T: Send + 'static>(body: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let thread = std::thread::Builder::new().name("python".to_owned()).stack_size(NATIVE_STACK);
    let running = thread.spawn(body).map_err(|source| Error::System { what: "cannot start a thread", source })?;
    running.join().unwrap_or_else(|_| Err(Error::Bug("the interpreter's thread panicked".to_owned())))
}
