//! Sets.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, Hash};

use pyrun_pyodide_loader::object::{Step, Value};

use super::{FromPython, IntoPython, sequence};
use crate::error::Error;
use crate::interpreter::object::PyObject;
use crate::interpreter::python::Python;

macro_rules! sets {
    ($($set:ident<T $(: $bound:path)* $(, $hasher:ident)?>;)*) => {$(
        impl<T: IntoPython $(, $hasher)?> IntoPython for $set<T $(, $hasher)?> {
            fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
                let member = |item: T| item.into_python(py).map_err(|error| error.inside(Step::Member));
                self.into_iter().map(member).collect::<Result<_, _>>().map(Value::Set)
            }
        }

        impl<T: FromPython $(+ $bound)* $(, $hasher: BuildHasher + Default)?> FromPython for $set<T $(, $hasher)?> {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
                Ok(sequence::from_value(value, "set", py)?.into_iter().collect())
            }

            fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
                Ok(sequence::from_object(object, "set")?.into_iter().collect())
            }

            const BY_OBJECT: bool = true;
        }
    )*};
}
sets! {
    HashSet<T: Eq: Hash, S>;
    BTreeSet<T: Ord>;
}
