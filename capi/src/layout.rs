//! Structs in the memory of an instance.

use pyrun::{Error, FieldValue, StructLayout, Value};

use crate::code::{bad, drop_caught};
use crate::result::{ResultOut, answer, give, report};
use crate::sys::{In, Kind, Out, Record, utf8};
use crate::wasm::Instance;

pub(crate) fn new(text: In<u8>, size: usize, layout: Out<Option<Box<StructLayout>>>, error: ResultOut) -> i32 {
    give(layout, error, || StructLayout::parse(text.text(size)?))
}

pub(crate) fn free(layout: Option<Box<StructLayout>>) {
    drop_caught(layout);
}

pub(crate) fn size(layout: Option<&StructLayout>) -> u32 {
    layout.map_or(0, StructLayout::size)
}

pub(crate) fn get(
    instance: Option<&Instance>,
    layout: Option<&StructLayout>,
    address: u32,
    path: In<u8>,
    size: usize,
    result: ResultOut,
) -> i32 {
    answer(result, || {
        let layout = layout.ok_or_else(|| bad("a null pointer to a layout"))?;
        let found = Instance::enter(instance, |instance| {
            let memory = instance.memory()?;
            match path.text(size)? {
                "" => layout.read(&memory, address),
                path => layout.read_field(&memory, address, path),
            }
        })?;
        Ok(field_value(found))
    })
}

/// The value of a field as a result.
pub(crate) fn field_value(value: FieldValue) -> Value {
    match value {
        FieldValue::Int(value) => match i64::try_from(value) {
            Ok(value) => Value::Int(value),
            // Only a `u64` of 2^63 or more is not one: its digits are a number.
            Err(_) => value.to_string().parse().map_or(Value::None, Value::BigInt),
        },
        FieldValue::Float(value) => Value::Float(value),
        FieldValue::Bytes(bytes) => Value::Bytes(bytes),
        FieldValue::Array(items) => Value::List(items.into_iter().map(field_value).collect()),
        FieldValue::Struct(fields) => {
            Value::Dict(fields.into_iter().map(|(name, value)| (Value::Str(name), field_value(value))).collect())
        }
        _ => Value::None,
    }
}

pub(crate) fn set(
    instance: Option<&Instance>,
    layout: Option<&StructLayout>,
    address: u32,
    path: In<u8>,
    size: usize,
    value: Option<&Record>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let layout = layout.ok_or_else(|| bad("a null pointer to a layout"))?;
        let value = field_of(value.ok_or_else(|| bad("a null pointer to a value"))?)?;
        Instance::enter(instance, |instance| {
            layout.write_field(&mut instance.memory_mut()?, address, path.text(size)?, value)
        })
    })
}

/// A value for a field.
fn field_of(record: &Record) -> Result<FieldValue, Error> {
    Ok(match record.kind()? {
        Kind::Bool => FieldValue::Int((record.int() != 0).into()),
        Kind::Int => FieldValue::Int(record.int().into()),
        Kind::BigInt => {
            let digits = utf8(record.slice()?)?;
            FieldValue::Int(digits.parse().map_err(|_| bad("a PYRUN_BIGINT is not decimal digits, or is too large"))?)
        }
        Kind::Float => FieldValue::Float(record.floats().0),
        Kind::Str | Kind::Bytes => FieldValue::Bytes(record.slice()?.to_vec()),
        Kind::Int64s => record.slice::<i64>()?.to_vec().into(),
        Kind::Float64s => record.slice::<f64>()?.to_vec().into(),
        _ => return Err(bad("a field takes numbers, text, bytes, PYRUN_INT64S or PYRUN_FLOAT64S")),
    })
}
