//! Truth values and numbers. Many of them are read at once from where they lie: a list's, or the elements of a buffer.

use pyrun_pyodide_loader::object::{self as core, BigInt, ElementType, Number, ObjectApi, RaiseError, Step, Value};

use super::{FromPython, IntoPython, expected, or_expected};
use crate::error::Error;
use crate::interpreter::memory::{Element, Memory, PyBuffer};
use crate::interpreter::object::PyObject;
use crate::interpreter::python::Python;

/// A type of number that the elements of a list or buffer become.
trait FromNumber: Sized {
    fn from_int(number: i64) -> Option<Self>;
    fn from_unsigned(number: u64) -> Option<Self>;
    fn from_float(number: f64) -> Option<Self>;
}

/// The numbers of a list, tuple or buffer of one axis.
fn all<T: FromNumber>(object: &PyObject<'_>, name: &str) -> Result<Option<Vec<T>>, Error> {
    let py = object.python();
    let take = |number| match number {
        Number::Int(number) => T::from_int(number),
        Number::Float(number) => T::from_float(number),
    };
    let conversion = py.conversion();
    if let Some(numbers) = py.enter(|python| python.numbers(object.as_object(), take))? {
        conversion.spend(numbers.len().saturating_mul(size_of::<T>()))?;
        return Ok(Some(numbers));
    }
    elements(object, name)
}

/// The elements of a buffer of one axis; `None` when there is no buffer, or its elements are no numbers.
fn elements<T: FromNumber>(object: &PyObject<'_>, name: &str) -> Result<Option<Vec<T>>, Error> {
    let buffer = object.python().enter(|python| match python.may_have_buffer(object.as_object())? {
        true => python.try_buffer(object.as_object()),
        false => Ok(None),
    })?;
    let Some(buffer) = buffer.map(PyBuffer::new) else { return Ok(None) };
    if buffer.shape().len() != 1 {
        let shape = buffer.shape();
        return Err(Error::convert(format!("expected an array of one axis, found one of shape {shape:?}")));
    }
    // A stride of 0 makes many elements of one; they are copied as they are, and then as what they become.
    let elements = buffer.shape().first().copied().unwrap_or(0);
    object.python().conversion().spend(elements.saturating_mul(buffer.item_size().saturating_add(size_of::<T>())))?;
    object.python().with_memory(|memory| read(memory, &buffer, name))?
}

fn read<T: FromNumber>(memory: &Memory<'_>, buffer: &PyBuffer, name: &str) -> Result<Option<Vec<T>>, Error> {
    match buffer.element_type() {
        ElementType::Signed(1) => cast::<i8, T>(memory, buffer, name, |n| T::from_int(n.into())),
        ElementType::Signed(2) => cast::<i16, T>(memory, buffer, name, |n| T::from_int(n.into())),
        ElementType::Signed(4) => cast::<i32, T>(memory, buffer, name, |n| T::from_int(n.into())),
        ElementType::Signed(8) => cast::<i64, T>(memory, buffer, name, T::from_int),
        ElementType::Unsigned(1) => cast::<u8, T>(memory, buffer, name, |n| T::from_int(n.into())),
        ElementType::Unsigned(2) => cast::<u16, T>(memory, buffer, name, |n| T::from_int(n.into())),
        ElementType::Unsigned(4) => cast::<u32, T>(memory, buffer, name, |n| T::from_int(n.into())),
        ElementType::Unsigned(8) => cast::<u64, T>(memory, buffer, name, T::from_unsigned),
        ElementType::Float(4) => cast::<f32, T>(memory, buffer, name, |n| T::from_float(n.into())),
        ElementType::Float(8) => cast::<f64, T>(memory, buffer, name, T::from_float),
        _ => Ok(None),
    }
}

fn cast<S: Element, T>(
    memory: &Memory<'_>,
    buffer: &PyBuffer,
    name: &str,
    convert: impl Fn(S) -> Option<T>,
) -> Result<Option<Vec<T>>, Error> {
    // What is not aligned is read item by item.
    let Ok(view) = memory.view::<S>(buffer) else { return Ok(None) };
    let item = |(index, element): (usize, S)| {
        let converted = convert(element);
        converted.ok_or_else(|| {
            Error::convert(format!("an element of {} is no {name}", S::DTYPE)).inside(Step::Index(index))
        })
    };
    view.to_vec().into_iter().enumerate().map(item).collect::<Result<_, _>>().map(Some)
}

impl IntoPython for bool {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Bool(self))
    }
}

impl FromPython for bool {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::Bool(truth) => Ok(truth),
            // NumPy's own truth values.
            Value::Object(handle) => {
                let object = py.bind(&handle);
                match object.type_name()?.as_str() {
                    "numpy.bool" | "numpy.bool_" => object.is_true(),
                    _ => Err(expected("bool", &handle.into(), py)),
                }
            }
            other => Err(expected("bool", &other, py)),
        }
    }
}

/// What the guest says a handle stands for.
fn ask(
    py: Python<'_>,
    handle: &core::Handle,
    what: &str,
    visit: impl FnOnce(&mut ObjectApi<'_>) -> Result<core::Object, RaiseError>,
) -> Result<Value, Error> {
    let answer = py.enter(|python| {
        let object = visit(python)?;
        python.value(&object)
    });
    or_expected(answer, what, &py.bind(handle))
}

macro_rules! integers {
    ($($ty:ident),*) => {$(
        impl FromNumber for $ty {
            fn from_int(number: i64) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_unsigned(number: u64) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_float(_: f64) -> Option<Self> {
                None
            }
        }

        impl IntoPython for $ty {
            fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
                Ok(i64::try_from(self).map_or_else(|_| big(self), Value::Int))
            }
        }

        impl FromPython for $ty {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
                let range = |number: &dyn std::fmt::Display| {
                    Error::convert(format!("{number} does not fit into {}", stringify!($ty)))
                };
                match value {
                    Value::Int(number) => $ty::try_from(number).map_err(|_| range(&number)),
                    Value::BigInt(number) => $ty::try_from(&number).map_err(|_| match number.bits() {
                        0..=256 => range(&number),
                        bits => range(&format_args!("an int of {bits} bits")),
                    }),
                    Value::Object(handle) => {
                        let number = ask(py, &handle, "int", |python| python.index(handle.object()))?;
                        Self::from_value(number, py)
                    }
                    other => Err(expected("int", &other, py)),
                }
            }

            fn all_of(object: &PyObject<'_>) -> Result<Option<Vec<Self>>, Error> {
                all(object, stringify!($ty))
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

/// An integer that does not fit into an `i64`.
fn big<T: TryInto<i128> + TryInto<u128> + Copy>(number: T) -> Value {
    let signed = TryInto::<i128>::try_into(number).map(BigInt::from);
    let unsigned = || TryInto::<u128>::try_into(number).map(BigInt::from);
    // Each integer of Rust's is one of the two.
    Value::BigInt(signed.or_else(|_| unsigned()).unwrap_or_default())
}

impl IntoPython for BigInt {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(i64::try_from(&self).map_or(Value::BigInt(self), Value::Int))
    }
}

impl FromPython for BigInt {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::BigInt(number) => Ok(number),
            Value::Object(handle) => {
                let number = ask(py, &handle, "int", |python| python.index(handle.object()))?;
                Self::from_value(number, py)
            }
            other => i64::from_value(other, py).map(|number| i128::from(number).into()),
        }
    }
}

impl FromNumber for f64 {
    #[expect(clippy::cast_precision_loss, reason = "as Python's own float() rounds")]
    fn from_int(number: i64) -> Option<Self> {
        Some(number as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "as Python's own float() rounds")]
    fn from_unsigned(number: u64) -> Option<Self> {
        Some(number as f64)
    }

    fn from_float(number: f64) -> Option<Self> {
        Some(number)
    }
}

impl IntoPython for f64 {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Float(self))
    }
}

impl FromPython for f64 {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::Float(number) => Ok(number),
            #[expect(clippy::cast_precision_loss, reason = "as Python's own float() rounds")]
            Value::Int(number) => Ok(number as f64),
            Value::BigInt(_) => match py.object(value)?.call_method("__float__", ())?.value()? {
                Value::Float(number) => Ok(number),
                other => Err(expected("float", &other, py)),
            },
            Value::Object(handle) => match ask(py, &handle, "float", |python| python.float(handle.object()))? {
                Value::Float(number) => Ok(number),
                other => Err(expected("float", &other, py)),
            },
            other => Err(expected("float", &other, py)),
        }
    }

    fn all_of(object: &PyObject<'_>) -> Result<Option<Vec<Self>>, Error> {
        all(object, "f64")
    }
}

impl FromNumber for f32 {
    fn from_int(number: i64) -> Option<Self> {
        f64::from_int(number).and_then(Self::from_float)
    }

    fn from_unsigned(number: u64) -> Option<Self> {
        f64::from_unsigned(number).and_then(Self::from_float)
    }

    #[expect(clippy::cast_possible_truncation, reason = "who asks for an f32 wants it rounded")]
    fn from_float(number: f64) -> Option<Self> {
        Some(number as f32)
    }
}

impl IntoPython for f32 {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::Float(self.into()))
    }
}

impl FromPython for f32 {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        #[expect(clippy::cast_possible_truncation, reason = "who asks for an f32 wants it rounded")]
        f64::from_value(value, py).map(|number| number as f32)
    }

    fn all_of(object: &PyObject<'_>) -> Result<Option<Vec<Self>>, Error> {
        all(object, "f32")
    }
}

#[cfg(feature = "num-bigint")]
mod with_num_bigint {
    use num_bigint::BigInt as Foreign;

    use super::{BigInt, Error, FromPython, IntoPython, Python, Value};

    impl IntoPython for Foreign {
        fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
            BigInt::from(&self).into_python(py)
        }
    }

    impl FromPython for Foreign {
        fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
            BigInt::from_value(value, py).map(|number| Self::from(&number))
        }
    }
}
