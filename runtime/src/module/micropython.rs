//! MicroPython, as its WebAssembly port makes it: a library of Emscripten's that runs Python code and keeps a prompt.
//!
//! Replaces the JavaScript of that port (`api.js`, `library.js`). What it has for JavaScript objects (`js_*`, `proxy_*`) refuses by
//! name when it is called; a program that does not import `jsffi` never does. The module `js`, which is a builtin of the port's, cannot
//! be imported, as under CPython, and `input`, which the port has for nobody's keyboard, reads standard input (`prelude`).

mod exports;
mod heap;
mod imports;
mod prelude;
mod prompt;

use std::ffi::{OsStr, OsString};

use pyrun_emscripten_shim::em;
use pyrun_emscripten_shim::guest::extensions::Extensions;
use pyrun_emscripten_shim::host::report::Refused;
use pyrun_emscripten_shim::imports::families;
use pyrun_emscripten_shim::imports::table::{self, Emscripten as Series, HostFunctions};
use pyrun_emscripten_shim::process::signal::OnSignal;
use pyrun_emscripten_shim::program::Started;
use pyrun_emscripten_shim::program::link::EmbedderImports;
use pyrun_emscripten_shim::{Caller, Env, Family, GuestPtr, Trap};
use pyrun_translate::{ModuleInfo, WasmSignature};
use wasmer::Function;

use exports::{INTERRUPT, call};
use heap::PYTHON_STACK;

use self::imports::{Asked, MICROPYTHON};
use super::ModuleKind as _;
use super::emscripten::{self, Emscripten, EmscriptenStart, ended, parts, store_for};
use super::error::ModuleError;
use super::guest::{ProgramOptions, RESERVED};
use super::open::Module;
use super::program::{Guided, outcome_of};
use super::support::{self, Support};
use crate::compile::allowance::Allowance;
use crate::error::Error;
use crate::grants::{Grants, grant_setters};
use crate::host::{InterruptHandle, SIGINT};
use crate::limits::Limits;
use crate::limits::reached::measured;
use crate::python::outcome::Outcome;
use crate::python::start::{Steps, on_own_thread, stored_handle};
use crate::report::cause::{EndCause, EndingException};
use crate::sys;

static FAMILIES: &[&[&Family]] = &[&[&MICROPYTHON], families::FAMILIES, families::OF_PROGRAMS];
const FUNCTIONS: HostFunctions<Env> = HostFunctions::of_any_series(FAMILIES, Series::V5);

/// Bytes of the heap, unless it is set: what the port's JavaScript asks for.
const HEAP: u32 = 1 << 20;
/// The least heap that MicroPython starts with.
const LEAST_HEAP: u32 = 16 << 10;
/// The status of a program that an interrupt ended, as a shell has it.
const INTERRUPTED: i32 = 128 + SIGINT;
/// Limit: bytes of the text of an exception that are shown.
const MAX_MESSAGE: u32 = 1 << 20;

/// How a function that MicroPython imports is served.
pub(crate) fn support(info: &ModuleInfo, module: &str, name: &str, signature: &WasmSignature) -> Support {
    match MICROPYTHON.find(module, name).map(|import| import.support) {
        Some(table::Support::Refused) => Support::Refused,
        Some(_) => Support::Full,
        None => match emscripten::support(info, module, name, signature) {
            // The bridge to JavaScript's objects, which refuses by name.
            Support::Embedder => Support::Refused,
            support => support,
        },
    }
}

/// What names the bridge to JavaScript refuses with.
fn refusals() -> EmbedderImports<'static> {
    Box::new(|store, env, module, name, ty| {
        if module != "env" || FUNCTIONS.find(module, name, Some(ty)).is_some() {
            return None;
        }
        let import = name.to_owned();
        Some(Function::new_with_env(store, env, ty, move |mut env, _args| {
            env.data_mut().process.host.refused(Refused::Import(import.as_bytes()));
            let why = "it belongs to the bridge between Python and JavaScript objects, and there is no JavaScript here";
            Err(Trap::Refused { import: import.clone(), why }.into())
        }))
    })
}

/// A run of MicroPython: its code, and what it may see and take; nothing of the host by default.
///
/// ```no_run
/// # fn main() -> pyrun::Result<()> {
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let module = engine.module("micropython.wasm")?;
/// let outcome = pyrun::MicroPython::new(&module).heap(64 << 10).run("print(1 + 1)")?;
/// assert_eq!(outcome.status, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "MicroPython is run by `run` or `prompt`"]
pub struct MicroPython {
    module: Module,
    options: ProgramOptions,
    heap: u32,
    /// Where imports look first.
    folder: Option<String>,
    interrupt: Option<InterruptHandle>,
    second_ctrl_c_ends: bool,
}

/// What is run.
enum Code {
    Source(String),
    Prompt,
}

impl MicroPython {
    /// A run of this module.
    pub fn new(module: &Module) -> Self {
        let options = ProgramOptions { name: "micropython".to_owned(), ..ProgramOptions::default() };
        Self { module: module.clone(), options, heap: HEAP, folder: None, interrupt: None, second_ctrl_c_ends: false }
    }

    /// What the program finds as `sys.argv`, behind what it has already: the script's name first. `['']` by default.
    ///
    /// ```no_run
    /// # fn main() -> pyrun::Result<()> {
    /// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let module = engine.module("micropython.wasm")?;
    /// let script = pyrun::MicroPython::new(&module).arguments(["greet.py", "you"]);
    /// script.run("import sys\nprint('hello', sys.argv[1])")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter().map(|argument| OsString::from(argument.as_ref()));
        self.options.arguments.extend(arguments);
        self
    }

    /// The folder of the guest in which imports look first (`sys.path[0]`), as they do in a script's; the working folder by default.
    /// It is seen only if it is granted, too: [`MicroPython::script_folder`].
    pub fn import_folder(mut self, folder: impl Into<String>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Bytes of the heap for Python's objects: a mebibyte by default, at least 16 KiB.
    pub fn heap(mut self, bytes: u32) -> Self {
        self.heap = bytes.max(LEAST_HEAP);
        self
    }

    /// An option as MicroPython's own command line has it after `-X`: `heapsize=64k`.
    ///
    /// # Errors
    /// [`Error::Module`], when there is no such option, or no heap of such a size.
    pub fn option(self, option: &OsStr) -> Result<Self, Error> {
        let text = option.to_string_lossy();
        let heap = text.strip_prefix("heapsize=").and_then(heap::size).filter(|size| *size >= LEAST_HEAP);
        let heap = heap.ok_or_else(|| ModuleError::MicroPythonOption { option: text.into_owned() })?;
        Ok(self.heap(heap))
    }

    grant_setters!();

    fn granted(&mut self) -> &mut Grants {
        &mut self.options.grants
    }

    /// What it may see of the host, in place of what was granted before.
    pub fn grants(mut self, grants: Grants) -> Self {
        self.options.grants.replace_with(grants);
        self
    }

    /// Runs it as code that nobody has read; see [`ModuleProgram::sandbox`](crate::ModuleProgram::sandbox).
    pub fn sandbox(mut self, sandbox: &crate::sandbox::Sandbox) -> Self {
        (self.options.grants.care, self.options.limits) = (sandbox.care, sandbox.limits.clone());
        self
    }

    /// What it may take of the host. Its heap is of the memory that this bounds.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// What interrupts the run, from any thread and in a signal handler: a `KeyboardInterrupt`, as soon as the code calls the host (it
    /// prints, reads, sleeps, or asks for the time). Code that has done none of it [`Limits::grace`] later is ended where it is, with
    /// status 130.
    ///
    /// # Errors
    /// [`Error::System`], when the process has no descriptor left.
    pub fn interrupt_handle(&mut self) -> Result<InterruptHandle, Error> {
        stored_handle(&mut self.interrupt)
    }

    /// As [`ModuleProgram::second_ctrl_c_ends_process`](super::ModuleProgram::second_ctrl_c_ends_process).
    pub fn second_ctrl_c_ends_process(mut self) -> Self {
        self.second_ctrl_c_ends = true;
        self
    }

    /// Runs Python source as a script, on a thread of its own. An exception goes to standard error, and gives status 1;
    /// `SystemExit` gives its own, and `KeyboardInterrupt` 130.
    ///
    /// # Errors
    /// [`Error::Module`], when the module is not MicroPython, or has no room for the heap; [`Error::LimitTooLow`] and the like.
    pub fn run(self, source: &str) -> Result<Outcome, Error> {
        self.measured(Code::Source(source.to_owned()))
    }

    /// The prompt: reads standard input until its end, as MicroPython's own does. At a terminal it edits lines, if
    /// [`Stdio::with_terminal_modes`](crate::Stdio::with_terminal_modes) lets it.
    ///
    /// # Errors
    /// As [`MicroPython::run`].
    pub fn prompt(self) -> Result<Outcome, Error> {
        self.measured(Code::Prompt)
    }

    fn measured(mut self, code: Code) -> Result<Outcome, Error> {
        let (interrupt, limits) = (self.interrupt_handle()?, self.options.limits.clone());
        on_own_thread(move || measured(interrupt.account(), &limits, || self.run_here(code)))
    }

    fn run_here(mut self, code: Code) -> Result<Outcome, Error> {
        if let Some(refusal) = self.module.refusal() {
            return Err(refusal);
        }
        self.options.check(RESERVED, &self.module.engine().own_files())?;
        sys::process::leave_sigint_to_other_threads();
        let mut steps = Steps::new();
        let guided = Guided {
            interrupt: stored_handle(&mut self.interrupt)?,
            time: self.options.limits.time(),
            has_terminal: self.options.grants.stdio.is_inherited(),
            second_ctrl_c_ends: self.second_ctrl_c_ends,
        };
        let allowance = Allowance::new(&self.options.limits, &guided.interrupt);
        if let Err(error) = guided.interrupt.account().compiling(|| emscripten::compile(&self.module, &allowance)) {
            return outcome_of(Err(error));
        }
        let engine = self.module.engine().clone();
        let mut exception = None;
        let outcome = guided.run(&engine, |interrupt| {
            let mut started = self.start(interrupt, &mut steps)?;
            let mut caller = started.caller();
            let status = match &code {
                Code::Source(source) => execute(&mut caller, source).map(|ended| {
                    exception = ended.exception;
                    ended.status
                }),
                Code::Prompt => prompt::run(&mut caller),
            };
            match status {
                Err(Error::SystemExit { status, .. }) => Ok(status),
                other => other,
            }
        })?;
        steps.mark("run");
        let outcome = raised(outcome, exception);
        Ok(Outcome { timings: steps.done, ..outcome })
    }

    fn start(&mut self, interrupt: &InterruptHandle, steps: &mut Steps) -> Result<Started, Error> {
        let module = &self.module;
        let allowance = Allowance::new(&self.options.limits, interrupt);
        let compiled = module.compiled(&Emscripten, &allowance)?;
        if let Some(lacking) = support::lacks_of_micropython(&compiled.info) {
            return Err(module.not_supported(format!("it does not export {lacking}, so it is not MicroPython")));
        }
        steps.mark("module");
        let store = store_for(module, &compiled.info, &self.options.limits);
        let mut parts = parts(module, &compiled, &mut self.options, interrupt, &store, allowance)?;
        // Until MicroPython can take it.
        parts.process.on_signal = OnSignal::Asked;
        let start = EmscriptenStart {
            parts,
            store,
            functions: FUNCTIONS,
            extensions: Extensions::boot().with::<Asked>(),
            own: refusals(),
            args: Vec::new(),
        };
        let mut started = Emscripten.instantiate(compiled.into(), start)?.started;
        let mut caller = started.caller();
        heap::check(&mut caller, self.heap)?;
        call(&mut caller, "mp_js_init", &[PYTHON_STACK, self.heap])?;
        call(&mut caller, "proxy_c_init", &[])?;
        if execute(&mut caller, &prelude::source(&self.options.arguments, self.folder.as_deref()))?.status != 0 {
            return Err(module.not_supported("it does not let builtins be overridden, so it is another MicroPython"));
        }
        caller.env().process.on_signal = OnSignal::Told(INTERRUPT);
        steps.mark("instance");
        Ok(started)
    }
}

/// How code ended.
#[derive(Default)]
struct Ended {
    status: i32,
    exception: Option<EndingException>,
}

impl From<i32> for Ended {
    fn from(status: i32) -> Self {
        Self { status, exception: None }
    }
}

/// The outcome of code that an exception may have ended.
fn raised(outcome: Outcome, exception: Option<EndingException>) -> Outcome {
    match exception {
        None => outcome,
        Some(exception) if exception.type_name == "KeyboardInterrupt" => {
            Outcome { cause: EndCause::Signal, signal: Some(SIGINT), exception: Some(exception), ..outcome }
        }
        Some(exception) => Outcome { cause: EndCause::Exception, exception: Some(exception), ..outcome },
    }
}

/// What an exception says of itself, which its traceback ends with.
fn message_of<'t>(class: &str, traceback: &'t str) -> &'t str {
    let begins = format!("{class}: ");
    let at = match traceback.rfind(&format!("\n{begins}")) {
        Some(at) => Some(at + 1),
        None => traceback.starts_with(&begins).then_some(0),
    };
    at.and_then(|at| traceback.get(at + begins.len()..)).unwrap_or_default().trim_end_matches('\n')
}

/// Memory of the guest's with these bytes and a NUL.
fn put(caller: &mut Caller<'_>, bytes: &[u8]) -> Result<u32, Error> {
    let size = u32::try_from(bytes.len() + 1).map_err(|_| ModuleError::NoRoom { bytes: u32::MAX })?;
    let address = em::malloc(caller, size).map_err(ended)?.ok_or(ModuleError::NoRoom { bytes: size })?;
    let written = caller.with_mem(|mem| {
        mem.write_bytes(address, bytes)?;
        mem.write(GuestPtr::<u8>::new(address.wrapping_add(size - 1)), 0)
    });
    written.map_err(ended)?.map_err(|fault| ended(fault.into()))?;
    Ok(address)
}

/// Runs source in `__main__`, and says how it ended.
fn execute(caller: &mut Caller<'_>, source: &str) -> Result<Ended, Error> {
    let length = u32::try_from(source.len()).unwrap_or(u32::MAX);
    let text = put(caller, source.as_bytes())?;
    let result = put(caller, &[0; 12])?;
    call(caller, "mp_js_do_exec", &[text, length, result])?;
    let [kind, length, at] = caller
        .with_mem(|mem| {
            let word = |index| mem.read(GuestPtr::<u32>::new(result).at(index));
            Ok::<_, pyrun_emscripten_shim::Fault>([word(0)?, word(1)?, word(2)?])
        })
        .map_err(ended)?
        .map_err(|fault| ended(fault.into()))?;
    // −1 is an exception: its class and its traceback, with a separator between.
    if kind.cast_signed() != -1 {
        return Ok(Ended::default());
    }
    let text = caller.with_mem(|mem| mem.bytes(at, length.min(MAX_MESSAGE) as usize).map(<[u8]>::to_vec));
    let text = text.map_err(ended)?.map_err(|fault| ended(fault.into()))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let (class, traceback) = text.split_once('\u{4}').unwrap_or(("", &text));
    if class == "SystemExit" {
        let last = traceback.trim_end().lines().next_back().unwrap_or_default();
        let said = last.strip_prefix("SystemExit:").map_or("", str::trim);
        match said {
            "" | "None" => return Ok(Ended::default()),
            said => match said.parse::<i32>() {
                Ok(status) => return Ok(status.into()),
                Err(_) => return Ok(report(caller, &format!("{said}\n")).into()),
            },
        }
    }
    let exception = Some(EndingException::new(class, message_of(class, traceback)));
    let shown: String = traceback.split_inclusive('\n').filter(|line| !line.contains(prelude::OWN_FRAME)).collect();
    let status = report(caller, &shown);
    Ok(Ended { status: if class == "KeyboardInterrupt" { INTERRUPTED } else { status }, exception })
}

/// Writes to standard error, and gives the status of a program that failed.
fn report(caller: &mut Caller<'_>, text: &str) -> i32 {
    let text = if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        // What cannot be written is lost, as it is to C's `perror`.
        let Ok(count) = em::write(caller, 2, rest) else { break };
        rest = rest.get(count.max(1)..).unwrap_or_default();
    }
    1
}
