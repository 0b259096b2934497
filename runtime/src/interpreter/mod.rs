//! An interpreter that the embedder drives: sources, modules, objects, values, host functions.
//!
//! Every way in is [`Interpreter::enter`]: it finds out whether the interpreter is there (not poisoned, not at work in the
//! background, not lent out), and turns what comes back into an [`Error`]. [`Python`] is that way as a token, which
//! host functions get too; objects hold it, so they cannot be used while the interpreter's memory is lent.

mod background;
mod builder;
mod convert;
pub mod derive;
mod em;
mod globals;
mod guest;
mod host_module;
mod memory;
mod object;
mod options;
mod python;
mod serde;

use std::cell::RefCell;

pub use pyrun_pyodide_loader::object::Handle as PyHandle;
use pyrun_pyodide_loader::object::{ObjectApi, RaiseError, Value};

pub use background::Run;
pub use builder::InterpreterBuilder;
pub use convert::{Bytes, Decimal, FromPython, IntoArgs, IntoKwargs, IntoPython, IntoResult};
pub use globals::Globals;
pub(crate) use guest::enter;
pub(crate) use host_module::NamedModule;
pub use host_module::{Defined, Given, HostArguments, HostCall, HostModule};
pub use memory::{Element, Memory, PyBuffer, View, ViewMut};
pub use object::{PyIterator, PyObject};
pub use options::RunOptions;
pub use python::Python;
pub use serde::{from_value, to_value};

use crate::audit::Permission;
use crate::deadline::TimeLimits;
use crate::engine::Engine;
use crate::error::Error;
use crate::host::InterruptHandle;
use crate::snapshot::image::{Snapshot, snapshot_of};
use crate::sys::SendInterpreter;
use guest::State;

/// A running Python. It is used from one thread at a time, which may be another one each time.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let py = engine.interpreter().start()?;
/// assert_eq!(py.run_python("import math\nmath.gcd(12, 18)")?, pyrun::Value::Int(6));
/// # Ok(())
/// # }
/// ```
///
/// Its memory is given back when it is dropped. Handles ([`PyHandle`]) that are left refer to nothing then.
pub struct Interpreter {
    state: RefCell<State>,
    interrupt: InterruptHandle,
    engine: Engine,
    /// The snapshot that it was started from.
    origin: Option<Snapshot>,
    /// The conversion that is under way.
    conversion: convert::Conversion,
}

impl std::fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state.try_borrow() {
            Err(_) => "in use",
            Ok(state) => match &*state {
                State::Ready(_) => "ready",
                State::Away(_) => "running",
                State::Poisoned(_) => "poisoned",
            },
        };
        f.debug_struct("Interpreter").field("state", &state).finish_non_exhaustive()
    }
}

impl Interpreter {
    fn new(
        interpreter: pyrun_pyodide_loader::Instance,
        interrupt: InterruptHandle,
        engine: Engine,
        origin: Option<Snapshot>,
    ) -> Self {
        let conversion = convert::Conversion::new(&interrupt.account().host_memory());
        Self {
            state: RefCell::new(State::Ready(Box::new(SendInterpreter::new(interpreter)))),
            interrupt,
            engine,
            origin,
            conversion,
        }
    }

    /// Lets `body` make another guest of the one that is there. When it fails, no guest is left.
    fn replace(
        &mut self,
        body: impl FnOnce(&mut pyrun_pyodide_loader::Instance) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let state = self.state.get_mut();
        state.come_home()?;
        let State::Ready(guest) = state else { return Err(Error::Busy) };
        let done = body(guest.interpreter());
        if let Err(error) = &done {
            *state = State::Poisoned(error.to_string());
        }
        done
    }

    /// Takes the interpreter's whole state, from which others start ([`InterpreterBuilder::snapshot`]). This one goes on.
    ///
    /// Host functions are known to those by their names: register the same modules there, or a call of one is a
    /// `RuntimeError`. Handles of this interpreter's are not theirs.
    ///
    /// # Errors
    /// [`Error::Snapshot`] when it holds a file of a granted folder open or works in one; [`Error::Busy`],
    /// [`Error::Poisoned`].
    ///
    /// ```
    /// # let (py, engine) = pyrun::doc::interpreter();
    /// py.run_python("table = {n: n * n for n in range(1000)}")?;
    /// let snapshot = py.snapshot()?;
    /// let other = engine.interpreter().snapshot(&snapshot).start()?;
    /// assert_eq!(other.run_python("table[12]")?, pyrun::Value::Int(144));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let mut state = self.state.try_borrow_mut().map_err(|_| Error::Busy)?;
        state.come_home()?;
        match &mut *state {
            State::Ready(guest) => {
                if let Some(audit) = self.interrupt.account().audit() {
                    audit.allow(Permission::Snapshot, "take", self.engine.release().as_bytes(), None);
                }
                snapshot_of(&self.engine, guest.interpreter())
            }
            State::Away(_) | State::Poisoned(_) => Err(Error::Busy),
        }
    }

    /// Runs `body` inside the guest, and remembers when it must not be entered again.
    fn enter<R>(&self, body: impl FnOnce(&mut ObjectApi<'_>) -> Result<R, RaiseError>) -> Result<R, Error> {
        self.enter_for(TimeLimits::default(), body)
    }

    /// As [`Interpreter::enter`], for no longer than that.
    fn enter_for<R>(
        &self,
        limits: TimeLimits,
        body: impl FnOnce(&mut ObjectApi<'_>) -> Result<R, RaiseError>,
    ) -> Result<R, Error> {
        let mut state = self.state.try_borrow_mut().map_err(|_| Error::Busy)?;
        state.come_home()?;
        let State::Ready(guest) = &mut *state else { return Err(Error::Busy) };
        // What came while nothing ran is not for what runs now.
        self.interrupt.forget();
        let (result, poisoned) = guest.enter(limits, body);
        if let Some(why) = poisoned {
            // The guest goes with its memory at once.
            *state = State::Poisoned(why);
        }
        result
    }

    /// The way in, as a token that is cheap to copy.
    #[must_use]
    pub fn python(&self) -> Python<'_> {
        Python::new(self)
    }

    /// Runs source in `__main__` and gives the value of its last statement, when that is an expression without a semicolon
    /// behind it; else [`Value::None`]. What is no plain value comes as a handle ([`Value::Object`]).
    ///
    /// # Errors
    /// [`Error::Python`] with what it raised, [`Error::SystemExit`], [`Error::Interrupted`]; [`Error::Convert`] when the value
    /// cannot cross; [`Error::Busy`], [`Error::Poisoned`]; else how the guest ended, which poisons the interpreter.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// assert_eq!(py.run_python("x = 6; x * 7")?, pyrun::Value::Int(42));
    /// assert_eq!(py.run_python("x * 7;")?, pyrun::Value::None);
    /// let error = py.run_python("1 / 0").unwrap_err();
    /// assert_eq!(error.to_string(), "ZeroDivisionError: division by zero");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn run_python(&self, source: &str) -> Result<Value, Error> {
        self.python().run_python(source)
    }

    /// As [`Interpreter::run_python`], without converting the value: an object to be called, asked, [extracted](
    /// PyObject::extract).
    ///
    /// # Errors
    /// As [`Interpreter::run_python`].
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let add = py.run("lambda a, b: a + b")?;
    /// assert_eq!(add.call((20, 22))?.extract::<i64>()?, 42);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn run(&self, source: &str) -> Result<PyObject<'_>, Error> {
        self.python().run(source)
    }

    /// As [`Interpreter::run`], with another file name or other variables.
    ///
    /// # Errors
    /// As [`Interpreter::run_python`].
    pub fn run_with(&self, source: &str, options: &RunOptions) -> Result<PyObject<'_>, Error> {
        self.python().run_with(source, options)
    }

    /// As [`Interpreter::run_python`], with the value as a Rust type.
    ///
    /// # Errors
    /// As [`Interpreter::run_python`]; [`Error::Convert`] when the value is of another type.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let squares: Vec<i64> = py.eval("[n * n for n in range(5)]")?;
    /// assert_eq!(squares, [0, 1, 4, 9, 16]);
    /// assert_eq!(py.eval::<f64>("1 / 8")?, 0.125);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn eval<T: FromPython>(&self, source: &str) -> Result<T, Error> {
        self.python().eval(source)
    }

    /// A Python object with this value.
    ///
    /// # Errors
    /// As [`Python::object`].
    pub fn object(&self, value: impl IntoPython) -> Result<PyObject<'_>, Error> {
        self.python().object(value)
    }

    /// A NumPy array of this shape with these elements, in C's order. NumPy must be importable.
    ///
    /// # Errors
    /// As [`Python::array`].
    ///
    /// ```no_run
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let matrix = py.array(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3])?;
    /// let sums: Vec<f64> = matrix.call_method_with("sum", (), [("axis", 0)])?.to_vec()?;
    /// assert_eq!(sums, [5.0, 7.0, 9.0]);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn array<T: Element>(&self, elements: &[T], shape: &[usize]) -> Result<PyObject<'_>, Error> {
        self.python().array(elements, shape)
    }

    /// The bytes of a file of the guest's, by its path there.
    ///
    /// # Errors
    /// [`Error::File`] when there is no such file, or it cannot be read.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// py.write_file("/tmp/in.csv", "a,b\n1,2\n")?;
    /// py.run_python("open('/tmp/out.txt', 'w').write(open('/tmp/in.csv').read().upper())")?;
    /// assert_eq!(py.read_file("/tmp/out.txt")?, b"A,B\n1,2\n");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>, Error> {
        self.python().read_file(path)
    }

    /// Makes or replaces a file of the guest's. The folder must be there.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be written.
    pub fn write_file(&self, path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        self.python().write_file(path, bytes)
    }

    /// Imports a module: `pyimport("numpy.linalg")` is that module, not `numpy`.
    ///
    /// # Errors
    /// [`Error::Python`] with an `ImportError`, or what the module raises.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let math = py.pyimport("math")?;
    /// let root: f64 = math.call_method("sqrt", (2.25,))?.extract()?;
    /// assert_eq!(root, 1.5);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn pyimport(&self, name: &str) -> Result<PyObject<'_>, Error> {
        self.python().pyimport(name)
    }

    /// The variables of `__main__`, in which [`Interpreter::run_python`] works.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// py.globals().set("scale", 3)?;
    /// assert_eq!(py.run_python("scale * 2")?, pyrun::Value::Int(6));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn globals(&self) -> Globals<'_> {
        Globals::new(self.python())
    }

    /// Makes a module of host functions that Python code imports. A name with dots is a module in packages, which are made
    /// where they are not there.
    ///
    /// Registering a name again replaces the module of the host's that has it. A module of Python's own is replaced only when
    /// [`HostModule::replacing`] says so.
    ///
    /// # Errors
    /// [`Error::BadArgument`] for a signature that cannot be parsed, a name that is not one of a module's, or a module of
    /// Python's own.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// py.register_module("host", |m| {
    ///     m.function("lookup(key, default=0)", |key: String, default: i64| -> pyrun::Result<i64> {
    ///         if key == "answer" { Ok(42) } else { Ok(default) }
    ///     })
    /// })?;
    /// let found: Vec<i64> = py.eval("import host; [host.lookup('answer'), host.lookup('x', default=7)]")?;
    /// assert_eq!(found, [42, 7]);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn register_module<R: Defined>(&self, name: &str, define: impl FnOnce(HostModule) -> R) -> Result<(), Error> {
        self.register(&HostModule::define(name, define)?)
    }

    /// Makes a module whose functions are known.
    fn register(&self, module: &NamedModule) -> Result<(), Error> {
        module.check(self.python())?;
        let audit = self.interrupt.account().audit();
        self.enter(|python| module.register(python, audit))
    }

    /// Lends the guest's memory. The interpreter is borrowed as long: nothing runs in it, and its memory does not grow.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`].
    ///
    /// ```
    /// # let (mut py, _) = pyrun::doc::interpreter();
    /// let buffer = py.run("import array; array.array('d', [1, 2, 3])")?.buffer()?;
    /// let mut memory = py.memory()?;
    /// memory.view_mut::<f64>(&buffer)?.as_mut_slice().unwrap()[1] = 20.0;
    /// assert_eq!(memory.view::<f64>(&buffer)?.as_slice(), Some(&[1.0, 20.0, 3.0][..]));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn memory(&mut self) -> Result<Memory<'_>, Error> {
        let state = self.state.get_mut();
        state.come_home()?;
        match state {
            State::Ready(guest) => Memory::lend(guest.interpreter()),
            State::Away(_) | State::Poisoned(_) => Err(Error::Busy),
        }
    }

    /// What interrupts the guest: a `KeyboardInterrupt` in its Python code. It is usable from any thread, and in a signal
    /// handler.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// use pyrun::{Error, Python};
    /// let handle = py.interrupt_handle();
    /// py.register_module("host", |m| {
    ///     m.function("ready", move || {
    ///         let handle = handle.clone();
    ///         std::thread::spawn(move || handle.interrupt());
    ///     })
    /// })?;
    /// let ended = py.run_python("import host; host.ready()\nwhile True: pass");
    /// assert!(matches!(ended, Err(Error::Interrupted(_))));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupt.clone()
    }

    /// Whether the guest has ended, or was cut off in the middle of something, so that nothing can be asked of it any more.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.state.try_borrow().is_ok_and(|state| matches!(&*state, State::Poisoned(_)))
    }
}
