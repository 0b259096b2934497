//! Values that modules and operations give, or that the host made for them, until the host drops them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use pyrun::{Error, Value};

use crate::code::{self, bad};
use crate::result::Said;
use crate::sys::Kind;
use crate::vp::kept::word;
use crate::vp::numbers::{Numbers, words};
use crate::vp::refusal::Refusal;

/// Limit: values of one owner that nobody has dropped.
const VALUES: usize = 1 << 16;

/// What a value is.
#[derive(Clone)]
pub(super) enum Body {
    /// Never an object of Python's.
    Value(Value),
    /// A row of numbers.
    Numbers(Arc<Numbers>),
    /// Several of them.
    Items(Arc<[Body]>),
}

/// How something ended.
pub(super) enum Outcome {
    Gave(Body),
    /// An exception of the guest's, as a value.
    Threw(Said),
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<Numbers> for Body {
    fn from(numbers: Numbers) -> Self {
        Self::Numbers(Arc::new(numbers))
    }
}

impl Body {
    /// `PYRUN_VP_KIND`.
    fn kind(&self) -> i64 {
        match self {
            Self::Value(value) => crate::convert::kind(value) as i64,
            Self::Numbers(numbers) => numbers.kind(),
            Self::Items(_) => Kind::Tuple as i64,
        }
    }

    fn word(&self) -> i64 {
        match self {
            Self::Value(value) => word(value),
            Self::Numbers(_) | Self::Items(_) => 0,
        }
    }

    /// The numbers in it, if it is nothing but numbers.
    pub(super) fn numbers(&self) -> Arc<Numbers> {
        match self {
            Self::Value(value) => Arc::new(Numbers::plain(value)),
            Self::Numbers(numbers) => numbers.clone(),
            Self::Items(_) => Arc::new(Numbers::plain(&Value::None)),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Value(Value::List(items) | Value::Tuple(items)) => items.len(),
            Self::Value(Value::Dict(entries)) => entries.len() * 2,
            Self::Value(_) | Self::Numbers(_) => 0,
            Self::Items(items) => items.len(),
        }
    }

    fn item(&self, index: usize) -> Option<Self> {
        match self {
            Self::Value(Value::List(items) | Value::Tuple(items)) => items.get(index).cloned().map(Self::Value),
            Self::Value(Value::Dict(entries)) => {
                let (key, value) = entries.get(index / 2)?;
                Some(Self::Value(if index.is_multiple_of(2) { key.clone() } else { value.clone() }))
            }
            Self::Value(_) | Self::Numbers(_) => None,
            Self::Items(items) => items.get(index).cloned(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Value(value) => text(value),
            Self::Numbers(numbers) => {
                let ints = numbers.as_ints().map(|ints| listed(ints.iter().map(i64::to_string)));
                let floats = || numbers.as_floats().map(|floats| listed(floats.iter().map(|x| format!("{x:?}"))));
                ints.or_else(floats).unwrap_or_default()
            }
            Self::Items(items) => listed(items.iter().map(Self::text)),
        }
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A value as Python would write it, for those kinds that modules give.
fn text(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(truth) => if *truth { "True" } else { "False" }.to_owned(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Str(text) => text.clone(),
        Value::List(items) | Value::Tuple(items) => listed(items.iter().map(text)),
        other => format!("{other:?}"),
    }
}

/// A value that has an id.
pub(in crate::vp) struct Held {
    owner: i64,
    status: i32,
    body: Body,
    word: i64,
    /// Type and message.
    texts: [String; 2],
    output: Vec<u8>,
}

impl Held {
    pub(super) fn new(owner: i64, outcome: Result<Outcome, Error>, output: Vec<u8>) -> Self {
        let (status, said) = match outcome {
            Ok(Outcome::Gave(body)) => {
                let word = body.word();
                return Self { owner, status: code::OK, body, word, texts: Default::default(), output };
            }
            Ok(Outcome::Threw(said)) => (code::EXCEPTION, said),
            Err(error) => (code::of(&error), Said::of(error)),
        };
        let ended = matches!(status, code::EXIT | code::ENDED);
        let word = if ended { said.status.into() } else { word(&said.value) };
        let [class, message, _] = said.texts;
        Self { owner, status, body: Value::None.into(), word, texts: [class, message], output }
    }

    pub(super) fn body(&self) -> &Body {
        &self.body
    }

    pub(super) fn owner(&self) -> i64 {
        self.owner
    }

    /// One of the values in it.
    pub(super) fn item(&self, index: i64) -> Result<Body, Error> {
        let item = usize::try_from(index).ok().and_then(|index| self.body.item(index));
        item.ok_or_else(|| bad(format!("the value has {} items, and no item {index}", self.body.count())))
    }

    /// What `pyrun_vp_fetch` gives.
    pub(in crate::vp) fn part(&self, what: i64) -> Result<Cow<'_, [u8]>, Error> {
        let number = |number: i64| Ok(Cow::Owned(number.to_ne_bytes().to_vec()));
        match what {
            0 => number(self.status.into()),
            1 => number(self.body.kind()),
            2 => number(self.word),
            3 | 13 if self.status != code::OK => Ok(self.texts[1].as_bytes().into()),
            3 | 13 => match &self.body {
                Body::Value(Value::Bytes(bytes)) => Ok(bytes.as_slice().into()),
                Body::Value(Value::Str(text)) => Ok(text.as_bytes().into()),
                body => Ok(body.text().into_bytes().into()),
            },
            4 => Ok(self.texts[0].as_bytes().into()),
            5 => Ok(Cow::Borrowed(&[])),
            6 => Ok(self.output.as_slice().into()),
            7 => Ok(self.body.numbers().ints().into()),
            8 => Ok(self.body.numbers().floats().into()),
            9 => number(self.body.numbers().kind()),
            10 => number(self.body.count() as i64),
            11 => Ok(words(&self.body.numbers().shape).into()),
            12 => Ok(self.body.numbers().dtype.clone().into_bytes().into()),
            14 => Ok(self.body.numbers().fixeds()?.into()),
            other => Err(bad(format!("there is no part {other} of a value"))),
        }
    }
}

/// All of them, by id.
pub(in crate::vp) struct HeldTable {
    values: BTreeMap<i64, Held>,
    counts: BTreeMap<i64, usize>,
}

impl HeldTable {
    pub(super) const fn new() -> Self {
        Self { values: BTreeMap::new(), counts: BTreeMap::new() }
    }

    pub(in crate::vp) fn get(&self, id: i64) -> Option<&Held> {
        self.values.get(&id)
    }

    /// What an id stands for.
    pub(super) fn body(&self, id: i64) -> Result<&Body, Refusal> {
        self.get(id).map(Held::body).ok_or(Refusal::Stale)
    }

    /// Refuses another value of this owner, when there are too many.
    pub(super) fn check_room(&self, owner: i64) -> Result<(), Refusal> {
        match self.counts.get(&owner).is_none_or(|count| *count < VALUES) {
            true => Ok(()),
            false => Err(Error::HostLimit(format!("{VALUES} values are kept: drop some with PYRUN_VP_DROP")).into()),
        }
    }

    pub(super) fn insert(&mut self, id: i64, held: Held) {
        *self.counts.entry(held.owner).or_default() += 1;
        self.values.insert(id, held);
    }

    /// Drops one; whether it was there.
    pub(super) fn remove(&mut self, id: i64) -> bool {
        let Some(held) = self.values.remove(&id) else { return false };
        if let Some(count) = self.counts.get_mut(&held.owner) {
            *count = count.saturating_sub(1);
        }
        true
    }

    /// Drops all that belong to an owner that is gone.
    pub(in crate::vp) fn remove_all_of(&mut self, owner: i64) {
        if self.counts.remove(&owner).is_some() {
            self.values.retain(|_, held| held.owner != owner);
        }
    }
}
