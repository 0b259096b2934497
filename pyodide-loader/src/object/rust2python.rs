//! From a [`Value`] to a Python object. Replaces `js2python.c`.

use pyrun_emscripten_shim::GuestPtr;

use super::api::ObjectApi;
use super::bigint::BigInt;
use super::datetime;
use super::error::RaiseError;
use super::layout;
use super::reference::Object;
use super::value::{ConvertError, Handle, LEAST_STACK, MAX_DEPTH, Step, Value, key_text};

impl ObjectApi<'_> {
    /// A new `str`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn text(&mut self, text: &str) -> Result<Object, RaiseError> {
        let addr = self::text(self, text)?;
        Ok(Object::owning(addr, self.released()))
    }

    /// A new object with this value; a handle's own object for a handle.
    ///
    /// # Errors
    /// [`RaiseError::Convert`] for a handle of another interpreter, or nesting that is too deep; `MemoryError`; `TypeError` for a
    /// key that cannot be hashed.
    pub fn object(&mut self, value: &Value) -> Result<Object, RaiseError> {
        let addr = convert(self, value)?;
        Ok(Object::owning(addr, self.released()))
    }
}

/// A new reference to an object with this value.
pub(super) fn convert(python: &mut ObjectApi<'_>, value: &Value) -> Result<u32, RaiseError> {
    write(python, value, 0)
}

fn write(python: &mut ObjectApi<'_>, value: &Value, depth: usize) -> Result<u32, RaiseError> {
    let is_deep = depth >= 8 && python.caller().stack_left().is_some_and(|left| left < LEAST_STACK);
    if is_deep || depth > MAX_DEPTH {
        return Err(ConvertError::new(format!("containers are nested more than {MAX_DEPTH} deep")).into());
    }
    let addr = match value {
        Value::None => constant(python, |known| known.None)?,
        Value::Bool(true) => constant(python, |known| known.True)?,
        Value::Bool(false) => constant(python, |known| known.False)?,
        Value::Int(number) => python.c(|f| &f.PyLong_FromLongLong, *number)?,
        Value::BigInt(number) => return big_int(python, number),
        Value::Float(number) => python.c(|f| &f.PyFloat_FromDouble, *number)?,
        Value::Complex(real, imag) => python.c(|f| &f.PyComplex_FromDoubles, (*real, *imag))?,
        Value::Str(value) => return text(python, value),
        Value::Bytes(value) => return bytes(python, value),
        Value::List(items) => {
            let list = sequence(python, items, depth, |python, size| python.c(|f| &f.PyList_New, size))?;
            return fill(python, list, layout::list_slots);
        }
        Value::Tuple(items) => {
            let tuple = sequence(python, items, depth, |python, size| python.c(|f| &f.PyTuple_New, size))?;
            let items = python.tuple_items_offset();
            return fill(python, tuple, |_, addr| Ok(layout::tuple_slots(addr, items)));
        }
        Value::Dict(entries) => return dict(python, entries, depth),
        Value::Set(members) => return set(python, members, depth, false),
        Value::FrozenSet(members) => return set(python, members, depth, true),
        Value::Date(_) | Value::Time(_) | Value::DateTime(..) | Value::TimeDelta(_) => {
            return datetime::write(python, value).map(Object::into_addr);
        }
        Value::Object(handle) => object(python, handle)?,
    };
    checked(python, addr)
}

/// Null is an exception.
fn checked(python: &mut ObjectApi<'_>, addr: u32) -> Result<u32, RaiseError> {
    if addr == 0 { Err(python.raised()?) } else { Ok(addr) }
}

fn constant(python: &mut ObjectApi<'_>, which: impl FnOnce(&crate::c_api::Objects) -> u32) -> Result<u32, RaiseError> {
    let addr = which(python.objects());
    python.incref(addr)?;
    Ok(addr)
}

fn object(python: &mut ObjectApi<'_>, handle: &Handle) -> Result<u32, RaiseError> {
    python.check(handle.object())?;
    let addr = handle.object().addr();
    python.incref(addr)?;
    Ok(addr)
}

/// A new `str`.
pub(super) fn text(python: &mut ObjectApi<'_>, text: &str) -> Result<u32, RaiseError> {
    let size = text.len() as u32;
    let addr = python.with_bytes(text.as_bytes(), |python, at| python.c(|f| &f.PyUnicode_DecodeUTF8, (at, size, 0)))?;
    checked(python, addr)
}

/// A new `bytes`: made empty and then filled, so that there is one copy.
fn bytes(python: &mut ObjectApi<'_>, bytes: &[u8]) -> Result<u32, RaiseError> {
    let Ok(size) = i32::try_from(bytes.len()) else { return Err(python.no_memory()) };
    let addr = python.c(|f| &f.PyBytes_FromStringAndSize, (0, size.cast_unsigned()))?;
    let addr = checked(python, addr)?;
    python.mem(|mem| mem.write_bytes(layout::bytes_data(addr), bytes))?;
    Ok(addr)
}

fn big_int(python: &mut ObjectApi<'_>, number: &BigInt) -> Result<u32, RaiseError> {
    let bytes = number.to_signed_bytes_le();
    let size = bytes.len() as u32;
    let (little_endian, signed) = (1, 1);
    let addr = python
        .with_bytes(&bytes, |python, at| python.c(|f| &f._PyLong_FromByteArray, (at, size, little_endian, signed)))?;
    checked(python, addr)
}

/// The items of a list or tuple, and the container that they go into, each a new reference.
struct Sequence {
    container: u32,
    items: Vec<u32>,
}

fn sequence(
    python: &mut ObjectApi<'_>,
    values: &[Value],
    depth: usize,
    make: impl FnOnce(&mut ObjectApi<'_>, u32) -> Result<u32, pyrun_emscripten_shim::Trap>,
) -> Result<Sequence, RaiseError> {
    let mut items = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        match write(python, value, depth + 1) {
            Ok(addr) => items.push(addr),
            Err(error) => {
                give_back(python, &items)?;
                return Err(at(Step::Index(index))(error));
            }
        }
    }
    let size = u32::try_from(items.len()).unwrap_or(u32::MAX);
    let container = make(python, size)?;
    if container == 0 {
        let error = python.raised()?;
        give_back(python, &items)?;
        return Err(error);
    }
    Ok(Sequence { container, items })
}

/// Moves the items into their slots, which were null: `PyList_SET_ITEM`, all at once.
fn fill(
    python: &mut ObjectApi<'_>,
    sequence: Sequence,
    slots: impl FnOnce(&pyrun_emscripten_shim::GuestMem<'_>, u32) -> Result<u32, pyrun_emscripten_shim::Fault>,
) -> Result<u32, RaiseError> {
    let Sequence { container, items } = sequence;
    python.mem(|mem| {
        let first = GuestPtr::<u32>::new(slots(mem, container)?);
        (0..).zip(&items).try_for_each(|(index, &item)| mem.write(first.at(index), item))
    })?;
    Ok(container)
}

fn give_back(python: &mut ObjectApi<'_>, items: &[u32]) -> Result<(), RaiseError> {
    Ok(items.iter().try_for_each(|&item| python.decref(item))?)
}

fn dict(python: &mut ObjectApi<'_>, entries: &[(Value, Value)], depth: usize) -> Result<u32, RaiseError> {
    let dict = python.c(|f| &f.PyDict_New, ())?;
    let dict = python.own(dict)?;
    for (key, value) in entries {
        let step = || Step::Key(key_text(key));
        let key_addr = write(python, key, depth + 1).map_err(|error| at(Step::KeyItself(key_text(key)))(error))?;
        let value_addr = match write(python, value, depth + 1) {
            Ok(addr) => addr,
            Err(error) => {
                python.decref(key_addr)?;
                return Err(at(step())(error));
            }
        };
        let status = python.c(|f| &f.PyDict_SetItem, (dict.addr(), key_addr, value_addr))?;
        let outcome = python.status(status);
        python.decref(key_addr)?;
        python.decref(value_addr)?;
        outcome?;
    }
    Ok(dict.into_addr())
}

fn set(python: &mut ObjectApi<'_>, members: &[Value], depth: usize, frozen: bool) -> Result<u32, RaiseError> {
    let set = match frozen {
        true => python.c(|f| &f.PyFrozenSet_New, 0)?,
        false => python.c(|f| &f.PySet_New, 0)?,
    };
    let set = python.own(set)?;
    for member in members {
        let addr = write(python, member, depth + 1).map_err(|error| at(Step::Member)(error))?;
        let status = python.c(|f| &f.PySet_Add, (set.addr(), addr))?;
        let outcome = python.status(status);
        python.decref(addr)?;
        outcome?;
    }
    Ok(set.into_addr())
}

fn at(step: Step) -> impl FnOnce(RaiseError) -> RaiseError {
    move |error| match error {
        RaiseError::Convert(error) => RaiseError::Convert(error.inside(step)),
        other => other,
    }
}
