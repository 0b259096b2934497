//! C's functions of a guest of Emscripten's: `pyrun_em`, of an instance or of an interpreter.

use std::io::SeekFrom;
use std::sync::{Arc, Mutex, Weak};

use pyrun::{EmException, EmInvoked, Error, ModuleInstance, Value};

use crate::code::{bad, drop_caught};
use crate::handle::{Inner, Pyrun};
use crate::result::{ResultOut, Said, answer_or_thrown, give, give_number, report};
use crate::sys::{In, Out, RawFile, Record, SizedOut};
use crate::wasm::{Instance, numbers, together};

/// `pyrun_em`: whose functions these are. It keeps neither alive.
pub(crate) enum Em {
    Instance(Weak<Mutex<ModuleInstance>>),
    Python(Weak<Mutex<Inner>>),
}

impl Em {
    /// Runs something with C's functions of the guest.
    fn enter<R>(em: Option<&Self>, body: impl FnOnce(&mut pyrun::Em<'_>) -> Result<R, Error>) -> Result<R, Error> {
        match em.ok_or_else(|| bad("a null pointer to a pyrun_em"))? {
            Self::Instance(instance) => {
                let instance = instance.upgrade().ok_or_else(|| bad("the instance is destroyed"))?;
                Instance::enter_inner(&instance, |instance| body(&mut instance.em()?))
            }
            Self::Python(py) => {
                let py = py.upgrade().ok_or_else(|| bad("the interpreter is destroyed"))?;
                Inner::lock(&py)?.enter(|inner| inner.py.em(body))
            }
        }
    }

    /// As [`Em::enter`], for a number.
    fn number<R>(
        em: Option<&Self>,
        out: Out<R>,
        error: ResultOut,
        body: impl FnOnce(&mut pyrun::Em<'_>) -> Result<R, Error>,
    ) -> i32 {
        give_number(out, error, || Self::enter(em, body))
    }
}

/// Where an entry leaves a `pyrun_em`.
type EmOut = Out<Option<Box<Em>>>;

pub(crate) fn of_instance(instance: Option<&Instance>, em: EmOut, error: ResultOut) -> i32 {
    give(em, error, || {
        // Refused here, if the module is of another kind.
        Instance::enter(instance, |instance| instance.em().map(drop))?;
        let instance = instance.ok_or_else(|| bad("a null pointer to an instance"))?;
        Ok(Em::Instance(Arc::downgrade(&instance.inner)))
    })
}

pub(crate) fn of_python(py: Option<&Pyrun>, em: EmOut, error: ResultOut) -> i32 {
    give(em, error, || {
        let py = py.ok_or_else(|| bad("a null pointer to an interpreter"))?;
        Ok(Em::Python(Arc::downgrade(&py.inner)))
    })
}

pub(crate) fn release(em: Option<Box<Em>>) {
    drop_caught(em);
}

pub(crate) fn malloc(em: Option<&Em>, bytes: u32, address: Out<u32>, error: ResultOut) -> i32 {
    Em::number(em, address, error, |em| em.malloc(bytes))
}

pub(crate) fn free(em: Option<&Em>, address: u32, error: ResultOut) -> i32 {
    report(error, || Em::enter(em, |em| em.free(address)))
}

pub(crate) fn realloc(em: Option<&Em>, address: u32, bytes: u32, moved: Out<u32>, error: ResultOut) -> i32 {
    Em::number(em, moved, error, |em| em.realloc(address, bytes))
}

pub(crate) fn memory_grow(em: Option<&Em>, pages: u32, before: Out<u32>, error: ResultOut) -> i32 {
    Em::number(em, before, error, |em| em.memory_grow(pages))
}

pub(crate) fn read_memory(em: Option<&Em>, address: u32, mut data: Out<u8>, size: usize, error: ResultOut) -> i32 {
    report(error, || {
        check_room(&data, size)?;
        data.copy(&Em::enter(em, |em| em.read_memory(address, size))?, size);
        Ok(())
    })
}

pub(crate) fn write_memory(em: Option<&Em>, address: u32, data: In<u8>, size: usize, error: ResultOut) -> i32 {
    report(error, || Em::enter(em, |em| em.write_memory(address, data.slice(size)?)))
}

pub(crate) fn open(
    em: Option<&Em>,
    path: In<u8>,
    size: usize,
    flags: u32,
    mode: u32,
    descriptor: Out<i32>,
    error: ResultOut,
) -> i32 {
    Em::number(em, descriptor, error, |em| em.open(path.text(size)?, flags, mode))
}

/// Limit: bytes of one read, which are copied once more than those of memory. A caller asks again for what is behind them.
const MOST_READ: usize = 16 << 20;

pub(crate) fn read(
    em: Option<&Em>,
    descriptor: i32,
    mut data: Out<u8>,
    size: usize,
    count: Out<usize>,
    error: ResultOut,
) -> i32 {
    Em::number(em, count, error, |em| {
        check_room(&data, size)?;
        let bytes = read_some(em, descriptor, size)?;
        data.copy(&bytes, size);
        Ok(bytes.len())
    })
}

/// Up to so many bytes of a descriptor.
pub(crate) fn read_some(em: &mut pyrun::Em<'_>, descriptor: i32, size: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; size.min(MOST_READ)];
    let count = em.read(descriptor, &mut bytes)?;
    bytes.truncate(count);
    Ok(bytes)
}

pub(crate) fn write(
    em: Option<&Em>,
    descriptor: i32,
    data: In<u8>,
    size: usize,
    count: Out<usize>,
    error: ResultOut,
) -> i32 {
    Em::number(em, count, error, |em| em.write(descriptor, data.slice(size)?))
}

pub(crate) fn lseek(
    em: Option<&Em>,
    descriptor: i32,
    offset: i64,
    whence: i32,
    position: Out<u64>,
    error: ResultOut,
) -> i32 {
    Em::number(em, position, error, |em| em.lseek(descriptor, seek(offset, whence.into())?))
}

/// `SEEK_SET`, `SEEK_CUR` and `SEEK_END` of C.
pub(crate) fn seek(offset: i64, whence: i64) -> Result<SeekFrom, Error> {
    match (whence, u64::try_from(offset)) {
        (0, Ok(offset)) => Ok(SeekFrom::Start(offset)),
        (0, Err(_)) => Err(bad("a position before the beginning")),
        (1, _) => Ok(SeekFrom::Current(offset)),
        (2, _) => Ok(SeekFrom::End(offset)),
        _ => Err(bad("`whence` is 0 (SEEK_SET), 1 (SEEK_CUR) or 2 (SEEK_END)")),
    }
}

pub(crate) fn close(em: Option<&Em>, descriptor: i32, error: ResultOut) -> i32 {
    report(error, || Em::enter(em, |em| em.close(descriptor)))
}

pub(crate) fn stat(
    em: Option<&Em>,
    path: In<u8>,
    size: usize,
    mut file: SizedOut<RawFile>,
    file_size: usize,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let mut file = file.of_size(file_size)?;
        let found = Em::enter(em, |em| em.stat(path.text(size)?))?;
        let is_folder = found.is_folder.into();
        file.put(RawFile { size: found.size, mtime: found.mtime, mode: found.mode, is_folder });
        Ok(())
    })
}

pub(crate) fn invoke(
    em: Option<&Em>,
    name: In<u8>,
    size: usize,
    arguments: In<Record>,
    count: usize,
    result: ResultOut,
) -> i32 {
    answer_or_thrown(result, || {
        let arguments = numbers(&arguments, count)?;
        outcome(Em::enter(em, |em| em.invoke(name.text(size)?, arguments))?)
    })
}

pub(crate) fn invoke_pointer(
    em: Option<&Em>,
    function: u32,
    arguments: In<Record>,
    count: usize,
    result: ResultOut,
) -> i32 {
    answer_or_thrown(result, || {
        let arguments = numbers(&arguments, count)?;
        outcome(Em::enter(em, |em| em.invoke_pointer(function, arguments))?)
    })
}

/// What a call gave, or what there is to say of what it threw.
pub(crate) fn outcome(invoked: EmInvoked) -> Result<Result<Value, Said>, Error> {
    let (value, class, message) = match invoked {
        EmInvoked::Returned(values) => return Ok(Ok(together(values)?)),
        EmInvoked::Threw(EmException::Cpp { object, class, message }) => {
            let class = class.unwrap_or_default();
            (Value::Int(object.into()), class, message)
        }
        EmInvoked::Threw(EmException::Longjmp { value }) => {
            (value.map_or(Value::None, |value| Value::Int(value.into())), "longjmp".to_owned(), None)
        }
        EmInvoked::Threw(_) => (Value::None, String::new(), None),
        _ => return Err(bad("the call ended in a way that this interface does not have")),
    };
    let message = message.unwrap_or_else(|| match class.as_str() {
        "longjmp" => "a longjmp to a setjmp that is not among the callers".to_owned(),
        "" => "an exception of a kind that cannot be told".to_owned(),
        _ => String::new(),
    });
    Ok(Err(Said::thrown(value, class, message)))
}

fn check_room(data: &Out<u8>, size: usize) -> Result<(), Error> {
    match data.is_null() && size != 0 {
        true => Err(bad("a null pointer where the bytes are to be put")),
        false => Ok(()),
    }
}
