//! One run of CPython's command line: what it is made of, and how it ends.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use pyrun_memfs::Layer;
use pyrun_packages::Optimization;
use pyrun_pyodide_loader::object::RaiseError;
use pyrun_pyodide_loader::{Ending, Instance, Invocation};

use crate::deadline::install_handler;
use crate::engine::Engine;
use crate::error::Error;
use crate::grants::{Grants, guest_setters};
use crate::host::{InterruptHandle, Reports, SIGINT};
use crate::limits::Limits;
use crate::limits::account::Account;
use crate::limits::reached::measured;
use crate::module::ModuleKind as _;
use crate::module::python::Python;
use crate::python::arguments::{CommandLine, Plain};
use crate::python::missing_package::MissingPackage;
use crate::python::outcome::Outcome;
use crate::python::process::{EXECUTABLE, PythonOptions};
use crate::python::start::{Beginning, From, Start, Steps, on_own_thread, stored_handle};
use crate::report::cause::{EndCause, EndingException};
use crate::snapshot::base::snapshot_for;
use crate::snapshot::image::Snapshot;
use crate::sys;

/// A program that is about to run: a command line, and what it may see.
///
/// ```no_run
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let outcome = engine.program().args(["-c", "print(6 * 7)"]).run()?;
/// assert_eq!(outcome.status, 0);
/// # Ok::<_, pyrun::Error>(())
/// ```
#[must_use = "a program is run by `run`"]
pub struct Program {
    engine: Engine,
    args: Vec<OsString>,
    options: PythonOptions,
    from: From,
    ends_process: bool,
    keeps_exception: bool,
    interrupt: Option<InterruptHandle>,
    second_ctrl_c_ends: bool,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("args", &self.args).field("options", &self.options).finish_non_exhaustive()
    }
}

impl Engine {
    /// A program to be run: CPython's command line.
    pub fn program(&self) -> Program {
        Program::new(self.clone())
    }
}

/// The step of a start in which the main module is compiled, or loaded from the cache.
const MAIN_MODULE: &str = "main module";

/// The exit status of a program whose time is over.
pub(crate) const TIMED_OUT: i32 = 124;

/// What else is done for a run.
#[derive(Clone, Copy)]
struct Watching {
    /// Its time is limited.
    is_limited: bool,
    /// The exception that ends it is told.
    keeps_exception: bool,
    /// Signals do to the process what they do by default.
    owns_signals: bool,
}

/// Runs a program to its end.
fn drive(kind: Python, start: Start, from: Beginning, watching: Watching, steps: &mut Steps) -> Result<Outcome, Error> {
    let account = start.account();
    let mut interpreter = match start.run(from, steps) {
        Ok(interpreter) => interpreter,
        // `-h`, `-V`, a wrong option: CPython has said what there is to say.
        Err(Error::SystemExit { status, .. } | Error::Ended { status }) => {
            let cause = if status == 0 { EndCause::Exit } else { EndCause::Usage };
            return Ok(Outcome { status, cause, ..Outcome::default() });
        }
        Err(error) => return Err(error),
    };
    if watching.is_limited {
        let mut python = interpreter.python().map_err(Error::from_trap)?;
        if let Err(RaiseError::Trap(trap)) = install_handler(&mut python) {
            return Err(Error::from_trap(trap));
        }
    }
    // The next code is the program's own. Before, CPython has not yet said that a pipe without a reader is an error.
    interpreter.caller().env().process.owns_signals = watching.owns_signals;
    pyrun_emscripten_shim::signals::learn(&mut interpreter.caller()).map_err(Error::from_trap)?;
    interpreter.let_signals_through().map_err(Error::from_trap)?;
    let ending = kind.enter(&mut interpreter)?;
    steps.mark("run");
    let (missing_file, missing_packages) = missing(ending, &mut interpreter, &account)?;
    let cause = cause_of(ending, &mut interpreter)?;
    let exception = match cause {
        EndCause::Exception | EndCause::Signal if watching.keeps_exception => {
            interpreter.last_exception().map_err(Error::from_trap)?
        }
        _ => None,
    };
    let exception = exception.map(|(class, text)| EndingException::new(class, text));
    let status = interpreter.finalize(ending).map_err(Error::from_trap)?;
    steps.mark("finalize");
    let signal = (cause == EndCause::Signal).then_some(SIGINT);
    Ok(Outcome { status, cause, signal, exception, missing_file, missing_packages, ..Outcome::default() })
}

/// The file, and the packages that could not be had, which the exception that ended the program is about.
fn missing(
    ending: Ending,
    interpreter: &mut Instance,
    account: &Account,
) -> Result<(Option<String>, Vec<MissingPackage>), Error> {
    if ending != Ending::Status(1) {
        return Ok((None, Vec::new()));
    }
    let file = interpreter.missing_file().map_err(Error::from_trap)?;
    let mut packages = account.missing();
    if !packages.is_empty() {
        let names = interpreter.missing_modules().map_err(Error::from_trap)?;
        packages.retain(|missing| names.contains(&missing.module));
    }
    Ok((file, packages))
}

/// Puts terminals in order when a program has ended, in whatever way.
struct Terminals(InterruptHandle);

impl Drop for Terminals {
    fn drop(&mut self) {
        self.0.restore_terminals();
    }
}

/// What ended a program, which its interpreter knows.
fn cause_of(ending: Ending, interpreter: &mut Instance) -> Result<EndCause, Error> {
    Ok(match ending {
        Ending::Status(0) | Ending::Exited(_) => EndCause::Exit,
        Ending::Interrupted => EndCause::Signal,
        // Without an exception it is CPython itself that gives up: a script that is not there.
        Ending::Status(_) => match interpreter.has_raised().map_err(Error::from_trap)? {
            true => EndCause::Exception,
            false => EndCause::Usage,
        },
    })
}

impl Program {
    pub(crate) fn new(engine: Engine) -> Self {
        let options = PythonOptions { on_own_thread: true, ..PythonOptions::default() };
        let (from, args) = (From::Base, Vec::new());
        Self {
            engine,
            args,
            options,
            from,
            ends_process: false,
            keeps_exception: false,
            interrupt: None,
            second_ctrl_c_ends: false,
        }
    }

    /// CPython's command line, without `argv[0]`.
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    guest_setters!();

    fn granted(&mut self) -> &mut Grants {
        &mut self.options.grants
    }

    fn limited(&mut self) -> &mut Limits {
        &mut self.options.limits
    }

    /// Shows the program these layers at `/`, in place of the standard library and all packages.
    pub(crate) fn only_layers(mut self, layers: Vec<Arc<dyn Layer>>) -> Self {
        self.options.only_layers = Some(layers);
        self
    }

    /// Starts from a snapshot. The command line may then hold what is to be run and its arguments, but no options of
    /// CPython's.
    pub fn snapshot(mut self, snapshot: &Snapshot) -> Self {
        self.from = From::Given(snapshot.clone());
        self
    }

    /// Boots, even where the engine's own snapshot of a started interpreter would do.
    pub fn without_snapshot(mut self) -> Self {
        self.from = From::Nothing;
        self
    }

    /// Gives the program a hash secret that no other has: it boots; see [`InterpreterBuilder::fresh_hash_seed`](
    /// crate::InterpreterBuilder::fresh_hash_seed). With a snapshot, running it is an [`Error::BadArgument`].
    pub fn fresh_hash_seed(mut self) -> Self {
        self.options.fresh_hash_seed = true;
        self
    }

    /// Lets the program end this process when it exits by itself (`sys.exit`, `os._exit`), as native CPython would: the
    /// way out through the engine costs more than all of a start.
    pub fn ends_process(mut self) -> Self {
        self.ends_process = true;
        self
    }

    /// Has `each` called at the end with the paths of the files that the program has made in memory and that go with it, if there are any:
    /// a program that writes to a folder that is not granted loses them without a word otherwise. Not told are files in `/tmp`, in hidden
    /// folders, in Python's own, and bytecode.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// let (sender, left) = std::sync::mpsc::channel();
    /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let program = engine.program().args(["-c", "open('out.txt', 'w').close(); open('/tmp/x', 'w').close()"]);
    /// program.tell_left_files(move |paths| drop(sender.send(paths.to_vec()))).run()?;
    /// assert_eq!(left.recv().unwrap(), ["/home/pyodide/out.txt"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tell_left_files(mut self, each: impl FnOnce(&[String]) + Send + 'static) -> Self {
        self.options.grants.left = Some(Box::new(each));
        self
    }

    /// Keeps the class and the text of the exception that ends the program, in [`Outcome::exception`]. For that its `__str__` is called
    /// once more.
    pub fn keep_exception(mut self) -> Self {
        self.keeps_exception = true;
        self
    }

    /// Gives the program this process's signals, for a process that is there for this program alone, such as a command line: one that
    /// the program handles, ignores or blocks is its own, any other ends or stops the process as it does natively, with the terminal in
    /// order. What a signal ends within the program is [`Error::Signal`]. Only together with this process's standard streams, and on Linux;
    /// without it, nothing but Ctrl-C is the program's.
    pub fn takes_signals(mut self) -> Self {
        self.options.owns_signals = true;
        self
    }

    /// Has a second Ctrl-C end this process at once, with status 130, for a process that is there for this program alone: one that
    /// comes before the program has seen the first (it loops in C), or within a second of it (it ignores them). A program that has read
    /// from standard input is ended only by one of the first kind: at a prompt a person presses it as often as they like.
    pub fn second_ctrl_c_ends_process(mut self) -> Self {
        self.second_ctrl_c_ends = true;
        self
    }

    /// Runs the program to its end, on a thread of its own.
    ///
    /// # Errors
    /// [`Error`]; an exception of the program's is not one, but a status.
    pub fn run(mut self) -> Result<Outcome, Error> {
        let (interrupt, limits) = (self.interrupt_handle()?, self.options.limits.clone());
        on_own_thread(move || measured(interrupt.account(), &limits, || self.run_here()))
    }

    /// What interrupts the run, from any thread and in a signal handler, as Ctrl-C does: a `KeyboardInterrupt`. It tells what the program
    /// uses, too ([`InterruptHandle::usage`]).
    ///
    /// # Errors
    /// [`Error::System`], when the process has no descriptor left.
    pub fn interrupt_handle(&mut self) -> Result<InterruptHandle, Error> {
        stored_handle(&mut self.interrupt)
    }

    fn run_here(mut self) -> Result<Outcome, Error> {
        sys::process::leave_sigint_to_other_threads();
        let mut steps = Steps::new();
        let interrupt = self.interrupt_handle()?;
        self.check()?;
        self.options.optimization = self.optimization();
        let owns_terminal = self.options.grants.stdio.is_inherited();
        let owns_signals = self.options.owns_signals && owns_terminal;
        self.options.owns_signals = owns_signals;
        let (kind, engine, terminals) = (self.engine.kind(), self.engine.clone(), Terminals(interrupt.clone()));
        let (limits, second_ctrl_c_ends) = (self.options.limits.time(), self.second_ctrl_c_ends);
        // Somebody must be there to say that the time is over.
        self.ends_process &= limits.is_none();
        let watching = Watching { is_limited: !limits.is_none(), keeps_exception: self.keeps_exception, owns_signals };
        let planned = self.plan(interrupt.clone(), &mut steps);
        // What follows has its limits of time.
        interrupt.account().compiled(steps.time_of(MAIN_MODULE));
        let (start, from) = planned?;
        // Not before: Ctrl-C while modules are compiled ends the process.
        let _ctrl_c = match owns_terminal && !owns_signals {
            true => Some(interrupt.take_ctrl_c(second_ctrl_c_ends)?),
            false => None,
        };
        let _signals = owns_signals.then(|| interrupt.take_signals(second_ctrl_c_ends)).transpose()?;
        let run = || drive(kind, start, from, watching, &mut steps);
        let (outcome, fired) = engine.deadlines().within(limits, &interrupt, run).map_err(Error::untimed)?;
        drop(terminals);
        let outcome = match fired {
            // However it has ended since.
            Some(fired) => Outcome {
                status: TIMED_OUT,
                timed_out: Some(fired.error(None)),
                exception: outcome.ok().and_then(|outcome| outcome.exception),
                ..Outcome::default()
            },
            None => outcome?,
        };
        Ok(Outcome { timings: steps.done, ..outcome })
    }

    /// Looks for mistakes in what was asked for.
    fn check(&mut self) -> Result<(), Error> {
        self.options.grants.check_arguments(&self.args)?;
        if matches!(self.from, From::Given(_)) {
            self.options.check_seed()?;
        }
        self.options.check(&self.engine)?;
        self.engine.check_release()
    }

    /// Everything that is there before the guest's first instruction.
    fn plan(self, interrupt: InterruptHandle, steps: &mut Steps) -> Result<(Start, Beginning), Error> {
        let args = self.args.iter().cloned().map(OsString::into_encoded_bytes);
        let args: Vec<Vec<u8>> = std::iter::once(EXECUTABLE.into()).chain(args).collect();
        self.engine.main_module()?;
        steps.mark(MAIN_MODULE);
        let plain = Plain::parse(&self.args, self.options.grants.start_folder());
        let from = match (self.from, plain) {
            (From::Given(snapshot), Some(plain)) => Some((snapshot, plain)),
            (From::Given(_), None) => return Err(Error::SnapshotOptions),
            (From::Base, Some(plain)) if !self.options.needs_boot() => {
                snapshot_for(&self.engine, &self.options.grants, &plain.target).map(|snapshot| (snapshot, plain))
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
        let mut start = Start::new(self.engine, self.options, interrupt);
        start.ends_process = self.ends_process;
        start.reports = Reports::Stderr;
        Ok((start, from))
    }

    /// The bytecode that the program will look for. Levels that have none compile what they import.
    fn optimization(&self) -> Optimization {
        let variable = self.options.grants.variable("PYTHONOPTIMIZE");
        let level = CommandLine::parse(&self.args).optimization_level(variable);
        Optimization::from_level(level).unwrap_or_default()
    }
}
