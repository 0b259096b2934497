//! `str`: `String`, `&str`, `char`, `Cow<str>`.

use std::borrow::Cow;

use pyrun_pyodide_loader::object::Value;

use super::{FromPython, IntoPython, expected};
use crate::error::Error;
use crate::interpreter::python::Python;

impl IntoPython for &str {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Str(self.to_owned()))
    }
}

impl IntoPython for String {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Str(self))
    }
}

impl IntoPython for Box<str> {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Str(self.into_string()))
    }
}

impl IntoPython for Cow<'_, str> {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Str(self.into_owned()))
    }
}

impl IntoPython for char {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Str(self.into()))
    }
}

impl FromPython for String {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::Str(text) => Ok(text),
            other => Err(expected("str", &other, py)),
        }
    }
}

impl FromPython for Box<str> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        String::from_value(value, py).map(String::into_boxed_str)
    }
}

impl FromPython for Cow<'_, str> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        String::from_value(value, py).map(Cow::Owned)
    }
}

impl FromPython for char {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        let text = String::from_value(value, py)?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err(Error::convert(format!("expected one character, found {}", text.chars().count()))),
        }
    }
}
