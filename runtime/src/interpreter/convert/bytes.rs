//! `bytes`.

use std::borrow::Cow;

use pyrun_pyodide_loader::object::Value;

use super::{FromPython, IntoPython, expected, or_expected};
use crate::error::Error;
use crate::interpreter::python::Python;

/// Bytes that become a `bytes` object, and are taken from one or from another buffer of bytes.
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// py.globals().set("data", pyrun::Bytes(b"ab".to_vec()))?;
/// let data: pyrun::Bytes = py.eval("data * 2")?;
/// assert_eq!(data.0, b"abab");
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl IntoPython for Bytes {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Bytes(self.0))
    }
}

impl IntoPython for Cow<'_, [u8]> {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Bytes(self.into_owned()))
    }
}

impl FromPython for Bytes {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::Bytes(bytes) => Ok(Self(bytes)),
            Value::Object(handle) => {
                let object = py.bind(&handle);
                or_expected(object.to_vec::<u8>(), "bytes", &object).map(Self)
            }
            other => Err(expected("bytes", &other, py)),
        }
    }
}

impl FromPython for Cow<'_, [u8]> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        Bytes::from_value(value, py).map(|bytes| Cow::Owned(bytes.0))
    }
}
