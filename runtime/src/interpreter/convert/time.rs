//! The classes of `datetime` and their subclasses, which are values.

use std::time::Duration;

use pyrun_pyodide_loader::object::{Date, DateTime, Time, TimeDelta, UtcOffset, Value};

use super::{FromPython, IntoPython, expected};
use crate::error::Error;
use crate::interpreter::python::Python;

macro_rules! plain {
    ($($ty:ty: $variant:ident, $name:literal;)*) => {$(
        impl IntoPython for $ty {
            fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
                Ok(Value::$variant(self))
            }
        }

        impl FromPython for $ty {
            fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
                match value {
                    Value::$variant(value) => Ok(value),
                    other => Err(expected($name, &other, py)),
                }
            }
        }
    )*};
}
plain! {
    Date: Date, "date";
    Time: Time, "time";
    TimeDelta: TimeDelta, "timedelta";
}

impl IntoPython for DateTime {
    /// A naive one.
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::DateTime(self, None))
    }
}

impl FromPython for DateTime {
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        match value {
            Value::DateTime(at, None) => Ok(at),
            Value::DateTime(..) => Err(Error::convert("expected a naive datetime, found one with an offset")),
            other => Err(expected("datetime", &other, py)),
        }
    }
}

impl IntoPython for (DateTime, UtcOffset) {
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::DateTime(self.0, Some(self.1)))
    }
}

impl IntoPython for Duration {
    /// A `timedelta`; what is finer than a microsecond is cut off, and more than 999,999,999 days are an `OverflowError`.
    fn into_python(self, _: Python<'_>) -> Result<Value, Error> {
        Ok(Value::TimeDelta(self.into()))
    }
}

impl FromPython for Duration {
    /// Fails for a negative `timedelta`.
    fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
        let delta = TimeDelta::from_value(value, py)?;
        delta.try_into().map_err(|_| Error::convert("a Duration cannot be negative"))
    }
}

#[cfg(feature = "jiff")]
mod with_jiff {
    use jiff::SignedDuration;
    use jiff::civil;

    use super::{Date, DateTime, Error, FromPython, IntoPython, Python, Time, TimeDelta, Value};

    fn out_of_range<E>(_: E) -> Error {
        Error::convert("Python's dates are of the years 1 to 9999")
    }

    macro_rules! foreign {
        ($($foreign:ty: $own:ty;)*) => {$(
            impl IntoPython for $foreign {
                fn into_python(self, py: Python<'_>) -> Result<Value, Error> {
                    <$own>::try_from(self).map_err(out_of_range)?.into_python(py)
                }
            }

            impl FromPython for $foreign {
                fn from_value(value: Value, py: Python<'_>) -> Result<Self, Error> {
                    <$own>::from_value(value, py).map(Into::into)
                }
            }
        )*};
    }
    foreign! {
        civil::Date: Date;
        civil::Time: Time;
        civil::DateTime: DateTime;
        SignedDuration: TimeDelta;
    }
}
