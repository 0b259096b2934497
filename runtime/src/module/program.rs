//! One run of a module that is a program, whatever its kind.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use pyrun_translate::WasmKind;

use super::guest::{ProgramOptions, RESERVED};
use super::instance::{watch, within};
use super::open::Module;
use super::{emscripten, standalone, wasi};
use crate::compile::allowance::Allowance;
use crate::deadline::TimeLimits;
use crate::engine::Engine;
use crate::error::Error;
use crate::grants::{Grants, guest_setters};
use crate::host::InterruptHandle;
use crate::limits::Limits;
use crate::limits::reached::measured;
use crate::python::outcome::Outcome;
use crate::python::program::TIMED_OUT;
use crate::python::start::{Steps, on_own_thread, stored_handle};
use crate::report::cause::EndCause;
use crate::sys;

/// A program that is about to run: its arguments, and what it may see and take; nothing of the host by default.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (func (export "main") (result i32) (i32.const 3)))"#).unwrap();
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let outcome = engine.module(wasm)?.program().run()?;
/// assert_eq!(outcome.status, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a program is run by `run`"]
pub struct ModuleProgram {
    module: Module,
    options: ProgramOptions,
    interrupt: Option<InterruptHandle>,
    second_ctrl_c_ends: bool,
}

impl Module {
    /// A run of the program that it is. [`ModuleProgram::run`] refuses kinds that are no programs.
    pub fn program(&self) -> ModuleProgram {
        let name = self.name().rsplit('/').next().unwrap_or_default().to_owned();
        let options = ProgramOptions { name, ..ProgramOptions::default() };
        ModuleProgram { module: self.clone(), options, interrupt: None, second_ctrl_c_ends: false }
    }
}

impl ModuleProgram {
    /// Its arguments, after those that it has. Its own name, `argv[0]`, is not among them.
    pub fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter().map(|argument| OsString::from(argument.as_ref()));
        self.options.arguments.extend(arguments);
        self
    }

    /// What it finds as its own name, `argv[0]`; the file's name by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = name.into();
        self
    }

    guest_setters!();

    fn granted(&mut self) -> &mut Grants {
        &mut self.options.grants
    }

    fn limited(&mut self) -> &mut Limits {
        &mut self.options.limits
    }

    /// What interrupts the run, from any thread and in a signal handler: it ends a wait in the host (a read, a sleep, a poll), and
    /// the program wherever it is. The status is then 128 and the signal's number, as a shell has it. A
    /// program of Emscripten's that exports `raise` may handle the signal instead: it is ended where it is only when it has not called
    /// the host [`Limits::grace`] later.
    ///
    /// # Errors
    /// [`Error::System`], when the process has no descriptor left.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
    /// #     (memory (export "memory") 1) (func (export "_start") (loop (drop (call $yield)) (br 0))))"#).unwrap();
    /// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// // A program that never ends by itself.
    /// let mut program = engine.module(wasm)?.program();
    /// let handle = program.interrupt_handle()?;
    /// std::thread::spawn(move || handle.interrupt());
    /// assert_eq!(program.run()?.status, 128 + 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn interrupt_handle(&mut self) -> Result<InterruptHandle, Error> {
        stored_handle(&mut self.interrupt)
    }

    /// Has a second Ctrl-C end this process at once, with status 130, for a process that is there for this program alone: one that
    /// comes before the program has seen the first (it loops in C), or within a second of it (it ignores them). A program that has read
    /// from standard input is ended only by one of the first kind: at a prompt a person presses it as often as they like.
    pub fn second_ctrl_c_ends_process(mut self) -> Self {
        self.second_ctrl_c_ends = true;
        self
    }

    /// Runs it to its end, on a thread of its own. Where it has the process's own standard streams ([`Stdio::inherit`]), Ctrl-C
    /// interrupts it.
    ///
    /// [`Stdio::inherit`]: crate::Stdio::inherit
    ///
    /// # Errors
    /// [`Error::Module`], when the module is no program, or of a kind that cannot run here; the message says what would do.
    /// A program that fails by itself is no error: it has an exit status; one that a limit of time ends has 124, and
    /// [`Outcome::timed_out`] says which.
    pub fn run(mut self) -> Result<Outcome, Error> {
        let (interrupt, limits) = (self.interrupt_handle()?, self.options.limits.clone());
        on_own_thread(move || measured(interrupt.account(), &limits, || self.run_here()))
    }

    fn run_here(mut self) -> Result<Outcome, Error> {
        if let Some(refusal) = self.module.refusal() {
            return Err(refusal);
        }
        let is_wasi =
            matches!(self.module.wasm_kind(), WasmKind::WasiCommand | WasmKind::WasiReactor | WasmKind::Wasix);
        let reserved = if is_wasi { wasi::reserved(&self.options.grants) } else { RESERVED };
        self.options.check(reserved, &self.module.engine().own_files())?;
        sys::process::leave_sigint_to_other_threads();
        let mut steps = Steps::new();
        let (compile, run): (Compile, Run) = match self.module.wasm_kind() {
            WasmKind::WasiCommand if imports_nothing(&self.module) => (standalone::compile, standalone::run),
            WasmKind::WasiCommand | WasmKind::WasiReactor | WasmKind::Wasix => (wasi::compile, wasi::run),
            WasmKind::EmscriptenMain => (emscripten::compile, emscripten::run),
            WasmKind::PyodideMain => {
                return Err(self.module.not_supported("it runs as part of its release; run Python code instead"));
            }
            _ => (standalone::compile, standalone::run),
        };
        let interrupt = stored_handle(&mut self.interrupt)?;
        let allowance = Allowance::new(&self.options.limits, &interrupt);
        if let Err(error) = interrupt.account().compiling(|| compile(&self.module, &allowance)) {
            return outcome_of(Err(error));
        }
        steps.mark("module");
        let mut time = self.options.limits.time();
        if self.module.wasm_kind() != WasmKind::EmscriptenMain {
            // Code of other kinds handles no signal: there is nothing to wait for.
            time.grace = Some(Duration::ZERO);
        }
        let guided = Guided {
            interrupt,
            time,
            has_terminal: self.options.grants.stdio.is_inherited(),
            second_ctrl_c_ends: self.second_ctrl_c_ends,
        };
        let (module, options) = (&self.module, self.options);
        let outcome = guided.run(module.engine(), |interrupt| run(module, options, interrupt, &mut steps))?;
        Ok(Outcome { timings: steps.done, ..outcome })
    }
}

type Compile = fn(&Module, &Allowance) -> Result<(), Error>;
type Run = fn(&Module, ProgramOptions, &InterruptHandle, &mut Steps) -> Result<i32, Error>;

/// What ends a program from outside.
pub(crate) struct Guided {
    pub(crate) interrupt: InterruptHandle,
    pub(crate) time: TimeLimits,
    /// Whether it has the process's standard streams, and Ctrl-C with them.
    pub(crate) has_terminal: bool,
    pub(crate) second_ctrl_c_ends: bool,
}

impl Guided {
    /// Runs a program, which gives its exit status.
    ///
    /// # Errors
    /// [`Error::System`]; how it ended otherwise than by itself, by a signal, or by a limit of time.
    pub(crate) fn run(
        &self,
        engine: &Engine,
        body: impl FnOnce(&InterruptHandle) -> Result<i32, Error>,
    ) -> Result<Outcome, Error> {
        let interrupt = &self.interrupt;
        // Until the end of the run, after which the handle reaches nobody.
        let _watched = watch(engine, interrupt, self.time.grace);
        let _ctrl_c = match self.has_terminal {
            true => Some(interrupt.take_ctrl_c(self.second_ctrl_c_ends)?),
            false => None,
        };
        match within(engine, self.time, interrupt, || body(interrupt)) {
            // However it has ended since.
            (_, Some(fired)) => {
                Ok(Outcome { status: TIMED_OUT, timed_out: Some(fired.error(None)), ..Outcome::default() })
            }
            (ended, None) => outcome_of(ended),
        }
    }
}

/// What a shell adds to the number of the signal that ended a program.
const SIGNALLED: i32 = 128;

/// The outcome of a program that ended by itself or by a signal, also while its code was made.
pub(crate) fn outcome_of(ended: Result<i32, Error>) -> Result<Outcome, Error> {
    let (status, signal) = match ended {
        Err(Error::Signal { signal }) => (SIGNALLED.saturating_add(signal), Some(signal)),
        other => (other?, None),
    };
    let cause = if signal.is_some() { EndCause::Signal } else { EndCause::Exit };
    Ok(Outcome { status, cause, signal, ..Outcome::default() })
}

/// Whether a command needs no interface at all, which its file tells only by the name that it exports.
pub(crate) fn imports_nothing(module: &Module) -> bool {
    pyrun_translate::inspect(module.wasm()).is_ok_and(|info| info.imports().len() == 0)
}
