//! Values through `serde`.
//!
//! Into Python: maps and structs become dictionaries, sequences lists, tuples tuples, enum variants as `serde_json` has
//! them (`"Unit"`, `{"Variant": …}`), bytes `bytes`. Out of it the same, and tuples and sets are sequences too.

use pyrun_pyodide_loader::object::value::key_text;
use pyrun_pyodide_loader::object::{ConvertError, Step, Value};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::ser::{self, Serialize};

use super::convert::simplify;
use super::object::PyObject;
use super::python::Python;
use crate::error::Error;

/// The Python value of what `serde` can take apart.
///
/// # Errors
/// [`Error::Convert`] when the type's own code refuses.
///
/// ```
/// #[derive(serde::Serialize)]
/// struct Point { x: i64, y: f64 }
/// let value = pyrun::to_value(&Point { x: 1, y: 2.5 })?;
/// assert_eq!(value.get("y"), Some(&pyrun::Value::Float(2.5)));
/// # Ok::<(), pyrun::Error>(())
/// ```
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    value.serialize(Serializer).map_err(Failed::into_error)
}

/// What `serde` makes of a Python value.
///
/// # Errors
/// [`Error::Convert`] when it is of another form; the error names the place inside the value.
///
/// ```
/// #[derive(serde::Deserialize, Debug)]
/// struct Point { x: i64, y: f64 }
/// let value = pyrun::to_value(&serde_json::json!([{"x": 1, "y": 2}, {"x": 1, "y": "?"}]))?;
/// let error = pyrun::from_value::<Vec<Point>>(value).unwrap_err();
/// assert!(error.to_string().starts_with("at [1][\"y\"]: "), "{error}");
/// # Ok::<(), pyrun::Error>(())
/// ```
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Deserializer { value, py: None }).map_err(Failed::into_error)
}

/// As [`from_value`], where the interpreter can be asked about what is no plain value.
pub(super) fn from_value_in<T: DeserializeOwned>(value: Value, py: Python<'_>) -> Result<T, Error> {
    T::deserialize(Deserializer { value, py: Some(py) }).map_err(Failed::into_error)
}

/// An error on its way through `serde`, which wants to make its own.
#[derive(Debug)]
struct Failed(Box<Error>);

impl Failed {
    fn inside(self, step: Step) -> Self {
        Self(Box::new(self.0.inside(step)))
    }

    fn into_error(self) -> Error {
        *self.0
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(Box::new(error))
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(Box::new(ConvertError::new(message.to_string()).into()))
    }
}

impl de::Error for Failed {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(Box::new(ConvertError::new(message.to_string()).into()))
    }
}

struct Serializer;

/// A container that is being filled.
enum Filling {
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Dict { entries: Vec<(Value, Value)>, key: Option<Value> },
}

/// A container, and the enum variant that it is the content of.
struct Container {
    filling: Filling,
    variant: Option<&'static str>,
}

impl Container {
    fn new(filling: Filling) -> Self {
        Self { filling, variant: None }
    }

    fn dict() -> Filling {
        Filling::Dict { entries: Vec::new(), key: None }
    }

    fn push(&mut self, item: &(impl Serialize + ?Sized)) -> Result<(), Failed> {
        if let Filling::List(items) | Filling::Tuple(items) = &mut self.filling {
            let index = items.len();
            items.push(item.serialize(Serializer).map_err(|error| error.inside(Step::Index(index)))?);
        }
        Ok(())
    }

    fn insert(&mut self, name: Value, item: &(impl Serialize + ?Sized)) -> Result<(), Failed> {
        let item = item.serialize(Serializer).map_err(|error| error.inside(Step::Key(key_text(&name))))?;
        if let Filling::Dict { entries, .. } = &mut self.filling {
            entries.push((name, item));
        }
        Ok(())
    }

    fn finish(self) -> Value {
        let value = match self.filling {
            Filling::List(items) => Value::List(items),
            Filling::Tuple(items) => Value::Tuple(items),
            Filling::Dict { entries, .. } => Value::Dict(entries),
        };
        match self.variant {
            Some(name) => variant(name, value),
            None => value,
        }
    }
}

fn variant(name: &str, value: Value) -> Value {
    Value::Dict(vec![(Value::Str(name.to_owned()), value)])
}

macro_rules! integers_out {
    ($($method:ident: $ty:ty as $wide:ty;)*) => {$(
        fn $method(self, number: $ty) -> Result<Value, Failed> {
            Ok(i64::try_from(number).map_or_else(|_| Value::BigInt(<$wide>::from(number).into()), Value::Int))
        }
    )*};
}

impl ser::Serializer for Serializer {
    type Ok = Value;
    type Error = Failed;
    type SerializeSeq = Container;
    type SerializeTuple = Container;
    type SerializeTupleStruct = Container;
    type SerializeTupleVariant = Container;
    type SerializeMap = Container;
    type SerializeStruct = Container;
    type SerializeStructVariant = Container;

    integers_out! {
        serialize_i8: i8 as i128; serialize_i16: i16 as i128; serialize_i32: i32 as i128; serialize_i64: i64 as i128;
        serialize_i128: i128 as i128; serialize_u8: u8 as u128; serialize_u16: u16 as u128; serialize_u32: u32 as u128;
        serialize_u64: u64 as u128; serialize_u128: u128 as u128;
    }

    fn serialize_bool(self, truth: bool) -> Result<Value, Failed> {
        Ok(Value::Bool(truth))
    }

    fn serialize_f32(self, number: f32) -> Result<Value, Failed> {
        Ok(Value::Float(number.into()))
    }

    fn serialize_f64(self, number: f64) -> Result<Value, Failed> {
        Ok(Value::Float(number))
    }

    fn serialize_char(self, character: char) -> Result<Value, Failed> {
        Ok(Value::Str(character.into()))
    }

    fn serialize_str(self, text: &str) -> Result<Value, Failed> {
        Ok(Value::Str(text.to_owned()))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, Failed> {
        Ok(Value::Bytes(bytes.to_vec()))
    }

    fn serialize_none(self) -> Result<Value, Failed> {
        Ok(Value::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Failed> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Failed> {
        Ok(Value::None)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Failed> {
        Ok(Value::None)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Value, Failed> {
        Ok(Value::Str(name.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Value, Failed> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Failed> {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Container, Failed> {
        Ok(Container::new(Filling::List(Vec::new())))
    }

    fn serialize_tuple(self, _: usize) -> Result<Container, Failed> {
        Ok(Container::new(Filling::Tuple(Vec::new())))
    }

    fn serialize_tuple_struct(self, _: &'static str, count: usize) -> Result<Container, Failed> {
        self.serialize_tuple(count)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Container, Failed> {
        Ok(Container { filling: Filling::Tuple(Vec::new()), variant: Some(name) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Container, Failed> {
        Ok(Container::new(Container::dict()))
    }

    fn serialize_struct(self, _: &'static str, count: usize) -> Result<Container, Failed> {
        self.serialize_map(Some(count))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Container, Failed> {
        Ok(Container { filling: Container::dict(), variant: Some(name) })
    }
}

macro_rules! sequences_out {
    ($($trait:ident: $method:ident;)*) => {$(
        impl ser::$trait for Container {
            type Ok = Value;
            type Error = Failed;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Failed> {
                self.push(item)
            }

            fn end(self) -> Result<Value, Failed> {
                Ok(self.finish())
            }
        }
    )*};
}
sequences_out! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

macro_rules! structs_out {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Container {
            type Ok = Value;
            type Error = Failed;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, item: &T) -> Result<(), Failed> {
                self.insert(Value::Str(name.to_owned()), item)
            }

            fn end(self) -> Result<Value, Failed> {
                Ok(self.finish())
            }
        }
    )*};
}
structs_out!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Container {
    type Ok = Value;
    type Error = Failed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Failed> {
        let name = name.serialize(Serializer)?;
        if let Filling::Dict { key, .. } = &mut self.filling {
            *key = Some(name);
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Failed> {
        let name = match &mut self.filling {
            Filling::Dict { key, .. } => key.take().unwrap_or_default(),
            Filling::List(_) | Filling::Tuple(_) => Value::None,
        };
        self.insert(name, item)
    }

    fn end(self) -> Result<Value, Failed> {
        Ok(self.finish())
    }
}

/// As [`Python::nested`], where there is a way in. Without one the depth is that of a value which the embedder has.
fn nested<R>(py: Option<Python<'_>>, body: impl FnOnce() -> Result<R, Failed>) -> Result<R, Failed> {
    match py {
        Some(py) => py.nested(body),
        None => body(),
    }
}

struct Deserializer<'py> {
    value: Value,
    /// Asked about what is no plain value.
    py: Option<Python<'py>>,
}

impl<'py> Deserializer<'py> {
    fn of(&self, value: Value) -> Self {
        Self { value, py: self.py }
    }

    /// The object, when it is no plain value and can be asked.
    fn object(&self) -> Option<PyObject<'py>> {
        match (&self.value, self.py) {
            (Value::Object(handle), Some(py)) => Some(py.bind(handle)),
            _ => None,
        }
    }

    /// A plain value that is near the object, if it is one.
    fn simple(self) -> Result<Self, Failed> {
        match self.object() {
            Some(object) => match simplify(&object)? {
                Some(value) => Ok(self.of(value)),
                None => Err(super::convert::expected_object("a plain value", &object).into()),
            },
            None => Ok(self),
        }
    }

    /// The value as a number, by what it says of itself.
    fn number<T: super::FromPython + super::IntoPython>(self) -> Result<Self, Failed> {
        match self.object() {
            Some(object) => {
                let number: T = object.extract()?;
                let value = number.into_python(object.python())?;
                Ok(self.of(value))
            }
            None => Ok(self),
        }
    }
}

macro_rules! numbers_in {
    ($($method:ident: $ty:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
            self.number::<$ty>()?.deserialize_any(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Deserializer<'_> {
    type Error = Failed;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        let this = self.simple()?;
        let py = this.py;
        match this.value {
            Value::None => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Int(number) => visitor.visit_i64(number),
            Value::BigInt(number) => match (u64::try_from(&number), i128::try_from(&number), u128::try_from(&number)) {
                (Ok(number), ..) => visitor.visit_u64(number),
                (_, Ok(number), _) => visitor.visit_i128(number),
                (.., Ok(number)) => visitor.visit_u128(number),
                _ => Err(de::Error::custom("an int of more than 128 bits")),
            },
            Value::Float(number) => visitor.visit_f64(number),
            Value::Str(text) => visitor.visit_string(text),
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Value::List(items) | Value::Tuple(items) => visitor.visit_seq(Items::new(items, Step::Index, py)),
            Value::Set(items) | Value::FrozenSet(items) => visitor.visit_seq(Items::new(items, |_| Step::Member, py)),
            Value::Dict(entries) => visitor.visit_map(Entries { entries: entries.into_iter(), value: None, py }),
            Value::Complex(real, imag) => {
                visitor.visit_seq(Items::new(vec![Value::Float(real), Value::Float(imag)], Step::Index, py))
            }
            Value::Date(date) => visitor.visit_string(date.to_string()),
            Value::Time(time) => visitor.visit_string(time.to_string()),
            Value::DateTime(at, None) => visitor.visit_string(at.to_string()),
            Value::DateTime(at, Some(offset)) => visitor.visit_string(format!("{at}{offset}")),
            Value::TimeDelta(span) => visitor.visit_string(span.to_string()),
            other => Err(de::Error::custom(format!("{} is no plain value", other.type_name()))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        match self.value {
            Value::None => visitor.visit_none(),
            value => nested(self.py, || visitor.visit_some(Self { value, py: self.py })),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failed> {
        nested(self.py, || visitor.visit_newtype_struct(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failed> {
        let this = self.simple()?;
        let py = this.py;
        match this.value {
            Value::Str(name) => visitor.visit_enum(name.into_deserializer()),
            Value::Dict(entries) if entries.len() == 1 => {
                visitor.visit_enum(de::value::MapAccessDeserializer::new(Entries {
                    entries: entries.into_iter(),
                    value: None,
                    py,
                }))
            }
            other => Err(de::Error::custom(format!("expected a variant, found {}", other.type_name()))),
        }
    }

    /// Of an object that has the fields as attributes, too.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failed> {
        let Some(object) = self.object() else { return self.deserialize_any(visitor) };
        if let Some(value) = simplify(&object)? {
            return self.of(value).deserialize_any(visitor);
        }
        let mut entries = Vec::new();
        for field in fields {
            if object.has_attr(field)? {
                entries.push((Value::Str((*field).to_owned()), object.attr(field)?.value()?));
            }
        }
        self.of(Value::Dict(entries)).deserialize_any(visitor)
    }

    numbers_in! {
        deserialize_bool: bool; deserialize_i8: i64; deserialize_i16: i64; deserialize_i32: i64; deserialize_i64: i64;
        deserialize_i128: i128; deserialize_u8: i64; deserialize_u16: i64; deserialize_u32: i64; deserialize_u64: u64;
        deserialize_u128: u128; deserialize_f32: f64; deserialize_f64: f64;
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'py> {
    items: std::vec::IntoIter<Value>,
    next: usize,
    step: fn(usize) -> Step,
    py: Option<Python<'py>>,
}

impl<'py> Items<'py> {
    fn new(items: Vec<Value>, step: fn(usize) -> Step, py: Option<Python<'py>>) -> Self {
        Self { items: items.into_iter(), next: 0, step, py }
    }
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Failed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failed> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let step = (self.step)(self.next);
        self.next += 1;
        let item = nested(self.py, || seed.deserialize(Deserializer { value: item, py: self.py }));
        item.map(Some).map_err(|error| error.inside(step))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'py> {
    py: Option<Python<'py>>,
    entries: std::vec::IntoIter<(Value, Value)>,
    /// The value of the key that was taken last.
    value: Option<(String, Value)>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Failed;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failed> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        let name = key_text(&key);
        self.value = Some((name.clone(), value));
        nested(self.py, || seed.deserialize(Deserializer { value: key, py: self.py }))
            .map(Some)
            .map_err(|error| error.inside(Step::KeyItself(name)))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failed> {
        let Some((name, value)) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let value = nested(self.py, || seed.deserialize(Deserializer { value, py: self.py }));
        value.map_err(|error| error.inside(Step::Key(name)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}
