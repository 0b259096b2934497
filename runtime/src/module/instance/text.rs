//! Arguments that are text, as on a command line: numbers and vectors.

use super::argument::WasmArg;
use super::value::WasmType;

impl WasmArg {
    /// Reads an argument that is text, as on a command line, for a parameter of this type.
    ///
    /// | parameter | text |
    /// |---|---|
    /// | `i32`, `i64` | an integer, in decimal or with `0x`, signed or unsigned |
    /// | `f32`, `f64` | an integer that it holds exactly; a decimal with a point or an exponent (`0.1`, `1e3`), of which the nearest number is taken, unless that is infinite; `inf`, `nan` |
    /// | `v128` | an integer of 128 bits, signed or unsigned; or lanes, the first one first, each as above: `i32x4:1,-2,3,0x4`, and so with `i8x16`, `i16x8`, `i64x2`, `f32x4`, `f64x2` |
    ///
    /// # Errors
    /// What should have been there instead.
    ///
    /// ```
    /// use pyrun::{WasmArg, WasmType};
    /// assert_eq!(WasmArg::parse("-0x10", WasmType::I32)?, WasmArg::Int(-16));
    /// assert!(WasmArg::parse("1.5", WasmType::I64).is_err());
    /// assert_eq!(WasmArg::parse("0.1", WasmType::F64)?, WasmArg::Float(0.1));
    /// assert_eq!(WasmArg::parse("i64x2:1,-1", WasmType::V128)?, WasmArg::V128(u128::MAX << 64 | 1));
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(text: &str, ty: WasmType) -> Result<Self, String> {
        let wrong = |what: &str| format!("{text:?} is not {what}");
        match ty {
            WasmType::I32 | WasmType::I64 => integer(text).map(Self::Int).ok_or_else(|| wrong("an integer")),
            WasmType::F32 | WasmType::F64 => float(text, ty),
            WasmType::V128 => vector(text).map(Self::V128),
            WasmType::Reference => Err("a reference cannot be given".to_owned()),
        }
    }
}

/// An integer in decimal or with `0x`, with or without a sign.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        // No second sign.
        Some(hex) if !hex.starts_with(['+', '-']) => i128::from_str_radix(hex, 16).ok()?,
        None if !digits.starts_with(['+', '-']) => digits.parse().ok()?,
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

/// A number for a float of this type. What is written as an integer stays one, which the parameter must hold exactly.
fn float(text: &str, ty: WasmType) -> Result<WasmArg, String> {
    if let Some(value) = integer(text).filter(|value| *value != 0 || text.contains(['x', 'X'])) {
        return Ok(WasmArg::Int(value));
    }
    if !text.is_empty()
        && text.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit())
        && !is_zero(text)
    {
        return Err(format!(
            "{text:?} is an integer beyond 127 bits; give it with an exponent (1e40), which is rounded"
        ));
    }
    // To the parameter's own precision at once: rounding twice is another number.
    let read = match ty {
        WasmType::F32 => text.parse().map(|single: f32| f64::from(single)),
        _ => text.parse(),
    };
    let value = read.map_err(|_| format!("{text:?} is not a number"))?;
    if value.is_infinite() && !text.to_ascii_lowercase().contains("inf") {
        return Err(format!("{text:?} is beyond the largest {ty}"));
    }
    Ok(WasmArg::Float(value))
}

/// `0`, `-0`, `+000`
fn is_zero(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'+' | b'-'))
}

/// A vector: one integer, or lanes.
fn vector(text: &str) -> Result<u128, String> {
    if let Some((shape, lanes)) = text.split_once(':') {
        return lanes_of(shape, lanes);
    }
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with(['+', '-']) => u128::from_str_radix(hex, 16).ok(),
        None if !digits.starts_with(['+', '-']) => digits.parse().ok(),
        _ => None,
    };
    let value = match is_negative {
        // -2¹²⁷ is the least.
        true => value.filter(|value| *value <= 1 << 127).map(u128::wrapping_neg),
        false => value,
    };
    value.ok_or_else(|| format!("{text:?} is not an integer of 128 bits; lanes are given as i32x4:1,-2,3,4"))
}

/// The lanes of a vector of this shape, the first one first.
fn lanes_of(shape: &str, text: &str) -> Result<u128, String> {
    const SHAPES: [(&str, WasmType, u32); 6] = [
        ("i8x16", WasmType::I32, 8),
        ("i16x8", WasmType::I32, 16),
        ("i32x4", WasmType::I32, 32),
        ("i64x2", WasmType::I64, 64),
        ("f32x4", WasmType::F32, 32),
        ("f64x2", WasmType::F64, 64),
    ];
    let Some((_, ty, bits)) = SHAPES.into_iter().find(|(name, ..)| *name == shape) else {
        let names = SHAPES.map(|(name, ..)| name).join(", ");
        return Err(format!("there are no lanes {shape:?}; there are {names}"));
    };
    let (count, given) = (128 / bits, text.split(',').count());
    if given != count as usize {
        return Err(format!("{shape} has {count} lanes, not {given}"));
    }
    let mut vector = 0;
    for (index, text) in (0..).zip(text.split(',')) {
        let lane = lane(text, ty, bits).map_err(|why| format!("lane {index} of {shape}: {why}"))?;
        vector |= lane << (index * bits);
    }
    Ok(vector)
}

/// The bits of one lane.
fn lane(text: &str, ty: WasmType, bits: u32) -> Result<u128, String> {
    let refused = || format!("{text:?} does not fit");
    if let WasmType::F32 | WasmType::F64 = ty {
        return match WasmArg::parse(text, ty)?.to_engine(ty) {
            Ok(wasmer::Value::F32(value)) => Ok(value.to_bits().into()),
            Ok(wasmer::Value::F64(value)) => Ok(value.to_bits().into()),
            _ => Err(refused()),
        };
    }
    let value = integer(text).ok_or_else(|| format!("{text:?} is not an integer"))?;
    let (least, most) = (-(1_i128 << (bits - 1)), (1_i128 << bits) - 1);
    let mask = (1_u128 << bits) - 1;
    if (least..=most).contains(&value) { Ok(value.cast_unsigned() & mask) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_arguments() {
        for (text, ty, want) in [
            ("7", WasmType::I32, Some(WasmArg::Int(7))),
            ("-7", WasmType::I64, Some(WasmArg::Int(-7))),
            ("0xff", WasmType::I32, Some(WasmArg::Int(255))),
            ("-0XfF", WasmType::I32, Some(WasmArg::Int(-255))),
            ("1e3", WasmType::F64, Some(WasmArg::Float(1000.0))),
            ("-inf", WasmType::F32, Some(WasmArg::Float(f64::NEG_INFINITY))),
            ("0.1", WasmType::F64, Some(WasmArg::Float(0.1))),
            ("0.1", WasmType::F32, Some(WasmArg::Float(0.1_f32.into()))),
            ("16777217", WasmType::F32, Some(WasmArg::Int(16_777_217))),
            ("16777217.0", WasmType::F32, Some(WasmArg::Float(16_777_216.0))),
            // A number whose nearest double lies halfway between two singles: rounded once it is the upper one.
            ("1.00000005960464477540", WasmType::F32, Some(WasmArg::Float(1.000_000_119_209_289_6))),
            ("0x10", WasmType::F64, Some(WasmArg::Int(16))),
            ("0x0", WasmType::F64, Some(WasmArg::Int(0))),
            ("-0", WasmType::F64, Some(WasmArg::Float(-0.0))),
            ("1e39", WasmType::F32, None),
            ("1e309", WasmType::F64, None),
            ("1e-400", WasmType::F64, Some(WasmArg::Float(0.0))),
            ("99999999999999999999999999999999999999999", WasmType::F64, None),
            ("", WasmType::F64, None),
            ("-", WasmType::F32, None),
            ("", WasmType::I32, None),
            ("-", WasmType::I32, None),
            ("--1", WasmType::I32, None),
            ("-0x-1", WasmType::I32, None),
            ("0x", WasmType::I32, None),
            ("1.0", WasmType::I32, None),
            ("x", WasmType::F64, None),
            ("0", WasmType::Reference, None),
            ("999999999999999999999999999999999999999999", WasmType::I64, None),
        ] {
            assert_eq!(WasmArg::parse(text, ty).ok(), want, "{text} {ty}");
        }
    }

    #[test]
    fn text_becomes_vectors() {
        for (text, want) in [
            ("0x10", Some(WasmArg::V128(16))),
            ("-1", Some(WasmArg::V128(u128::MAX))),
            ("-0x80000000000000000000000000000000", Some(WasmArg::V128(1 << 127))),
            ("-0x80000000000000000000000000000001", None),
            ("i32x4:1,-2,0x3,4294967295", Some(WasmArg::V128(0xffff_ffff_0000_0003_ffff_fffe_0000_0001))),
            ("i8x16:-128,255,0,0,0,0,0,0,0,0,0,0,0,0,0,1", Some(WasmArg::V128(1 << 120 | 0xff80))),
            ("i64x2:-1,0", Some(WasmArg::V128(u64::MAX.into()))),
            ("f32x4:1,0,0,0", Some(WasmArg::V128(0x3f80_0000))),
            ("f64x2:0,-0.5", Some(WasmArg::V128(0xbfe0_0000_0000_0000 << 64))),
            ("i8x16:1", None),
            ("i8x16:256,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", None),
            ("i16x8:1,2,3,4,5,6,7,x", None),
            ("f32x4:16777217,0,0,0", None),
            ("i128x1:1", None),
            ("--1", None),
        ] {
            assert_eq!(WasmArg::parse(text, WasmType::V128).ok(), want, "{text}");
        }
    }
}
