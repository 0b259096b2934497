//! What a request passes in words: names, numbers, values.

use pyrun::{Error, Value, WasmArg};

use super::held::{Body, HeldTable};
use crate::code::bad;
use crate::sys::{Address, Kind, utf8};
use crate::vp::numbers::{Numbers, fixed_to_float};
use crate::vp::refusal::Refusal;
use crate::vp::words::{BY_ID, FIXED64S};

/// The words of a request, taken one after the other.
pub(super) struct Given<'w> {
    rest: &'w [i64],
    held: &'w HeldTable,
}

impl<'w> Given<'w> {
    pub(super) fn new(words: &'w [i64], held: &'w HeldTable) -> Self {
        Self { rest: words, held }
    }

    /// How many words are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next word.
    pub(super) fn word(&mut self, what: &str) -> Result<i64, Error> {
        let (first, rest) = self.rest.split_first().ok_or_else(|| bad(format!("the words end before {what}")))?;
        self.rest = rest;
        Ok(*first)
    }

    /// The next word, as a number of 32 bits: an address, a size.
    pub(super) fn small(&mut self, what: &str) -> Result<u32, Error> {
        small(self.word(what)?, what)
    }

    /// The next two words as a text: its address and size, or a value that is one.
    pub(super) fn text(&mut self, what: &str) -> Result<String, Refusal> {
        let (first, size) = (self.word(what)?, self.word(what)?);
        if size != BY_ID {
            return Ok(utf8(Address::of(first).slice(size)?)?.to_owned());
        }
        match self.held.body(first)? {
            Body::Value(Value::Str(text)) => Ok(text.clone()),
            Body::Value(Value::Bytes(bytes)) => Ok(utf8(bytes)?.to_owned()),
            _ => Err(bad(format!("{what} is a text")).into()),
        }
    }

    /// The next three words as a value.
    pub(super) fn value(&mut self, what: &str) -> Result<Body, Refusal> {
        let triple = [self.word(what)?, self.word(what)?, self.word(what)?];
        value(self.held, triple)
    }

    /// All that is left as values of three words each.
    pub(super) fn values(&mut self, what: &str) -> Result<Vec<Body>, Refusal> {
        let mut values = Vec::new();
        while self.left() > 0 {
            values.push(self.value(what)?);
        }
        Ok(values)
    }

    /// Nothing is left.
    pub(super) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(bad(format!("{} words too many", self.rest.len()))) }
    }
}

/// A number of 32 bits.
pub(super) fn small(word: i64, what: &str) -> Result<u32, Error> {
    u32::try_from(word).map_err(|_| bad(format!("{what} is {word}, which is not a number of 32 bits from 0 on")))
}

/// A value of three words, as `PYRUN_VP_CALL` has them.
pub(super) fn value(held: &HeldTable, [kind, first, second]: [i64; 3]) -> Result<Body, Refusal> {
    let address = Address::of(first);
    if kind == FIXED64S {
        let floats = address.slice::<i64>(second)?.iter().copied().map(fixed_to_float).collect();
        return Ok(Numbers::of_floats(floats, "float64").into());
    }
    let kind = u32::try_from(kind).map_err(|_| bad("a value of an unknown kind"))?;
    Ok(match Kind::of(kind)? {
        Kind::None => Value::None.into(),
        Kind::Bool => Value::Bool(first != 0).into(),
        Kind::Int => Value::Int(first).into(),
        Kind::Float => Value::Float(f64::from_bits(first.cast_unsigned())).into(),
        Kind::BigInt => {
            let digits = utf8(address.slice(second)?)?;
            Value::BigInt(digits.parse().map_err(|_| bad("a PYRUN_BIGINT is not decimal digits"))?).into()
        }
        Kind::Str => Value::Str(utf8(address.slice(second)?)?.to_owned()).into(),
        Kind::Bytes => Value::Bytes(address.slice(second)?.to_vec()).into(),
        Kind::Int64s => Numbers::of_ints(address.slice::<i64>(second)?.to_vec(), "int64").into(),
        Kind::Float64s => Numbers::of_floats(address.slice::<f64>(second)?.to_vec(), "float64").into(),
        Kind::Object => held.body(first)?.clone(),
        other => return Err(bad(format!("values of kind {} are for Python only", other as u32)).into()),
    })
}

/// A value as an argument of a function of WebAssembly.
pub(super) fn wasm_argument(body: &Body) -> Result<WasmArg, Error> {
    let wrong = || bad("an argument is a number, or 16 bytes for a vector");
    let Body::Value(value) = body else { return Err(wrong()) };
    Ok(match value {
        Value::Bool(truth) => WasmArg::from(*truth),
        Value::Int(number) => WasmArg::from(*number),
        Value::BigInt(number) => WasmArg::Int(number.to_string().parse().map_err(|_| wrong())?),
        Value::Float(number) => WasmArg::from(*number),
        Value::Bytes(bytes) => {
            let bytes: [u8; 16] = bytes.as_slice().try_into().map_err(|_| wrong())?;
            WasmArg::V128(u128::from_le_bytes(bytes))
        }
        _ => return Err(wrong()),
    })
}
