//! What a host passes in words: names, arguments, the words of a request.

use pyrun::{Error, Python, Value};

use super::numbers::fixed_to_float;
use super::refusal::Refusal;
use super::session::MODULE;
use super::table::Table;
use crate::code::bad;
use crate::convert::{array, pairs};
use crate::sys::{Address, Kind, utf8};

/// The size of a name that is a result.
pub(super) const BY_ID: i64 = -1;
/// `PYRUN_VP_NAMED`: a name for the argument behind it.
const NAMED: i64 = 32;
/// `PYRUN_VP_RAISE`: an answer that is an error.
const RAISE: i64 = 33;
/// `PYRUN_VP_FUNCTION`: a function of the host's, by its number.
const FUNCTION: i64 = 34;
/// `PYRUN_VP_FIXED64S`: an array of fixed-point numbers with 16 bits behind the point.
pub(super) const FIXED64S: i64 = 35;

/// Arguments by position, and by name.
pub(super) type Values = (Vec<Value>, Vec<(String, Value)>);

/// A value on its way in. Arrays are made in the interpreter, where it is entered.
pub(super) enum Given {
    Value(Value),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Function(i64),
}

impl Given {
    /// The value, for an interpreter.
    pub(super) fn into_value(self, py: Python<'_>) -> Result<Value, Error> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Ints(numbers) => array(py, "q", &numbers),
            Self::Floats(numbers) => array(py, "d", &numbers),
            Self::Function(number) => function(py, number),
        }
    }
}

/// What a call passes.
#[derive(Default)]
pub(super) struct GivenArguments {
    positional: Vec<Given>,
    named: Vec<(String, Given)>,
}

impl GivenArguments {
    /// The values, for an interpreter.
    pub(super) fn into_values(self, py: Python<'_>) -> Result<Values, Error> {
        let positional = self.positional.into_iter().map(|given| given.into_value(py));
        let named = self.named.into_iter().map(|(name, given)| Ok((name, given.into_value(py)?)));
        Ok((positional.collect::<Result<_, Error>>()?, named.collect::<Result<_, Error>>()?))
    }
}

/// A Python function that calls one of the host's.
fn function(py: Python<'_>, number: i64) -> Result<Value, Error> {
    let host = py.pyimport(MODULE)?;
    if !host.has_attr("Function")? {
        let variables = host.attr("__dict__")?;
        py.run_with(FUNCTIONS, &pyrun::RunOptions::new().file("<pyrun_host>").globals(&variables))?;
    }
    host.call_method("Function", (number,))?.value()
}

/// What the module has besides its host function. `PyImport_Import` looks for `__builtins__` in the variables of the function that
/// runs, which a module of host functions has not.
const FUNCTIONS: &str = "\
import builtins as __builtins__
class Function:
    '''A function of the host's, by its number.'''
    __slots__ = ('number',)
    def __init__(self, number):
        self.number = number
    def __call__(self, /, *arguments, **named):
        return call(self.number, arguments, named)
    def __repr__(self):
        return f'<function {self.number} of the host>'
";

/// Words that stand at an address, three for each argument.
pub(super) fn triples(words: &[i64]) -> Result<&[[i64; 3]], Refusal> {
    match words.as_chunks::<3>() {
        (arguments, []) => Ok(arguments),
        _ => Err(bad("each argument has three words").into()),
    }
}

impl Table {
    /// The words of a call, of which the first three say what is called.
    pub(super) fn target(&self, id: i64, words: &[i64]) -> Result<(Option<Value>, String), Refusal> {
        let [callee, name, size, ..] = words else {
            return Err(bad("the object, and address and size of a name, are three words").into());
        };
        let callee = match *callee {
            0 => None,
            callee => Some(self.value(id, callee)?),
        };
        Ok((callee, self.name(id, *name, *size)?))
    }

    /// A name: bytes, or a result that is a str.
    fn name(&self, id: i64, name: i64, size: i64) -> Result<String, Refusal> {
        match size {
            BY_ID => match self.value(id, name)? {
                Value::Str(name) => Ok(name),
                _ => Err(bad("a name is a str").into()),
            },
            size => Ok(utf8(Address::of(name).slice(size)?)?.to_owned()),
        }
    }

    /// The arguments behind the first words.
    pub(super) fn arguments(&self, id: i64, words: &[i64]) -> Result<GivenArguments, Refusal> {
        let (mut given, mut name) = (GivenArguments::default(), None);
        for &[kind, first, second] in triples(words)? {
            if kind == NAMED {
                if name.replace(self.name(id, first, second)?).is_some() {
                    return Err(bad("a name is followed by its argument").into());
                }
                continue;
            }
            let argument = self.argument(id, [kind, first, second])?;
            match name.take() {
                Some(name) => given.named.push((name, argument)),
                None => given.positional.push(argument),
            }
        }
        match name {
            Some(_) => Err(bad("a name is followed by its argument").into()),
            None => Ok(given),
        }
    }

    /// One value of three words.
    pub(super) fn argument(&self, id: i64, [kind, first, second]: [i64; 3]) -> Result<Given, Refusal> {
        if kind == FUNCTION {
            return Ok(Given::Function(first));
        }
        if kind == FIXED64S {
            let fixeds = Address::of(first);
            return Ok(Given::Floats(fixeds.slice(second)?.iter().copied().map(fixed_to_float).collect()));
        }
        let kind = u32::try_from(kind).map_err(|_| bad("a value of an unknown kind"))?;
        let address = Address::of(first);
        let float = |word: i64| f64::from_bits(word.cast_unsigned());
        Ok(Given::Value(match Kind::of(kind)? {
            Kind::None => Value::None,
            Kind::Bool => Value::Bool(first != 0),
            Kind::Int => Value::Int(first),
            Kind::BigInt => {
                let digits = utf8(address.slice(second)?)?;
                Value::BigInt(digits.parse().map_err(|_| bad("a PYRUN_BIGINT is not decimal digits"))?)
            }
            Kind::Float => Value::Float(float(first)),
            Kind::Complex => Value::Complex(float(first), float(second)),
            Kind::Str => Value::Str(utf8(address.slice(second)?)?.to_owned()),
            Kind::Bytes => Value::Bytes(address.slice(second)?.to_vec()),
            Kind::List => Value::List(self.items(id, address, second)?),
            Kind::Tuple => Value::Tuple(self.items(id, address, second)?),
            Kind::Set => Value::Set(self.items(id, address, second)?),
            Kind::FrozenSet => Value::FrozenSet(self.items(id, address, second)?),
            Kind::Dict => Value::Dict(pairs(self.items(id, address, second)?)?),
            Kind::Int64s => return Ok(Given::Ints(address.slice::<i64>(second)?.to_vec())),
            Kind::Float64s => return Ok(Given::Floats(address.slice::<f64>(second)?.to_vec())),
            Kind::Object => self.value(id, first)?,
            Kind::Array => return Err(bad("PYRUN_ARRAY is for pyrun_operations_call() only").into()),
            Kind::Date | Kind::Time | Kind::DateTime | Kind::TimeDelta => {
                return Err(bad("dates come in results only: pass the result, or call datetime.fromisoformat").into());
            }
        }))
    }

    /// The items of a list or its like: words, three for each.
    fn items(&self, id: i64, words: Address, count: i64) -> Result<Vec<Value>, Refusal> {
        let mut values = Vec::new();
        for triple in triples(words.slice(count)?)? {
            let value = match self.argument(id, *triple)? {
                Given::Value(value) => value,
                other => self.session(id)?.with_python(move |py| other.into_value(py))?,
            };
            values.push(value);
        }
        Ok(values)
    }

    /// What the host answers to a question.
    pub(super) fn answer(&self, id: i64, words: &[i64]) -> Result<i64, Refusal> {
        let &[kind, first, second] = words else { return Err(bad("an answer has three words").into()) };
        let answer = match kind {
            RAISE => Err(Error::raise("RuntimeError", self.name(id, first, second)?)),
            _ => {
                let given = self.argument(id, [kind, first, second])?;
                match given {
                    Given::Value(value) => Ok(value),
                    other => Ok(self.session(id)?.with_python(move |py| other.into_value(py))?),
                }
            }
        };
        match self.session(id)?.link.answer(answer) {
            true => Ok(0),
            false => Err(bad("nothing was asked").into()),
        }
    }
}
