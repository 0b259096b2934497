//! Between `pyrun_value` and [`Value`].

use pyrun::{Element, Error, Python, Value};

use crate::code::bad;
use crate::sys::{Arena, Bounds, Kind, Record, here, utf8};

/// Limit: how deeply values that C code passes may be nested; more is PYRUN_BAD_ARGUMENT.
const MAX_DEPTH: u32 = 200;

/// The kind of record that a value becomes, without making it.
pub(crate) fn kind(value: &Value) -> Kind {
    match value {
        Value::None => Kind::None,
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) => Kind::Int,
        Value::BigInt(_) => Kind::BigInt,
        Value::Float(_) => Kind::Float,
        Value::Complex(..) => Kind::Complex,
        Value::Bytes(_) => Kind::Bytes,
        Value::List(_) => Kind::List,
        Value::Tuple(_) => Kind::Tuple,
        Value::Set(_) => Kind::Set,
        Value::FrozenSet(_) => Kind::FrozenSet,
        Value::Dict(_) => Kind::Dict,
        Value::Date(_) => Kind::Date,
        Value::Time(_) => Kind::Time,
        Value::DateTime(..) => Kind::DateTime,
        Value::TimeDelta(_) => Kind::TimeDelta,
        Value::Object(_) => Kind::Object,
        // A `str`, or a kind of value that this interface does not have yet.
        _ => Kind::Str,
    }
}

/// Limit: what the decimal text of all integers of one value may cost, about that of one of four million bits: a list can name one
/// large integer a million times. Beyond it `PYRUN_CONVERT`.
const MAX_TEXT_COST: usize = 2 << 30;

/// Refuses a value whose integers would take too long to become text.
pub(crate) fn check_text(value: &Value) -> Result<(), Error> {
    fn cost(value: &Value) -> usize {
        let all = |items: &[Value]| items.iter().map(cost).fold(0, usize::saturating_add);
        match value {
            Value::BigInt(number) => number.text_cost(),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => all(items),
            Value::Dict(entries) => {
                entries.iter().map(|(key, value)| cost(key).saturating_add(cost(value))).fold(0, usize::saturating_add)
            }
            _ => 0,
        }
    }
    match cost(value) {
        0..=MAX_TEXT_COST => Ok(()),
        _ => Err(Error::convert("its integers have more digits than can become text: pass them as bytes")),
    }
}

/// Limit: bytes of the calling thread's stack that a level of a nested value is taken to need; and that are left to others.
const STACK_OF_LEVEL: usize = 2048;
const LEAST_STACK: usize = 64 << 10;

/// Refuses a value that is nested more deeply than the calling thread has stack for: who makes it chooses that.
pub(crate) fn check_nesting(value: &Value) -> Result<(), Error> {
    let (mut deepest, mut left) = (0_usize, vec![(value, 1_usize)]);
    while let Some((value, level)) = left.pop() {
        deepest = deepest.max(level);
        let inner: &mut dyn Iterator<Item = &Value> = match value {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => &mut items.iter(),
            Value::Dict(entries) => &mut entries.iter().flat_map(|(key, value)| [key, value]),
            _ => continue,
        };
        left.extend(inner.filter(|it| is_container(it)).map(|it| (it, level + 1)));
    }
    // A call needs 256 KiB, so few levels need no look.
    let needed = deepest.saturating_mul(STACK_OF_LEVEL).saturating_add(LEAST_STACK);
    let has_room = |bounds: Bounds| here().saturating_sub(bounds.low) >= needed;
    if needed <= 2 * LEAST_STACK || Bounds::of_this_thread().is_ok_and(has_room) {
        return Ok(());
    }
    Err(Error::convert("containers are nested more deeply than the calling thread has stack for"))
}

fn is_container(value: &Value) -> bool {
    matches!(kind(value), Kind::List | Kind::Tuple | Kind::Set | Kind::FrozenSet | Kind::Dict)
}

/// A value as a record, whose memory is the arena's.
pub(crate) fn to_record(value: Value, arena: &mut Arena) -> Record {
    match value {
        Value::None => Arena::words(Kind::None, 0, 0),
        Value::Bool(truth) => Arena::words(Kind::Bool, truth.into(), 0),
        Value::Int(number) => Arena::words(Kind::Int, number.cast_unsigned(), 0),
        Value::BigInt(number) => arena.text(Kind::BigInt, number.to_string().as_bytes()),
        Value::Float(number) => Arena::words(Kind::Float, number.to_bits(), 0),
        Value::Complex(re, im) => Arena::words(Kind::Complex, re.to_bits(), im.to_bits()),
        Value::Str(text) => arena.text(Kind::Str, text.as_bytes()),
        Value::Bytes(bytes) => arena.text(Kind::Bytes, &bytes),
        Value::List(items) => to_items(Kind::List, items, arena),
        Value::Tuple(items) => to_items(Kind::Tuple, items, arena),
        Value::Set(items) => to_items(Kind::Set, items, arena),
        Value::FrozenSet(items) => to_items(Kind::FrozenSet, items, arena),
        Value::Dict(entries) => {
            let flat = entries.into_iter().flat_map(|(key, value)| [key, value]).collect();
            to_items(Kind::Dict, flat, arena)
        }
        Value::Date(date) => arena.text(Kind::Date, date.to_string().as_bytes()),
        Value::Time(time) => arena.text(Kind::Time, time.to_string().as_bytes()),
        Value::DateTime(time, offset) => {
            let offset = offset.map_or_else(String::new, |offset| offset.to_string());
            arena.text(Kind::DateTime, format!("{time}{offset}").as_bytes())
        }
        Value::TimeDelta(time) => arena.text(Kind::TimeDelta, time.to_string().as_bytes()),
        Value::Object(handle) => arena.object(handle),
        // A kind of value that this interface does not have yet.
        other => arena.text(Kind::Str, format!("{other:?}").as_bytes()),
    }
}

fn to_items(kind: Kind, values: Vec<Value>, arena: &mut Arena) -> Record {
    let items = values.into_iter().map(|value| to_record(value, arena)).collect();
    arena.items(kind, items)
}

/// A record's value. Python is asked to make arrays.
pub(crate) fn to_value(py: Python<'_>, record: &Record) -> Result<Value, Error> {
    nested(py, record, 0)
}

/// The values of several.
pub(crate) fn to_values(py: Python<'_>, records: &[Record]) -> Result<Vec<Value>, Error> {
    records.iter().map(|record| to_value(py, record)).collect()
}

fn nested(py: Python<'_>, record: &Record, depth: u32) -> Result<Value, Error> {
    if depth > MAX_DEPTH {
        return Err(bad("values are nested more than 200 deep"));
    }
    let items = |record: &Record| -> Result<Vec<Value>, Error> {
        record.slice::<Record>()?.iter().map(|item| nested(py, item, depth + 1)).collect()
    };
    Ok(match record.kind()? {
        Kind::None => Value::None,
        Kind::Bool => Value::Bool(record.int() != 0),
        Kind::Int => Value::Int(record.int()),
        Kind::BigInt => {
            let digits = utf8(record.slice()?)?;
            Value::BigInt(digits.parse().map_err(|_| bad("a PYRUN_BIGINT is not decimal digits"))?)
        }
        Kind::Float => Value::Float(record.floats().0),
        Kind::Complex => {
            let (re, im) = record.floats();
            Value::Complex(re, im)
        }
        Kind::Str => Value::Str(utf8(record.slice()?)?.to_owned()),
        Kind::Bytes => Value::Bytes(record.slice()?.to_vec()),
        Kind::List => Value::List(items(record)?),
        Kind::Tuple => Value::Tuple(items(record)?),
        Kind::Set => Value::Set(items(record)?),
        Kind::FrozenSet => Value::FrozenSet(items(record)?),
        Kind::Dict => Value::Dict(pairs(items(record)?)?),
        Kind::Object => record.object()?.clone().into(),
        Kind::Int64s => array(py, "q", record.slice::<i64>()?)?,
        Kind::Float64s => array(py, "d", record.slice::<f64>()?)?,
        Kind::Array => return Err(bad("PYRUN_ARRAY is for pyrun_operations_call() only")),
        Kind::Date | Kind::Time | Kind::DateTime | Kind::TimeDelta => {
            return Err(bad(
                "PYRUN_DATE, PYRUN_TIME, PYRUN_DATETIME and PYRUN_TIMEDELTA come in results only; call datetime.fromisoformat",
            ));
        }
    })
}

/// Keys and values, one after the other.
pub(crate) fn pairs(items: Vec<Value>) -> Result<Vec<(Value, Value)>, Error> {
    let mut items = items.into_iter();
    let mut pairs = Vec::with_capacity(items.len() / 2);
    while let Some(key) = items.next() {
        let value = items.next().ok_or_else(|| bad("a PYRUN_DICT with a key that has no value"))?;
        pairs.push((key, value));
    }
    Ok(pairs)
}

/// An `array.array` of these numbers, which are copied once.
pub(crate) fn array<T: Element>(py: Python<'_>, code: &str, elements: &[T]) -> Result<Value, Error> {
    let module = py.pyimport("array")?;
    if elements.is_empty() {
        return Ok(module.call_method("array", (code,))?.into_handle().into());
    }
    let one = module.call_method("array", (code, vec![Value::Int(0)]))?;
    let array = one.call_method("__mul__", (elements.len(),))?;
    let buffer = array.buffer()?;
    py.with_memory(|memory| match memory.view_mut::<T>(&buffer)?.as_mut_slice() {
        Some(target) if target.len() == elements.len() => {
            target.copy_from_slice(elements);
            Ok(())
        }
        _ => Err(Error::raise("RuntimeError", "array.array made an array of another size")),
    })??;
    Ok(array.into_handle().into())
}
