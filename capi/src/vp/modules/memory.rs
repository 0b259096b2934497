//! Arrays and structs in a module's memory.

use pyrun::{Error, FieldValue, ModuleInstance, StructLayout, Value};

use super::given::Given;
use super::held::Body;
use crate::code::bad;
use crate::vp::numbers::Numbers;
use crate::vp::refusal::Refusal;

/// The types of elements, by the letters of Python's `struct` module.
macro_rules! elements {
    ($($letter:literal $name:literal $ty:ty;)*) => {
        /// Bytes of an element, and what it is called.
        fn element(code: i64) -> Result<(usize, &'static str), Error> {
            match letter(code) {
                $(Some($letter) => Ok((size_of::<$ty>(), $name)),)*
                Some('f') => Ok((4, "float32")),
                Some('d') => Ok((8, "float64")),
                _ => Err(bad("the type of elements is one of b B h H i I q Q f d, or 0 for bytes")),
            }
        }

        /// Elements from bytes.
        fn from_bytes(code: i64, bytes: &[u8]) -> Result<Numbers, Error> {
            let (_, name) = element(code)?;
            match letter(code) {
                $(Some($letter) => {
                    let chunks = bytes.chunks_exact(size_of::<$ty>());
                    let numbers = chunks.map(|chunk| <$ty>::from_le_bytes(chunk.try_into().unwrap_or_default()));
                    let signed = numbers.map(|number| {
                        i64::try_from(number).map_err(|_| Error::convert(format!("{number} does not fit 64 bits with a sign")))
                    });
                    Ok(Numbers::of_ints(signed.collect::<Result<_, _>>()?, name))
                })*
                Some('f') => {
                    let chunks = bytes.chunks_exact(4);
                    let numbers = chunks.map(|chunk| f32::from_le_bytes(chunk.try_into().unwrap_or_default()).into());
                    Ok(Numbers::of_floats(numbers.collect(), name))
                }
                _ => {
                    let chunks = bytes.chunks_exact(8);
                    let numbers = chunks.map(|chunk| f64::from_le_bytes(chunk.try_into().unwrap_or_default()));
                    Ok(Numbers::of_floats(numbers.collect(), name))
                }
            }
        }

        /// Integers as bytes; one that does not fit is an error.
        fn ints_to_bytes(code: i64, numbers: &[i64]) -> Result<Vec<u8>, Error> {
            match letter(code) {
                $(Some($letter) => {
                    let mut bytes = Vec::with_capacity(numbers.len() * size_of::<$ty>());
                    for (index, number) in numbers.iter().enumerate() {
                        let fits = <$ty>::try_from(*number).map_err(|_| misfit(index, number, $name))?;
                        bytes.extend_from_slice(&fits.to_le_bytes());
                    }
                    Ok(bytes)
                })*
                #[expect(clippy::cast_precision_loss, reason = "as NumPy converts")]
                _ => floats_to_bytes(code, &numbers.iter().map(|number| *number as f64).collect::<Vec<_>>()),
            }
        }
    };
}
elements! {
    'b' "int8" i8;
    'B' "uint8" u8;
    'h' "int16" i16;
    'H' "uint16" u16;
    'i' "int32" i32;
    'I' "uint32" u32;
    'q' "int64" i64;
    'Q' "uint64" u64;
}

fn letter(code: i64) -> Option<char> {
    u32::try_from(code).ok().and_then(char::from_u32)
}

fn misfit(index: usize, number: &dyn std::fmt::Display, name: &str) -> Error {
    Error::convert(format!("element {index} is {number}, which does not fit {name}"))
}

fn floats_to_bytes(code: i64, numbers: &[f64]) -> Result<Vec<u8>, Error> {
    let (_, name) = element(code)?;
    match letter(code) {
        Some('d') => Ok(numbers.iter().flat_map(|number| number.to_le_bytes()).collect()),
        Some('f') => {
            let mut bytes = Vec::with_capacity(numbers.len() * 4);
            for (index, number) in numbers.iter().enumerate() {
                #[expect(clippy::cast_possible_truncation, reason = "rounded")]
                let single = *number as f32;
                if single.is_infinite() && !number.is_infinite() {
                    return Err(misfit(index, number, name));
                }
                bytes.extend_from_slice(&single.to_le_bytes());
            }
            Ok(bytes)
        }
        _ => Err(Error::convert(format!("floats are no {name}: name float32 or float64"))),
    }
}

/// So many elements, or bytes, of memory.
pub(super) fn elements_of(code: i64, bytes: Vec<u8>) -> Result<Body, Error> {
    match code {
        0 => Ok(Value::Bytes(bytes).into()),
        code => Ok(from_bytes(code, &bytes)?.into()),
    }
}

/// How many bytes so many elements are.
pub(super) fn size_of_elements(code: i64, count: i64) -> Result<usize, Error> {
    let size = if code == 0 { 1 } else { element(code)?.0 };
    let count = usize::try_from(count).map_err(|_| bad("a negative length"))?;
    count.checked_mul(size).ok_or_else(|| bad("a length beyond the address space"))
}

/// What is written for a value: its own bytes, or its numbers as elements of a type. Of type 0 they are elements of 64 bits.
pub(super) fn bytes_of(code: i64, body: &Body) -> Result<Vec<u8>, Error> {
    match body {
        Body::Value(Value::Str(text)) => return Ok(text.as_bytes().to_vec()),
        Body::Value(Value::Bytes(bytes)) => return Ok(bytes.clone()),
        _ => {}
    }
    let numbers = body.numbers();
    match (numbers.as_ints(), numbers.as_floats()) {
        (Some(ints), _) => ints_to_bytes(if code == 0 { 'q'.into_code() } else { code }, ints),
        (None, Some(floats)) => floats_to_bytes(if code == 0 { 'd'.into_code() } else { code }, floats),
        (None, None) => Err(bad("what is written is numbers, a text, or bytes")),
    }
}

trait IntoCode {
    fn into_code(self) -> i64;
}

impl IntoCode for char {
    fn into_code(self) -> i64 {
        u32::from(self).into()
    }
}

/// Reads a field of a struct: layout, path, address.
pub(super) fn field(instance: &mut ModuleInstance, mut given: Given<'_>) -> Result<Body, Refusal> {
    let (layout, path) = (StructLayout::parse(&given.text("the layout")?)?, given.text("the path")?);
    let address = given.small("the address")?;
    given.end()?;
    let memory = instance.memory()?;
    let found = match path.as_str() {
        "" => layout.read(&memory, address)?,
        path => layout.read_field(&memory, address, path)?,
    };
    Ok(crate::layout::field_value(found).into())
}

/// Writes one: layout, path, address, value.
pub(super) fn set_field(instance: &mut ModuleInstance, mut given: Given<'_>) -> Result<(), Refusal> {
    let (layout, path) = (StructLayout::parse(&given.text("the layout")?)?, given.text("the path")?);
    let (address, body) = (given.small("the address")?, given.value("the value")?);
    given.end()?;
    let value = match &body {
        Body::Value(Value::Bool(truth)) => FieldValue::Int((*truth).into()),
        Body::Value(Value::Int(number)) => FieldValue::Int((*number).into()),
        Body::Value(Value::Float(number)) => FieldValue::Float(*number),
        Body::Value(Value::Str(text)) => FieldValue::Bytes(text.as_bytes().to_vec()),
        Body::Value(Value::Bytes(bytes)) => FieldValue::Bytes(bytes.clone()),
        body => {
            let numbers = body.numbers();
            match (numbers.as_ints(), numbers.as_floats()) {
                (Some(ints), _) => ints.to_vec().into(),
                (None, Some(floats)) => floats.to_vec().into(),
                (None, None) => return Err(bad("a field takes numbers, text or bytes").into()),
            }
        }
    };
    Ok(layout.write_field(&mut instance.memory_mut()?, address, &path, value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_go_and_come_as_they_are_or_not_at_all() {
        for (letter, low, high) in [
            ('b', -128, 127),
            ('B', 0, 255),
            ('h', -32768, 32767),
            ('H', 0, 65535),
            ('i', i32::MIN.into(), i32::MAX.into()),
            ('I', 0, u32::MAX.into()),
            ('q', i64::MIN, i64::MAX),
            ('Q', 0, i64::MAX),
        ] {
            let code = letter.into_code();
            let bytes = ints_to_bytes(code, &[low, high, 1]).unwrap();
            assert_eq!(from_bytes(code, &bytes).unwrap().as_ints(), Some([low, high, 1].as_slice()), "{letter}");
            assert_eq!(bytes.len(), size_of_elements(code, 3).unwrap());
            for outside in [low.checked_sub(1), high.checked_add(1)].into_iter().flatten() {
                if letter != 'Q' || outside < 0 {
                    let error = ints_to_bytes(code, &[1, outside]).unwrap_err().to_string();
                    assert!(error.contains("element 1 is"), "{error}");
                }
            }
            assert!(floats_to_bytes(code, &[1.0]).is_err());
        }
        let floats = from_bytes('f'.into_code(), &floats_to_bytes('f'.into_code(), &[0.5, f64::INFINITY]).unwrap());
        assert_eq!(floats.unwrap().as_floats(), Some([0.5, f64::INFINITY].as_slice()));
        assert!(floats_to_bytes('f'.into_code(), &[1e300]).is_err());
        assert!(from_bytes('Q'.into_code(), &[0xff; 8]).is_err());
        for code in [1, -1, i64::MAX, 'x'.into_code()] {
            assert!(size_of_elements(code, 1).is_err());
        }
        assert!(size_of_elements(0, -1).is_err() && size_of_elements('d'.into_code(), i64::MAX).is_err());
    }
}
