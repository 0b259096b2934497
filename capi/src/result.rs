//! Codes and results: how every entry answers.

use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyrun::{Error, PyHandle, Value};

use crate::convert::to_record;
use crate::sys::{Arena, Kind, Out, Record};

/// The codes of `pyrun.h`.
pub(crate) mod code {
    pub(crate) const OK: i32 = 0;
    pub(crate) const EXCEPTION: i32 = 1;
    pub(crate) const EXIT: i32 = 2;
    pub(crate) const BAD_ARGUMENT: i32 = -1;
    pub(crate) const BUSY: i32 = -2;
    pub(crate) const POISONED: i32 = -3;
    pub(crate) const INTERRUPTED: i32 = -4;
    pub(crate) const LIMIT: i32 = -5;
    pub(crate) const MISSING: i32 = -6;
    pub(crate) const CONVERT: i32 = -7;
    pub(crate) const CRASHED: i32 = -8;
    pub(crate) const SYSTEM: i32 = -9;
    pub(crate) const SNAPSHOT: i32 = -10;
    pub(crate) const INTERNAL: i32 = -11;
    pub(crate) const STACK: i32 = -12;
    pub(crate) const STALE: i32 = -13;
}

/// The code of an error.
pub(crate) fn code_of(error: &Error) -> i32 {
    match error {
        Error::Python(_) => code::EXCEPTION,
        Error::SystemExit { .. } => code::EXIT,
        Error::BadArgument(_) => code::BAD_ARGUMENT,
        Error::Busy => code::BUSY,
        Error::Poisoned(_) => code::POISONED,
        Error::Interrupted(_) => code::INTERRUPTED,
        Error::Limit(_) => code::LIMIT,
        Error::Home(_) | Error::Asset(_) | Error::Package(_) | Error::Folder(_) | Error::TimeZone(_) => code::MISSING,
        Error::Convert(_) => code::CONVERT,
        Error::Crashed(_) | Error::Refused { .. } => code::CRASHED,
        Error::System { .. } => code::SYSTEM,
        Error::Snapshot(_) | Error::SnapshotOptions => code::SNAPSHOT,
        _ => code::INTERNAL,
    }
}

/// A text, where it lies in an arena.
#[derive(Clone, Copy)]
struct Text {
    address: u64,
    size: usize,
}

/// `pyrun_result`: a code, a value and texts, with all that they point to. It is not changed once it is made.
pub(crate) struct Answer {
    code: i32,
    value: Record,
    /// Type, message, traceback.
    texts: [Text; 3],
    status: i32,
    /// What the records point to.
    _arena: Arena,
}

impl Answer {
    pub(crate) fn new(outcome: Result<Value, Error>) -> Self {
        let mut arena = Arena::default();
        let mut answer = Self {
            code: code::OK,
            value: Arena::words(Kind::None, 0, 0),
            texts: [Text { address: 0, size: 0 }; 3],
            status: 0,
            _arena: Arena::default(),
        };
        let texts = match outcome {
            Ok(value) => {
                answer.value = to_record(value, &mut arena);
                Default::default()
            }
            Err(error) => {
                answer.code = code_of(&error);
                if let Error::SystemExit { status, .. } = error {
                    answer.status = status;
                }
                let (value, texts) = texts_of(error);
                answer.value = to_record(value, &mut arena);
                texts
            }
        };
        answer.texts = texts.map(|text| Text { address: arena.keep(text.as_bytes()), size: text.len() });
        answer._arena = arena;
        answer
    }

    pub(crate) fn code(&self) -> i32 {
        self.code
    }
}

/// What an error says: the exception, if it is one, and its type, message and traceback.
pub(crate) fn texts_of(error: Error) -> (Value, [String; 3]) {
    match error {
        Error::Python(error) | Error::Interrupted(error) => {
            (Value::Object(error.object), [error.type_name, error.message, error.traceback])
        }
        Error::SystemExit { message, .. } => {
            (Value::None, ["SystemExit".to_owned(), message.unwrap_or_default(), String::new()])
        }
        error => (Value::None, [String::new(), chain(&error), String::new()]),
    }
}

/// An error and what it came from, in one line.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// Where an entry leaves its result.
pub(crate) type ResultOut = Out<Option<Box<Answer>>>;
/// Where an entry leaves an object.
pub(crate) type ObjectOut = Out<Option<Box<PyHandle>>>;

/// Runs an entry's body; a panic in it is an internal error.
pub(crate) fn catch<R>(body: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    // What a panic may leave in pieces is behind the lock of a handle, which is poisoned by it.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let what = what.or_else(|| panic.downcast_ref::<String>().cloned());
        // Dropping a payload may panic in its turn.
        std::mem::forget(panic);
        Err(Error::Bug(format!("pyrun panicked: {}", what.unwrap_or_default())))
    })
}

/// Answers with a result in any case.
pub(crate) fn answer(mut result: ResultOut, body: impl FnOnce() -> Result<Value, Error>) -> i32 {
    let outcome = catch(body);
    if result.is_null() {
        return outcome.map_or_else(|error| code_of(&error), |_| code::OK);
    }
    let answer = catch(|| Ok(Answer::new(outcome))).unwrap_or_else(|error| Answer::new(Err(error)));
    let code = answer.code;
    result.put(Some(Box::new(answer)));
    code
}

/// Answers with a code, and with a result only when there is something to say about a failure.
pub(crate) fn report(mut result: ResultOut, body: impl FnOnce() -> Result<(), Error>) -> i32 {
    match catch(body) {
        Ok(()) => {
            result.put(None);
            code::OK
        }
        Err(error) => answer(result, || Err(error)),
    }
}

/// As [`report`], with what the body makes.
pub(crate) fn give<T>(mut out: Out<Option<Box<T>>>, result: ResultOut, body: impl FnOnce() -> Result<T, Error>) -> i32 {
    out.put(None);
    report(result, || {
        if out.is_null() {
            return Err(Error::BadArgument("no place for what is made".to_owned()));
        }
        out.put(Some(Box::new(body()?)));
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_result_code(result: Option<&Answer>) -> i32 {
    result.map_or(code::BAD_ARGUMENT, Answer::code)
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_result_value(result: Option<&Answer>) -> Option<&Record> {
    result.map(|result| &result.value)
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_result_text(result: Option<&Answer>, what: i32, mut size: Out<usize>) -> *const u8 {
    let text = usize::try_from(what).ok().and_then(|what| result?.texts.get(what));
    let text = text.copied().unwrap_or(Text { address: 0, size: 0 });
    size.put(text.size);
    std::ptr::with_exposed_provenance(text.address as usize)
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_result_exit_status(result: Option<&Answer>, mut status: Out<i32>) -> i32 {
    match result {
        Some(result) if result.code == code::EXIT => {
            status.put(result.status);
            code::OK
        }
        _ => code::BAD_ARGUMENT,
    }
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_result_free(result: Option<Box<Answer>>) {
    // Handles in it only queue their addresses.
    let _ = catch(|| {
        drop(result);
        Ok(())
    });
}
