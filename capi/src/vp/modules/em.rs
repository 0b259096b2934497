//! C's functions of a guest of Emscripten's, as requests: those that take more than an integer.

use pyrun::{Em, EmStat, Error, Value};

use super::given::{Given, wasm_argument};
use super::held::{Body, Outcome};
use super::memory::bytes_of;
use crate::code::bad;
use crate::em::{outcome, read_some, seek};
use crate::vp::refusal::Refusal;

/// What a request gives.
pub(super) enum Gave {
    Number(i64),
    Value(Outcome),
}

impl From<u32> for Gave {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<Value> for Gave {
    fn from(value: Value) -> Self {
        Self::Value(Outcome::Gave(value.into()))
    }
}

/// What is to be done, read from the words before the guest is entered.
pub(super) enum Job {
    Realloc(u32, u32),
    Open(String, u32, u32),
    /// Bytes of a descriptor, for the host or into the guest's memory.
    Read(i32, u32, Option<u32>),
    Write(i32, Vec<u8>),
    /// The same from the guest's memory.
    WriteFrom(i32, u32, u32),
    Seek(i32, i64, i64),
    Stat(String),
    Invoke(String, Vec<Body>),
    InvokePointer(u32, Vec<Body>),
}

fn descriptor(given: &mut Given<'_>) -> Result<i32, Error> {
    let word = given.word("the descriptor")?;
    i32::try_from(word).map_err(|_| bad(format!("{word} is no descriptor")))
}

impl Job {
    pub(super) fn of(op: i64, mut given: Given<'_>) -> Result<Self, Refusal> {
        let job = match op {
            66 => Self::Realloc(given.small("the address")?, given.small("the size")?),
            68 => Self::Open(given.text("the path")?, given.small("the flags")?, given.small("the mode")?),
            69 => {
                let (file, size) = (descriptor(&mut given)?, given.small("the size")?);
                let place = if given.left() > 0 { Some(given.small("the address")?) } else { None };
                Self::Read(file, size, place)
            }
            70 => {
                let file = descriptor(&mut given)?;
                match given.left() {
                    2 => Self::WriteFrom(file, given.small("the address")?, given.small("the size")?),
                    _ => Self::Write(file, bytes_of(0, &given.value("what is written")?)?),
                }
            }
            71 => Self::Seek(descriptor(&mut given)?, given.word("the offset")?, given.word("whence")?),
            73 => Self::Stat(given.text("the path")?),
            74 => Self::Invoke(given.text("the name")?, given.values("an argument")?),
            _ => Self::InvokePointer(given.small("the function")?, given.values("an argument")?),
        };
        given.end()?;
        Ok(job)
    }

    pub(super) fn run(self, em: &mut Em<'_>) -> Result<Gave, Error> {
        Ok(match self {
            Self::Realloc(address, bytes) => em.realloc(address, bytes)?.into(),
            Self::Open(path, flags, mode) => Gave::Number(em.open(&path, flags, mode)?.into()),
            Self::Read(file, size, None) => Value::Bytes(read_some(em, file, size as usize)?).into(),
            Self::Read(file, size, Some(address)) => {
                // Looked at first, so that nothing is taken from the file that has no place.
                em.read_memory(address, size as usize)?;
                let bytes = read_some(em, file, size as usize)?;
                em.write_memory(address, &bytes)?;
                Gave::Number(bytes.len() as i64)
            }
            Self::Write(file, bytes) => Gave::Number(em.write(file, &bytes)? as i64),
            Self::WriteFrom(file, address, size) => {
                let bytes = em.read_memory(address, size as usize)?;
                Gave::Number(em.write(file, &bytes)? as i64)
            }
            Self::Seek(file, offset, whence) => {
                let position = em.lseek(file, seek(offset, whence)?)?;
                Gave::Number(i64::try_from(position).unwrap_or(i64::MAX))
            }
            Self::Stat(path) => stat(&em.stat(&path)?).into(),
            Self::Invoke(name, arguments) => {
                let arguments = arguments.iter().map(wasm_argument).collect::<Result<Vec<_>, _>>()?;
                threw(em.invoke(&name, arguments)?)?
            }
            Self::InvokePointer(function, arguments) => {
                let arguments = arguments.iter().map(wasm_argument).collect::<Result<Vec<_>, _>>()?;
                threw(em.invoke_pointer(function, arguments)?)?
            }
        })
    }
}

/// What is known of a file, by name.
fn stat(file: &EmStat) -> Value {
    let entry = |name: &str, value| (Value::Str(name.to_owned()), value);
    Value::Dict(vec![
        entry("size", Value::Int(i64::try_from(file.size).unwrap_or(i64::MAX))),
        entry("mtime", Value::Int(file.mtime)),
        entry("mode", Value::Int(file.mode.into())),
        entry("is_folder", Value::Bool(file.is_folder)),
    ])
}

fn threw(invoked: pyrun::EmInvoked) -> Result<Gave, Error> {
    Ok(Gave::Value(match outcome(invoked)? {
        Ok(value) => Outcome::Gave(value.into()),
        Err(said) => Outcome::Threw(said),
    }))
}
