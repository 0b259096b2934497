//! Integers and texts, as they lie in guest memory.

use std::borrow::Cow;

use pyrun_emscripten_shim::GuestMem;

use super::bigint::BigInt;
use super::layout::{self, Long, Text};
use super::value::{ConvertError, MAX_BYTES, MAX_INT_BITS, Value};

/// The `int` at `addr`. Its length is the guest's word: it is looked at before anything is copied.
pub(super) fn integer(mem: &GuestMem<'_>, addr: u32, room: usize) -> layout::Result<Result<Value, ConvertError>> {
    let most = MAX_INT_BITS.div_ceil(layout::DIGIT_BITS as usize) * 4;
    let too_long = || Ok(Err(ConvertError::new(format!("the int has more than {MAX_INT_BITS} bits"))));
    match layout::long_size(mem, addr)? {
        size if size > room => return Ok(Err(too_big())),
        size if size > most => return too_long(),
        _ => {}
    }
    match int(layout::long(mem, addr)?) {
        Value::BigInt(number) if number.bits() > MAX_INT_BITS as u64 => too_long(),
        number => Ok(Ok(number)),
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
pub(super) fn decode(text: &Text<'_>, room: usize) -> Result<String, ConvertError> {
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

/// A value has no room.
pub(super) fn too_big() -> ConvertError {
    ConvertError::new(format!("the value is larger than {} MiB", MAX_BYTES >> 20))
}
