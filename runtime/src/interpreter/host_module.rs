//! Rust functions as Python builtins.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use pyrun_pyodide_loader::object::{
    Arguments, ConvertError, HostFunction, ObjectApi, PySignature, PySignatureError, RaiseError, Step, Value,
};

use super::convert::{FromPython, IntoResult};
use super::object::PyObject;
use super::python::{HostScope, Python};
use crate::audit::{Audit, Permission};
use crate::deadline::TimedOut;
use crate::error::{ArgumentError, Error};

/// A module of host functions that is being put together; see
/// [`Interpreter::register_module`](super::Interpreter::register_module). Clones are the same module, so functions can be
/// added one behind the other or in statements of their own.
#[derive(Clone, Debug, Default)]
pub struct HostModule(Rc<RefCell<Definition>>);

#[derive(Debug, Default)]
struct Definition {
    functions: Vec<HostFunction>,
    replaces: bool,
    /// The first signature that cannot be parsed.
    wrong: Option<ArgumentError>,
}

/// What a closure that defines a module returns: the module, or nothing.
#[diagnostic::on_unimplemented(
    message = "a closure that defines a module returns `()` or the module, not `{Self}`",
    note = "end it with a semicolon, or with the last `m.function(…)`"
)]
pub trait Defined: sealed::Sealed {}

impl Defined for () {}
impl Defined for HostModule {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl Sealed for super::HostModule {}
}

/// A module of host functions with its name, ready to be registered in any interpreter.
#[derive(Clone, Debug)]
pub(crate) struct NamedModule {
    name: String,
    functions: Vec<HostFunction>,
    replaces: bool,
}

impl HostModule {
    /// Adds a function. `signature` is its name, or its name and parameters as Python writes them:
    /// `"lookup(key, /, default=None, *, strict=False)"`. With a bare name, arguments are taken by position only.
    ///
    /// An `Err` becomes a Python exception: [`Error::raise`] chooses its class, an exception that came from Python is raised
    /// again with its traceback, another error, of whatever type, is a `RuntimeError` with its text and its causes'. A panic
    /// is a `SystemError`.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// py.register_module("host", |m| {
    ///     m.function("number", |text: String| text.trim().parse::<u32>());
    ///     m.function("half", |n: u32| if n % 2 == 0 { Ok(n / 2) } else { Err("an odd number") });
    /// })?;
    /// assert_eq!(py.eval::<u32>("import host; host.half(host.number(' 12 '))")?, 6);
    /// let error = py.run("host.number('x')").unwrap_err();
    /// assert_eq!(error.to_string(), "RuntimeError: invalid digit found in string");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn function<Args, F: HostCall<Args>>(&self, signature: &str, function: F) -> Self {
        self.add(signature, F::COUNT, move |_, values| function.call(values))
    }

    /// As [`HostModule::function`], for a function that itself uses Python: it gets the way back in before its arguments.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// use pyrun::{PyHandle, Python};
    /// py.register_module("host", |m| {
    ///     m.function_with_python("twice", |py: Python<'_>, (f, x): (PyHandle, i64)| -> pyrun::Result<i64> {
    ///         let once: i64 = py.bind(&f).call((x,))?.extract()?;
    ///         py.bind(&f).call((once,))?.extract()
    ///     })
    /// })?;
    /// assert_eq!(py.run_python("import host; host.twice(lambda n: n * 10, 3)")?, pyrun::Value::Int(300));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn function_with_python<A, R, F>(&self, signature: &str, function: F) -> Self
    where
        A: HostArguments,
        R: IntoResult,
        F: Fn(Python<'_>, A) -> R + Send + Sync + 'static,
    {
        self.add(signature, A::COUNT, move |py, values| {
            let args = A::take(values)?;
            function(py, args).into_result(py)
        })
    }

    /// Lets the module take the place of one of Python's own, such as `webbrowser`.
    pub fn replacing(&self) -> Self {
        self.0.borrow_mut().replaces = true;
        self.clone()
    }

    /// As [`HostModule::function_with_python`], for a function whose parameters are known to its signature alone: it gets a
    /// value for each, in their order. The signature has parentheses.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// py.register_module("host", |m| {
    ///     m.function_with_values("last(a, b=0, *, c=None)", |_, mut values| Ok(values.pop().unwrap_or_default()))
    /// })?;
    /// assert_eq!(py.run_python("import host; host.last(1, c=7)")?, pyrun::Value::Int(7));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn function_with_values<F>(&self, signature: &str, function: F) -> Self
    where
        F: Fn(Python<'_>, Vec<Value>) -> Result<Value, Error> + Send + Sync + 'static,
    {
        let parsed = PySignature::parse_named(signature);
        let count = parsed.as_ref().map_or(0, |signature| signature.parameters.len());
        self.add_parsed(parsed, move |py, given| {
            function(py, (0..count).map(|index| given.take(index)).collect::<Result<_, _>>()?)
        })
    }

    /// Whether [`HostModule::function_with_values`] takes this signature.
    ///
    /// # Errors
    /// [`Error::BadArgument`] for what is no signature.
    pub fn check_signature(signature: &str) -> Result<(), Error> {
        PySignature::parse_named(signature)
            .map(drop)
            .map_err(|error| ArgumentError::Signature(error.to_string()).into())
    }

    fn add(
        &self,
        signature: &str,
        count: usize,
        function: impl Fn(Python<'_>, &Given<'_, '_>) -> Result<Value, Error> + Send + Sync + 'static,
    ) -> Self {
        self.add_parsed(PySignature::parse(signature, count), function)
    }

    fn add_parsed(
        &self,
        signature: Result<PySignature, PySignatureError>,
        function: impl Fn(Python<'_>, &Given<'_, '_>) -> Result<Value, Error> + Send + Sync + 'static,
    ) -> Self {
        let mut definition = self.0.borrow_mut();
        match signature {
            Ok(signature) => {
                let body = Arc::new(move |python: &mut ObjectApi<'_>, arguments: &Arguments<'_>| {
                    call(python, arguments, &function)
                });
                definition.functions.push(HostFunction { signature, body });
            }
            Err(error) => {
                definition.wrong.get_or_insert(ArgumentError::Signature(error.to_string()));
            }
        }
        drop(definition);
        self.clone()
    }

    /// Has a module defined. Its name is checked where it is registered.
    pub(crate) fn define<R>(name: &str, define: impl FnOnce(Self) -> R) -> Result<NamedModule, Error> {
        let is_name = |part: &str| {
            let mut characters = part.chars();
            let first = characters.next().is_some_and(|first| first == '_' || first.is_alphabetic());
            first && characters.all(|c| c == '_' || c.is_alphanumeric())
        };
        if !name.split('.').all(is_name) {
            let why = "it is no name that an import statement can have";
            return Err(ArgumentError::ModuleName { name: name.to_owned(), why }.into());
        }
        let module = Self::default();
        define(module.clone());
        let Definition { functions, replaces, wrong } = module.0.take();
        match wrong {
            Some(error) => Err(error.into()),
            None => Ok(NamedModule { name: name.to_owned(), functions, replaces }),
        }
    }
}

impl NamedModule {
    /// Refuses to take the place of a module of Python's own, unless that is asked for; and a function that the interpreter's
    /// snapshot has with other parameters.
    pub(super) fn check(&self, py: Python<'_>) -> Result<(), Error> {
        let changed = py.enter(|python| python.changed_function(&self.name, &self.functions))?;
        if let Some(HostFunction { signature, .. }) = changed {
            let (module, name) = (&self.name, &signature.name);
            let why = format!(
                "the snapshot knows {module}.{name} with other parameters or other defaults: give it as it was, or take the snapshot again"
            );
            return Err(ArgumentError::Signature(why).into());
        }
        if self.replaces {
            return Ok(());
        }
        let root = self.name.split('.').next().unwrap_or_default();
        let sys = py.pyimport("sys")?;
        let own = sys.attr("stdlib_module_names")?.call_method("__contains__", (root,))?.is_true()?;
        let refuse = |why| Err(ArgumentError::ModuleName { name: self.name.clone(), why }.into());
        if own {
            return refuse("it is a module of Python's own; `replacing()` takes its place");
        }
        let loaded = sys.attr("modules")?.call_method("__contains__", (self.name.as_str(),))?.is_true()?;
        if loaded && !py.enter(|python| python.is_host_module(&self.name))? {
            return refuse("a module of that name is loaded; `replacing()` takes its place");
        }
        Ok(())
    }

    /// Makes the module. Who is told of calls is told of each function.
    pub(super) fn register(&self, python: &mut ObjectApi<'_>, audit: Option<&Arc<Audit>>) -> Result<(), RaiseError> {
        let functions = self.functions.iter().map(|function| match audit {
            Some(audit) => self.told(function, audit),
            None => function.clone(),
        });
        python.register_module(&self.name, functions.collect()).map(drop)
    }

    /// A function of which each call is told.
    fn told(&self, function: &HostFunction, audit: &Arc<Audit>) -> HostFunction {
        let name = format!("{}.{}", self.name, function.signature.name);
        audit.allow(Permission::Host, "register", name.as_bytes(), None);
        let (audit, called) = (audit.clone(), function.body.clone());
        let body = Arc::new(move |python: &mut ObjectApi<'_>, arguments: &Arguments<'_>| {
            audit.allow(Permission::Host, "call", name.as_bytes(), None);
            called(python, arguments)
        });
        HostFunction { signature: function.signature.clone(), body }
    }
}

fn call(
    python: &mut ObjectApi<'_>,
    arguments: &Arguments<'_>,
    function: &dyn Fn(Python<'_>, &Given<'_, '_>) -> Result<Value, Error>,
) -> Result<Value, RaiseError> {
    let scope = HostScope::new(python);
    let py = Python::new(&scope);
    let result = function(py, &Given { py, arguments });
    match scope.into_ended() {
        Some(trap) => Err(trap.into()),
        None => result.map_err(for_python),
    }
}

impl Error {
    /// The error of a host function: one of ours as it is, another one with its causes as a `RuntimeError`.
    pub(crate) fn of_host_function(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        let error = match error.downcast::<Error>() {
            Ok(own) => return *own,
            Err(error) => error,
        };
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        Self::raise("RuntimeError", text)
    }
}

/// What a host function's error is to Python.
fn for_python(error: Error) -> RaiseError {
    match error {
        Error::Python(error) | Error::Interrupted(error) => RaiseError::RaiseAgain(error.object),
        Error::TimedOut(TimedOut { exception: Some(error), .. }) => RaiseError::RaiseAgain(error.object),
        Error::Raise { class, message } => RaiseError::Raise { class, message },
        Error::Convert(error) => RaiseError::raise("TypeError", error.to_string()),
        Error::Limit { which: "host-memory", .. } => RaiseError::raise("MemoryError", error.to_string()),
        Error::SystemExit { message: Some(message), .. } => RaiseError::raise("SystemExit", message),
        Error::SystemExit { status, .. } => RaiseError::Exit(status),
        other => RaiseError::raise("RuntimeError", other.to_string()),
    }
}

/// The arguments of one call, and the way to ask about them.
#[derive(Debug)]
pub struct Given<'py, 'c> {
    py: Python<'py>,
    arguments: &'c Arguments<'c>,
}

impl Given<'_, '_> {
    /// One argument as a Rust type.
    fn take<T: FromPython>(&self, index: usize) -> Result<T, Error> {
        let conversion = self.py.conversion();
        let taken = self.py.nested(|| {
            let taken = if T::BY_OBJECT {
                let object = self.py.object_of(|python| self.arguments.object(python, index));
                object.and_then(|object: PyObject<'_>| object.extract())
            } else {
                let (value, bytes) = self.py.enter(|python| self.arguments.value_counted(python, index))?;
                conversion.spend(bytes)?;
                self.py.nested(|| T::from_value(value, self.py))
            };
            conversion.retain();
            taken
        });
        taken.map_err(|error| argument_error(error, index))
    }
}

/// Says which argument it is about.
fn argument_error(error: Error, index: usize) -> Error {
    let Error::Convert(ConvertError { path, why, .. }) = error else { return error };
    let place: String = path.iter().map(Step::to_string).collect();
    let inside = if place.is_empty() { String::new() } else { format!(", at {place}") };
    Error::raise("TypeError", format!("argument {}{inside}: {why}", index + 1))
}

/// A Rust function or closure that Python can call: of up to six arguments that are [`FromPython`], with a result that is
/// [`IntoResult`]. `Args` tells functions of different numbers of arguments apart.
#[diagnostic::on_unimplemented(
    message = "this function cannot be called from Python",
    label = "not a host function",
    note = "it is a `Fn` of up to six arguments that are `FromPython`, with their types written out: `|n: i64| n + 1`",
    note = "its result is `IntoPython`, or a `Result` of something that is",
    note = "it is `Send + Sync + 'static`: `move` what it uses, and share what it changes by an `Arc<Mutex<…>>`"
)]
pub trait HostCall<Args>: Send + Sync + 'static {
    /// How many arguments it takes.
    const COUNT: usize;

    /// Calls it.
    ///
    /// # Errors
    /// Arguments of other types, or the function's own.
    fn call(&self, given: &Given<'_, '_>) -> Result<Value, Error>;
}

/// Arguments of a function that uses Python, as a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of arguments",
    note = "one argument is `(x,): (T,)`, none is `(): ()`; each is `FromPython`"
)]
pub trait HostArguments: Sized {
    /// How many there are.
    const COUNT: usize;

    /// Takes them.
    ///
    /// # Errors
    /// Arguments of other types.
    fn take(given: &Given<'_, '_>) -> Result<Self, Error>;
}

macro_rules! host_calls {
    ($(($count:literal $(: $($ty:ident $at:literal),+)?))*) => {$(
        impl<Fun, Out, $($($ty),+)?> HostCall<($($($ty,)+)?)> for Fun
        where
            Fun: Fn($($($ty),+)?) -> Out + Send + Sync + 'static,
            Out: IntoResult,
            $($($ty: FromPython,)+)?
        {
            const COUNT: usize = $count;

            fn call(&self, given: &Given<'_, '_>) -> Result<Value, Error> {
                let _ = given;
                self($($(given.take::<$ty>($at)?),+)?).into_result(given.py)
            }
        }

        impl<$($($ty: FromPython),+)?> HostArguments for ($($($ty,)+)?) {
            const COUNT: usize = $count;

            fn take(given: &Given<'_, '_>) -> Result<Self, Error> {
                let _ = given;
                Ok(($($(given.take::<$ty>($at)?,)+)?))
            }
        }
    )*};
}
host_calls! {
    (0) (1: A 0) (2: A 0, B 1) (3: A 0, B 1, C 2) (4: A 0, B 1, C 2, D 3) (5: A 0, B 1, C 2, D 3, E 4)
    (6: A 0, B 1, C 2, D 3, E 4, F 5)
}
