//! Lists: `Vec`, arrays, slices. Out of Python, of anything that has items.

use pyrun_pyodide_loader::object::{self as core, Step, Value};

use super::{FromPython, IntoPython, expected, expected_object, or_expected};
use crate::error::Error;
use crate::interpreter::object::PyObject;
use crate::interpreter::python::Python;

/// Limit: the most items that one iteration gives, so that a generator without end does not fill the host's memory.
const MAX_ITEMS: usize = 1 << 26;

/// The values of items.
pub(super) fn all<T: IntoPython>(items: impl IntoIterator<Item = T>, py: Python<'_>) -> Result<Vec<Value>, Error> {
    let item = |(index, item): (usize, T)| item.into_python(py).map_err(|error| error.inside(Step::Index(index)));
    items.into_iter().enumerate().map(item).collect()
}

impl<T: IntoPython> IntoPython for Vec<T> {
    fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
        all(self, py).map(Value::List)
    }
}

impl<T: IntoPython, const N: usize> IntoPython for [T; N] {
    fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
        all(self, py).map(Value::List)
    }
}

impl<T: IntoPython + Clone> IntoPython for &[T] {
    fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
        all(self.iter().cloned(), py).map(Value::List)
    }
}

/// Items from wherever they are; `what` is said when there are none.
pub(super) fn from_value<T: FromPython>(value: Value, what: &str, py: Python<'_>) -> Result<Vec<T>, Error> {
    let items = match value {
        Value::List(items) | Value::Tuple(items) => items,
        Value::Set(items) | Value::FrozenSet(items) => {
            let member =
                |item| py.nested(|| T::from_value(item, py)).map_err(|error: Error| error.inside(Step::Member));
            return items.into_iter().map(member).collect();
        }
        Value::Bytes(bytes) => {
            py.conversion().spend(bytes.len().saturating_mul(size_of::<T>()))?;
            let item = |(index, byte): (usize, u8)| {
                T::from_value(Value::Int(byte.into()), py).map_err(|error| error.inside(Step::Index(index)))
            };
            return bytes.into_iter().enumerate().map(item).collect();
        }
        Value::Object(handle) => return from_object(&py.bind(&handle), what),
        other => return Err(expected(what, &other, py)),
    };
    let item =
        |(index, item)| py.nested(|| T::from_value(item, py)).map_err(|error: Error| error.inside(Step::Index(index)));
    items.into_iter().enumerate().map(item).collect()
}

/// As [`from_value`], of an object that has not been copied out.
pub(super) fn from_object<T: FromPython>(object: &PyObject<'_>, what: &str) -> Result<Vec<T>, Error> {
    if let Some(all) = T::all_of(object)? {
        return Ok(all);
    }
    let py = object.python();
    if !T::BY_OBJECT {
        return match object.value()? {
            Value::Object(_) => iterate(object, what),
            value => from_value(value, what, py),
        };
    }
    let conversion = py.conversion();
    match py.enter(|python| python.items(object.as_object()))? {
        core::Items::Listed(items) => {
            conversion.spend(items.len().saturating_mul(size_of::<core::Object>() + size_of::<T>()))?;
            let item = |(index, item): (usize, core::Object)| {
                let item = PyObject::new(py, item.into());
                item.extract().map_err(|error: Error| error.inside(Step::Index(index)))
            };
            items.into_iter().enumerate().map(item).collect()
        }
        core::Items::Iterable => iterate(object, what),
        core::Items::Single => Err(expected_object(what, object)),
    }
}

fn iterate<T: FromPython>(object: &PyObject<'_>, what: &str) -> Result<Vec<T>, Error> {
    let mut items = Vec::new();
    for item in or_expected(object.iterate(), what, object)? {
        let index = items.len();
        if index >= MAX_ITEMS {
            return Err(Error::convert(format!("there are more than {MAX_ITEMS} items")));
        }
        object.python().conversion().spend(size_of::<T>())?;
        items.push(item?.extract().map_err(|error: Error| error.inside(Step::Index(index)))?);
    }
    Ok(items)
}

impl<T: FromPython> FromPython for Vec<T> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        from_value(value, "list", py)
    }

    fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
        from_object(object, "list")
    }

    const BY_OBJECT: bool = true;
}

impl<T: FromPython> FromPython for Box<[T]> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        Vec::from_value(value, py).map(Vec::into_boxed_slice)
    }

    fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
        Vec::from_object(object).map(Vec::into_boxed_slice)
    }

    const BY_OBJECT: bool = true;
}

fn array<T, const N: usize>(items: Vec<T>) -> Result<[T; N], Error> {
    items.try_into().map_err(|items: Vec<T>| Error::convert(format!("expected {N} items, found {}", items.len())))
}

impl<T: FromPython, const N: usize> FromPython for [T; N] {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        array(from_value(value, "list", py)?)
    }

    fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
        array(from_object(object, "list")?)
    }

    const BY_OBJECT: bool = true;
}
