//! Dates and times, both ways, by the classes of `datetime`.
//!
//! What is of one of these classes is read from its memory. What is of a subclass is asked for its fields, since a subclass
//! may keep more than its memory says: `pandas.Timestamp` has nanoseconds, and years out of `datetime`'s range. What Rust's
//! types cannot hold (`pandas.NaT`, a zone that is a fraction of a second off) stays an object.

use super::api::ObjectApi;
use super::dates::{Date, DateTime, Time, TimeDelta, UtcOffset};
use super::error::{BuiltinException, RaiseError};
use super::layout;
use super::reference::Object;
use super::value::{ConvertError, Value};

/// A class of `datetime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Date,
    Time,
    DateTime,
    TimeDelta,
}

/// The classes by their `tp_name`. A `datetime` is a `date`, so it comes first.
const CLASSES: [(&[u8], Class); 4] = [
    (b"datetime.datetime", Class::DateTime),
    (b"datetime.date", Class::Date),
    (b"datetime.time", Class::Time),
    (b"datetime.timedelta", Class::TimeDelta),
];

/// A date or time of type `ty`; `None` when the object is neither, or none that Rust's types can hold.
pub(super) fn read(python: &mut ObjectApi<'_>, addr: u32, ty: u32) -> Result<Option<Value>, RaiseError> {
    let Some((class, is_subclass)) = class_of(python, ty)? else { return Ok(None) };
    if is_subclass {
        let object = python.borrow(addr)?;
        return read_attributes(python, &object, class);
    }
    Ok(match class {
        Class::Date => {
            let fields = python.mem(|mem| layout::date_fields::<4>(mem, addr))?;
            date(fields).map(Value::Date)
        }
        Class::TimeDelta => {
            let parts = python.mem(|mem| layout::delta(mem, addr))?;
            Some(Value::TimeDelta(delta(parts)))
        }
        Class::Time if python.mem(|mem| layout::has_zone(mem, addr))? => None,
        Class::Time => {
            let fields = python.mem(|mem| layout::date_fields::<6>(mem, addr))?;
            time(fields).map(Value::Time)
        }
        Class::DateTime => {
            let [a, b, c, d, e, f, g, h, i, j] = python.mem(|mem| layout::date_fields::<10>(mem, addr))?;
            let (Some(date), Some(time)) = (date([a, b, c, d]), time([e, f, g, h, i, j])) else { return Ok(None) };
            let naive = DateTime { date, time };
            match python.mem(|mem| layout::has_zone(mem, addr))? {
                true => {
                    let object = python.borrow(addr)?;
                    aware(python, &object, naive)?
                }
                false => Some(Value::DateTime(naive, None)),
            }
        }
    })
}

/// The class that a type is or derives from, and whether it only derives from it.
fn class_of(python: &mut ObjectApi<'_>, ty: u32) -> Result<Option<(Class, bool)>, RaiseError> {
    Ok(python.mem(|mem| {
        let mut base = ty;
        for _ in 0..layout::MAX_BASES {
            for (name, class) in CLASSES {
                if layout::type_is_named(mem, base, name)? {
                    return Ok(Some((class, base != ty)));
                }
            }
            base = layout::base(mem, base)?;
            if base == 0 {
                break;
            }
        }
        Ok(None)
    })?)
}

/// An instance of a subclass, by its attributes.
fn read_attributes(python: &mut ObjectApi<'_>, object: &Object, class: Class) -> Result<Option<Value>, RaiseError> {
    if class == Class::TimeDelta {
        return Ok(read_delta(python, object)?.map(Value::TimeDelta));
    }
    let date = match class {
        Class::Time => None,
        _ => {
            let [year, month, day] = integers_of(python, object, ["year", "month", "day"])?;
            let Some(date) = new_date(year, month, day) else { return Ok(None) };
            Some(date)
        }
    };
    if let (Class::Date, Some(date)) = (class, date) {
        return Ok(Some(Value::Date(date)));
    }
    let [hour, minute, second, micros] = integers_of(python, object, ["hour", "minute", "second", "microsecond"])?;
    let nanos = optional_integer(python, object, "nanosecond")?;
    let Some(time) = new_time([hour, minute, second, micros, nanos]) else { return Ok(None) };
    let zone = python.get_attr(object, "tzinfo")?;
    match date.map(|date| DateTime { date, time }) {
        Some(naive) if python.is_none(&zone) => Ok(Some(Value::DateTime(naive, None))),
        Some(naive) => aware(python, object, naive),
        None => Ok(python.is_none(&zone).then_some(Value::Time(time))),
    }
}

fn read_delta(python: &mut ObjectApi<'_>, object: &Object) -> Result<Option<TimeDelta>, RaiseError> {
    let [days, seconds, micros] = integers_of(python, object, ["days", "seconds", "microseconds"])?;
    let nanos = optional_integer(python, object, "nanoseconds")?;
    let (Some(days), Some(seconds), Some(micros), Some(nanos)) = (days, seconds, micros, nanos) else {
        return Ok(None);
    };
    let rest = micros.checked_mul(1000).and_then(|rest| rest.checked_add(nanos));
    Ok(rest.map(|rest| TimeDelta::with_nanoseconds(days, seconds, rest)))
}

/// A `datetime` with a zone, whose offset its zone tells.
fn aware(python: &mut ObjectApi<'_>, object: &Object, naive: DateTime) -> Result<Option<Value>, RaiseError> {
    let offset = python.call_method(object, "utcoffset", &[], &[])?;
    let Value::TimeDelta(offset) = python.value(&offset)? else { return Ok(None) };
    // An offset of fractions of a second, as of early local mean times, stays in the guest.
    let seconds = offset.days().checked_mul(86_400).and_then(|days| days.checked_add(offset.seconds().into()));
    let seconds = seconds.and_then(|seconds| i32::try_from(seconds).ok()).filter(|_| offset.nanoseconds() == 0);
    let offset = seconds.and_then(UtcOffset::from_seconds);
    Ok(offset.map(|offset| Value::DateTime(naive, Some(offset))))
}

/// The attributes of these names, as far as each is an `int`.
fn integers_of<const N: usize>(
    python: &mut ObjectApi<'_>,
    object: &Object,
    names: [&str; N],
) -> Result<[Option<i64>; N], RaiseError> {
    let mut found = [None; N];
    for (number, name) in found.iter_mut().zip(names) {
        let attribute = python.get_attr(object, name)?;
        *number = match python.value(&attribute) {
            Ok(Value::Int(value)) => Some(value),
            Err(RaiseError::Trap(trap)) => return Err(trap.into()),
            _ => None,
        };
    }
    Ok(found)
}

/// An attribute that only some subclasses have; 0 in the others.
fn optional_integer(python: &mut ObjectApi<'_>, object: &Object, name: &str) -> Result<Option<i64>, RaiseError> {
    match integers_of(python, object, [name]) {
        Ok([number]) => Ok(number),
        Err(RaiseError::Raised(exception))
            if !python.exception_is(&exception, BuiltinException::KeyboardInterrupt)? =>
        {
            Ok(Some(0))
        }
        Err(error) => Err(error),
    }
}

fn new_date(year: Option<i64>, month: Option<i64>, day: Option<i64>) -> Option<Date> {
    Date::new(u16::try_from(year?).ok()?, u8::try_from(month?).ok()?, u8::try_from(day?).ok()?)
}

fn new_time([hour, minute, second, micros, nanos]: [Option<i64>; 5]) -> Option<Time> {
    let small = |number: Option<i64>| u8::try_from(number?).ok();
    let nanos = micros?.checked_mul(1000)?.checked_add(nanos?)?;
    Time::with_nanosecond(small(hour)?, small(minute)?, small(second)?, u32::try_from(nanos).ok()?)
}

fn date([high, low, month, day]: [u8; 4]) -> Option<Date> {
    Date::new(u16::from_be_bytes([high, low]), month, day)
}

fn time([hour, minute, second, a, b, c]: [u8; 6]) -> Option<Time> {
    Time::new(hour, minute, second, u32::from_be_bytes([0, a, b, c]))
}

fn delta((days, seconds, micros): (i32, i32, i32)) -> TimeDelta {
    TimeDelta::new(days.into(), seconds.into(), micros.into())
}

/// A new object of a class of `datetime`, which is imported for it.
pub(super) fn write(python: &mut ObjectApi<'_>, value: &Value) -> Result<Object, RaiseError> {
    let module = python.import("datetime")?;
    match value {
        Value::Date(date) => make(python, &module, "date", &date_fields(*date)),
        Value::Time(time) => make(python, &module, "time", &time_fields(*time)),
        Value::TimeDelta(span) => time_delta(python, &module, *span),
        Value::DateTime(at, offset) => {
            let fields: Vec<i64> = date_fields(at.date).into_iter().chain(time_fields(at.time)).collect();
            let zone = match offset {
                Some(offset) => {
                    let delta = time_delta(python, &module, TimeDelta::new(0, offset.seconds().into(), 0))?;
                    let class = python.get_attr(&module, "timezone")?;
                    Some(python.call(&class, &[delta], &[])?)
                }
                None => None,
            };
            let class = python.get_attr(&module, "datetime")?;
            let mut args = integers(python, &fields)?;
            args.extend(zone);
            python.call(&class, &args, &[])
        }
        _ => Err(ConvertError::new("it is neither a date nor a time").into()),
    }
}

fn time_delta(python: &mut ObjectApi<'_>, module: &Object, span: TimeDelta) -> Result<Object, RaiseError> {
    // Python has microseconds; what is finer is cut off.
    make(python, module, "timedelta", &[span.days(), span.seconds().into(), span.microseconds().into()])
}

fn date_fields(date: Date) -> [i64; 3] {
    [date.year().into(), date.month().into(), date.day().into()]
}

fn time_fields(time: Time) -> [i64; 4] {
    [time.hour().into(), time.minute().into(), time.second().into(), time.microsecond().into()]
}

fn integers(python: &mut ObjectApi<'_>, numbers: &[i64]) -> Result<Vec<Object>, RaiseError> {
    numbers.iter().map(|number| python.object(&Value::Int(*number))).collect()
}

fn make(python: &mut ObjectApi<'_>, module: &Object, class: &str, fields: &[i64]) -> Result<Object, RaiseError> {
    let class = python.get_attr(module, class)?;
    let args = integers(python, fields)?;
    python.call(&class, &args, &[])
}
