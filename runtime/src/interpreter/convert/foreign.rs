//! Types of other modules and crates: `decimal.Decimal` as text, `uuid.UUID` and JSON by feature; and what an object that is
//! no plain value is to a type that knows only plain ones.

use pyrun_pyodide_loader::object::Value;

use super::{FromPython, IntoPython, expected};
use crate::error::Error;
use crate::interpreter::object::PyObject;
use crate::interpreter::python::Python;

/// The text of a `decimal.Decimal`, for a decimal library of the embedder's.
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// use pyrun::Decimal;
/// py.globals().set("price", Decimal("19.90".to_owned()))?;
/// let total: Decimal = py.eval("price * 3")?;
/// assert_eq!(total.0, "59.70");
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal(pub String);

impl IntoPython for Decimal {
    fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
        Ok(py.pyimport("decimal")?.attr("Decimal")?.call((self.0,))?.into_handle().into())
    }
}

impl FromPython for Decimal {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::Str(text) => Ok(Self(text)),
            Value::Int(number) => Ok(Self(number.to_string())),
            Value::BigInt(number) => {
                py.conversion().spend(number.text_cost())?;
                Ok(Self(number.to_string()))
            }
            Value::Object(handle) => {
                let object = py.bind(&handle);
                match object.type_name()?.as_str() {
                    "decimal.Decimal" => object.text().map(Self),
                    _ => Err(expected("Decimal", &handle.into(), py)),
                }
            }
            other => Err(expected("Decimal", &other, py)),
        }
    }
}

/// An object that is no plain value, as one that is near it: a NumPy scalar as a number, an array or an iterable as a list, a
/// mapping as a `dict`; a `Decimal`, a `UUID`, a path as a text. `None` when there is no such value.
pub(crate) fn simplify(object: &PyObject<'_>) -> Result<Option<Value>, Error> {
    let name = object.type_name()?;
    let module = name.split('.').next().unwrap_or_default();
    let simple = match (module, name.as_str()) {
        // Scalars have it, too.
        ("numpy", _) => object.call_method("tolist", ())?.value()?,
        (_, "decimal.Decimal" | "uuid.UUID") => Value::Str(object.text()?),
        ("pathlib", _) => Value::Str(object.text()?),
        _ if object.has_attr("keys")? && object.has_attr("__getitem__")? => {
            object.python().pyimport("builtins")?.attr("dict")?.call((object.clone(),))?.value()?
        }
        _ if object.has_attr("__iter__")? => Value::List(Vec::from_object(object)?),
        _ if object.has_attr("isoformat")? => Value::Str(object.call_method("isoformat", ())?.extract()?),
        _ => return Ok(None),
    };
    Ok(Some(simple).filter(|simple| !matches!(simple, Value::Object(_))))
}

#[cfg(feature = "uuid")]
mod with_uuid {
    use uuid::Uuid;

    use super::{Error, FromPython, IntoPython, Python, Value, expected};

    impl IntoPython for Uuid {
        fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
            let text = self.hyphenated().to_string();
            Ok(py.pyimport("uuid")?.attr("UUID")?.call((text,))?.into_handle().into())
        }
    }

    impl FromPython for Uuid {
        /// Of a `uuid.UUID`, or of a `str`.
        fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
            let text = match value {
                Value::Str(text) => text,
                Value::Object(handle) => {
                    let object = py.bind(&handle);
                    match object.type_name()?.as_str() {
                        "uuid.UUID" => object.text()?,
                        _ => return Err(expected("UUID", &handle.into(), py)),
                    }
                }
                other => return Err(expected("UUID", &other, py)),
            };
            text.parse().map_err(|_| Error::convert(format!("{text:?} is no UUID")))
        }
    }
}

#[cfg(feature = "serde_json")]
mod with_serde_json {
    use serde_json::Value as Json;

    use super::{Error, FromPython, IntoPython, Python, Value};
    use crate::interpreter::object::PyObject;
    use crate::interpreter::serde::{from_value_in, to_value};

    impl IntoPython for Json {
        fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
            to_value(&self)
        }
    }

    impl FromPython for Json {
        fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
            from_value_in(value, py)
        }

        fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
            object.deserialize()
        }
    }
}
