//! Tuples, and arguments.

use pyrun_pyodide_loader::object::{self as core, Step, Value};

use super::{FromPython, IntoArgs, IntoKwargs, IntoPython, expected_object, or_expected};
use crate::error::Error;
use crate::interpreter::object::PyObject;
use crate::interpreter::python::Python;

/// The items of a sequence of so many.
fn items<'py>(object: &PyObject<'py>, count: usize) -> Result<Vec<PyObject<'py>>, Error> {
    let py = object.python();
    let items: Vec<PyObject<'py>> = match py.enter(|python| python.items(object.as_object()))? {
        core::Items::Listed(items) => items.into_iter().map(|item| PyObject::new(py, item.into())).collect(),
        // One more than wanted tells that there are too many.
        core::Items::Iterable => {
            or_expected(object.iterate(), "tuple", object)?.take(count + 1).collect::<Result<_, _>>()?
        }
        core::Items::Single => return Err(expected_object("tuple", object)),
    };
    match items.len() {
        found if found == count => Ok(items),
        found if found > count && !object.is_sized() => {
            Err(Error::convert(format!("expected {count} items, found more")))
        }
        _ => Err(Error::convert(format!("expected {count} items, found {}", object.len().unwrap_or(items.len())))),
    }
}

macro_rules! tuples {
    ($(($count:literal: $($ty:ident $field:ident $name:ident),+))*) => {$(
        impl<$($ty: IntoPython),+> IntoPython for ($($ty,)+) {
            fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
                self.into_args(py).map(Value::Tuple)
            }
        }

        impl<$($ty: IntoPython),+> IntoArgs for ($($ty,)+) {
            fn into_args(self, py: Python<'_>) -> Result<Vec<Value>, Error> {
                let ($($field,)+) = self;
                Ok(vec![$($field.into_python(py)?),+])
            }
        }

        impl<$($name: Into<String>, $ty: IntoPython),+> IntoKwargs for ($(($name, $ty),)+) {
            fn into_kwargs(self, py: Python<'_>) -> Result<Vec<(String, Value)>, Error> {
                let ($($field,)+) = self;
                Ok(vec![$(($field.0.into(), $field.1.into_python(py)?)),+])
            }
        }

        impl<$($ty: FromPython),+> FromPython for ($($ty,)+) {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
                Self::from_object(&py.object(value)?)
            }

            fn from_object(object: &PyObject<'_>) -> Result<Self, Error> {
                let mut items = items(object, $count)?.into_iter().enumerate();
                Ok(($({
                    // Bug: `items` has refused any other count.
                    let (index, item) = items.next().ok_or_else(|| Error::Bug("an item is gone".to_owned()))?;
                    item.extract::<$ty>().map_err(|error| error.inside(Step::Index(index)))?
                },)+))
            }

            const BY_OBJECT: bool = true;
        }
    )*};
}
tuples! {
    (1: A a N1) (2: A a N1, B b N2) (3: A a N1, B b N2, C c N3) (4: A a N1, B b N2, C c N3, D d N4)
    (5: A a N1, B b N2, C c N3, D d N4, E e N5) (6: A a N1, B b N2, C c N3, D d N4, E e N5, F f N6)
    (7: A a N1, B b N2, C c N3, D d N4, E e N5, F f N6, G g N7)
    (8: A a N1, B b N2, C c N3, D d N4, E e N5, F f N6, G g N7, H h N8)
}

impl IntoArgs for () {
    fn into_args(self, _: Python<'_>) -> Result<Vec<Value>, Error> {
        Ok(Vec::new())
    }
}
