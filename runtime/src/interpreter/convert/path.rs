//! Paths. They become `str`, as `os.fspath` gives them, so that no module is imported for them.

use std::path::{Path, PathBuf};

use pyrun_pyodide_loader::object::Value;

use super::{FromPython, IntoPython, expected, or_expected};
use crate::error::Error;
use crate::interpreter::python::Python;

impl IntoPython for &Path {
    /// Fails for a path that is no Unicode text.
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        match self.to_str() {
            Some(text) => Ok(Value::Str(text.to_owned())),
            None => Err(Error::convert(format!("the path {} is no Unicode text", self.display()))),
        }
    }
}

impl IntoPython for PathBuf {
    /// Fails for a path that is no Unicode text.
    fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
        self.as_path().into_python(py)
    }
}

impl FromPython for PathBuf {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::Str(text) => Ok(text.into()),
            Value::Object(handle) => {
                let object = py.bind(&handle);
                let path = match object.call_method("__fspath__", ()) {
                    Err(Error::Python(error)) if error.type_name == "AttributeError" => {
                        return Err(expected("a path", &object.handle().clone().into(), py));
                    }
                    path => or_expected(path, "a path", &object)?.value()?,
                };
                match path {
                    Value::Str(text) => Ok(text.into()),
                    other => Err(expected("a path of text", &other, py)),
                }
            }
            other => Err(expected("a path", &other, py)),
        }
    }
}
