//! Between Rust types and Python objects: one file per kind of type, as in PyO3's `conversions`.
//!
//! Out of Python a type is made from the object itself ([`FromPython::from_object`]) where that tells more than a copied
//! value or is faster: numbers are read from where they lie. The others are made from a [`Value`], which the object layer
//! reads many of in one look at memory.

mod bytes;
mod foreign;
mod map;
mod number;
mod object;
mod option;
mod path;
mod scope;
mod sequence;
mod set;
mod text;
mod time;
mod tuple;

use pyrun_pyodide_loader::object::Value;

pub use bytes::Bytes;
pub use foreign::Decimal;
pub(super) use foreign::simplify;
pub(crate) use scope::Conversion;

use super::object::PyObject;
use super::python::Python;
use crate::error::Error;

/// A Rust value that becomes a Python object.
///
/// | Rust | Python |
/// |---|---|
/// | `()`, `None` | `None` |
/// | `bool`, integers, floats, [`BigInt`](crate::BigInt) | `bool`, `int`, `float`, `int` |
/// | `&str`, `String`, `char`, `Cow<str>`, paths | `str` |
/// | [`Bytes`], `Cow<[u8]>` | `bytes` |
/// | `Vec`, arrays, slices | `list` |
/// | tuples | `tuple` |
/// | `HashMap`, `BTreeMap` | `dict` |
/// | `HashSet`, `BTreeSet` | `set` |
/// | [`Date`](crate::Date), [`Time`](crate::Time), [`DateTime`](crate::DateTime), [`TimeDelta`](crate::TimeDelta), `Duration` | those of `datetime` |
/// | [`Decimal`] | `decimal.Decimal` |
/// | [`PyHandle`](crate::PyHandle), [`PyObject`] | the object |
/// | a type that derives `IntoPython` | a `dict`, a `tuple`, a `str` |
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// #[derive(pyrun::IntoPython)]
/// struct Point { x: i64, y: f64 }
/// py.globals().set("p", Point { x: 1, y: 2.5 })?;
/// assert_eq!(py.run("p")?.repr()?, "{'x': 1, 'y': 2.5}");
/// # Ok::<(), pyrun::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become a Python object",
    label = "not `IntoPython`",
    note = "for a struct or enum of your own: `#[derive(pyrun::IntoPython)]`",
    note = "for a type with `serde::Serialize`: `pyrun::to_value(&it)?`",
    note = "for bytes: `pyrun::Bytes`"
)]
pub trait IntoPython {
    /// The value. `py` makes objects that are no plain values.
    ///
    /// # Errors
    /// What making such an object raises.
    fn into_python(self, py: Python<'_>) -> Result<Value, Error>;
}

/// A Rust value that a Python object becomes.
///
/// | Rust | from Python |
/// |---|---|
/// | integers | `int`, and what has `__index__`, such as NumPy's integers |
/// | floats | `float`, `int`, and what has `__float__` |
/// | `bool` | `bool`, `numpy.bool` |
/// | `String`, `char` | `str` |
/// | `PathBuf` | `str`, and what has `__fspath__` |
/// | [`Bytes`] | `bytes`, `bytearray`, any buffer of bytes |
/// | `Vec<T>`, `[T; N]` | a list, a tuple, a set, an array or another buffer of one axis, anything that can be iterated but `str` and `dict` |
/// | tuples | sequences of that length |
/// | maps | `dict` and other mappings |
/// | sets | what a `Vec` takes |
/// | `Option<T>` | `None`, or what `T` takes |
/// | [`Date`](crate::Date), [`DateTime`](crate::DateTime), … | those of `datetime` and their subclasses |
/// | [`Decimal`] | `decimal.Decimal`, `int`, and a `str` |
/// | [`PyHandle`](crate::PyHandle) | the object itself, whatever it is |
/// | a type that derives `FromPython` | a `dict`, or an object with these attributes |
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// #[derive(pyrun::FromPython, Debug, PartialEq)]
/// struct Point { x: i64, y: f64 }
/// let points: Vec<Point> = py.eval("[{'x': 1, 'y': 2.5}, {'x': 3, 'y': 4}]")?;
/// assert_eq!(points[1], Point { x: 3, y: 4.0 });
/// let (name, numbers): (String, Vec<u8>) = py.eval("('a', range(3))")?;
/// assert_eq!((name.as_str(), numbers), ("a", vec![0, 1, 2]));
/// # Ok::<(), pyrun::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a Python object does not become a `{Self}`",
    label = "not `FromPython`",
    note = "for a struct or enum of your own: `#[derive(pyrun::FromPython)]`",
    note = "for a type with `serde::Deserialize`: `object.deserialize::<It>()`, or `pyrun::from_value`",
    note = "a host function takes its arguments by value: `String`, not `&str`; `Vec<T>`, not `&[T]`"
)]
pub trait FromPython: Sized {
    /// Makes it of a value that was copied out. What is no plain value is a [`Value::Object`], which `py` can be asked about.
    ///
    /// # Errors
    /// [`Error::Convert`] when it is of another type or out of range; what Python raises when it is asked.
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error>;

    /// Makes it of the object itself.
    ///
    /// # Errors
    /// As [`FromPython::from_value`].
    fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
        Self::from_value(object.value()?, object.python())
    }

    /// Whether the object tells more than its copied value, so that containers hand it on. `false` unless it is set.
    const BY_OBJECT: bool = false;

    /// All elements of an object at once, for types that lie in memory as numbers; `None` when they do not lie there so.
    ///
    /// # Errors
    /// As [`FromPython::from_value`].
    #[doc(hidden)]
    fn all_of(object: &PyObject<'_>) -> Result<Option<Vec<Self>>, Error> {
        let _ = object;
        Ok(None)
    }
}

/// Arguments by position: a tuple of up to eight, or a `Vec` of values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of arguments",
    label = "not `IntoArgs`",
    note = "one argument is `(x,)`, none is `()`"
)]
pub trait IntoArgs {
    /// Each one's value.
    ///
    /// # Errors
    /// As [`IntoPython::into_python`].
    fn into_args(self, py: Python<'_>) -> Result<Vec<Value>, Error>;
}

/// Arguments by name: an array, slice or `Vec` of pairs of a name and a value, or a tuple of pairs of several types.
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// let print = py.pyimport("builtins")?.attr("print")?;
/// print.call_with((1, 2), [("sep", "-")])?;
/// print.call_with((1, 2), (("sep", "-"), ("flush", true)))?;
/// # Ok::<(), pyrun::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of arguments by name",
    label = "not `IntoKwargs`",
    note = "give pairs: `[(\"axis\", 0)]`, or `((\"axis\", 0), (\"keepdims\", true))`"
)]
pub trait IntoKwargs {
    /// Names and values.
    ///
    /// # Errors
    /// As [`IntoPython::into_python`].
    fn into_kwargs(self, py: Python<'_>) -> Result<Vec<(String, Value)>, Error>;
}

/// What a host function may return: a value, or a `Result` of one. Its error may be an [`Error`], any other error type, or a
/// text: see [`HostModule::function`](crate::HostModule::function).
#[diagnostic::on_unimplemented(
    message = "a host function cannot return `{Self}`",
    label = "neither `IntoPython` nor a `Result` of something that is",
    note = "the error of a `Result` is `pyrun::Error`, any error that is `Send + Sync`, `String` or `&str`"
)]
pub trait IntoResult {
    /// The result.
    ///
    /// # Errors
    /// The function's own.
    fn into_result(self, py: Python<'_>) -> Result<Value, Error>;
}

impl<T: IntoPython> IntoResult for T {
    fn into_result(self, py: Python<'_>) -> Result<Value, Error> {
        self.into_python(py)
    }
}

impl<T: IntoPython, E: Into<Box<dyn std::error::Error + Send + Sync>>> IntoResult for Result<T, E> {
    fn into_result(self, py: Python<'_>) -> Result<Value, Error> {
        match self {
            Ok(value) => value.into_python(py),
            Err(error) => Err(Error::of_host_function(error.into())),
        }
    }
}

impl IntoArgs for Vec<Value> {
    fn into_args(self, _: Python<'_>) -> Result<Vec<Value>, Error> {
        Ok(self)
    }
}

impl<V: IntoPython, const N: usize> IntoKwargs for [(&str, V); N] {
    fn into_kwargs(self, py: Python<'_>) -> Result<Vec<(String, Value)>, Error> {
        self.into_iter().map(|(name, value)| Ok((name.to_owned(), value.into_python(py)?))).collect()
    }
}

impl<V: IntoPython + Clone> IntoKwargs for &[(&str, V)] {
    fn into_kwargs(self, py: Python<'_>) -> Result<Vec<(String, Value)>, Error> {
        self.iter().map(|(name, value)| Ok(((*name).to_owned(), value.clone().into_python(py)?))).collect()
    }
}

impl<V: IntoPython + Clone, const N: usize> IntoKwargs for &[(&str, V); N] {
    fn into_kwargs(self, py: Python<'_>) -> Result<Vec<(String, Value)>, Error> {
        self.as_slice().into_kwargs(py)
    }
}

impl<N: Into<String>, V: IntoPython> IntoKwargs for Vec<(N, V)> {
    fn into_kwargs(self, py: Python<'_>) -> Result<Vec<(String, Value)>, Error> {
        self.into_iter().map(|(name, value)| Ok((name.into(), value.into_python(py)?))).collect()
    }
}

impl IntoKwargs for () {
    fn into_kwargs(self, _: Python<'_>) -> Result<Vec<(String, Value)>, Error> {
        Ok(Vec::new())
    }
}

/// A value of another type than what was wanted. A handle is asked for the name of its type.
pub(crate) fn expected(what: &str, found: &Value, py: Python<'_>) -> Error {
    match found {
        Value::Object(handle) => expected_object(what, &py.bind(handle)),
        found => Error::convert(format!("expected {what}, found {}", found.type_name())),
    }
}

/// An object of another type than what was wanted.
pub(crate) fn expected_object(what: &str, found: &PyObject<'_>) -> Error {
    match found.type_name() {
        Ok(name) => Error::convert(format!("expected {what}, found {name}")),
        Err(error) => error,
    }
}

/// What asking an object gives, when a `TypeError` means that it is of another type.
pub(super) fn or_expected<T>(result: Result<T, Error>, what: &str, found: &PyObject<'_>) -> Result<T, Error> {
    match result {
        Err(Error::Python(error)) if error.type_name == "TypeError" => Err(expected_object(what, found)),
        other => other,
    }
}
