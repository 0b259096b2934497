//! `()`, `Option` and `Box`.

use pyrun_pyodide_loader::object::Value;

use super::{FromPython, IntoPython, expected};
use crate::error::Error;
use crate::interpreter::object::PyObject;
use crate::interpreter::python::Python;

impl IntoPython for () {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::None)
    }
}

impl FromPython for () {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::None => Ok(()),
            other => Err(expected("None", &other, py)),
        }
    }
}

impl<T: IntoPython> IntoPython for Option<T> {
    fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
        self.map_or(Ok(Value::None), |value| value.into_python(py))
    }
}

impl<T: FromPython> FromPython for Option<T> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::None => Ok(None),
            other => T::from_value(other, py).map(Some),
        }
    }

    fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
        if object.is_none() { Ok(None) } else { T::from_object(object).map(Some) }
    }

    const BY_OBJECT: bool = T::BY_OBJECT;
}

impl<T: IntoPython> IntoPython for Box<T> {
    fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
        (*self).into_python(py)
    }
}

impl<T: FromPython> FromPython for Box<T> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        py.nested(|| T::from_value(value, py)).map(Box::new)
    }

    fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
        // It can be the same object again, of a type that contains itself.
        object.extract().map(Box::new)
    }

    const BY_OBJECT: bool = T::BY_OBJECT;
}
