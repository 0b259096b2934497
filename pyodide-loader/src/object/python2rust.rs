//! From a Python object to a [`Value`]. Replaces `python2js.c`.
//!
//! Objects of builtin types are read from guest memory; the guest is called only for dictionaries, sets, offsets of dates
//! and subclasses of dates. No Python code runs but a `tzinfo`'s and such a subclass's; if that changes the list which the
//! object is in, what is read after it can be wrong, for the guest itself.

use std::borrow::Cow;

use pyrun_emscripten_shim::{GuestMem, GuestPtr, Trap};

use super::api::ObjectApi;
use super::bigint::BigInt;
use super::datetime;
use super::error::RaiseError;
use super::layout::{self, Long, Text, flags};
use super::reference::Object;
use super::value::{ConvertError, LEAST_STACK, MAX_BYTES, MAX_DEPTH, MAX_INT_BITS, Step, Value, key_text};

impl ObjectApi<'_> {
    /// The value of an object.
    ///
    /// # Errors
    /// [`RaiseError::Convert`] when something in it cannot cross.
    pub fn value(&mut self, object: &Object) -> Result<Value, RaiseError> {
        self.value_within(object, MAX_BYTES).map(|(value, _)| value)
    }

    /// As [`ObjectApi::value`], for a part of something of which `room` bytes may still be copied out; also how many this took.
    ///
    /// # Errors
    /// As [`ObjectApi::value`].
    pub fn value_within(&mut self, object: &Object, room: usize) -> Result<(Value, usize), RaiseError> {
        self.check(object)?;
        let before = MAX_BYTES.saturating_sub(room);
        let mut reader = Reader { python: self, active: Vec::new(), bytes: before };
        let value = reader.read(object.addr())?;
        Ok((value, reader.bytes - before))
    }
}

/// The value of the object at `addr`, which somebody else holds.
pub(super) fn convert(python: &mut ObjectApi<'_>, addr: u32) -> Result<Value, RaiseError> {
    Reader { python, active: Vec::new(), bytes: 0 }.read(addr)
}

/// What an object's items are found by.
#[derive(Debug)]
pub enum Items {
    /// A list's or tuple's, as they were.
    Listed(Vec<Object>),
    /// Iterating over it may give some.
    Iterable,
    /// It is one thing, though Python could iterate over it: a `str`, a `dict`, a number, `None`.
    Single,
}

/// A number as Python has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An `int` that fits into 64 bits.
    Int(i64),
    /// A `float`.
    Float(f64),
}

impl ObjectApi<'_> {
    /// The items of an object, as far as its type tells without running Python.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    /// [`RaiseError::Convert`] when they do not fit into `room`.
    pub fn items(&mut self, object: &Object, room: usize) -> Result<Items, RaiseError> {
        self.check(object)?;
        let known = self.known();
        let addr = object.addr();
        if self.items_take::<Object>(addr)?.is_some_and(|bytes| bytes > room) {
            return Err(too_big().into());
        }
        let listed = match self.mem(|mem| kind(mem, &known, addr, MAX_BYTES))? {
            Ok(Kind::List(items) | Kind::Tuple(items)) => items,
            Ok(Kind::Done(Value::Bytes(_)) | Kind::Other(_)) => return Ok(Items::Iterable),
            Ok(Kind::Done(_) | Kind::Dict) | Err(_) => return Ok(Items::Single),
        };
        let items = listed.into_iter().map(|item| self.borrow(item)).collect::<Result<_, _>>();
        Ok(Items::Listed(items?))
    }

    /// Bytes that the items of a list or tuple take, each as a `T`, before any is looked at.
    fn items_take<T>(&mut self, addr: u32) -> Result<Option<usize>, Trap> {
        self.mem(|mem| {
            let (_, bits) = layout::type_and_flags(mem, addr)?;
            let listed = bits & (flags::LIST | flags::TUPLE) != 0;
            let count = if listed { Some(layout::items_size(mem, addr)? / 4) } else { None };
            // Their addresses are copied, too.
            Ok(count.map(|count| count.saturating_mul(size_of::<T>() + 4)))
        })
    }

    /// Whether an object is a `dict`.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn is_dict(&mut self, object: &Object) -> Result<bool, RaiseError> {
        self.check(object)?;
        let addr = object.addr();
        Ok(self.mem(|mem| Ok(layout::type_and_flags(mem, addr)?.1 & flags::DICT != 0))?)
    }

    /// Whether an object may have the buffer protocol, as far as its type tells without running Python.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn may_have_buffer(&mut self, object: &Object) -> Result<bool, RaiseError> {
        self.check(object)?;
        let known = self.known();
        let addr = object.addr();
        let kind = self.mem(|mem| kind(mem, &known, addr, 0))?;
        // Bytes have no room here, which is an error.
        let (_, bits) = self.mem(|mem| layout::type_and_flags(mem, addr))?;
        Ok(matches!(kind, Ok(Kind::Other(_))) || bits & flags::BYTES != 0)
    }

    /// The items of a list or tuple that are all plain numbers, as `take` has them, from one look at memory. `None` when
    /// it is something else, or `take` does not want one of them.
    ///
    /// # Errors
    /// [`RaiseError::Convert`] when they do not fit into `room`; how the guest ended, when it did.
    pub fn numbers<T>(
        &mut self,
        object: &Object,
        room: usize,
        mut take: impl FnMut(Number) -> Option<T>,
    ) -> Result<Option<Vec<T>>, RaiseError> {
        self.check(object)?;
        let known = self.known();
        let addr = object.addr();
        if self.items_take::<T>(addr)?.is_some_and(|bytes| bytes > room) {
            return Err(too_big().into());
        }
        Ok(self.mem(|mem| {
            let (_, bits) = layout::type_and_flags(mem, addr)?;
            let items = match bits {
                _ if bits & flags::LIST != 0 => layout::list_items(mem, addr)?,
                _ if bits & flags::TUPLE != 0 => layout::tuple_items(mem, addr, known.tuple_items)?,
                _ => return Ok(None),
            };
            let mut numbers = Vec::with_capacity(items.len());
            for item in items {
                let (ty, bits) = layout::type_and_flags(mem, item)?;
                let number = match bits {
                    _ if ty == known.float => Number::Float(layout::float(mem, item)?),
                    _ if bits & flags::LONG != 0 && item != known.truth && item != known.falsehood => {
                        match layout::long(mem, item)? {
                            Long::Small(number) => Number::Int(number),
                            Long::Big { .. } => return Ok(None),
                        }
                    }
                    _ => return Ok(None),
                };
                match take(number) {
                    Some(number) => numbers.push(number),
                    None => return Ok(None),
                }
            }
            Ok(Some(numbers))
        })?)
    }
}

struct Reader<'p, 'a> {
    python: &'p mut ObjectApi<'a>,
    /// The containers that the object is inside, outermost first.
    active: Vec<u32>,
    /// What has been copied out so far, roughly.
    bytes: usize,
}

/// What an object is, as far as its type and memory tell.
enum Kind {
    Done(Value),
    List(Vec<u32>),
    Tuple(Vec<u32>),
    Dict,
    /// Something whose type has no flag of its own.
    Other(u32),
}

impl Reader<'_, '_> {
    fn read(&mut self, addr: u32) -> Result<Value, RaiseError> {
        let value = match self.kind(addr)? {
            Kind::Done(value) => value,
            Kind::List(items) => Value::List(self.items(addr, &items)?),
            Kind::Tuple(items) => Value::Tuple(self.items(addr, &items)?),
            Kind::Dict => self.inside(addr, |reader| reader.dict(addr))?,
            Kind::Other(ty) => self.other(addr, ty)?,
        };
        self.count(&value)?;
        Ok(value)
    }

    fn kind(&mut self, addr: u32) -> Result<Kind, RaiseError> {
        let known = self.python.known();
        let room = MAX_BYTES.saturating_sub(self.bytes);
        Ok(self.python.mem(|mem| kind(mem, &known, addr, room))??)
    }

    /// Keeps account of what has been copied, so that a guest cannot fill the host's memory with few objects.
    fn count(&mut self, value: &Value) -> Result<(), RaiseError> {
        self.bytes = self.bytes.saturating_add(size(value));
        if self.bytes > MAX_BYTES { Err(too_big().into()) } else { Ok(()) }
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

    fn items(&mut self, container: u32, items: &[u32]) -> Result<Vec<Value>, RaiseError> {
        self.inside(container, |reader| {
            let mut values = Vec::new();
            loop {
                reader.plain_items(items.get(values.len()..).unwrap_or_default(), &mut values)?;
                let index = values.len();
                let Some(addr) = items.get(index) else { return Ok(values) };
                values.push(reader.read(*addr).map_err(at(Step::Index(index)))?);
            }
        })
    }

    /// Reads the items up to the first one that is more than its memory: one look at memory for many of them.
    fn plain_items(&mut self, items: &[u32], values: &mut Vec<Value>) -> Result<(), RaiseError> {
        let known = self.python.known();
        let mut bytes = self.bytes;
        self.python.mem(|mem| {
            for addr in items {
                let room = MAX_BYTES.saturating_sub(bytes);
                match kind(mem, &known, *addr, room)? {
                    Ok(Kind::Done(value)) if size(&value) <= room => {
                        bytes += size(&value);
                        values.push(value);
                    }
                    _ => break,
                }
            }
            Ok(())
        })?;
        self.bytes = bytes;
        Ok(())
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
                members.push(reader.read(member.addr()).map_err(at(Step::Member))?);
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
            let room = MAX_BYTES.saturating_sub(self.bytes);
            let copy = |bytes: &[u8]| (bytes.len() <= room).then(|| bytes.to_vec());
            let bytes = self.python.mem(|mem| layout::bytearray(mem, addr).map(copy))?;
            return Ok(Value::Bytes(bytes.ok_or_else(too_big)?));
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
            None => Ok(Value::Object(self.python.borrow(addr)?.into())),
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

impl ObjectApi<'_> {
    fn known(&self) -> Known {
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
struct Known {
    none: u32,
    truth: u32,
    falsehood: u32,
    float: u32,
    /// Where the items of a tuple begin.
    tuple_items: u32,
}

/// What the object at `addr` is. A text or bytes of more than `room` are too big.
fn kind(mem: &GuestMem<'_>, known: &Known, addr: u32, room: usize) -> layout::Result<Result<Kind, ConvertError>> {
    if addr == known.none {
        return Ok(Ok(Kind::Done(Value::None)));
    }
    if addr == known.truth || addr == known.falsehood {
        return Ok(Ok(Kind::Done(Value::Bool(addr == known.truth))));
    }
    let (ty, bits) = layout::type_and_flags(mem, addr)?;
    Ok(Ok(match bits {
        _ if ty == known.float => Kind::Done(Value::Float(layout::float(mem, addr)?)),
        // The length is the guest's word: it is looked at before anything is copied.
        _ if bits & flags::LONG != 0 => match layout::long_size(mem, addr)? {
            size if size > room => return Ok(Err(too_big())),
            size if size > MAX_INT_BITS / layout::DIGIT_BITS as usize * 4 => {
                return Ok(Err(ConvertError::new(format!("the int has more than {MAX_INT_BITS} bits"))));
            }
            _ => Kind::Done(int(layout::long(mem, addr)?)),
        },
        _ if bits & flags::UNICODE != 0 => match decode(&layout::text(mem, addr)?, room) {
            Ok(text) => Kind::Done(Value::Str(text)),
            Err(error) => return Ok(Err(error)),
        },
        _ if bits & (flags::LIST | flags::TUPLE) != 0 && layout::items_size(mem, addr)? > room => {
            return Ok(Err(too_big()));
        }
        _ if bits & flags::LIST != 0 => Kind::List(layout::list_items(mem, addr)?),
        _ if bits & flags::TUPLE != 0 => Kind::Tuple(layout::tuple_items(mem, addr, known.tuple_items)?),
        _ if bits & flags::DICT != 0 => Kind::Dict,
        _ if bits & flags::BYTES != 0 => match layout::bytes(mem, addr)? {
            bytes if bytes.len() > room => return Ok(Err(too_big())),
            bytes => Kind::Done(Value::Bytes(bytes.to_vec())),
        },
        _ => Kind::Other(ty),
    }))
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

/// How much host memory a value takes by itself, roughly.
fn size(value: &Value) -> usize {
    let beside = match value {
        Value::Str(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::BigInt(number) => (number.bits() / 8) as usize,
        _ => 0,
    };
    size_of::<Value>() + beside
}

fn too_big() -> ConvertError {
    ConvertError::new(format!("the value is larger than {} MiB", MAX_BYTES >> 20))
}

/// Puts a step before the path of a conversion error; other errors are as they were.
fn at(step: Step) -> impl FnOnce(RaiseError) -> RaiseError {
    move |error| match error {
        RaiseError::Convert(error) => RaiseError::Convert(error.inside(step)),
        other => other,
    }
}

fn int(number: Long<'_>) -> Value {
    let (negative, digits) = match number {
        Long::Small(number) => return Value::Int(number),
        Long::Big { negative, digits } => (negative, digits),
    };
    // Digits of 30 bits become words of 32.
    let (digits, _) = digits.as_chunks::<4>();
    let mut words = Vec::with_capacity(digits.len());
    let (mut held, mut bits) = (0_u64, 0);
    for digit in digits {
        held |= u64::from(u32::from_le_bytes(*digit)) << bits;
        bits += layout::DIGIT_BITS;
        if bits >= 32 {
            words.push(held as u32);
            held >>= 32;
            bits -= 32;
        }
    }
    words.push(held as u32);
    let number = BigInt::from_words(negative, words);
    i64::try_from(&number).map_or(Value::BigInt(number), Value::Int)
}

/// The text, when there is one and it takes no more than `room`.
fn decode(text: &Text<'_>, room: usize) -> Result<String, ConvertError> {
    let stored = match text {
        Text::Ascii(bytes) | Text::Latin1(bytes) | Text::Ucs2(bytes) | Text::Ucs4(bytes) => bytes.len(),
    };
    if stored > room {
        return Err(too_big());
    }
    if let Text::Ascii(bytes) = text {
        // The guest says that it is ASCII, which proves nothing.
        let text = std::str::from_utf8(bytes).map_err(|_| ConvertError::new("the text is damaged"))?;
        return Ok(text.to_owned());
    }
    code_points(text).map(|code| char::from_u32(code).ok_or(code)).collect::<Result<String, u32>>().map_err(|code| {
        ConvertError::new(format!("the text has a lone surrogate (U+{code:04X}), so it is not valid Unicode"))
    })
}

/// The text, with U+FFFD for lone surrogates.
pub(super) fn decode_lossy(text: &Text<'_>) -> String {
    match text {
        Text::Ascii(bytes) => match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        },
        other => code_points(other).map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
    }
}

fn code_points<'m>(text: &'m Text<'m>) -> Box<dyn Iterator<Item = u32> + 'm> {
    match text {
        Text::Ascii(bytes) | Text::Latin1(bytes) => Box::new(bytes.iter().map(|byte| u32::from(*byte))),
        Text::Ucs2(bytes) => Box::new(bytes.chunks_exact(2).map(|unit| match unit {
            [low, high] => u32::from(u16::from_le_bytes([*low, *high])),
            _ => 0,
        })),
        Text::Ucs4(bytes) => Box::new(bytes.chunks_exact(4).map(|unit| match unit {
            [a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]),
            _ => 0,
        })),
    }
}
