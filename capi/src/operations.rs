//! Operations on arrays: `pyrun_operations` and `pyrun_array`.

use std::sync::{Mutex, MutexGuard, TryLockError};

use pyrun::{AnyArray, Error, OperationArgument, OperationOutput, Operations, Value};

use crate::code::{self, bad, drop_caught};
use crate::result::{ResultOut, answer, give, report};
use crate::settings::{Chosen, Settings};
use crate::sys::{In, Kind, Out, Record};

/// `pyrun_operations`.
pub(crate) struct Shared(Mutex<Operations>);

impl Shared {
    /// For one call; another one at the same time is busy.
    fn lock(operations: Option<&Self>) -> Result<MutexGuard<'_, Operations>, Error> {
        match operations.ok_or_else(|| bad("a null pointer to operations"))?.0.try_lock() {
            Ok(operations) => Ok(operations),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Poisoned(_)) => Err(code::poisoned()),
        }
    }
}

/// Where an entry leaves an array.
pub(crate) type ArrayOut = Out<Option<Box<AnyArray>>>;

pub(crate) fn create(settings: Option<&Settings>, operations: Out<Option<Box<Shared>>>, error: ResultOut) -> i32 {
    give(operations, error, || {
        let chosen = Chosen::of(settings)?;
        let operations = Operations::with_limits(&chosen.any_engine()?, chosen.limits().clone())?;
        Ok(Shared(Mutex::new(operations)))
    })
}

pub(crate) fn free(operations: Option<Box<Shared>>) {
    drop_caught(operations);
}

pub(crate) fn array(
    operations: Option<&Shared>,
    format: u32,
    elements: In<u8>,
    count: usize,
    array: ArrayOut,
    error: ResultOut,
) -> i32 {
    give(array, error, || {
        let mut operations = Shared::lock(operations)?;
        let width = width(format)?;
        let size = count.checked_mul(width).ok_or_else(|| bad("a length beyond the address space"))?;
        let bytes = elements.slice(size)?;
        macro_rules! of {
            ($ty:ty) => {{
                let chunks = bytes.chunks_exact(size_of::<$ty>());
                let elements = chunks.map(|chunk| <$ty>::from_ne_bytes(chunk.try_into().unwrap_or_default()));
                operations.array(&elements.collect::<Vec<$ty>>())?.into()
            }};
        }
        Ok(match char::from_u32(format) {
            Some('d') => of!(f64),
            Some('f') => of!(f32),
            Some('q') => of!(i64),
            Some('i') => of!(i32),
            _ => operations.array(&bytes.iter().map(|byte| *byte != 0).collect::<Vec<bool>>())?.into(),
        })
    })
}

/// Bytes of an element.
fn width(format: u32) -> Result<usize, Error> {
    match char::from_u32(format) {
        Some('d' | 'q') => Ok(8),
        Some('f' | 'i') => Ok(4),
        Some('?') => Ok(1),
        _ => Err(bad("the format of an array is one of d f q i ?")),
    }
}

pub(crate) fn read(
    operations: Option<&Shared>,
    array: Option<&AnyArray>,
    mut elements: Out<u8>,
    capacity: usize,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let mut operations = Shared::lock(operations)?;
        let array = array.ok_or_else(|| bad("a null pointer to an array"))?;
        macro_rules! of {
            ($array:expr) => {
                operations.to_vec($array)?.into_iter().flat_map(|element| element.to_ne_bytes()).collect()
            };
        }
        let bytes: Vec<u8> = match array {
            AnyArray::F64(array) => of!(array),
            AnyArray::F32(array) => of!(array),
            AnyArray::I64(array) => of!(array),
            AnyArray::I32(array) => of!(array),
            AnyArray::Bool(array) => operations.to_vec(array)?.into_iter().map(u8::from).collect(),
            _ => return Err(bad("an array of a type that this interface does not have")),
        };
        if bytes.len() > capacity {
            return Err(bad(format!("the array has {} bytes, and there is room for {capacity}", bytes.len())));
        }
        if elements.is_null() && !bytes.is_empty() {
            return Err(bad("a null pointer to elements that are to be filled"));
        }
        elements.copy(&bytes, capacity);
        Ok(())
    })
}

pub(crate) fn call(
    operations: Option<&Shared>,
    name: In<u8>,
    size: usize,
    arguments: In<Record>,
    count: usize,
    mut array: ArrayOut,
    result: ResultOut,
) -> i32 {
    array.put(None);
    answer(result, || {
        let mut operations = Shared::lock(operations)?;
        let arguments = arguments.slice(count)?.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
        match operations.call_by_name(name.text(size)?, &arguments)? {
            OperationOutput::Float(value) => Ok(Value::Float(value)),
            OperationOutput::Int(value) => Ok(Value::Int(value)),
            OperationOutput::Array(found) if array.is_null() => list(&mut operations, &found),
            OperationOutput::Array(found) => {
                array.put(Some(Box::new(found)));
                Ok(Value::None)
            }
            OperationOutput::Histogram { counts, edges } => {
                Ok(Value::Tuple(vec![list(&mut operations, &counts)?, list(&mut operations, &edges)?]))
            }
            _ => Err(bad("the result is of a kind that this interface does not have")),
        }
    })
}

/// An argument as C code passes it.
fn argument(record: &Record) -> Result<OperationArgument<'_>, Error> {
    Ok(match record.kind()? {
        Kind::Bool | Kind::Int => OperationArgument::Int(record.int()),
        Kind::Float => OperationArgument::Float(record.floats().0),
        Kind::Int64s => OperationArgument::Ints(record.slice()?),
        Kind::Float64s => OperationArgument::Floats(record.slice()?),
        Kind::Array => OperationArgument::Array(record.array()?),
        other => return Err(bad(format!("an operation takes no value of kind {}", other as u32))),
    })
}

/// An array's elements as a list.
fn list(operations: &mut Operations, array: &AnyArray) -> Result<Value, Error> {
    Ok(Value::List(match array {
        AnyArray::F64(array) => operations.to_vec(array)?.into_iter().map(Value::Float).collect(),
        AnyArray::F32(array) => operations.to_vec(array)?.into_iter().map(|x| Value::Float(x.into())).collect(),
        AnyArray::I64(array) => operations.to_vec(array)?.into_iter().map(Value::Int).collect(),
        AnyArray::I32(array) => operations.to_vec(array)?.into_iter().map(|x| Value::Int(x.into())).collect(),
        AnyArray::Bool(array) => operations.to_vec(array)?.into_iter().map(Value::Bool).collect(),
        _ => return Err(bad("an array of a type that this interface does not have")),
    }))
}

pub(crate) fn count(array: Option<&AnyArray>) -> u64 {
    array.map_or(0, |array| array.len() as u64)
}

pub(crate) fn format(array: Option<&AnyArray>) -> u32 {
    let format = array.and_then(|array| match array {
        AnyArray::F64(_) => Some('d'),
        AnyArray::F32(_) => Some('f'),
        AnyArray::I64(_) => Some('q'),
        AnyArray::I32(_) => Some('i'),
        AnyArray::Bool(_) => Some('?'),
        _ => None,
    });
    format.map_or(0, u32::from)
}

pub(crate) fn array_free(array: Option<Box<AnyArray>>) {
    drop_caught(array);
}
