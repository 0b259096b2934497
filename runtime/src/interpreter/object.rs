//! Handles on Python objects.

use pyrun_pyodide_loader::object::{self as core, Handle as PyHandle, ObjectApi, RaiseError, Value};

use super::convert::{FromPython, IntoArgs, IntoKwargs, IntoPython};
use super::memory::{Element, PyBuffer};
use super::python::Python;
use crate::error::Error;

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
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let handle = py.pyimport("math")?.attr("pi")?.into_handle();
    /// let elsewhere = std::thread::spawn(move || handle).join().unwrap();
    /// assert_eq!(py.python().bind(&elsewhere).extract::<f64>()?, std::f64::consts::PI);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn into_handle(self) -> PyHandle {
        self.handle
    }

    /// The way to it.
    #[must_use]
    pub fn python(&self) -> Python<'py> {
        self.py
    }

    pub(super) fn as_object(&self) -> &core::Object {
        self.handle.object()
    }

    /// `object.name`.
    ///
    /// # Errors
    /// [`Error::Python`] with an `AttributeError`, or what else is raised.
    pub fn attr(&self, name: &str) -> Result<PyObject<'py>, Error> {
        self.py.object_of(|python| python.get_attr(self.as_object(), name))
    }

    /// `object.name = value`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn set_attr(&self, name: &str, value: impl IntoPython) -> Result<(), Error> {
        let value = Crossing(value.into_python(self.py)?);
        self.py.enter(|python| {
            let value = python.object(&value.0)?;
            python.set_attr(self.as_object(), name, &value)
        })
    }

    /// `object[key]`.
    ///
    /// # Errors
    /// [`Error::Python`] with a `KeyError`, an `IndexError`, or what else is raised.
    pub fn item(&self, key: impl IntoPython) -> Result<PyObject<'py>, Error> {
        let key = Crossing(key.into_python(self.py)?);
        self.py.object_of(|python| {
            let key = python.object(&key.0)?;
            python.get_item(self.as_object(), &key)
        })
    }

    /// `object[key] = value`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn set_item(&self, key: impl IntoPython, value: impl IntoPython) -> Result<(), Error> {
        let (key, value) = (Crossing(key.into_python(self.py)?), Crossing(value.into_python(self.py)?));
        self.py.enter(|python| {
            let key = python.object(&key.0)?;
            let value = python.object(&value.0)?;
            python.set_item(self.as_object(), &key, &value)
        })
    }

    /// `del object[key]`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn del_item(&self, key: impl IntoPython) -> Result<(), Error> {
        let key = Crossing(key.into_python(self.py)?);
        self.py.enter(|python| {
            let key = python.object(&key.0)?;
            python.del_item(self.as_object(), &key)
        })
    }

    /// `object(*args)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn call(&self, args: impl IntoArgs) -> Result<PyObject<'py>, Error> {
        self.call_with(args, ())
    }

    /// `object(*args, **kwargs)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let sorted = py.pyimport("builtins")?.attr("sorted")?;
    /// let down = sorted.call_with((vec![1, 3, 2],), [("reverse", true)])?;
    /// assert_eq!(down.extract::<Vec<i64>>()?, [3, 2, 1]);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn call_with(&self, args: impl IntoArgs, kwargs: impl IntoKwargs) -> Result<PyObject<'py>, Error> {
        let args: Vec<Crossing> = args.into_args(self.py)?.into_iter().map(Crossing).collect();
        let kwargs = kwargs.into_kwargs(self.py)?;
        self.py.object_of(|python| {
            let (args, kwargs) = (objects(python, &args)?, named(python, &kwargs)?);
            python.call(self.as_object(), &args, &kwargs)
        })
    }

    /// `object.name(*args)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn call_method(&self, name: &str, args: impl IntoArgs) -> Result<PyObject<'py>, Error> {
        self.call_method_with(name, args, ())
    }

    /// `object.name(*args, **kwargs)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn call_method_with(
        &self,
        name: &str,
        args: impl IntoArgs,
        kwargs: impl IntoKwargs,
    ) -> Result<PyObject<'py>, Error> {
        let args: Vec<Crossing> = args.into_args(self.py)?.into_iter().map(Crossing).collect();
        let kwargs = kwargs.into_kwargs(self.py)?;
        self.py.object_of(|python| {
            let (args, kwargs) = (objects(python, &args)?, named(python, &kwargs)?);
            python.call_method(self.as_object(), name, &args, &kwargs)
        })
    }

    /// `iter(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with a `TypeError` when it cannot be iterated.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let squares = py.run("(n * n for n in range(4))")?;
    /// let squares: Vec<i64> = squares.iterate()?.map(|n| n?.extract()).collect::<pyrun::Result<_>>()?;
    /// assert_eq!(squares, [0, 1, 4, 9]);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn iterate(&self) -> Result<PyIterator<'py>, Error> {
        self.py.object_of(|python| python.iter(self.as_object())).map(PyIterator)
    }

    /// `repr(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn repr(&self) -> Result<String, Error> {
        self.py.enter(|python| python.repr(self.as_object()))
    }

    /// `str(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn text(&self) -> Result<String, Error> {
        self.py.enter(|python| python.str(self.as_object()))
    }

    /// `len(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with a `TypeError` when it has no length.
    #[expect(clippy::len_without_is_empty, reason = "Python says that with `bool(object)`")]
    pub fn len(&self) -> Result<usize, Error> {
        self.py.enter(|python| python.len(self.as_object()))
    }

    /// `bool(object)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what is raised.
    pub fn is_true(&self) -> Result<bool, Error> {
        self.py.enter(|python| python.is_true(self.as_object()))
    }

    /// `object is None`; `false` when nothing can be asked.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.py.enter(|python| Ok(python.is_none(self.as_object()))).unwrap_or(false)
    }

    /// `callable(object)`.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`].
    pub fn is_callable(&self) -> Result<bool, Error> {
        self.py.enter(|python| python.is_callable(self.as_object()))
    }

    /// The name of its type, with the module unless that is `builtins` or `__main__`.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`].
    pub fn type_name(&self) -> Result<String, Error> {
        self.py.enter(|python| python.type_name(self.as_object()))
    }

    /// Its value, copied out.
    ///
    /// # Errors
    /// [`Error::Convert`] when something in it cannot cross; [`Error::Limit`] when it does not fit into
    /// [`Limits::host_memory`](crate::Limits::host_memory).
    pub fn value(&self) -> Result<Value, Error> {
        let conversion = self.py.conversion();
        let (value, taken) = self.py.enter(|python| python.value_counted(self.as_object()))?;
        conversion.spend(taken)?;
        Ok(value)
    }

    /// Its value as a Rust type.
    ///
    /// # Errors
    /// [`Error::Convert`] when it is of another type; the error names the place inside the value.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let rows = py.run("[{'name': 'a'}, {'name': 1}]")?;
    /// let error = rows.extract::<Vec<std::collections::HashMap<String, String>>>().unwrap_err();
    /// assert_eq!(error.to_string(), "at [1][\"name\"]: expected str, found int");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn extract<T: FromPython>(&self) -> Result<T, Error> {
        self.py.nested(|| T::from_object(self))
    }

    /// Its value as a type that `serde` can make. It takes what [`PyObject::extract`] takes: NumPy's numbers are numbers,
    /// arrays and iterables are lists; of any other object a struct takes the attributes.
    ///
    /// # Errors
    /// As [`PyObject::extract`].
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// #[derive(serde::Deserialize)]
    /// struct Job { name: String, sizes: Vec<u32> }
    /// let job: Job = py.run("{'name': 'a', 'sizes': range(3)}")?.deserialize()?;
    /// assert_eq!((job.name.as_str(), job.sizes), ("a", vec![0, 1, 2]));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn deserialize<T: ::serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        self.py.nested(|| super::serde::from_value_in(self.value()?, self.py))
    }

    /// The elements of an array or another buffer, copied, in C's order whatever its shape.
    ///
    /// # Errors
    /// [`Error::Python`] with a `TypeError` when it has no buffer; [`Error::BadArgument`] when its elements are not `T`:
    /// [`PyObject::extract`] converts them.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let array = py.run("import array; array.array('d', [1, 2.5])")?;
    /// assert_eq!(array.to_vec::<f64>()?, [1.0, 2.5]);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, Error> {
        let buffer = self.buffer()?;
        // A stride of 0 makes many elements of one.
        let elements = buffer.shape().iter().fold(1_usize, |product, size| product.saturating_mul(*size));
        self.py.conversion().spend(elements.saturating_mul(size_of::<T>()))?;
        self.py.with_memory(|memory| Ok(memory.view::<T>(&buffer)?.to_vec()))?
    }

    /// `hasattr(object, name)`.
    ///
    /// # Errors
    /// [`Error::Python`] with what a property raises.
    pub fn has_attr(&self, name: &str) -> Result<bool, Error> {
        self.ask_builtin("hasattr", name)
    }

    /// `isinstance(object, class)`.
    ///
    /// # Errors
    /// [`Error::Python`] with a `TypeError` when `class` is no class.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let number = py.run("True")?;
    /// assert!(number.is_instance(&py.pyimport("builtins")?.attr("int")?)?);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn is_instance(&self, class: &PyObject<'_>) -> Result<bool, Error> {
        self.ask_builtin("isinstance", class.handle())
    }

    fn ask_builtin(&self, function: &str, about: impl IntoPython) -> Result<bool, Error> {
        self.py.pyimport("builtins")?.call_method(function, (self.handle(), about))?.is_true()
    }

    /// Whether it says how many items it has.
    pub(super) fn is_sized(&self) -> bool {
        self.has_attr("__len__").unwrap_or(false)
    }

    /// Has it lend its memory, if it has the buffer protocol. [`Interpreter::memory`](super::Interpreter::memory) shows it.
    ///
    /// # Errors
    /// [`Error::Python`] with a `TypeError` when it has none to lend.
    pub fn buffer(&self) -> Result<PyBuffer, Error> {
        self.py.enter(|python| python.buffer(self.as_object(), false)).map(PyBuffer::new)
    }
}

fn objects(python: &mut ObjectApi<'_>, values: &[Crossing]) -> Result<Vec<core::Object>, RaiseError> {
    values.iter().map(|value| python.object(&value.0)).collect()
}

/// A value on its way to Python, which is refused when it is too deep, and then dropped without recursion.
pub(super) struct Crossing(pub(super) Value);

impl Drop for Crossing {
    fn drop(&mut self) {
        std::mem::take(&mut self.0).dismantle();
    }
}

/// Names and objects.
type Named<'k> = Vec<(&'k str, core::Object)>;

pub(super) fn named<'k>(python: &mut ObjectApi<'_>, values: &'k [(String, Value)]) -> Result<Named<'k>, RaiseError> {
    values.iter().map(|(name, value)| Ok((name.as_str(), python.object(value)?))).collect()
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
        let next = py.enter(|python| python.next(self.0.as_object()));
        next.map(|item| item.map(|item| PyObject::new(py, item.into()))).transpose()
    }
}
