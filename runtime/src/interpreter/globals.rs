//! The variables of `__main__`.

use super::convert::{FromPython, IntoPython};
use super::object::PyObject;
use super::python::Python;
use crate::error::Error;

/// The variables of `__main__`.
#[derive(Clone, Copy, Debug)]
pub struct Globals<'py>(Python<'py>);

impl<'py> Globals<'py> {
    pub(super) fn new(python: Python<'py>) -> Self {
        Self(python)
    }

    /// Sets a variable.
    ///
    /// # Errors
    /// [`Error::Convert`] for a value that cannot cross.
    pub fn set(&self, name: &str, value: impl IntoPython) -> Result<(), Error> {
        self.dict()?.set_item(name, value)
    }

    /// The value of a variable; `None` when no variable has that name.
    ///
    /// # Errors
    /// [`Error::Convert`] for a value that is not of type `T`.
    pub fn get<T: FromPython>(&self, name: &str) -> Result<Option<T>, Error> {
        let found = self.dict()?.call_method("get", (name,))?;
        if found.is_none() && !self.dict()?.call_method("__contains__", (name,))?.extract::<bool>()? {
            return Ok(None);
        }
        found.extract().map(Some)
    }

    /// The dictionary itself.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`].
    pub fn dict(&self) -> Result<PyObject<'py>, Error> {
        self.0.object_of(|python| python.globals())
    }
}
