//! One run of a module that is a program, whatever its kind.

use std::ffi::{OsStr, OsString};

use pyrun_memfs::Errno;
use pyrun_translate::WasmKind;

use super::guest::{ProgramOptions, RESERVED};
use super::open::Module;
use super::{emscripten, standalone, wasi};
use crate::error::Error;
use crate::grants::{Grants, guest_setters};
use crate::host::InterruptHandle;
use crate::limits::Limits;
use crate::python::program::Outcome;
use crate::python::start::{Steps, interrupt_handle, on_own_thread};

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
}

impl Module {
    /// A run of the program that it is. [`ModuleProgram::run`] refuses kinds that are no programs.
    pub fn program(&self) -> ModuleProgram {
        let name = self.name().rsplit('/').next().unwrap_or_default().to_owned();
        let options = ProgramOptions { name, ..ProgramOptions::default() };
        ModuleProgram { module: self.clone(), options, interrupt: None }
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
    /// the program as soon as it calls the host. The status is then 128 and the signal's number, as a shell has it; a
    /// program of Emscripten's that exports `raise` may handle the signal instead. Code that calls nothing goes on.
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

    /// Runs it to its end, on a thread of its own.
    ///
    /// # Errors
    /// [`Error::Module`], when the module is no program, or of a kind that cannot run here; the message says what would do.
    /// A program that fails by itself is no error: it has an exit status.
    pub fn run(self) -> Result<Outcome, Error> {
        on_own_thread(move || self.run_here())
    }

    fn run_here(mut self) -> Result<Outcome, Error> {
        if let Some(refusal) = self.module.refusal() {
            return Err(refusal);
        }
        let is_wasi =
            matches!(self.module.wasm_kind(), WasmKind::WasiCommand | WasmKind::WasiReactor | WasmKind::Wasix);
        let reserved = if is_wasi { wasi::reserved(&self.options.grants) } else { RESERVED };
        self.options.check(reserved, self.module.engine())?;
        let mut steps = Steps::new();
        let interrupt = stored_handle(&mut self.interrupt)?;
        let run = match self.module.wasm_kind() {
            WasmKind::WasiCommand if imports_nothing(&self.module) => standalone::run,
            WasmKind::WasiCommand | WasmKind::WasiReactor | WasmKind::Wasix => wasi::run,
            WasmKind::EmscriptenMain => emscripten::run,
            WasmKind::PyodideMain => {
                return Err(self.module.not_supported("it runs as part of its release; run Python code instead"));
            }
            _ => standalone::run,
        };
        let status = status_of(run(&self.module, self.options, &interrupt, &mut steps))?;
        let output_error = interrupt.account().output.failed().map(Errno::message);
        Ok(Outcome { status, timings: steps.done, output_error, ..Outcome::default() })
    }
}

/// What a shell adds to the number of the signal that ended a program.
const SIGNALLED: i32 = 128;

/// The exit status of a program that ended by itself or by a signal.
pub(crate) fn status_of(ended: Result<i32, Error>) -> Result<i32, Error> {
    match ended {
        Err(Error::Signal { signal }) => Ok(SIGNALLED.saturating_add(signal)),
        other => other,
    }
}

/// The handle of a run that is to come, made when it is first asked for.
pub(crate) fn stored_handle(stored: &mut Option<InterruptHandle>) -> Result<InterruptHandle, Error> {
    match stored {
        Some(handle) => Ok(handle.clone()),
        None => Ok(stored.insert(interrupt_handle()?).clone()),
    }
}

/// Whether a command needs no interface at all, which its file tells only by the name that it exports.
fn imports_nothing(module: &Module) -> bool {
    pyrun_translate::inspect(module.wasm()).is_ok_and(|info| info.imports().len() == 0)
}
