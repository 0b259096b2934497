//! A result that waits to be picked up.

use std::borrow::Cow;

use pyrun::{Error, Python, Value};

use super::numbers::{Numbers, words};
use super::session::Session;
use crate::code::{self, bad};
use crate::result::Said;

/// Characters of a value's `repr` in `PYRUN_VP_SUMMARY`.
const SUMMARY: usize = 120;

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
    /// What has been asked of the interpreter once, so that it stays the same.
    asked: Asked,
}

#[derive(Default)]
struct Asked {
    text: Option<Vec<u8>>,
    class: Option<String>,
    summary: Option<String>,
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
            asked: Asked::default(),
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
    pub(super) fn part(&mut self, what: i64, session: &Session) -> Result<Cow<'_, [u8]>, Error> {
        let number = |number: i64| Ok(Cow::Owned(number.to_ne_bytes().to_vec()));
        match what {
            0 => number(self.status.into()),
            1 => number(crate::convert::kind(&self.value) as i64),
            2 => number(self.word),
            3 if self.status != code::OK => Ok(self.texts[1].as_bytes().into()),
            3 => match &self.value {
                // These need no interpreter, which may be at work.
                Value::Str(text) => Ok(text.as_bytes().into()),
                Value::Bytes(bytes) => Ok(bytes.as_slice().into()),
                value => once(&mut self.asked.text, value, session, text).map(|text| text.as_slice().into()),
            },
            4 if self.status != code::OK => Ok(self.texts[0].as_bytes().into()),
            4 => once(&mut self.asked.class, &self.value, session, class).map(|class| class.as_bytes().into()),
            5 => Ok(self.texts[2].as_bytes().into()),
            6 => Ok(self.output.as_slice().into()),
            7 => Ok(self.numbers(session)?.ints().into()),
            8 => Ok(self.numbers(session)?.floats().into()),
            9 => number(self.numbers(session)?.kind()),
            10 => number(self.items().map_or(0, |items| items.count) as i64),
            11 => Ok(words(&self.numbers(session)?.shape).into()),
            12 => Ok(self.numbers(session)?.dtype.as_bytes().into()),
            13 => once(&mut self.asked.summary, &self.value, session, summary).map(|text| text.as_bytes().into()),
            14 => Ok(self.numbers(session)?.fixeds()?.into()),
            other => Err(bad(format!("there is no part {other} of a result"))),
        }
    }

    /// The numbers in the value, asked for once.
    fn numbers(&mut self, session: &Session) -> Result<&Numbers, Error> {
        once(&mut self.asked.numbers, &self.value, session, Numbers::of).map(|numbers| &*numbers)
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

/// What is known already, or what the interpreter says.
fn once<'p, T: Send + 'static>(
    place: &'p mut Option<T>,
    value: &Value,
    session: &Session,
    ask: fn(&Value, Python<'_>) -> Result<T, Error>,
) -> Result<&'p mut T, Error> {
    let known = match place.take() {
        Some(known) => known,
        None => {
            let value = value.clone();
            session.with_python(move |py| ask(&value, py))?
        }
    };
    Ok(place.insert(known))
}

/// `PYRUN_VP_WORD`.
pub(super) fn word(value: &Value) -> i64 {
    match value {
        Value::Bool(truth) => i64::from(*truth),
        Value::Int(number) => *number,
        Value::Float(number) => number.to_bits().cast_signed(),
        _ => 0,
    }
}

/// What `repr` says; what it raises is what this raises.
fn text(value: &Value, py: Python<'_>) -> Result<Vec<u8>, Error> {
    Ok(py.object(value.clone())?.repr()?.into_bytes())
}

/// The name of its type, with its module unless that is `builtins`.
fn class(value: &Value, py: Python<'_>) -> Result<String, Error> {
    let class = py.object(value.clone())?.attr("__class__")?;
    let name = class.attr("__qualname__")?.text()?;
    Ok(match class.attr("__module__")?.text()?.as_str() {
        "builtins" => name,
        module => format!("{module}.{name}"),
    })
}

/// The type, and what `repr` says, in one short line.
fn summary(value: &Value, py: Python<'_>) -> Result<String, Error> {
    let class = class(value, py)?;
    let said = match py.object(value.clone()).and_then(|object| object.repr()) {
        Ok(said) => said.split_whitespace().collect::<Vec<_>>().join(" "),
        Err(Error::Python(raised)) => format!("whose repr raises {}", raised.type_name),
        Err(error) => return Err(error),
    };
    let mut short: String = said.chars().take(SUMMARY).collect();
    if short.len() < said.len() {
        short.push_str("...");
    }
    Ok(format!("{class} {short}"))
}
