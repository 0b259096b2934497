//! A result that waits to be picked up.

use std::borrow::Cow;

use pyrun::{ElementType, Error, Interpreter, PyHandle, Value};

use super::session::Session;
use crate::code::{self, bad};
use crate::result::Said;
use crate::sys::{Arena, Kind};

pub(super) struct Kept {
    /// The interpreter's id.
    pub(super) session: i64,
    status: i32,
    pub(super) value: Value,
    /// `PYRUN_VP_WORD`.
    word: i64,
    /// Type, message, traceback.
    texts: [String; 3],
    output: Vec<u8>,
    /// What has been asked of the interpreter once, so that it stays the same: `PYRUN_VP_TEXT`, the numbers.
    text: Option<Vec<u8>>,
    numbers: Option<Numbers>,
}

impl Kept {
    pub(super) fn new(session: i64, outcome: Result<Value, Error>, output: Vec<u8>) -> Self {
        let mut kept = Self {
            session,
            status: code::OK,
            value: Value::None,
            word: 0,
            texts: Default::default(),
            output,
            text: None,
            numbers: None,
        };
        match outcome {
            Ok(value) => {
                kept.word = word(&value);
                kept.value = value;
            }
            Err(error) => {
                kept.status = code::of(&error);
                let said = Said::of(error);
                if matches!(kept.status, code::EXIT | code::ENDED) {
                    kept.word = said.status.into();
                }
                (kept.value, kept.texts) = (said.value, said.texts);
            }
        }
        kept
    }

    /// What `pyrun_vp_fetch` gives.
    pub(super) fn part(&mut self, what: i64, session: &mut Session) -> Result<Cow<'_, [u8]>, Error> {
        let number = |number: i64| Ok(Cow::Owned(number.to_ne_bytes().to_vec()));
        match what {
            0 => number(self.status.into()),
            1 => number(crate::convert::to_record(self.value.clone(), &mut Arena::default()).kind()? as i64),
            2 => number(self.word),
            3 if self.status != code::OK => Ok(self.texts[1].as_bytes().into()),
            3 => {
                if self.text.is_none() {
                    self.text = Some(text(&self.value, session)?);
                }
                Ok(self.text.as_deref().unwrap_or_default().into())
            }
            4 => Ok(self.texts[0].as_bytes().into()),
            5 => Ok(self.texts[2].as_bytes().into()),
            6 => Ok(self.output.as_slice().into()),
            7 => Ok(self.numbers(session)?.ints().into()),
            8 => Ok(self.numbers(session)?.floats().into()),
            9 => number(self.numbers(session)?.kind()),
            10 => number(self.items().map_or(0, |items| items.count) as i64),
            other => Err(bad(format!("there is no part {other} of a result"))),
        }
    }

    /// The numbers in the value, asked for once.
    fn numbers(&mut self, session: &mut Session) -> Result<&Numbers, Error> {
        let numbers = match self.numbers.take() {
            Some(numbers) => numbers,
            None => numbers(&self.value, session)?,
        };
        Ok(self.numbers.insert(numbers))
    }

    /// The items of a list, tuple or set; keys and values of a dictionary, one after the other.
    fn items(&self) -> Option<Items<'_>> {
        match &self.value {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
                Some(Items { count: items.len(), at: Box::new(|index| items.get(index)) })
            }
            Value::Dict(entries) => {
                let at = |index: usize| {
                    let (key, value) = entries.get(index / 2)?;
                    Some(if index.is_multiple_of(2) { key } else { value })
                };
                Some(Items { count: entries.len() * 2, at: Box::new(at) })
            }
            _ => None,
        }
    }

    /// One of them.
    pub(super) fn item(&self, index: i64) -> Result<Value, Error> {
        let items = self.items().ok_or_else(|| bad("the result has no items"))?;
        let item = usize::try_from(index).ok().and_then(|index| (items.at)(index));
        item.cloned().ok_or_else(|| bad(format!("the result has {} items, and no item {index}", items.count)))
    }
}

/// Values inside another, by their index.
struct Items<'v> {
    count: usize,
    at: Box<dyn Fn(usize) -> Option<&'v Value> + 'v>,
}

fn word(value: &Value) -> i64 {
    match value {
        Value::Bool(truth) => i64::from(*truth),
        Value::Int(number) => *number,
        Value::Float(number) => number.to_bits().cast_signed(),
        _ => 0,
    }
}

/// The value as a text; what `repr` raises is what it raises.
fn text(value: &Value, session: &mut Session) -> Result<Vec<u8>, Error> {
    Ok(match value {
        Value::Str(text) => text.clone().into_bytes(),
        Value::Bytes(bytes) => bytes.clone(),
        Value::None => b"None".to_vec(),
        Value::Int(number) => number.to_string().into_bytes(),
        other => session.idle()?.python().object(other.clone())?.repr()?.into_bytes(),
    })
}

/// Numbers in a row.
enum Numbers {
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    None,
}

impl Numbers {
    /// `PYRUN_VP_NUMBERS`.
    fn kind(&self) -> i64 {
        match self {
            Self::Ints(_) => Kind::Int64s as i64,
            Self::Floats(_) => Kind::Float64s as i64,
            Self::None => 0,
        }
    }

    fn ints(&self) -> Vec<u8> {
        match self {
            Self::Ints(numbers) => numbers.iter().flat_map(|number| number.to_ne_bytes()).collect(),
            Self::Floats(_) | Self::None => Vec::new(),
        }
    }

    fn floats(&self) -> Vec<u8> {
        match self {
            Self::Floats(numbers) => numbers.iter().flat_map(|number| number.to_ne_bytes()).collect(),
            #[expect(clippy::cast_precision_loss, reason = "as Python's own float() rounds")]
            Self::Ints(numbers) => numbers.iter().flat_map(|number| (*number as f64).to_ne_bytes()).collect(),
            Self::None => Vec::new(),
        }
    }
}

/// The numbers in a value, if it is nothing but numbers.
fn numbers(value: &Value, session: &mut Session) -> Result<Numbers, Error> {
    let items = match value {
        Value::List(items) | Value::Tuple(items) => items,
        Value::Int(number) => return Ok(Numbers::Ints(vec![*number])),
        Value::Float(number) => return Ok(Numbers::Floats(vec![*number])),
        Value::Object(handle) => return lent(handle, session.idle()?),
        _ => return Ok(Numbers::None),
    };
    let int = |item: &Value| if let Value::Int(number) = item { Some(*number) } else { None };
    if let Some(ints) = items.iter().map(int).collect() {
        return Ok(Numbers::Ints(ints));
    }
    #[expect(clippy::cast_precision_loss, reason = "as Python's own float() rounds")]
    let float = |item: &Value| match item {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        _ => None,
    };
    Ok(items.iter().map(float).collect::<Option<_>>().map_or(Numbers::None, Numbers::Floats))
}

/// The numbers in an object's memory, row by row.
fn lent(object: &PyHandle, py: &mut Interpreter) -> Result<Numbers, Error> {
    let buffer = match py.python().bind(object).buffer() {
        Ok(buffer) => buffer,
        Err(Error::Python(_)) => return Ok(Numbers::None),
        Err(error) => return Err(error),
    };
    let memory = py.memory()?;
    macro_rules! all {
        ($kind:ident, $element:ty, $target:ty) => {
            Numbers::$kind(memory.view::<$element>(&buffer)?.to_vec().into_iter().map(<$target>::from).collect())
        };
    }
    Ok(match buffer.element_type() {
        ElementType::Signed(1) => all!(Ints, i8, i64),
        ElementType::Signed(2) => all!(Ints, i16, i64),
        ElementType::Signed(4) => all!(Ints, i32, i64),
        ElementType::Signed(8) => all!(Ints, i64, i64),
        ElementType::Unsigned(1) | ElementType::Bool => all!(Ints, u8, i64),
        ElementType::Unsigned(2) => all!(Ints, u16, i64),
        ElementType::Unsigned(4) => all!(Ints, u32, i64),
        ElementType::Unsigned(8) => {
            let numbers = memory.view::<u64>(&buffer)?.to_vec();
            numbers
                .into_iter()
                .map(|number| i64::try_from(number).ok())
                .collect::<Option<_>>()
                .map_or(Numbers::None, Numbers::Ints)
        }
        ElementType::Float(4) => all!(Floats, f32, f64),
        ElementType::Float(8) => all!(Floats, f64, f64),
        _ => Numbers::None,
    })
}
