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
        match value {
            Value::Object(handle) => lent(handle, py),
            plain => Ok(Self::plain(plain)),
        }
    }

    /// The numbers of a value that is no object.
    pub(super) fn plain(value: &Value) -> Self {
        let (row, shape) = match value {
            Value::List(items) | Value::Tuple(items) => (row(items), vec![items.len() as i64]),
            other => (single(other), Vec::new()),
        };
        Self { row, shape, dtype: String::new() }
    }

    /// Integers in a row.
    pub(super) fn of_ints(numbers: Vec<i64>, dtype: &str) -> Self {
        Self { shape: vec![numbers.len() as i64], row: Row::Ints(numbers), dtype: dtype.to_owned() }
    }

    /// Floats in a row.
    pub(super) fn of_floats(numbers: Vec<f64>, dtype: &str) -> Self {
        Self { shape: vec![numbers.len() as i64], row: Row::Floats(numbers), dtype: dtype.to_owned() }
    }

    /// The integers, if that is what they are.
    pub(super) fn as_ints(&self) -> Option<&[i64]> {
        if let Row::Ints(numbers) = &self.row { Some(numbers) } else { None }
    }

    /// The floats, if that is what they are.
    pub(super) fn as_floats(&self) -> Option<&[f64]> {
        if let Row::Floats(numbers) = &self.row { Some(numbers) } else { None }
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

    /// `PYRUN_VP_FIXED64S`.
    pub(super) fn fixeds(&self) -> Result<Vec<u8>, Error> {
        let fixed: Vec<i64> = match &self.row {
            Row::Ints(numbers) => numbers.iter().map(|number| int_to_fixed(*number)).collect::<Result<_, _>>()?,
            Row::Floats(numbers) | Row::Complex(numbers) => {
                numbers.iter().map(|number| float_to_fixed(*number)).collect::<Result<_, _>>()?
            }
            Row::None => Vec::new(),
        };
        Ok(words(&fixed))
    }
}

/// What a fixed-point number with 16 bits behind the point counts in one.
const FIXED_ONE: f64 = 65536.0;

/// A fixed-point number as a float, rounded as Python's own `float()` rounds.
#[expect(clippy::cast_precision_loss, reason = "as above")]
pub(super) fn fixed_to_float(fixed: i64) -> f64 {
    fixed as f64 / FIXED_ONE
}

/// Rounded to the nearest, halves to even.
fn float_to_fixed(number: f64) -> Result<i64, Error> {
    let scaled = (number * FIXED_ONE).round_ties_even();
    // Both bounds are floats exactly; the upper one is the first that does not fit.
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&scaled);
    match fits {
        #[expect(clippy::cast_possible_truncation, reason = "it fits")]
        true => Ok(scaled as i64),
        false => Err(no_fixed(&number)),
    }
}

fn int_to_fixed(number: i64) -> Result<i64, Error> {
    number.checked_mul(1 << 16).ok_or_else(|| no_fixed(&number))
}

fn no_fixed(number: &dyn std::fmt::Display) -> Error {
    let why = format!("{number} does not fit a fixed-point number of 48 bits before and 16 behind the point");
    Error::convert(format!("{why}: use floats"))
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
    use super::{fixed_to_float, float_to_fixed, half, int_to_fixed};

    #[test]
    fn fixed_point_numbers_are_rounded_and_never_cut_off() {
        for (number, fixed) in [(0.0, 0), (1.5, 0x1_8000), (-0.25, -0x4000), (0.1, 6554), (1.0 / 131_072.0, 0)] {
            assert_eq!(float_to_fixed(number).unwrap(), fixed, "{number}");
        }
        assert_eq!(fixed_to_float(-0x1_8000).to_bits(), (-1.5_f64).to_bits());
        for number in [f64::NAN, f64::INFINITY, -f64::INFINITY, 2_f64.powi(47), -2_f64.powi(47) * 1.001, 1e300] {
            let error = float_to_fixed(number).unwrap_err().to_string();
            assert!(error.contains("does not fit a fixed-point number"), "{error}");
        }
        assert_eq!(float_to_fixed(-2_f64.powi(47)).unwrap(), i64::MIN);
        assert_eq!(int_to_fixed(-3).unwrap(), -3 << 16);
        assert!(int_to_fixed(1 << 47).is_err());
    }

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
