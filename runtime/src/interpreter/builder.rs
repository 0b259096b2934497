//! What an interpreter is made of.

use pyrun_pyodide_loader::object::{RaiseError, Value};

use super::host_module::{HostModule, NamedModule};
use super::{Defined, Interpreter};
use crate::engine::Engine;
use crate::error::{ArgumentError, Error};
use crate::grants::{Grants, guest_setters};
use crate::limits::Limits;
use crate::python::process::{EXECUTABLE, PythonOptions};
use crate::python::start::{Beginning, From, Start, Steps, interrupt_handle};
use crate::snapshot::base::base_snapshot;
use crate::snapshot::image::Snapshot;

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
    options: PythonOptions,
    from: From,
    modules: Vec<NamedModule>,
}

impl Engine {
    /// An interpreter to be started and driven.
    pub fn interpreter(&self) -> InterpreterBuilder {
        InterpreterBuilder::new(self.clone())
    }
}

impl InterpreterBuilder {
    fn new(engine: Engine) -> Self {
        Self { engine, options: PythonOptions::default(), from: From::Base, modules: Vec::new() }
    }

    guest_setters!();

    fn granted(&mut self) -> &mut Grants {
        &mut self.options.grants
    }

    fn limited(&mut self) -> &mut Limits {
        &mut self.options.limits
    }

    /// Sets [`Limits::memory`] alone: bytes of memory. A bare start takes about 30 MiB, NumPy 20 MiB more.
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.options.limits.memory = bytes;
        self
    }

    /// Sets [`Limits::call_depth`] alone: how deeply calls between Python and host functions may be nested.
    pub fn depth_limit(mut self, calls: u32) -> Self {
        self.options.limits.call_depth = Some(calls);
        self
    }

    /// Registers a module of host functions as soon as the interpreter is there, and again whenever it is reset: what
    /// [`Interpreter::register_module`] does for one.
    ///
    /// # Errors
    /// [`Error::BadArgument`] for a signature or a name that is invalid.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let builder = engine.interpreter().module("host", |m| m.function("double", |n: i64| n * 2))?;
    /// assert_eq!(builder.start()?.eval::<i64>("import host; host.double(21)")?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn module<R: Defined>(mut self, name: &str, define: impl FnOnce(HostModule) -> R) -> Result<Self, Error> {
        self.modules.push(HostModule::define(name, define)?);
        Ok(self)
    }

    /// Modules that are defined already, before those of [`InterpreterBuilder::module`] that come later.
    pub(crate) fn modules(mut self, modules: &[NamedModule]) -> Self {
        self.modules.extend_from_slice(modules);
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

    /// Gives the interpreter a hash secret that no other has: it boots, which costs 15 to 30 ms more than a start from a snapshot. All
    /// that start from one snapshot share its secret, and code can find it out; see [`Recipe::tenant`](crate::Recipe::tenant) for
    /// a snapshot with a secret of its own.
    ///
    /// With a snapshot, or in a pool, the start is an [`Error::BadArgument`].
    ///
    /// ```
    /// # let (_, engine) = pyrun::doc::interpreter();
    /// let hash = || engine.interpreter().fresh_hash_seed().start()?.eval::<i64>("hash('text')");
    /// assert_ne!(hash()?, hash()?);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn fresh_hash_seed(mut self) -> Self {
        self.options.fresh_hash_seed = true;
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
    pub fn reset(mut self, interpreter: &mut Interpreter) -> Result<(), Error> {
        let From::Given(snapshot) = &self.from else {
            return Err(ArgumentError::OtherSnapshot.into());
        };
        if !interpreter.origin.as_ref().is_some_and(|origin| origin.is(snapshot)) {
            return Err(ArgumentError::OtherSnapshot.into());
        }
        self.options.check(&self.engine)?;
        self.options.check_seed()?;
        // Who holds the handle of before must not reach what runs from now on.
        let interrupt = interrupt_handle()?;
        interpreter.interrupt.detach();
        // Its own engine, whichever the builder has: the code of libraries that it loads must live as long as it does.
        let start = Start::new(interpreter.engine.clone(), self.options, interrupt.clone());
        interpreter.replace(|guest| start.reset(snapshot, guest))?;
        interpreter.conversion = super::convert::Conversion::new(&interrupt.account().host_memory());
        interpreter.interrupt = interrupt;
        self.modules.iter().try_for_each(|module| interpreter.register(module))
    }

    /// Starts it, on this thread.
    ///
    /// # Errors
    /// A missing asset, package or folder; [`Error::Grant`], [`Error::LimitTooLow`]; [`Error::Boot`].
    pub fn start(mut self) -> Result<Interpreter, Error> {
        self.options.check(&self.engine)?;
        self.engine.check_release()?;
        if matches!(self.from, From::Given(_)) {
            self.options.check_seed()?;
        }
        let interrupt = interrupt_handle()?;
        let snapshot = match self.from {
            From::Given(snapshot) => Some(snapshot),
            From::Base if self.options.needs_boot() => None,
            From::Base => base_snapshot(&self.engine),
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
        let start = Start::new(self.engine.clone(), self.options, interrupt.clone());
        let mut instance = start.run(from, &mut Steps::new())?;
        instance.let_signals_through().map_err(Error::from_trap)?;
        let interpreter = Interpreter::new(instance, interrupt, self.engine, origin);
        if interpreter.origin.is_none() {
            interpreter.print_by_line()?;
        }
        self.modules.iter().try_for_each(|module| interpreter.register(module))?;
        Ok(interpreter)
    }
}

impl Interpreter {
    /// As on a terminal: who captures output wants to see a line when it is printed.
    fn print_by_line(&self) -> Result<(), Error> {
        self.enter(|python| {
            let sys = python.import("sys")?;
            let stdout = python.get_attr(&sys, "stdout")?;
            let on = python.object(&Value::Bool(true))?;
            python.call_method(&stdout, "reconfigure", &[], &[("line_buffering", on)])?;
            Ok::<_, RaiseError>(())
        })
    }
}
