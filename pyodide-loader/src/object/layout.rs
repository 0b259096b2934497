//! What lies where in an object, for reading without a call into the guest.
//!
//! These are the fields that CPython's public headers read by macro (`Py_TYPE`, `PyTuple_GET_ITEM`, `PyFloat_AS_DOUBLE`,
//! `PyUnicode_DATA`, `PyDateTime_GET_YEAR`), so every wheel of the release is compiled against them and they cannot
//! change within it. CPython 3.12 to 3.14 on a 32-bit machine; what differs between these is a release's data
//! ([`KnownRelease`](crate::KnownRelease)).

use std::collections::VecDeque;

use pyrun_emscripten_shim::{Fault, GuestMem, GuestPtr};

/// Bits of `tp_flags` that say what a type derives from.
pub(super) mod flags {
    pub(crate) const LONG: u32 = 1 << 24;
    pub(crate) const LIST: u32 = 1 << 25;
    pub(crate) const TUPLE: u32 = 1 << 26;
    pub(crate) const BYTES: u32 = 1 << 27;
    pub(crate) const UNICODE: u32 = 1 << 28;
    pub(crate) const DICT: u32 = 1 << 29;
    pub(crate) const BASE_EXCEPTION: u32 = 1 << 30;
    pub(crate) const TYPE: u32 = 1 << 31;
}

const TYPE: u32 = 4;
const VAR_SIZE: u32 = 8;
const TP_NAME: u32 = 12;
const TP_FLAGS: u32 = 84;
const TP_ITERNEXT: u32 = 112;
const TP_BASE: u32 = 128;
const LONG_TAG: u32 = 8;
const LONG_DIGITS: u32 = 12;
const FLOAT_VALUE: u32 = 8;
const COMPLEX_IMAG: u32 = 16;
const LIST_ITEMS: u32 = 12;
const BYTES_DATA: u32 = 16;
const BYTEARRAY_START: u32 = 20;
const UNICODE_STATE: u32 = 16;
const UNICODE_ASCII_DATA: u32 = 20;
const UNICODE_COMPACT_DATA: u32 = 28;
const UNICODE_DATA_POINTER: u32 = 28;
const TRACEBACK_NEXT: u32 = 8;
const DATE_HAS_ZONE: u32 = 12;
const DATE_DATA: u32 = 13;
const DELTA_DAYS: u32 = 12;

/// Bits of a digit of an `int`.
pub(super) const DIGIT_BITS: u32 = 30;

/// Limit: bases of a type that are looked at, more than any has. Behind them no class is found.
pub(super) const MAX_BASES: usize = 64;

pub(super) type Result<T> = std::result::Result<T, Fault>;

fn word(mem: &GuestMem<'_>, addr: u32) -> Result<u32> {
    mem.read(GuestPtr::new(addr))
}

/// Words that lie one behind the other.
fn words(mem: &GuestMem<'_>, addr: u32, count: u32) -> Result<Vec<u32>> {
    let bytes = mem.bytes(addr, count as usize * 4)?;
    Ok(bytes.chunks_exact(4).map(<u32 as pyrun_emscripten_shim::guest::mem::GuestValue>::load).collect())
}

/// `Py_TYPE` and its `tp_flags`.
pub(super) fn type_and_flags(mem: &GuestMem<'_>, object: u32) -> Result<(u32, u32)> {
    let ty = word(mem, object.wrapping_add(TYPE))?;
    Ok((ty, word(mem, ty.wrapping_add(TP_FLAGS))?))
}

/// The `tp_flags` of a type.
pub(super) fn flags_of_type(mem: &GuestMem<'_>, ty: u32) -> Result<u32> {
    word(mem, ty.wrapping_add(TP_FLAGS))
}

/// `PyIter_Check`, but for types that have a function there which says that they are none.
pub(super) fn is_iterator(mem: &GuestMem<'_>, object: u32) -> Result<bool> {
    let ty = word(mem, object.wrapping_add(TYPE))?;
    Ok(word(mem, ty.wrapping_add(TP_ITERNEXT))? != 0)
}

/// Whether this is a type's `tp_name`: with its module for a type that is written in C, without for one of Python's own.
pub(super) fn type_is_named(mem: &GuestMem<'_>, ty: u32, name: &[u8]) -> Result<bool> {
    let at = word(mem, ty.wrapping_add(TP_NAME))?;
    // A shorter name may lie at the end of memory.
    let found = mem.bytes(at, name.len() + 1).ok();
    Ok(found.and_then(|found| found.strip_prefix(name)) == Some(&[0]))
}

/// A type's `tp_base`; 0 for `object`.
pub(super) fn base(mem: &GuestMem<'_>, ty: u32) -> Result<u32> {
    word(mem, ty.wrapping_add(TP_BASE))
}

/// The number in an `int`: as a machine word when it fits, else its digits of [`DIGIT_BITS`] bits, lowest first, each in
/// four bytes of guest memory.
pub(super) enum Long<'m> {
    Small(i64),
    Big { negative: bool, digits: &'m [u8] },
}

pub(super) fn long<'m>(mem: &'m GuestMem<'_>, object: u32) -> Result<Long<'m>> {
    let tag = word(mem, object.wrapping_add(LONG_TAG))?;
    // Two bits of sign (0 positive, 1 zero, 2 negative), one that is reserved, then the number of digits.
    let negative = tag & 3 == 2;
    let count = tag >> 3;
    let digits = object.wrapping_add(LONG_DIGITS);
    let small = |value: i64| Long::Small(if negative { -value } else { value });
    Ok(match count {
        _ if tag & 3 == 1 => Long::Small(0),
        1 => small(word(mem, digits)?.into()),
        2 => small(i64::from(word(mem, digits)?) | i64::from(word(mem, digits.wrapping_add(4))?) << DIGIT_BITS),
        _ => Long::Big { negative, digits: mem.bytes(digits, count as usize * 4)? },
    })
}

/// Bytes that the digits of an `int` take.
pub(super) fn long_size(mem: &GuestMem<'_>, object: u32) -> Result<usize> {
    Ok((word(mem, object.wrapping_add(LONG_TAG))? >> 3) as usize * 4)
}

pub(super) fn float(mem: &GuestMem<'_>, object: u32) -> Result<f64> {
    mem.read(GuestPtr::new(object.wrapping_add(FLOAT_VALUE)))
}

/// Real and imaginary part.
pub(super) fn complex(mem: &GuestMem<'_>, object: u32) -> Result<(f64, f64)> {
    Ok((float(mem, object)?, mem.read(GuestPtr::new(object.wrapping_add(COMPLEX_IMAG)))?))
}

/// Bytes that the addresses of the items of a list or tuple take.
pub(super) fn items_size(mem: &GuestMem<'_>, object: u32) -> Result<usize> {
    Ok((word(mem, object.wrapping_add(VAR_SIZE))? as usize).saturating_mul(4))
}

/// The items of a list, borrowed.
pub(super) fn list_items(mem: &GuestMem<'_>, object: u32) -> Result<Vec<u32>> {
    let items = word(mem, object.wrapping_add(LIST_ITEMS))?;
    words(mem, items, word(mem, object.wrapping_add(VAR_SIZE))?)
}

/// The items of a tuple, borrowed; `offset` is that of a tuple's items in this release.
pub(super) fn tuple_items(mem: &GuestMem<'_>, object: u32, offset: u32) -> Result<Vec<u32>> {
    words(mem, object.wrapping_add(offset), word(mem, object.wrapping_add(VAR_SIZE))?)
}

/// Whether it is a list or a tuple.
pub(super) fn is_list_or_tuple(mem: &GuestMem<'_>, object: u32) -> Result<bool> {
    Ok(type_and_flags(mem, object)?.1 & (flags::LIST | flags::TUPLE) != 0)
}

/// The first items of a list or tuple, borrowed; none of anything else. `offset` is as for [`tuple_items`].
pub(super) fn first_items(mem: &GuestMem<'_>, object: u32, offset: u32, most: usize) -> Result<Vec<u32>> {
    let bits = type_and_flags(mem, object)?.1;
    let first = match bits & (flags::LIST | flags::TUPLE) {
        0 => return Ok(Vec::new()),
        flags::LIST => word(mem, object.wrapping_add(LIST_ITEMS))?,
        _ => object.wrapping_add(offset),
    };
    let count = word(mem, object.wrapping_add(VAR_SIZE))?;
    words(mem, first, count.min(u32::try_from(most).unwrap_or(u32::MAX)))
}

/// The last parts of a traceback (`tb_next`), borrowed, at most `most`; how many there are, counted up to `counted`.
pub(super) fn traceback_tail(
    mem: &GuestMem<'_>,
    first: u32,
    none: u32,
    (most, counted): (usize, usize),
) -> (VecDeque<u32>, usize) {
    let (mut tail, mut count, mut at) = (VecDeque::new(), 0, first);
    while at != 0 && at != none && count < counted {
        // What is no memory is the end.
        let Ok(next) = word(mem, at.wrapping_add(TRACEBACK_NEXT)) else { break };
        if tail.len() == most {
            tail.pop_front();
        }
        tail.push_back(at);
        count += 1;
        at = next;
    }
    (tail, count)
}

/// Whether an exception is a group of exceptions.
pub(super) fn is_exception_group(mem: &GuestMem<'_>, exception: u32) -> Result<bool> {
    let (mut ty, _) = type_and_flags(mem, exception)?;
    for _ in 0..MAX_BASES {
        if ty == 0 {
            return Ok(false);
        }
        if type_is_named(mem, ty, b"BaseExceptionGroup")? {
            return Ok(true);
        }
        ty = base(mem, ty)?;
    }
    Ok(false)
}

/// Where the items of a list that was just made are to be written; see [`tuple_slots`].
pub(super) fn list_slots(mem: &GuestMem<'_>, object: u32) -> Result<u32> {
    word(mem, object.wrapping_add(LIST_ITEMS))
}

/// Where the items of a tuple that was just made are to be written (`PyTuple_SET_ITEM`).
pub(super) fn tuple_slots(object: u32, offset: u32) -> u32 {
    object.wrapping_add(offset)
}

pub(super) fn bytes<'m>(mem: &'m GuestMem<'_>, object: u32) -> Result<&'m [u8]> {
    let size = word(mem, object.wrapping_add(VAR_SIZE))?;
    mem.bytes(object.wrapping_add(BYTES_DATA), size as usize)
}

/// Where the bytes of a `bytes` are.
pub(super) fn bytes_data(object: u32) -> u32 {
    object.wrapping_add(BYTES_DATA)
}

pub(super) fn bytearray<'m>(mem: &'m GuestMem<'_>, object: u32) -> Result<&'m [u8]> {
    let size = word(mem, object.wrapping_add(VAR_SIZE))?;
    if size == 0 {
        return Ok(&[]);
    }
    mem.bytes(word(mem, object.wrapping_add(BYTEARRAY_START))?, size as usize)
}

/// A `str` as it is stored.
pub(super) enum Text<'m> {
    Ascii(&'m [u8]),
    Latin1(&'m [u8]),
    /// Two bytes a character, none beyond U+FFFF; surrogates stand for themselves.
    Ucs2(&'m [u8]),
    Ucs4(&'m [u8]),
}

impl Text<'_> {
    /// How many characters it has.
    pub(super) fn characters(&self) -> usize {
        match self {
            Self::Ascii(bytes) | Self::Latin1(bytes) => bytes.len(),
            Self::Ucs2(bytes) => bytes.len() / 2,
            Self::Ucs4(bytes) => bytes.len() / 4,
        }
    }
}

pub(super) fn text<'m>(mem: &'m GuestMem<'_>, object: u32) -> Result<Text<'m>> {
    let length = word(mem, object.wrapping_add(VAR_SIZE))? as usize;
    // Two bits of interning, three of width, then compact and ascii; above them nothing is promised.
    let state = word(mem, object.wrapping_add(UNICODE_STATE))?;
    let (width, compact, ascii) = (state >> 2 & 7, state & 1 << 5 != 0, state & 1 << 6 != 0);
    let data = match (compact, ascii) {
        (true, true) => object.wrapping_add(UNICODE_ASCII_DATA),
        (true, false) => object.wrapping_add(UNICODE_COMPACT_DATA),
        (false, _) => word(mem, object.wrapping_add(UNICODE_DATA_POINTER))?,
    };
    let stored = |width: usize| mem.bytes(data, length.saturating_mul(width));
    Ok(match width {
        1 if ascii => Text::Ascii(stored(1)?),
        1 => Text::Latin1(stored(1)?),
        2 => Text::Ucs2(stored(2)?),
        4 => Text::Ucs4(stored(4)?),
        _ => return Err(Fault { addr: object, len: length }),
    })
}

/// Bytes of a date or time: `year` (two, high first), `month`, `day`, `hour`, `minute`, `second`, `microsecond` (three), as
/// far as the type has them.
pub(super) fn date_fields<const N: usize>(mem: &GuestMem<'_>, object: u32) -> Result<[u8; N]> {
    let mut fields = [0; N];
    fields.copy_from_slice(mem.bytes(object.wrapping_add(DATE_DATA), N)?);
    Ok(fields)
}

/// Whether a `datetime` or a `time` has a `tzinfo`.
pub(super) fn has_zone(mem: &GuestMem<'_>, object: u32) -> Result<bool> {
    Ok(mem.read(GuestPtr::<u8>::new(object.wrapping_add(DATE_HAS_ZONE)))? != 0)
}

/// Days, seconds and microseconds of a `timedelta`.
pub(super) fn delta(mem: &GuestMem<'_>, object: u32) -> Result<(i32, i32, i32)> {
    let field = GuestPtr::<i32>::new(object.wrapping_add(DELTA_DAYS));
    Ok((mem.read(field)?, mem.read(field.at(1))?, mem.read(field.at(2))?))
}
