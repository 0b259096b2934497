//! Integers and texts, as they lie in guest memory.

use std::borrow::Cow;

use pyrun_emscripten_shim::GuestMem;

use super::bigint::BigInt;
use super::copying::Copying;
use super::error::RaiseError;
use super::layout::{self, Long, Text};
use super::value::{ConvertError, MAX_INT_BITS, Value};

/// The `int` at `addr`. Its length is the guest's word: it is looked at and charged before anything is copied.
pub(super) fn integer(
    mem: &GuestMem<'_>,
    addr: u32,
    copying: &mut Copying,
) -> layout::Result<Result<Value, RaiseError>> {
    let most = MAX_INT_BITS.div_ceil(layout::DIGIT_BITS as usize) * 4;
    let too_long = || Ok(Err(ConvertError::new(format!("the int has more than {MAX_INT_BITS} bits")).into()));
    let number = match layout::long(mem, addr)? {
        Long::Small(number) => return Ok(Ok(Value::Int(number))),
        big => big,
    };
    let size = layout::long_size(mem, addr)?;
    if size > most {
        return too_long();
    }
    if let Err(over) = copying.spend(size) {
        return Ok(Err(over.into()));
    }
    match int(number) {
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

/// The text, when there is one. It is charged before it is copied.
pub(super) fn decode(text: &Text<'_>, copying: &mut Copying) -> Result<String, RaiseError> {
    if let Text::Ascii(bytes) = text {
        copying.spend(bytes.len())?;
        // The guest says that it is ASCII, which proves nothing.
        let text = std::str::from_utf8(bytes).map_err(|_| ConvertError::new("the text is damaged"))?;
        return Ok(text.to_owned());
    }
    let mut length = 0_usize;
    for code in code_points(text) {
        let character = char::from_u32(code).ok_or_else(|| {
            ConvertError::new(format!("the text has a lone surrogate (U+{code:04X}), so it is not valid Unicode"))
        })?;
        length = length.saturating_add(character.len_utf8());
    }
    copying.spend(length)?;
    let mut copied = String::with_capacity(length);
    copied.extend(code_points(text).filter_map(char::from_u32));
    Ok(copied)
}

/// A text that was cut, or not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) text: String,
    /// Characters that were left out.
    pub(super) left_out: usize,
}

/// The beginning of the text, of at most `most` bytes, with U+FFFD for lone surrogates.
pub(super) fn beginning(text: &Text<'_>, most: usize) -> Cut {
    let mut cut = Cut::default();
    let characters = text.characters();
    for (index, code) in code_points(text).enumerate() {
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        if cut.text.len() + character.len_utf8() > most {
            cut.left_out = characters - index;
            break;
        }
        cut.text.push(character);
    }
    cut
}

/// Bytes that [`decode_lossy`] makes of a text.
pub(super) fn lossy_size(text: &Text<'_>) -> usize {
    match text {
        // Each byte that is not UTF-8 becomes three.
        Text::Ascii(bytes) if bytes.is_ascii() => bytes.len(),
        Text::Ascii(bytes) => bytes.len().saturating_mul(3),
        other => code_points(other)
            .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).len_utf8())
            .fold(0, usize::saturating_add),
    }
}

/// The text, with U+FFFD for lone surrogates.
pub(super) fn decode_lossy(text: &Text<'_>) -> String {
    match text {
        Text::Ascii(bytes) => match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        },
        other => {
            let mut text = String::with_capacity(lossy_size(other));
            text.extend(code_points(other).map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)));
            text
        }
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
