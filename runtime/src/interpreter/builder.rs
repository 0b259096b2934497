//! What an interpreter is made of.

use std::path::Path;

use pyrun_pyodide_loader::object::{RaiseError, Value};

use super::Interpreter;
use crate::engine::Engine;
use crate::error::Error;
use crate::sandbox::{EXECUTABLE, Mount, Sandbox};
use crate::snapshot::{Snapshot, standing_snapshot};
use crate::start::{Beginning, From, Start, Steps, interrupt_handle};
use crate::stdio::Stdio;

/// How deeply calls between Python and the host may be nested. Each nesting takes some of the native stack of the thread
/// that the interpreter is used on: with this many, a thread of 2 MiB is enough (`tests/api` shows it).
const DEPTH: u32 = 100;

/// An interpreter that is about to be started, and what it may see; nothing of the host by default.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let py = engine.interpreter().env("LEVEL", "3").memory_limit(256 << 20).start()?;
/// assert_eq!(py.run_python("import os; int(os.environ['LEVEL'])")?, pyrun::Value::Int(3));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an interpreter is started by `start`"]
pub struct InterpreterBuilder {
    engine: Engine,
    sandbox: Sandbox,
    from: From,
}

impl InterpreterBuilder {
    pub(crate) fn new(engine: Engine) -> Self {
        let mut sandbox = Sandbox::default();
        sandbox.limits.depth = DEPTH;
        Self { engine, sandbox, from: From::Standing }
    }

    /// Makes packages of the release importable, with what they depend on. Packages that are not named are found too when
    /// they are imported; naming them says at once when one is missing.
    pub fn packages<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.sandbox.packages.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// How many bytes of memory the guest may have. What it asks for beyond is a `MemoryError` in Python. A bare start
    /// takes about 30 MiB, NumPy 20 MiB more.
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.sandbox.limits.memory = bytes;
        self
    }

    /// How deeply calls between Python and host functions may be nested before they are a `RecursionError`: 100 unless it is
    /// set. Each takes up to 10 KiB of the native stack of the thread that uses the interpreter.
    pub fn depth_limit(mut self, calls: u32) -> Self {
        self.sandbox.limits.depth = calls;
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.sandbox.environ.push((name.into(), value.into()));
        self
    }

    /// Makes a folder of the host visible at `guest`, an absolute path.
    pub fn folder(mut self, host: &Path, guest: &str, writable: bool) -> Self {
        self.sandbox.folders.push(Mount { host: host.to_owned(), guest: guest.to_owned(), writable });
        self
    }

    /// The working folder, an absolute path of the guest; made when it is not there.
    pub fn working_folder(mut self, guest: &str) -> Self {
        self.sandbox.working_folder = Some(guest.to_owned());
        self
    }

    /// Where standard input comes from, and output and error go to. Nowhere by default.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
    /// let output = OutputBuffer::new(1 << 20, OnFull::Fail);
    /// let stdio = Stdio::discard().stdout(Box::new(output.clone()));
    /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let py = engine.interpreter().stdio(stdio).start()?;
    /// py.run_python("print('hello')")?;
    /// assert_eq!(output.take(), b"hello\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn stdio(mut self, stdio: Stdio) -> Self {
        self.sandbox.stdio = stdio;
        self
    }

    /// Starts from a snapshot instead of the engine's own of a bare interpreter.
    pub fn snapshot(mut self, snapshot: &Snapshot) -> Self {
        self.from = From::Given(snapshot.clone());
        self
    }

    /// Boots, even where a snapshot of a started interpreter would do.
    pub fn without_snapshot(mut self) -> Self {
        self.from = From::Nothing;
        self
    }

    /// Instead of starting one, takes an interpreter that was started from the snapshot of this builder back to it, with what
    /// this builder grants. That costs what the interpreter has changed. Handles of its former life are of no use any more.
    ///
    /// # Errors
    /// [`Error::BadArgument`] when it was started from something else; [`Error::Busy`], [`Error::Poisoned`]; after any
    /// other error it is poisoned.
    ///
    /// ```
    /// # let (_, engine) = pyrun::doc::interpreter();
    /// let snapshot = engine.snapshot(&pyrun::Recipe::new().run("import json"))?;
    /// let mut py = engine.interpreter().snapshot(&snapshot).start()?;
    /// py.run_python("x = 1")?;
    /// engine.interpreter().snapshot(&snapshot).reset(&mut py)?;
    /// assert!(py.run_python("x").is_err());
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn reset(self, interpreter: &mut Interpreter) -> Result<(), Error> {
        let From::Given(snapshot) = &self.from else {
            return Err(Error::BadArgument("an interpreter is reset to a snapshot, and there is none".to_owned()));
        };
        if !interpreter.origin.as_ref().is_some_and(|origin| origin.is(snapshot)) {
            return Err(Error::BadArgument("the interpreter was not started from this snapshot".to_owned()));
        }
        let from = Beginning::Snapshot(snapshot.clone(), None);
        let start = Start::new(self.engine, self.sandbox, interpreter.interrupt.clone(), from);
        interpreter.replace(|guest| start.reset(guest))
    }

    /// Starts it, on this thread.
    ///
    /// # Errors
    /// A missing asset, package or folder; [`Error::Boot`].
    pub fn start(self) -> Result<Interpreter, Error> {
        let interrupt = interrupt_handle()?;
        let snapshot = match self.from {
            From::Given(snapshot) => Some(snapshot),
            From::Standing if self.sandbox.is_read_at_start() => None,
            From::Standing => standing_snapshot(&self.engine),
            From::Nothing => None,
        };
        let from = match snapshot {
            Some(snapshot) => Beginning::Snapshot(snapshot, None),
            None => Beginning::Boot(vec![EXECUTABLE.into()]),
        };
        let origin = match &from {
            Beginning::Snapshot(snapshot, _) => Some(snapshot.clone()),
            Beginning::Boot(_) => None,
        };
        let start = Start::new(self.engine.clone(), self.sandbox, interrupt.clone(), from);
        let interpreter = Interpreter::new(start.run(&mut Steps::new())?, interrupt, self.engine, origin);
        if interpreter.origin.is_some() {
            return Ok(interpreter);
        }
        interpreter.enter(|python| {
            // As on a terminal: who captures output wants to see a line when it is printed.
            let sys = python.import("sys")?;
            let stdout = python.get_attr(&sys, "stdout")?;
            let on = python.object(&Value::Bool(true))?;
            python.call_method(&stdout, "reconfigure", &[], &[("line_buffering", on)])?;
            Ok::<_, RaiseError>(())
        })?;
        Ok(interpreter)
    }
}
