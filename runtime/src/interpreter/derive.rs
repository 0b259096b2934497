//! What the code of the derive macros calls. Not for others: it changes with the macros.

use pyrun_pyodide_loader::object::{Items, Step, Value};

use super::convert::{FromPython, expected_object};
use super::object::PyObject;
use crate::error::Error;

/// Limit: characters of the reason why a variant does not take an object; the rest is left out.
const LONGEST_REASON: usize = 400;

/// The fields of a struct, in a `dict` or as attributes.
#[derive(Debug)]
pub struct Fields<'o, 'py> {
    object: &'o PyObject<'py>,
    is_dict: bool,
    what: &'static str,
}

impl<'o, 'py> Fields<'o, 'py> {
    /// The fields that an object may have.
    pub fn of(object: &'o PyObject<'py>, what: &'static str) -> Result<Self, Error> {
        let is_dict = object.python().enter(|python| python.is_dict(object.as_object()))?;
        Ok(Self { object, is_dict, what })
    }

    /// A field that must be there.
    pub fn get<T: FromPython>(&self, name: &str) -> Result<T, Error> {
        match self.find(name)? {
            Some(found) => found.extract().map_err(|error: Error| error.inside(self.step(name))),
            None => Err(self.missing(name)),
        }
    }

    /// A field that may be missing.
    pub fn get_or_default<T: FromPython + Default>(&self, name: &str) -> Result<T, Error> {
        match self.find(name)? {
            Some(found) => found.extract().map_err(|error: Error| error.inside(self.step(name))),
            None => Ok(T::default()),
        }
    }

    fn find(&self, name: &str) -> Result<Option<PyObject<'py>>, Error> {
        if !self.is_dict {
            return if self.object.has_attr(name)? { self.object.attr(name).map(Some) } else { Ok(None) };
        }
        match self.object.call_method("__contains__", (name,))?.is_true()? {
            true => self.object.item(name).map(Some),
            false => Ok(None),
        }
    }

    fn step(&self, name: &str) -> Step {
        match self.is_dict {
            true => Step::Key(format!("{name:?}")),
            false => Step::Attribute(name.to_owned()),
        }
    }

    fn missing(&self, name: &str) -> Error {
        let what = self.what;
        if self.is_dict {
            return Error::convert(format!("expected {what}, found a dict without {name:?}"));
        }
        match self.object.type_name() {
            Ok(found) => Error::convert(format!("expected {what}, found {found}, which has no attribute {name:?}")),
            Err(error) => error,
        }
    }
}

/// The name of a variant, and its content, if it has any.
pub fn variant<'py>(object: &PyObject<'py>, what: &'static str) -> Result<(String, Option<PyObject<'py>>), Error> {
    let py = object.python();
    if py.enter(|python| python.is_dict(object.as_object()))? {
        let entries: Vec<PyObject<'py>> =
            object.call_method("items", ())?.iterate()?.take(2).collect::<Result<_, _>>()?;
        let [entry] = entries.as_slice() else {
            return Err(Error::convert(format!("expected {what}, found a dict of {} entries", object.len()?)));
        };
        return Ok((entry.item(0)?.extract()?, Some(entry.item(1)?)));
    }
    match object.value()? {
        Value::Str(name) => Ok((name, None)),
        Value::Object(_) if matches!(py.enter(|python| python.items(object.as_object()))?, Items::Iterable) => {
            // A member of an `Enum`.
            match object.has_attr("_name_")? {
                true => Ok((object.attr("_name_")?.extract()?, None)),
                false => Err(expected_object(what, object)),
            }
        }
        _ => Err(expected_object(what, object)),
    }
}

/// A variant of an unknown name, or one that has fields and should not, or lacks them.
#[must_use]
pub fn unknown_variant(what: &str, name: &str, has_content: bool, known: &[&str]) -> Error {
    if known.contains(&name) {
        let how =
            if has_content { "without fields, not a dict of it" } else { "with fields: a dict of its name and them" };
        return Error::convert(format!("{what}::{name} is a variant {how}"));
    }
    Error::convert(format!("{what} has no variant {name:?}; it has {}", known.join(", ")))
}

/// Keeps the reason why a variant does not take an object; an error of another kind ends the search.
pub fn note(attempts: &mut Vec<String>, variant: &str, error: Error) -> Result<(), Error> {
    match error {
        Error::Convert(error) => {
            // Each variant's reason holds those of what is in it.
            let why: String = error.to_string().chars().take(LONGEST_REASON).collect();
            attempts.push(format!("{variant}: {why}"));
            Ok(())
        }
        error => Err(error),
    }
}

/// No variant takes the object.
#[must_use]
pub fn no_variant(what: &str, attempts: &[String]) -> Error {
    Error::convert(format!("no variant of {what} takes it ({})", attempts.join("; ")))
}

/// The error, seen from the field or variant that it is in.
#[must_use]
pub fn inside(error: Error, name: &str) -> Error {
    error.inside(Step::Key(format!("{name:?}")))
}
