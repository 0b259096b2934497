//! The numbers in a value, with shape and type.

use pyrun::{Element, ElementType, Error, Memory, PyBuffer, PyHandle, Python, Value};

use crate::sys::Kind;

/// Numbers in a row, the last axis fastest.
pub(super) struct Numbers {
    row: Row,
    /// Elements along each axis, empty for a single number.
    pub(super) shape: Vec<i64>,
    /// What NumPy calls the type: "float32". Without NumPy, the format of the `struct` module. Empty for what is no array.
    pub(super) dtype: String,
}

enum Row {
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    /// Real and imaginary parts in turn.
    Complex(Vec<f64>),
    None,
}

impl Numbers {
    /// The numbers of a value, if it is nothing but numbers.
    pub(super) fn of(value: &Value, py: Python<'_>) -> Result<Self, Error> {
        let items = match value {
            Value::List(items) | Value::Tuple(items) => items,
            Value::Object(handle) => return lent(handle, py),
            other => return Ok(Self { row: single(other), shape: Vec::new(), dtype: String::new() }),
        };
        Ok(Self { row: row(items), shape: vec![items.len() as i64], dtype: String::new() })
    }

    /// `PYRUN_VP_NUMBERS`.
    pub(super) fn kind(&self) -> i64 {
        match self.row {
            Row::Ints(_) => Kind::Int64s as i64,
            Row::Floats(_) => Kind::Float64s as i64,
            Row::Complex(_) => Kind::Complex as i64,
            Row::None => 0,
        }
    }

    /// `PYRUN_VP_INT64S`.
    pub(super) fn ints(&self) -> Vec<u8> {
        match &self.row {
            Row::Ints(numbers) => words(numbers),
            Row::Floats(_) | Row::Complex(_) | Row::None => Vec::new(),
        }
    }

    /// `PYRUN_VP_FLOAT64S`.
    pub(super) fn floats(&self) -> Vec<u8> {
        match &self.row {
            Row::Floats(numbers) | Row::Complex(numbers) => {
                numbers.iter().flat_map(|number| number.to_ne_bytes()).collect()
            }
            #[expect(clippy::cast_precision_loss, reason = "as Python's own float() rounds")]
            Row::Ints(numbers) => numbers.iter().flat_map(|number| (*number as f64).to_ne_bytes()).collect(),
            Row::None => Vec::new(),
        }
    }
}

/// Integers as bytes.
pub(super) fn words(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_ne_bytes()).collect()
}

fn single(value: &Value) -> Row {
    match value {
        Value::Int(number) => Row::Ints(vec![*number]),
        Value::Float(number) => Row::Floats(vec![*number]),
        Value::Complex(re, im) => Row::Complex(vec![*re, *im]),
        _ => Row::None,
    }
}

/// A list or tuple. An empty one counts as ints.
fn row(items: &[Value]) -> Row {
    let int = |item: &Value| if let Value::Int(number) = item { Some(*number) } else { None };
    if let Some(ints) = items.iter().map(int).collect() {
        return Row::Ints(ints);
    }
    #[expect(clippy::cast_precision_loss, reason = "as Python's own float() rounds")]
    let float = |item: &Value| match item {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        _ => None,
    };
    items.iter().map(float).collect::<Option<_>>().map_or(Row::None, Row::Floats)
}

/// The numbers in an object's memory.
fn lent(object: &PyHandle, py: Python<'_>) -> Result<Numbers, Error> {
    let object = py.bind(object);
    let buffer = match object.buffer() {
        Ok(buffer) => buffer,
        // Such as an array of dates, which has no format of the buffer protocol.
        Err(Error::Python(_) | Error::Convert(_)) => {
            return Ok(Numbers { row: Row::None, shape: Vec::new(), dtype: String::new() });
        }
        Err(error) => return Err(error),
    };
    let shape = buffer.shape().iter().map(|size| *size as i64).collect();
    let dtype = match object.attr("dtype").and_then(|dtype| dtype.text()) {
        Ok(dtype) => dtype,
        Err(Error::Python(_)) => buffer.format().to_owned(),
        Err(error) => return Err(error),
    };
    let row = py.with_memory(|memory| elements(memory, &buffer))??;
    Ok(Numbers { row, shape, dtype })
}

fn elements(memory: &Memory<'_>, buffer: &PyBuffer) -> Result<Row, Error> {
    Ok(match buffer.element_type() {
        ElementType::Signed(1) => Row::Ints(all::<i8, _>(memory, buffer)?),
        ElementType::Signed(2) => Row::Ints(all::<i16, _>(memory, buffer)?),
        ElementType::Signed(4) => Row::Ints(all::<i32, _>(memory, buffer)?),
        ElementType::Signed(8) => Row::Ints(memory.view::<i64>(buffer)?.to_vec()),
        ElementType::Unsigned(1) | ElementType::Bool => Row::Ints(all::<u8, _>(memory, buffer)?),
        ElementType::Unsigned(2) => Row::Ints(all::<u16, _>(memory, buffer)?),
        ElementType::Unsigned(4) => Row::Ints(all::<u32, _>(memory, buffer)?),
        ElementType::Unsigned(8) => {
            let numbers = memory.view::<u64>(buffer)?.to_vec();
            let fit = numbers.into_iter().map(|number| i64::try_from(number).ok());
            fit.collect::<Option<_>>().map_or(Row::None, Row::Ints)
        }
        ElementType::Float(2) => Row::Floats(pieces(memory, buffer)?.iter().map(|piece| half(piece)).collect()),
        ElementType::Float(4) => Row::Floats(all::<f32, _>(memory, buffer)?),
        ElementType::Float(8) => Row::Floats(memory.view::<f64>(buffer)?.to_vec()),
        ElementType::Complex(8) => {
            let parts = pieces(memory, buffer)?;
            let float = |part: &[u8]| part.try_into().map_or(f64::NAN, |part| f32::from_le_bytes(part).into());
            Row::Complex(parts.iter().flat_map(|piece| piece.chunks(4).map(float)).collect())
        }
        ElementType::Complex(16) => {
            let parts = pieces(memory, buffer)?;
            let float = |part: &[u8]| part.try_into().map_or(f64::NAN, f64::from_le_bytes);
            Row::Complex(parts.iter().flat_map(|piece| piece.chunks(8).map(float)).collect())
        }
        _ => Row::None,
    })
}

fn all<T: Element, N: From<T>>(memory: &Memory<'_>, buffer: &PyBuffer) -> Result<Vec<N>, Error> {
    Ok(memory.view::<T>(buffer)?.to_vec().into_iter().map(N::from).collect())
}

/// The bytes of each element, in C's order, of a type that has no Rust type of its own.
fn pieces(memory: &Memory<'_>, buffer: &PyBuffer) -> Result<Vec<Vec<u8>>, Error> {
    let (bytes, size) = (memory.bytes(buffer)?, buffer.item_size());
    let mut offsets = vec![buffer.origin() as isize];
    for (count, stride) in buffer.shape().iter().zip(buffer.strides()) {
        offsets =
            offsets.iter().flat_map(|offset| (0..*count as isize).map(move |index| offset + index * stride)).collect();
    }
    let piece = |offset: &isize| {
        let start = usize::try_from(*offset).ok()?;
        bytes.get(start..start.checked_add(size)?).map(<[u8]>::to_vec)
    };
    let outside = || crate::code::bad("the buffer lies outside the guest's memory");
    offsets.iter().map(piece).collect::<Option<_>>().ok_or_else(outside)
}

/// A number of 16 bits, as IEEE 754 has it.
fn half(piece: &[u8]) -> f64 {
    let bits = piece.try_into().map_or(0x7e00, u16::from_le_bytes);
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if bits & 0x3ff == 0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn halves() {
        let cases = [
            (0x0000_u16, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2_f64.powi(-24)),
            (0x0400, 2_f64.powi(-14)),
            (0x3555, 0.333_251_953_125),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ];
        for (bits, expected) in cases {
            assert_eq!(half(&bits.to_le_bytes()).to_bits(), expected.to_bits(), "{bits:#x}");
        }
        assert!(half(&0x7e01_u16.to_le_bytes()).is_nan());
    }
}
