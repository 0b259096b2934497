//! From a Python object to a [`Value`]. Replaces `python2js.c`.
//!
//! Objects of builtin types are read from guest memory; the guest is called only for dictionaries, sets, offsets of dates
//! and subclasses of dates. No Python code runs but a `tzinfo`'s and such a subclass's; if that changes the list which the
//! object is in, what is read after it can be wrong, for the guest itself.

use pyrun_emscripten_shim::{GuestMem, GuestPtr, Trap};

use super::api::ObjectApi;
use super::copying::Copying;
use super::datetime;
use super::error::RaiseError;
use super::layout::{self, flags};
use super::reference::Object;
use super::scalars::{decode, integer};
use super::value::{ConvertError, LEAST_STACK, MAX_DEPTH, Step, Value, key_text};

impl ObjectApi<'_> {
    /// The value of an object.
    ///
    /// # Errors
    /// [`RaiseError::Convert`] when something in it cannot cross, [`RaiseError::HostMemory`] when all of it does not fit into the
    /// account.
    pub fn value(&mut self, object: &Object) -> Result<Value, RaiseError> {
        self.value_counted(object).map(|(value, _)| value)
    }

    /// As [`ObjectApi::value`], with the bytes that it takes in the host, which were charged while it was copied: whoever keeps it,
    /// as a part of something larger, charges them from here on.
    ///
    /// # Errors
    /// As [`ObjectApi::value`].
    pub fn value_counted(&mut self, object: &Object) -> Result<(Value, usize), RaiseError> {
        self.check(object)?;
        convert(self, object.addr())
    }
}

/// The value of the object at `addr`, which somebody else holds, and the bytes that it takes in the host.
pub(super) fn convert(python: &mut ObjectApi<'_>, addr: u32) -> Result<(Value, usize), RaiseError> {
    let copying = python.copying();
    let mut reader = Reader { python, active: Vec::new(), copying };
    reader.copying.spend(size_of::<Value>())?;
    let value = reader.read(addr)?;
    Ok((value, reader.copying.spent()))
}

struct Reader<'p, 'a> {
    python: &'p mut ObjectApi<'a>,
    /// The containers that the object is inside, outermost first.
    active: Vec<u32>,
    /// What has been copied out so far.
    copying: Copying,
}

/// What an object is, as far as its type and memory tell.
pub(super) enum Kind {
    Done(Value),
    List(Vec<u32>),
    Tuple(Vec<u32>),
    Dict,
    /// Something whose type has no flag of its own.
    Other(u32),
}

impl Reader<'_, '_> {
    /// The value at `addr`. Room for the value itself is charged by whoever keeps it, what lies beside it here.
    fn read(&mut self, addr: u32) -> Result<Value, RaiseError> {
        Ok(match self.kind(addr)? {
            Kind::Done(value) => value,
            Kind::List(items) => Value::List(self.items(addr, items)?),
            Kind::Tuple(items) => Value::Tuple(self.items(addr, items)?),
            Kind::Dict => self.inside(addr, |reader| reader.dict(addr))?,
            Kind::Other(ty) => self.other(addr, ty)?,
        })
    }

    fn kind(&mut self, addr: u32) -> Result<Kind, RaiseError> {
        let known = self.python.known();
        let copying = &mut self.copying;
        self.python.mem(|mem| kind(mem, &known, addr, copying))?
    }

    /// Runs `body` for a container, unless it is inside itself or too deep.
    fn inside<R>(&mut self, addr: u32, body: impl FnOnce(&mut Self) -> Result<R, RaiseError>) -> Result<R, RaiseError> {
        if self.active.contains(&addr) {
            return Err(ConvertError::new("the container contains itself").into());
        }
        let is_deep =
            self.active.len() >= 8 && self.python.caller().stack_left().is_some_and(|left| left < LEAST_STACK);
        if is_deep || self.active.len() >= MAX_DEPTH {
            return Err(ConvertError::new(format!("containers are nested more than {MAX_DEPTH} deep")).into());
        }
        self.active.push(addr);
        let result = body(self);
        self.active.pop();
        result
    }

    /// The values of these items, whose addresses are charged.
    fn items(&mut self, container: u32, items: Vec<u32>) -> Result<Vec<Value>, RaiseError> {
        let values = self.inside(container, |reader| {
            reader.copying.spend(items.len().saturating_mul(size_of::<Value>()))?;
            let mut values = Vec::with_capacity(items.len());
            loop {
                reader.plain_items(items.get(values.len()..).unwrap_or_default(), &mut values)?;
                let index = values.len();
                let Some(addr) = items.get(index) else { return Ok(values) };
                values.push(reader.read(*addr).map_err(at(Step::Index(index)))?);
            }
        });
        self.copying.regain(items.len().saturating_mul(size_of::<u32>()));
        values
    }

    /// Reads the items up to the first one that is more than its memory: one look at memory for many of them.
    fn plain_items(&mut self, items: &[u32], values: &mut Vec<Value>) -> Result<(), RaiseError> {
        let known = self.python.known();
        let copying = &mut self.copying;
        Ok(self.python.mem(|mem| {
            for addr in items {
                let before = copying.spent();
                match kind(mem, &known, *addr, copying)? {
                    Ok(Kind::Done(value)) => values.push(value),
                    // It is looked at again, by itself.
                    _ => {
                        copying.regain(copying.spent() - before);
                        break;
                    }
                }
            }
            Ok(())
        })?)
    }

    fn dict(&mut self, addr: u32) -> Result<Value, RaiseError> {
        let mut entries = Vec::new();
        let mut position = 0;
        while let Some((next, key, value)) = self.python.next_entry(addr, position)? {
            position = next;
            let key_addr = key;
            let key = match self.read(key_addr) {
                Ok(key) => key,
                Err(error) => {
                    let shown = self.python.borrow(key_addr)?;
                    let shown = self.python.type_name(&shown).unwrap_or_default();
                    return Err(at(Step::KeyItself(shown))(error));
                }
            };
            let value = match self.read(value) {
                Ok(value) => value,
                Err(error) => return Err(at(Step::Key(key_text(&key)))(error)),
            };
            self.copying.room_for_one(&mut entries)?;
            entries.push((key, value));
        }
        Ok(Value::Dict(entries))
    }

    fn set(&mut self, addr: u32) -> Result<Vec<Value>, RaiseError> {
        self.inside(addr, |reader| {
            let set = reader.python.borrow(addr)?;
            let iterator = reader.python.iter(&set)?;
            let mut members = Vec::new();
            while let Some(member) = reader.python.next(&iterator)? {
                let member = reader.read(member.addr()).map_err(at(Step::Member))?;
                reader.copying.room_for_one(&mut members)?;
                members.push(member);
                reader.python.collect()?;
            }
            Ok(members)
        })
    }

    fn other(&mut self, addr: u32, ty: u32) -> Result<Value, RaiseError> {
        let (float, complex, set, frozenset, bytearray) = {
            let known = self.python.objects();
            (known.float, known.complex, known.set, known.frozenset, known.bytearray)
        };
        if self.python.derives(ty, float)? {
            return Ok(Value::Float(self.python.mem(|mem| layout::float(mem, addr))?));
        }
        if self.python.derives(ty, complex)? {
            let (real, imag) = self.python.mem(|mem| layout::complex(mem, addr))?;
            return Ok(Value::Complex(real, imag));
        }
        if self.python.derives(ty, bytearray)? {
            let copying = &mut self.copying;
            let bytes = self.python.mem(|mem| Ok(copied(layout::bytearray(mem, addr)?, copying)))?;
            return Ok(Value::Bytes(bytes?));
        }
        if self.python.derives(ty, set)? {
            return Ok(Value::Set(self.set(addr)?));
        }
        if self.python.derives(ty, frozenset)? {
            return Ok(Value::FrozenSet(self.set(addr)?));
        }
        if let Some(value) = self.numpy_scalar(addr, ty)? {
            return Ok(value);
        }
        match datetime::read(self.python, addr, ty)? {
            Some(value) => Ok(value),
            None => {
                self.copying.spend(HANDLE)?;
                Ok(Value::Object(self.python.borrow(addr)?.into()))
            }
        }
    }

    /// What NumPy's own scalars are: the `bool`, `int`, `float` or `complex` that `item()` gives.
    fn numpy_scalar(&mut self, addr: u32, ty: u32) -> Result<Option<Value>, RaiseError> {
        if !self.python.mem(|mem| is_numpy_scalar(mem, ty))? {
            return Ok(None);
        }
        let scalar = self.python.borrow(addr)?;
        let item = self.python.call_method(&scalar, "item", &[], &[])?;
        Ok(match self.kind(item.addr())? {
            Kind::Done(value) => Some(value),
            Kind::Other(other) if other != ty => Some(self.read(item.addr())?),
            _ => None,
        })
    }
}

/// What a handle on an object takes, beside itself.
const HANDLE: usize = 64;

impl ObjectApi<'_> {
    /// Something is about to be copied out.
    pub(super) fn copying(&mut self) -> Copying {
        Copying::new(&self.caller().env().process.host_memory)
    }

    pub(super) fn known(&self) -> Known {
        let (known, tuple_items) = (self.objects(), self.tuple_items_offset());
        Known { none: known.None, truth: known.True, falsehood: known.False, float: known.float, tuple_items }
    }

    /// The entry of a dictionary after `position`: the next position, key and value, both borrowed.
    fn next_entry(&mut self, dict: u32, position: u32) -> Result<Option<(u32, u32, u32)>, RaiseError> {
        self.with_scratch(12, |python, block| {
            let slots = GuestPtr::<u32>::new(block.addr());
            let [position_slot, key, value] = [slots, slots.at(1), slots.at(2)];
            python.mem(|mem| mem.write(position_slot, position))?;
            let args = (dict, position_slot.addr(), key.addr(), value.addr());
            if python.c(|f| &f.PyDict_Next, args)? == 0 {
                return Ok(None);
            }
            python.mem(|mem| Ok(Some((mem.read(position_slot)?, mem.read(key)?, mem.read(value)?))))
        })
    }

    fn derives(&mut self, ty: u32, from: u32) -> Result<bool, Trap> {
        Ok(ty == from || self.c(|f| &f.PyType_IsSubtype, (ty, from))? != 0)
    }
}

/// Objects that are known by their addresses.
pub(super) struct Known {
    pub(super) none: u32,
    pub(super) truth: u32,
    pub(super) falsehood: u32,
    pub(super) float: u32,
    /// Where the items of a tuple begin.
    pub(super) tuple_items: u32,
}

/// What the object at `addr` is. What that copies (a text, the addresses of items) is charged before.
pub(super) fn kind(
    mem: &GuestMem<'_>,
    known: &Known,
    addr: u32,
    copying: &mut Copying,
) -> layout::Result<Result<Kind, RaiseError>> {
    if addr == known.none {
        return Ok(Ok(Kind::Done(Value::None)));
    }
    if addr == known.truth || addr == known.falsehood {
        return Ok(Ok(Kind::Done(Value::Bool(addr == known.truth))));
    }
    let (ty, bits) = layout::type_and_flags(mem, addr)?;
    Ok(match bits {
        _ if ty == known.float => Ok(Kind::Done(Value::Float(layout::float(mem, addr)?))),
        _ if bits & flags::LONG != 0 => integer(mem, addr, copying)?.map(Kind::Done),
        _ if bits & flags::UNICODE != 0 => {
            decode(&layout::text(mem, addr)?, copying).map(|text| Kind::Done(Value::Str(text)))
        }
        _ if bits & (flags::LIST | flags::TUPLE) != 0 => {
            if let Err(over) = copying.spend(layout::items_size(mem, addr)?) {
                return Ok(Err(over.into()));
            }
            match bits & flags::LIST {
                0 => Ok(Kind::Tuple(layout::tuple_items(mem, addr, known.tuple_items)?)),
                _ => Ok(Kind::List(layout::list_items(mem, addr)?)),
            }
        }
        _ if bits & flags::DICT != 0 => Ok(Kind::Dict),
        _ if bits & flags::BYTES != 0 => {
            copied(layout::bytes(mem, addr)?, copying).map(|bytes| Kind::Done(Value::Bytes(bytes)))
        }
        _ => Ok(Kind::Other(ty)),
    })
}

/// A copy, charged before it is made.
fn copied(bytes: &[u8], copying: &mut Copying) -> Result<Vec<u8>, RaiseError> {
    copying.spend(bytes.len())?;
    Ok(bytes.to_vec())
}

/// NumPy's types for numbers that Python has a type for, too (so not `longdouble`). Those that derive from Python's own, such as
/// `float64`, are taken as these.
const NUMPY_SCALARS: [&[u8]; 19] = [
    b"numpy.bool",
    b"numpy.bool_",
    b"numpy.int8",
    b"numpy.int16",
    b"numpy.int32",
    b"numpy.int64",
    b"numpy.intc",
    b"numpy.long",
    b"numpy.longlong",
    b"numpy.uint8",
    b"numpy.uint16",
    b"numpy.uint32",
    b"numpy.uint64",
    b"numpy.uintc",
    b"numpy.ulong",
    b"numpy.ulonglong",
    b"numpy.float16",
    b"numpy.float32",
    b"numpy.complex64",
];

fn is_numpy_scalar(mem: &GuestMem<'_>, ty: u32) -> layout::Result<bool> {
    for name in NUMPY_SCALARS {
        if layout::type_is_named(mem, ty, name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts a step before the path of a conversion error; other errors are as they were.
fn at(step: Step) -> impl FnOnce(RaiseError) -> RaiseError {
    move |error| match error {
        RaiseError::Convert(error) => RaiseError::Convert(error.inside(step)),
        other => other,
    }
}
