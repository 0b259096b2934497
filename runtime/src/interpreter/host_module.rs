//! Rust functions as Python builtins.

use std::sync::Arc;

use pyrun_pyodide_loader::object::{
    Arguments, ConvertError, HostFunction, ObjectApi, PySignature, PySignatureError, RaiseError, Step, Value,
};

use super::convert::{FromPython, IntoResult};
use super::object::PyHandle;
use super::python::{HostScope, Python};
use crate::error::Error;

/// A module of host functions that is being put together; see
/// [`Interpreter::register_module`](super::Interpreter::register_module).
#[derive(Debug, Default)]
pub struct HostModule {
    functions: Vec<HostFunction>,
    /// The first signature that was none.
    wrong: Option<Error>,
}

impl HostModule {
    /// Adds a function. `signature` is its name, or its name and parameters as Python writes them:
    /// `"lookup(key, /, default=None, *, strict=False)"`. With a bare name, arguments are taken by position only.
    ///
    /// An `Err` becomes a Python exception: [`Error::raise`] chooses its class, an exception that came from Python is raised
    /// again with its traceback, another error is a `RuntimeError`. A panic is a `SystemError`.
    pub fn function<Args, F: HostCall<Args>>(&mut self, signature: &str, function: F) -> &mut Self {
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
    pub fn function_with_python<A, R, F>(&mut self, signature: &str, function: F) -> &mut Self
    where
        A: HostArguments,
        R: IntoResult,
        F: Fn(Python<'_>, A) -> R + Send + Sync + 'static,
    {
        self.add(signature, A::COUNT, move |py, values| {
            let args = A::take(values)?;
            function(py, args).into_result()
        })
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
    pub fn function_with_values<F>(&mut self, signature: &str, function: F) -> &mut Self
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
        PySignature::parse_named(signature).map(drop).map_err(|error| Error::BadArgument(error.to_string()))
    }

    fn add(
        &mut self,
        signature: &str,
        count: usize,
        function: impl Fn(Python<'_>, &Given<'_, '_>) -> Result<Value, Error> + Send + Sync + 'static,
    ) -> &mut Self {
        self.add_parsed(PySignature::parse(signature, count), function)
    }

    fn add_parsed(
        &mut self,
        signature: Result<PySignature, PySignatureError>,
        function: impl Fn(Python<'_>, &Given<'_, '_>) -> Result<Value, Error> + Send + Sync + 'static,
    ) -> &mut Self {
        match signature {
            Ok(signature) => {
                let body = Arc::new(move |python: &mut ObjectApi<'_>, arguments: &Arguments<'_>| {
                    call(python, arguments, &function)
                });
                self.functions.push(HostFunction { signature, body });
            }
            Err(error) => drop(self.wrong.get_or_insert(Error::BadArgument(error.to_string()))),
        }
        self
    }

    pub(super) fn finish(self) -> Result<Vec<HostFunction>, Error> {
        match self.wrong {
            Some(error) => Err(error),
            None => Ok(self.functions),
        }
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

/// What a host function's error is to Python.
fn for_python(error: Error) -> RaiseError {
    match error {
        Error::Python(error) | Error::Interrupted(error) => RaiseError::RaiseAgain(error.object),
        Error::Raise { class, message } => RaiseError::Raise { class, message },
        Error::Convert(error) => RaiseError::raise("TypeError", error.to_string()),
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
        if T::HOLDS_OBJECT {
            let object = self.py.enter(|python| self.arguments.object(python, index))?;
            if let Some(itself) = T::from_handle(&PyHandle::from(object)) {
                return Ok(itself);
            }
        }
        let value = self.py.enter(|python| self.arguments.value(python, index));
        let value = value.map_err(|error| argument_error(error, index))?;
        self.py.convert(value).map_err(|error| argument_error(error, index))
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
                self($($(given.take::<$ty>($at)?),+)?).into_result()
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
