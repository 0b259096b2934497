//! Handles on Python objects.

use pyrun_pyodide_loader::object::{self as core, ObjectApi, RaiseError, Value};

use super::convert::{FromPython, IntoArgs, IntoValue};
use super::memory::PyBuffer;
use super::python::Python;
use crate::error::Error;

/// A Python object, apart from the way to it: it can be kept, sent to other threads, and dropped anywhere. The guest may
/// free the object when the last clone is gone and the interpreter is next used.
///
/// It is used through the interpreter that it came from; another one refuses it.
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// let handle = py.pyimport("math")?.attr("pi")?.into_handle();
/// let elsewhere = std::thread::spawn(move || handle).join().unwrap();
/// assert_eq!(py.python().bind(&elsewhere).extract::<f64>()?, std::f64::consts::PI);
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PyHandle(core::Handle);

impl PyHandle {
    pub(super) fn as_core(&self) -> &core::Handle {
        &self.0
    }
}

impl From<core::Object> for PyHandle {
    fn from(object: core::Object) -> Self {
        Self(object.into())
    }
}

impl From<core::Handle> for PyHandle {
    fn from(handle: core::Handle) -> Self {
        Self(handle)
    }
}

impl From<PyHandle> for Value {
    fn from(handle: PyHandle) -> Self {
        Value::Object(handle.0)
    }
}

/// A Python object, and the way to it.
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// let fractions = py.pyimport("fractions")?;
/// let half = fractions.attr("Fraction")?.call((1, 2))?;
/// assert_eq!(half.repr()?, "Fraction(1, 2)");
/// assert_eq!(half.attr("denominator")?.extract::<i64>()?, 2);
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PyObject<'py> {
    py: Python<'py>,
    handle: PyHandle,
}

impl<'py> PyObject<'py> {
    pub(super) fn new(py: Python<'py>, handle: PyHandle) -> Self {
        Self { py, handle }
    }

    /// The object without the way to it.
    #[must_use]
    pub fn handle(&self) -> &PyHandle {
        &self.handle
    }

    /// As [`PyObject::handle`], for keeping.
    #[must_use]
    pub fn into_handle(self) -> PyHandle {
        self.handle
    }

    /// The way to it.
    #[must_use]
    pub fn python(&self) -> Python<'py> {
        self.py
    }

    fn object(&self) -> &core::Object {
        self.handle.as_core().object()
    }

    /// `object.name`.
    ///
    /// # Errors
    /// [`Error::Python`] with an `AttributeError`, or what else is raised.
    pub fn attr(&self, name: &str) -> Result<PyObject<'py>, Error> {
        self.py.object_of(|python| python.get_attr(self.object(), name))
    }

    /// `object.name = value`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn set_attr(&self, name: &str, value: impl IntoValue) -> Result<(), Error> {
        let value = value.into_value();
        self.py.enter(|python| {
            let value = python.object(&value)?;
            python.set_attr(self.object(), name, &value)
        })
    }

    /// `object[key]`.
    ///
    /// # Errors
    /// [`Error::Python`] with a `KeyError`, an `IndexError`, or what else is raised.
    pub fn item(&self, key: impl IntoValue) -> Result<PyObject<'py>, Error> {
        let key = key.into_value();
        self.py.object_of(|python| {
            let key = python.object(&key)?;
            python.get_item(self.object(), &key)
        })
    }

    /// `object[key] = value`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn set_item(&self, key: impl IntoValue, value: impl IntoValue) -> Result<(), Error> {
        let (key, value) = (key.into_value(), value.into_value());
        self.py.enter(|python| {
            let key = python.object(&key)?;
            let value = python.object(&value)?;
            python.set_item(self.object(), &key, &value)
        })
    }

    /// `del object[key]`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn del_item(&self, key: impl IntoValue) -> Result<(), Error> {
        let key = key.into_value();
        self.py.enter(|python| {
            let key = python.object(&key)?;
            python.del_item(self.object(), &key)
        })
    }

    /// `object(*args)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn call(&self, args: impl IntoArgs) -> Result<PyObject<'py>, Error> {
        self.call_with(args, &[])
    }

    /// `object(*args, **kwargs)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let sorted = py.pyimport("builtins")?.attr("sorted")?;
    /// let down = sorted.call_with((vec![1, 3, 2],), &[("reverse", true.into())])?;
    /// assert_eq!(down.extract::<Vec<i64>>()?, [3, 2, 1]);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn call_with(&self, args: impl IntoArgs, kwargs: &[(&str, Value)]) -> Result<PyObject<'py>, Error> {
        let args = args.into_args();
        self.py.object_of(|python| {
            let (args, kwargs) = (objects(python, &args)?, named(python, kwargs)?);
            python.call(self.object(), &args, &kwargs)
        })
    }

    /// `object.name(*args)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn call_method(&self, name: &str, args: impl IntoArgs) -> Result<PyObject<'py>, Error> {
        self.call_method_with(name, args, &[])
    }

    /// `object.name(*args, **kwargs)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn call_method_with(
        &self,
        name: &str,
        args: impl IntoArgs,
        kwargs: &[(&str, Value)],
    ) -> Result<PyObject<'py>, Error> {
        let args = args.into_args();
        self.py.object_of(|python| {
            let (args, kwargs) = (objects(python, &args)?, named(python, kwargs)?);
            python.call_method(self.object(), name, &args, &kwargs)
        })
    }

    /// `iter(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with a `TypeError` when it cannot be iterated.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let squares = py.run("(n * n for n in range(4))", &Default::default())?;
    /// let squares: Vec<i64> = squares.iterate()?.map(|n| n?.extract()).collect::<pyrun::Result<_>>()?;
    /// assert_eq!(squares, [0, 1, 4, 9]);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn iterate(&self) -> Result<PyIterator<'py>, Error> {
        self.py.object_of(|python| python.iter(self.object())).map(PyIterator)
    }

    /// `repr(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn repr(&self) -> Result<String, Error> {
        self.py.enter(|python| python.repr(self.object()))
    }

    /// `str(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn text(&self) -> Result<String, Error> {
        self.py.enter(|python| python.str(self.object()))
    }

    /// `len(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with a `TypeError` when it has no length.
    #[expect(clippy::len_without_is_empty, reason = "Python says that with `bool(object)`")]
    pub fn len(&self) -> Result<usize, Error> {
        self.py.enter(|python| python.len(self.object()))
    }

    /// `bool(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn is_true(&self) -> Result<bool, Error> {
        self.py.enter(|python| python.is_true(self.object()))
    }

    /// `object is None`; `false` when nothing can be asked.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.py.enter(|python| Ok(python.is_none(self.object()))).unwrap_or(false)
    }

    /// `callable(object)`.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`].
    pub fn is_callable(&self) -> Result<bool, Error> {
        self.py.enter(|python| python.is_callable(self.object()))
    }

    /// The name of its type, with the module unless that is `builtins` or `__main__`.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`].
    pub fn type_name(&self) -> Result<String, Error> {
        self.py.enter(|python| python.type_name(self.object()))
    }

    /// Its value, copied out.
    ///
    /// # Errors
    /// [`Error::Convert`] when something in it cannot cross.
    pub fn value(&self) -> Result<Value, Error> {
        self.py.enter(|python| python.value(self.object()))
    }

    /// Its value as a Rust type.
    ///
    /// # Errors
    /// [`Error::Convert`] when it is of another type; the error names the place inside the value.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let rows = py.run("[{'name': 'a'}, {'name': 1}]", &Default::default())?;
    /// let error = rows.extract::<Vec<std::collections::HashMap<String, String>>>().unwrap_err();
    /// assert_eq!(error.to_string(), "at [1][\"name\"]: expected str, found int");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn extract<T: FromPython>(&self) -> Result<T, Error> {
        if let Some(itself) = T::from_handle(&self.handle) {
            return Ok(itself);
        }
        let value = self.value()?;
        self.py.convert(value)
    }

    /// Its value as a type that `serde` can make.
    ///
    /// # Errors
    /// As [`PyObject::extract`].
    pub fn deserialize<T: ::serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        super::from_value(self.value()?)
    }

    /// Has it lend its memory, if it has the buffer protocol. [`Interpreter::memory`](super::Interpreter::memory) shows it.
    ///
    /// # Errors
    /// [`Error::Python`] with a `TypeError` when it has none to lend.
    pub fn buffer(&self) -> Result<PyBuffer, Error> {
        self.py.enter(|python| python.buffer(self.object(), false)).map(PyBuffer::new)
    }
}

fn objects(python: &mut ObjectApi<'_>, values: &[Value]) -> Result<Vec<core::Object>, RaiseError> {
    values.iter().map(|value| python.object(value)).collect()
}

/// Names and objects.
type Named<'k> = Vec<(&'k str, core::Object)>;

fn named<'k>(python: &mut ObjectApi<'_>, values: &[(&'k str, Value)]) -> Result<Named<'k>, RaiseError> {
    values.iter().map(|(name, value)| Ok((*name, python.object(value)?))).collect()
}

/// The items of a Python iterator. After an error it goes on, as Python's own may.
#[derive(Clone, Debug)]
pub struct PyIterator<'py>(PyObject<'py>);

impl<'py> PyIterator<'py> {
    /// The items of an object that is an iterator already, such as one that [`PyIterator::into_handle`] gave.
    pub fn of(iterator: PyObject<'py>) -> Self {
        Self(iterator)
    }

    /// The iterator, for keeping.
    #[must_use]
    pub fn into_handle(self) -> PyHandle {
        self.0.into_handle()
    }
}

impl<'py> Iterator for PyIterator<'py> {
    type Item = Result<PyObject<'py>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let py = self.0.py;
        let next = py.enter(|python| python.next(self.0.object()));
        next.map(|item| item.map(|item| PyObject::new(py, item.into()))).transpose()
    }
}
