//! Values, handles and objects as they are.

use pyrun_pyodide_loader::object::Value;

use super::{FromPython, IntoPython};
use crate::error::Error;
use crate::interpreter::PyHandle;
use crate::interpreter::object::PyObject;
use crate::interpreter::python::Python;

impl IntoPython for Value {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(self)
    }
}

impl FromPython for Value {
    fn from_value(value: Value, _: Python<'_>) -> Result<Self, Error> {
        Ok(value)
    }
}

impl<T: IntoPython + Clone> IntoPython for &T {
    fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
        self.clone().into_python(py)
    }
}

impl IntoPython for PyHandle {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(self.into())
    }
}

impl FromPython for PyHandle {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::Object(handle) => Ok(handle),
            // It was copied out; a new object with the same value takes its place.
            other => py.object(other).map(PyObject::into_handle),
        }
    }

    fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
        Ok(object.handle().clone())
    }

    const BY_OBJECT: bool = true;
}

impl IntoPython for PyObject<'_> {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(self.into_handle().into())
    }
}
