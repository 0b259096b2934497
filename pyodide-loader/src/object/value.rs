//! Python values as Rust values.

use std::fmt;
use std::sync::Arc;

use super::bigint::BigInt;
use super::dates::{Date, DateTime, Time, TimeDelta, UtcOffset};
use super::reference::Object;

/// Limit: containers nested in each other, of one value that crosses. Beyond it a [`ConvertError`].
pub const MAX_DEPTH: usize = 200;

/// Limit: bits of an `int` that crosses, about 1.2 million decimal digits. The time that its decimal text takes grows faster than
/// their number. Beyond it a [`ConvertError`].
pub const MAX_INT_BITS: usize = 4 << 20;

/// Limit: bytes of the native stack that must be left while containers nested in each other cross. Beyond it a [`ConvertError`].
pub const LEAST_STACK: usize = 64 << 10;

/// A Python value, copied to the host; or a handle, for an object that is not a plain value.
///
/// Instances of subclasses are taken as what they derive from: an `IntEnum` is an [`Int`](Value::Int), a `namedtuple` a
/// [`Tuple`](Value::Tuple), a `numpy.float64` a [`Float`](Value::Float). NumPy's other scalars are taken in the same way: a
/// `numpy.int64` is an [`Int`](Value::Int), a `numpy.bool` a [`Bool`](Value::Bool).
///
/// Two values are equal when they are of the same kind and hold the same; dictionaries and sets compare in their order,
/// handles by identity.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `None`.
    #[default]
    None,
    /// A `bool`.
    Bool(bool),
    /// An `int` that fits into 64 bits.
    Int(i64),
    /// An `int` that does not.
    BigInt(BigInt),
    /// A `float`.
    Float(f64),
    /// A `complex`: real and imaginary part.
    Complex(f64, f64),
    /// A `str`. One with lone surrogates is not valid Unicode, and an error.
    Str(String),
    /// A `bytes` or a `bytearray`; becomes a `bytes`.
    Bytes(Vec<u8>),
    /// A `list`.
    List(Vec<Value>),
    /// A `tuple`.
    Tuple(Vec<Value>),
    /// A `dict`, in its order.
    Dict(Vec<(Value, Value)>),
    /// A `set`, in no particular order.
    Set(Vec<Value>),
    /// A `frozenset`, in no particular order.
    FrozenSet(Vec<Value>),
    /// A `datetime.date`.
    Date(Date),
    /// A `datetime.time` without a time zone.
    Time(Time),
    /// A `datetime.datetime`, with its offset from UTC unless it is naive.
    DateTime(DateTime, Option<UtcOffset>),
    /// A `datetime.timedelta`.
    TimeDelta(TimeDelta),
    /// Anything else.
    Object(Handle),
}

impl Value {
    /// What Python calls the type of such a value; `"object"` for a handle.
    ///
    /// ```
    /// use pyrun_pyodide_loader::object::Value;
    /// assert_eq!(Value::Str("x".to_owned()).type_name(), "str");
    /// ```
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Complex(..) => "complex",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::FrozenSet(_) => "frozenset",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::DateTime(..) => "datetime",
            Self::TimeDelta(_) => "timedelta",
            Self::Object(_) => "object",
        }
    }

    /// The value of a dictionary at a `str` key.
    ///
    /// ```
    /// use pyrun_pyodide_loader::object::Value;
    /// let dict = Value::Dict(vec![(Value::Str("a".to_owned()), Value::Int(1))]);
    /// assert_eq!(dict.get("a"), Some(&Value::Int(1)));
    /// assert_eq!(dict.get("b"), None);
    /// ```
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Dict(entries) => {
                let found = entries.iter().find(|(name, _)| matches!(name, Self::Str(name) if name == key));
                found.map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

impl Value {
    /// Drops it without recursion, however deep it is: a value that a program has made can be deeper than the stack is.
    #[doc(hidden)]
    pub fn dismantle(self) {
        let mut left = vec![self];
        while let Some(value) = left.pop() {
            match value {
                Self::List(items) | Self::Tuple(items) | Self::Set(items) | Self::FrozenSet(items) => {
                    left.extend(items)
                }
                Self::Dict(entries) => entries.into_iter().for_each(|(key, value)| left.extend([key, value])),
                _ => {}
            }
        }
    }
}

macro_rules! from {
    ($($ty:ty as $pattern:pat_param => $value:expr;)*) => {$(
        impl From<$ty> for Value {
            fn from($pattern: $ty) -> Self {
                $value
            }
        }
    )*};
}
from! {
    () as () => Value::None;
    bool as truth => Value::Bool(truth);
    i32 as number => Value::Int(number.into());
    u32 as number => Value::Int(number.into());
    i64 as number => Value::Int(number);
    f64 as number => Value::Float(number);
    &str as text => Value::Str(text.to_owned());
    String as text => Value::Str(text);
    Vec<Value> as items => Value::List(items);
    Handle as handle => Value::Object(handle);
}

/// A Python object, apart from the way to it: it can be kept, sent to other threads, and dropped anywhere. Clones are the
/// same object; the guest may free it when the last one is gone and the interpreter is next used.
///
/// It is used through the interpreter that it came from; another one refuses it, and so does the same one after a reset.
#[derive(Clone, Debug)]
pub struct Handle(Arc<Object>);

impl Handle {
    /// The object that the handle is of.
    #[doc(hidden)]
    pub fn object(&self) -> &Object {
        &self.0
    }
}

#[doc(hidden)]
impl From<Object> for Handle {
    fn from(object: Object) -> Self {
        Self(Arc::new(object))
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(&other.0)
    }
}

/// One step on the way to a value inside another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// An item of a sequence.
    Index(usize),
    /// The value at a key; the text is the key as Python would show it.
    Key(String),
    /// A key itself, shown in the same way.
    KeyItself(String),
    /// An attribute.
    Attribute(String),
    /// A member of a set, in no particular order.
    Member,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, "[{key}]"),
            Self::KeyItself(key) => write!(f, "<key {key}>"),
            Self::Attribute(name) => write!(f, ".{name}"),
            Self::Member => f.write_str("<member>"),
        }
    }
}

/// A dictionary's key in a path: as Python shows it, shortened.
pub fn key_text(key: &Value) -> String {
    const LONGEST: usize = 40;
    match key {
        Value::Str(text) if text.chars().count() > LONGEST => {
            format!("{:?}…", text.chars().take(LONGEST).collect::<String>())
        }
        Value::Str(text) => format!("{text:?}"),
        Value::Int(number) => number.to_string(),
        Value::BigInt(number) if number.bits() <= 128 => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::None => "None".to_owned(),
        other => format!("<{}>", other.type_name()),
    }
}

/// A value that cannot cross, and where it is inside the one that was to cross.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConvertError {
    /// From the outermost value inwards.
    pub path: Vec<Step>,
    /// Why it cannot.
    pub why: String,
}

impl ConvertError {
    /// An error about the value itself.
    pub fn new(why: impl Into<String>) -> Self {
        Self { path: Vec::new(), why: why.into() }
    }

    /// The same error, seen from the container that the value is in.
    #[must_use]
    pub fn inside(mut self, step: Step) -> Self {
        self.path.insert(0, step);
        self
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            f.write_str("at ")?;
            self.path.iter().try_for_each(|step| step.fmt(f))?;
            f.write_str(": ")?;
        }
        f.write_str(&self.why)
    }
}

impl std::error::Error for ConvertError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_pythons_names() {
        let at = DateTime { date: Date::new(1, 1, 1).unwrap(), time: Time::default() };
        for (value, name) in [
            (Value::None, "None"),
            (true.into(), "bool"),
            (7.into(), "int"),
            (Value::BigInt(BigInt::default()), "int"),
            (0.5.into(), "float"),
            (Value::Complex(0.0, 1.0), "complex"),
            ("x".into(), "str"),
            (Value::Bytes(Vec::new()), "bytes"),
            (Vec::new().into(), "list"),
            (Value::Tuple(Vec::new()), "tuple"),
            (Value::Dict(Vec::new()), "dict"),
            (Value::Set(Vec::new()), "set"),
            (Value::FrozenSet(Vec::new()), "frozenset"),
            (Value::Date(at.date), "date"),
            (Value::Time(at.time), "time"),
            (Value::DateTime(at, None), "datetime"),
            (Value::TimeDelta(TimeDelta::default()), "timedelta"),
        ] {
            assert_eq!(value.type_name(), name);
        }
    }

    #[test]
    fn only_dictionaries_have_values_at_keys() {
        let dict = Value::Dict(vec![(7.into(), 8.into()), ("a".into(), 1.into())]);
        assert_eq!(["a", "7", "b"].map(|key| dict.get(key)), [Some(&1.into()), None, None]);
        assert_eq!(Value::Tuple(vec!["a".into()]).get("a"), None);
    }

    #[test]
    fn keys_are_shown_shortened() {
        let long = "x".repeat(41);
        let huge = |shift: usize| Value::BigInt(BigInt::from_magnitude_le(false, &[vec![0; shift], vec![1]].concat()));
        for (key, shown) in [
            (Value::Str(long.clone()), format!("{:?}…", &long[..40])),
            (Value::Str(long[..40].to_owned()), format!("{:?}", &long[..40])),
            ("\n".into(), r#""\n""#.to_owned()),
            (Value::Int(-7), "-7".to_owned()),
            (huge(8), "18446744073709551616".to_owned()),
            (huge(16), "<int>".to_owned()),
            (Value::Float(0.5), "0.5".to_owned()),
            (Value::Bool(true), "True".to_owned()),
            (Value::Bool(false), "False".to_owned()),
            (Value::None, "None".to_owned()),
            (Value::Tuple(Vec::new()), "<tuple>".to_owned()),
        ] {
            assert_eq!(key_text(&key), shown);
        }
    }

    #[test]
    fn an_error_says_the_way_from_outside() {
        let error = ConvertError::new("why").inside(Step::Member).inside(Step::Attribute("a".to_owned()));
        let error =
            error.inside(Step::KeyItself("k".to_owned())).inside(Step::Key("k".to_owned())).inside(Step::Index(3));
        assert_eq!(error.to_string(), "at [3][k]<key k>.a<member>: why");
        assert_eq!(ConvertError::new("why").to_string(), "why");
    }
}
