//! Between Rust types and [`Value`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use num_bigint::BigInt;
use pyrun_pyodide_loader::object::value::key_text;
use pyrun_pyodide_loader::object::{self as core, ConvertError, ObjectApi, RaiseError, Step, Value};

use super::object::{PyHandle, PyObject};
use super::python::Python;
use crate::error::Error;

/// A Rust value that becomes a Python object.
///
/// A `Vec` becomes a list, whatever is in it; [`Bytes`] a `bytes`.
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

/// A Rust value that a Python object becomes.
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// let pair = py.run("('a', [1, 2])", &Default::default())?;
/// let (name, numbers): (String, Vec<u8>) = pair.extract()?;
/// assert_eq!((name.as_str(), numbers), ("a", vec![1, 2]));
/// # Ok::<(), pyrun::Error>(())
/// ```
pub trait FromPython: Sized {
    /// Takes the value. `py` is asked about what is a handle: a NumPy integer, say.
    ///
    /// # Errors
    /// [`ConvertError`] when it is of another type or out of range.
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError>;

    /// Whether the type holds the object itself, so that it need not be copied out.
    const HOLDS_OBJECT: bool = false;

    /// The object itself, for types that hold it.
    fn from_handle(handle: &PyHandle) -> Option<Self> {
        let _ = handle;
        None
    }
}

/// Arguments by position: a tuple of up to eight, or a `Vec` of values.
pub trait IntoArgs {
    /// Each one's value.
    fn into_args(self) -> Vec<Value>;
}

/// What a host function may return: a value, or a `Result` of one, whose error becomes a Python exception.
pub trait IntoResult {
    /// The result.
    ///
    /// # Errors
    /// The function's own.
    fn into_result(self) -> Result<Value, Error>;
}

/// Bytes that become a `bytes` object, and are taken from one.
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// py.globals().set("data", pyrun::Bytes(b"ab".to_vec()))?;
/// let data: pyrun::Bytes = py.run("data * 2", &Default::default())?.extract()?;
/// assert_eq!(data.0, b"abab");
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

impl<T: IntoValue> IntoResult for T {
    fn into_result(self) -> Result<Value, Error> {
        Ok(self.into_value())
    }
}

impl<T: IntoValue, E: Into<Error>> IntoResult for Result<T, E> {
    fn into_result(self) -> Result<Value, Error> {
        self.map(IntoValue::into_value).map_err(Into::into)
    }
}

fn expected(what: &str, found: &Value) -> ConvertError {
    ConvertError::new(format!("expected {what}, found {}", found.type_name()))
}

/// What the guest says when it is asked about a handle.
fn ask(
    py: Python<'_>,
    handle: &core::Handle,
    what: &str,
    visit: impl FnOnce(&mut ObjectApi<'_>) -> Result<core::Object, RaiseError>,
) -> Result<Value, ConvertError> {
    let answer = py.enter(|python| {
        let object = visit(python)?;
        python.value(&object)
    });
    answer.map_err(|error| match error {
        Error::Python(_) => {
            let name = py.enter(|python| python.type_name(handle.object()));
            let name = name.unwrap_or_else(|_| "object".to_owned());
            ConvertError::new(format!("expected {what}, found {name}"))
        }
        other => ConvertError::new(other.to_string()),
    })
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl FromPython for Value {
    fn from_value(value: Value, _: Python<'_>) -> Result<Self, ConvertError> {
        Ok(value)
    }
}

impl<T: IntoValue + Clone> IntoValue for &T {
    fn into_value(self) -> Value {
        self.clone().into_value()
    }
}

impl IntoValue for () {
    fn into_value(self) -> Value {
        Value::None
    }
}

impl FromPython for () {
    fn from_value(value: Value, _: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::None => Ok(()),
            other => Err(expected("None", &other)),
        }
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

impl FromPython for bool {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::Bool(truth) => Ok(truth),
            // NumPy's own truth values.
            Value::Object(handle) => {
                let asked = py.enter(|python| {
                    let name = python.type_name(handle.object())?;
                    let truth = python.is_true(handle.object())?;
                    Ok((name, truth))
                });
                match asked {
                    Ok((name, truth)) if name == "numpy.bool" || name == "numpy.bool_" => Ok(truth),
                    Ok((name, _)) => Err(ConvertError::new(format!("expected bool, found {name}"))),
                    Err(error) => Err(ConvertError::new(error.to_string())),
                }
            }
            other => Err(expected("bool", &other)),
        }
    }
}

macro_rules! integers {
    ($($ty:ident),*) => {$(
        impl IntoValue for $ty {
            fn into_value(self) -> Value {
                i64::try_from(self).map_or_else(|_| Value::BigInt(BigInt::from(self)), Value::Int)
            }
        }

        impl FromPython for $ty {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
                let range = |number: &dyn std::fmt::Display| {
                    ConvertError::new(format!("{number} does not fit into {}", stringify!($ty)))
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
                    other => Err(expected("int", &other)),
                }
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

impl IntoValue for BigInt {
    fn into_value(self) -> Value {
        i64::try_from(&self).map_or(Value::BigInt(self), Value::Int)
    }
}

impl FromPython for BigInt {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::BigInt(number) => Ok(number),
            other => i64::from_value(other, py).map(Self::from),
        }
    }
}

impl IntoValue for f64 {
    fn into_value(self) -> Value {
        Value::Float(self)
    }
}

impl FromPython for f64 {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::Float(number) => Ok(number),
            #[expect(clippy::cast_precision_loss, reason = "as Python's own float() rounds")]
            Value::Int(number) => Ok(number as f64),
            Value::Object(handle) => match ask(py, &handle, "float", |python| python.float(handle.object()))? {
                Value::Float(number) => Ok(number),
                other => Err(expected("float", &other)),
            },
            other => Err(expected("float", &other)),
        }
    }
}

impl IntoValue for f32 {
    fn into_value(self) -> Value {
        Value::Float(self.into())
    }
}

impl FromPython for f32 {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
        #[expect(clippy::cast_possible_truncation, reason = "who asks for an f32 wants it rounded")]
        f64::from_value(value, py).map(|number| number as f32)
    }
}

impl IntoValue for &str {
    fn into_value(self) -> Value {
        Value::Str(self.to_owned())
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Str(self)
    }
}

impl FromPython for String {
    fn from_value(value: Value, _: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::Str(text) => Ok(text),
            other => Err(expected("str", &other)),
        }
    }
}

impl IntoValue for Bytes {
    fn into_value(self) -> Value {
        Value::Bytes(self.0)
    }
}

impl FromPython for Bytes {
    fn from_value(value: Value, _: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::Bytes(bytes) => Ok(Self(bytes)),
            other => Err(expected("bytes", &other)),
        }
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::None, IntoValue::into_value)
    }
}

impl<T: FromPython> FromPython for Option<T> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::None => Ok(None),
            other => T::from_value(other, py).map(Some),
        }
    }
}

fn all<T: IntoValue>(items: impl IntoIterator<Item = T>) -> Vec<Value> {
    items.into_iter().map(IntoValue::into_value).collect()
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(all(self))
    }
}

impl<T: IntoValue, const N: usize> IntoValue for [T; N] {
    fn into_value(self) -> Value {
        Value::List(all(self))
    }
}

impl<T: IntoValue + Clone> IntoValue for &[T] {
    fn into_value(self) -> Value {
        Value::List(all(self.iter().cloned()))
    }
}

/// The items of anything that holds some.
fn items(value: Value, what: &str) -> Result<Vec<Value>, ConvertError> {
    match value {
        Value::List(items) | Value::Tuple(items) => Ok(items),
        Value::Set(items) | Value::FrozenSet(items) => Ok(items),
        Value::Bytes(bytes) => Ok(bytes.into_iter().map(|byte| Value::Int(byte.into())).collect()),
        other => Err(expected(what, &other)),
    }
}

impl<T: FromPython> FromPython for Vec<T> {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
        let item =
            |(index, item)| T::from_value(item, py).map_err(|error: ConvertError| error.inside(Step::Index(index)));
        items(value, "list")?.into_iter().enumerate().map(item).collect()
    }
}

impl<T: FromPython, const N: usize> FromPython for [T; N] {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
        let items = Vec::<T>::from_value(value, py)?;
        Self::try_from(items).map_err(|items| ConvertError::new(format!("expected {N} items, found {}", items.len())))
    }
}

macro_rules! maps {
    ($($map:ident<K $(: $bound:path)*, V $(, $hasher:ident)?>;)*) => {$(
        impl<K: IntoValue, V: IntoValue $(, $hasher)?> IntoValue for $map<K, V $(, $hasher)?> {
            fn into_value(self) -> Value {
                Value::Dict(self.into_iter().map(|(key, value)| (key.into_value(), value.into_value())).collect())
            }
        }

        impl<K: FromPython $(+ $bound)*, V: FromPython $(, $hasher: BuildHasher + Default)?> FromPython
            for $map<K, V $(, $hasher)?>
        {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
                let Value::Dict(entries) = value else { return Err(expected("dict", &value)) };
                let entry = |(key, value): (Value, Value)| {
                    let name = key_text(&key);
                    let value = V::from_value(value, py).map_err(|error| error.inside(Step::Key(name.clone())))?;
                    let key = K::from_value(key, py).map_err(|error| error.inside(Step::KeyItself(name)))?;
                    Ok((key, value))
                };
                entries.into_iter().map(entry).collect()
            }
        }
    )*};
}
maps! {
    HashMap<K: Eq: Hash, V, S>;
    BTreeMap<K: Ord, V>;
}

macro_rules! sets {
    ($($set:ident<T $(: $bound:path)* $(, $hasher:ident)?>;)*) => {$(
        impl<T: IntoValue $(, $hasher)?> IntoValue for $set<T $(, $hasher)?> {
            fn into_value(self) -> Value {
                Value::Set(all(self))
            }
        }

        impl<T: FromPython $(+ $bound)* $(, $hasher: BuildHasher + Default)?> FromPython for $set<T $(, $hasher)?> {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
                let member = |item| T::from_value(item, py).map_err(|error: ConvertError| error.inside(Step::Member));
                items(value, "set")?.into_iter().map(member).collect()
            }
        }
    )*};
}
sets! {
    HashSet<T: Eq: Hash, S>;
    BTreeSet<T: Ord>;
}

macro_rules! tuples {
    ($(($count:literal: $($ty:ident $field:ident),+))*) => {$(
        impl<$($ty: IntoValue),+> IntoValue for ($($ty,)+) {
            fn into_value(self) -> Value {
                let ($($field,)+) = self;
                Value::Tuple(vec![$($field.into_value()),+])
            }
        }

        impl<$($ty: IntoValue),+> IntoArgs for ($($ty,)+) {
            fn into_args(self) -> Vec<Value> {
                let ($($field,)+) = self;
                vec![$($field.into_value()),+]
            }
        }

        impl<$($ty: FromPython),+> FromPython for ($($ty,)+) {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
                let items = items(value, "tuple")?;
                if items.len() != $count {
                    return Err(ConvertError::new(format!("expected {} items, found {}", $count, items.len())));
                }
                let mut items = items.into_iter().enumerate();
                Ok(($({
                    let (index, item) = items.next().unwrap_or_default();
                    $ty::from_value(item, py).map_err(|error| error.inside(Step::Index(index)))?
                },)+))
            }
        }
    )*};
}
tuples! {
    (1: A a) (2: A a, B b) (3: A a, B b, C c) (4: A a, B b, C c, D d) (5: A a, B b, C c, D d, E e)
    (6: A a, B b, C c, D d, E e, F f) (7: A a, B b, C c, D d, E e, F f, G g)
    (8: A a, B b, C c, D d, E e, F f, G g, H h)
}

impl IntoArgs for () {
    fn into_args(self) -> Vec<Value> {
        Vec::new()
    }
}

impl IntoArgs for Vec<Value> {
    fn into_args(self) -> Vec<Value> {
        self
    }
}

macro_rules! plain {
    ($($ty:ty: $variant:ident, $name:literal;)*) => {$(
        impl IntoValue for $ty {
            fn into_value(self) -> Value {
                Value::$variant(self)
            }
        }

        impl FromPython for $ty {
            fn from_value(value: Value, _: Python<'_>) -> Result<Self, ConvertError> {
                match value {
                    Value::$variant(value) => Ok(value),
                    other => Err(expected($name, &other)),
                }
            }
        }
    )*};
}
plain! {
    Date: Date, "date";
    Time: Time, "time";
    SignedDuration: TimeDelta, "timedelta";
}

impl IntoValue for DateTime {
    fn into_value(self) -> Value {
        Value::DateTime(self, None)
    }
}

impl FromPython for DateTime {
    fn from_value(value: Value, _: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::DateTime(at, None) => Ok(at),
            Value::DateTime(..) => Err(ConvertError::new("expected a naive datetime, found one with an offset")),
            other => Err(expected("datetime", &other)),
        }
    }
}

impl IntoValue for PyHandle {
    fn into_value(self) -> Value {
        self.into()
    }
}

impl FromPython for PyHandle {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, ConvertError> {
        match value {
            Value::Object(handle) => Ok(handle.into()),
            // It has been copied out on the way; a new object with the same value takes its place.
            other => match py.object(other) {
                Ok(object) => Ok(object.into_handle()),
                Err(error) => Err(ConvertError::new(error.to_string())),
            },
        }
    }

    const HOLDS_OBJECT: bool = true;

    fn from_handle(handle: &PyHandle) -> Option<Self> {
        Some(handle.clone())
    }
}

impl IntoValue for PyObject<'_> {
    fn into_value(self) -> Value {
        self.into_handle().into()
    }
}
