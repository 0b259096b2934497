//! Maps.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use pyrun_pyodide_loader::object::value::key_text;
use pyrun_pyodide_loader::object::{Step, Value};

use super::{FromPython, IntoPython, expected, expected_object};
use crate::error::Error;
use crate::interpreter::object::PyObject;
use crate::interpreter::python::Python;

type Entries<K, V> = Vec<(K, V)>;

fn from_value<K: FromPython, V: FromPython>(value: Value, py: Python<'_>) -> Result<Entries<K, V>, Error> {
    let entries = match value {
        Value::Dict(entries) => entries,
        Value::Object(handle) => return from_object(&py.bind(&handle)),
        other => return Err(expected("dict", &other, py)),
    };
    let entry = |(key, value): (Value, Value)| {
        let name = key_text(&key);
        py.conversion().spend(size_of::<(K, V)>())?;
        let value =
            py.nested(|| V::from_value(value, py)).map_err(|error: Error| error.inside(Step::Key(name.clone())))?;
        let key = py.nested(|| K::from_value(key, py)).map_err(|error: Error| error.inside(Step::KeyItself(name)))?;
        Ok((key, value))
    };
    entries.into_iter().map(entry).collect()
}

/// Of a dictionary whose values are to be taken as objects, or of another mapping.
fn from_object<K: FromPython, V: FromPython>(object: &PyObject<'_>) -> Result<Entries<K, V>, Error> {
    if !K::BY_OBJECT && !V::BY_OBJECT {
        let value = object.value()?;
        if !matches!(value, Value::Object(_)) {
            return from_value(value, object.python());
        }
    }
    let items = match object.call_method("items", ()) {
        Err(Error::Python(error)) if error.type_name == "AttributeError" => {
            return Err(expected_object("dict", object));
        }
        items => items?,
    };
    let mut entries = Vec::new();
    for entry in items.iterate()? {
        let entry = entry?;
        let (key, value) = (entry.item(0)?, entry.item(1)?);
        let name = || key.value().map_or_else(|_| "?".to_owned(), |key| key_text(&key));
        object.python().conversion().spend(size_of::<(K, V)>())?;
        let value = value.extract().map_err(|error: Error| error.inside(Step::Key(name())))?;
        let key = key.extract().map_err(|error: Error| error.inside(Step::KeyItself(name())))?;
        entries.push((key, value));
    }
    Ok(entries)
}

macro_rules! maps {
    ($($map:ident<K $(: $bound:path)*, V $(, $hasher:ident)?>;)*) => {$(
        impl<K: IntoPython, V: IntoPython $(, $hasher)?> IntoPython for $map<K, V $(, $hasher)?> {
            fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
                let entry = |(key, value): (K, V)| {
                    let key = key.into_python(py)?;
                    let value = value.into_python(py).map_err(|error| error.inside(Step::Key(key_text(&key))))?;
                    Ok((key, value))
                };
                self.into_iter().map(entry).collect::<Result<_, _>>().map(Value::Dict)
            }
        }

        impl<K: FromPython $(+ $bound)*, V: FromPython $(, $hasher: BuildHasher + Default)?> FromPython
            for $map<K, V $(, $hasher)?>
        {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
                Ok(from_value(value, py)?.into_iter().collect())
            }

            fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
                Ok(from_object(object)?.into_iter().collect())
            }

            const BY_OBJECT: bool = true;
        }
    )*};
}
maps! {
    HashMap<K: Eq: Hash, V, S>;
    BTreeMap<K: Ord, V>;
}
